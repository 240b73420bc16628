from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
from moto.server import ThreadedMotoServer

from job.aws.clients import caller_identity, open_clients
from job.collect.collector import Collector
from job.collect.managed_policies import ManagedPolicies
from job.demo.shims import list_service_specific_credentials
from job.settings.load import load_settings
from job.snapshot.parse import parse_account
from tests.collect.conftest import AT_ONCE
from tests.scripted_aws import point_at

ACCOUNT = "111122223333"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}


@pytest.fixture
def key_id(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    list_service_specific_credentials()
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    point_at(monkeypatch, f"http://127.0.0.1:{port}")
    role = f"arn:aws:iam::{ACCOUNT}:role/iam-access-key-report-reader"
    given = boto3.client("sts", "us-east-1").assume_role(RoleArn=role, RoleSessionName="seed")["Credentials"]
    iam = boto3.client(
        "iam",
        "us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    iam.create_user(UserName="=cmd", Tags=[{"Key": "team", "Value": "blue"}])
    iam.put_user_policy(UserName="=cmd", PolicyName="own", PolicyDocument=json.dumps(POLICY))
    iam.create_user(UserName="keyless")
    yield iam.create_access_key(UserName="=cmd")["AccessKey"]["AccessKeyId"]
    server.stop()


def test_what_moto_holds_is_what_the_parsed_account_says(key_id: str) -> None:
    settings = load_settings(destination_required=False)
    clients = open_clients(settings)
    collector = Collector(
        clients=clients.member,
        caller=caller_identity(clients.member.sts),
        settings=settings,
        policies=ManagedPolicies(),
        stop=threading.Event(),
        now=lambda: datetime.now(UTC),
        first_guess=AT_ONCE,
    )
    (collected,) = collector.collect([ACCOUNT])
    account = parse_account(ACCOUNT, json.loads(json.dumps(collected.document)))
    assert collected.failures == ()
    assert account.failures == ()
    cmd, keyless = account.users
    assert (cmd.name, cmd.tags, keyless.keys) == ("=cmd", {"team": "blue"}, ())
    assert cmd.inline_policies[0].document == POLICY
    assert [(key.access_key_id, key.active, key.last_use) for key in cmd.keys or ()] == [(key_id, True, None)]
    assert account.credential_report_read
