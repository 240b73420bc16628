from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from job.aws.clients import CallerIdentity, open_clients
from job.aws.retries import retry_each_request
from job.collect.collector import Collector
from job.collect.managed_policies import ManagedPolicies
from job.settings.load import load_settings
from tests.collect.collect_samples import details, report
from tests.scripted_aws import ScriptedAws, point_at, scripted_aws, xml

TASK_ACCOUNT = "000000000009"
ATTEMPTS = 10
# Seconds: reports of these tests are made at once.
AT_ONCE = 0.01


def never_waiting() -> float:
    """The share of a back-off that is waited before a request is tried again."""
    return 0


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    """Accounts with one user, alice, who has one key; reports that are made at once."""
    with scripted_aws() as server:
        point_at(monkeypatch, server.url)
        server.script("GenerateCredentialReport", xml("GenerateCredentialReport", "<State>STARTED</State>"))
        server.script("GetCredentialReport", report())
        server.script("GetAccountAuthorizationDetails", details())
        server.script(
            "ListAccessKeys",
            xml(
                "ListAccessKeys",
                "<IsTruncated>false</IsTruncated><AccessKeyMetadata><member><UserName>alice</UserName>"
                "<AccessKeyId>AKIAALICE00000000000</AccessKeyId><Status>Active</Status>"
                "<CreateDate>2021-02-01T00:00:00Z</CreateDate></member></AccessKeyMetadata>",
            ),
        )
        server.script(
            "GetAccessKeyLastUsed",
            xml(
                "GetAccessKeyLastUsed",
                "<UserName>alice</UserName><AccessKeyLastUsed><Region>N/A</Region>"
                "<ServiceName>s3</ServiceName><LastUsedDate>2026-11-21T00:00:00Z</LastUsedDate>"
                "</AccessKeyLastUsed>",
            ),
        )
        yield server


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def collector(aws: ScriptedAws, stop: threading.Event) -> Callable[..., Collector]:
    """Makes a collector with these settings; the task runs in account 9."""

    def make(policies: ManagedPolicies | None = None, **settings: str) -> Collector:
        assert aws.url
        loaded = load_settings(
            {"REPORT_MAX_CONCURRENCY": "4", "REPORT_CREDENTIALS": "console_passwords", **settings},
            destination_required=False,
        )
        clients = open_clients(loaded).member
        for client in (clients.sts, clients.iam):
            retry_each_request(client, ATTEMPTS, jitter=never_waiting)
        return Collector(
            clients=clients,
            caller=CallerIdentity(
                account_id=TASK_ACCOUNT,
                partition="aws",
                arn=f"arn:aws:sts::{TASK_ACCOUNT}:assumed-role/task/1",
            ),
            settings=loaded,
            policies=policies or ManagedPolicies(),
            stop=stop,
            now=lambda: datetime(2026, 11, 22, 4, 0, 12, tzinfo=UTC),
            first_guess=AT_ONCE,
        )

    return make
