"""Root users' keys by id: what is asked, through whom, and what stays when it is refused or switched off."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from job.aws.clients import CallerIdentity, open_clients
from job.collect.account import CollectedAccount
from job.collect.collector import Collector
from job.collect.managed_policies import ManagedPolicies
from job.collect.root_access import RootAccess
from job.settings.load import load_settings
from job.snapshot.model import Account
from job.snapshot.parse import parse_account
from tests.collect.conftest import AT_ONCE
from tests.scripted_aws import HEADER, Answer, ScriptedAws, error, session_of, xml

ACCOUNT, WITHOUT = "000000000001", "000000000002"
ROOT_SESSION = "000000000077"
USED = "2026-10-01T00:00:00+00:00"

Read = Callable[..., tuple[CollectedAccount, Account]]


def report_of(*, root_key: bool) -> Answer:
    key = f"true,2020-01-01T00:00:00+00:00,{USED},N/A,iam" if root_key else "false,N/A,N/A,N/A,N/A"
    row = (
        "<root_account>,arn:aws:iam::000000000001:root,2019-01-01T00:00:00+00:00,not_supported,no_information,"
        f"not_supported,not_supported,true,{key},false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
    )
    content = base64.b64encode(f"{HEADER}\n{row}".encode()).decode()
    return xml(
        "GetCredentialReport",
        f"<Content>{content}</Content><ReportFormat>text/csv</ReportFormat>"
        "<GeneratedTime>2099-01-01T00:00:00Z</GeneratedTime>",
    )


def features(*names: str) -> Answer:
    members = "".join(f"<member>{name}</member>" for name in names)
    return xml(
        "ListOrganizationsFeatures",
        f"<OrganizationId>o-1</OrganizationId><EnabledFeatures>{members}</EnabledFeatures>",
    )


@pytest.fixture
def cloud(aws: ScriptedAws) -> ScriptedAws:
    """Account 1 has a root key, account 2 none; root sessions sign as an account of their own."""
    aws.script("GetCredentialReport", report_of(root_key=True))
    aws.script("GetCredentialReport", report_of(root_key=False), account=WITHOUT)
    aws.script("ListOrganizationsFeatures", features("RootCredentialsManagement", "RootSessions"))
    session = session_of(ROOT_SESSION)
    aws.script("AssumeRoot", replace(session, body=session.body.replace(b"AssumeRole", b"AssumeRoot")))
    aws.script(
        "ListAccessKeys",
        xml(
            "ListAccessKeys",
            "<IsTruncated>false</IsTruncated><AccessKeyMetadata><member><AccessKeyId>AKIAROOT000000000000</AccessKeyId>"
            "<Status>Active</Status><CreateDate>2019-05-01T00:00:00Z</CreateDate></member></AccessKeyMetadata>",
        ),
        account=ROOT_SESSION,
    )
    return aws


@pytest.fixture
def read(cloud: ScriptedAws) -> Read:
    assert cloud.url

    def one(account_id: str = ACCOUNT, **more: str) -> tuple[CollectedAccount, Account]:
        settings = load_settings(
            {"REPORT_ROOT_ACCESS": "true", "REPORT_CREDENTIALS": "console_passwords", **more},
            destination_required=False,
        )
        clients = open_clients(settings)
        assert clients.root is not None
        collector = Collector(
            clients=clients.member,
            caller=CallerIdentity(account_id="000000000009", partition="aws", arn="arn:aws:sts::9:x"),
            settings=settings,
            policies=ManagedPolicies(),
            stop=threading.Event(),
            now=lambda: datetime(2026, 11, 22, 4, 0, 12, tzinfo=UTC),
            root_access=RootAccess(clients.root, "aws"),
            first_guess=AT_ONCE,
        )
        (collected,) = collector.collect([account_id])
        return collected, parse_account(account_id, json.loads(json.dumps(collected.document)))

    return one


def root_key_ids(account: Account) -> list[str | None]:
    assert account.root is not None
    return [key.access_key_id for key in account.root.keys]


def test_a_root_key_is_told_with_its_id_its_creation_and_its_last_use(cloud: ScriptedAws, read: Read) -> None:
    collected, account = read()
    assert collected.failures == ()
    assert account.root is not None
    (key,) = account.root.keys
    assert (key.access_key_id, key.active) == ("AKIAROOT000000000000", True)
    assert key.created_at == datetime(2019, 5, 1, tzinfo=UTC)
    assert key.last_use is not None
    assert (key.last_use.service, key.last_use_read) == ("s3", True)
    assert account.root.credentials.mfa_active is True
    assert account.central_root_access is True
    (asked,) = [each for each in cloud.asked if each.operation == "AssumeRoot"]
    assert asked.parameters["TargetPrincipal"] == ACCOUNT
    assert asked.parameters["TaskPolicyArn.arn"].endswith(":policy/root-task/IAMAuditRootUserCredentials")


@pytest.mark.parametrize(
    ("more", "signer"),
    [
        ({}, ""),
        ({"REPORT_ORGANIZATION_ROLE_ARN": "arn:aws:iam::000000000088:role/org-reader"}, "000000000088"),
    ],
    ids=["by the task itself", "through the organization role"],
)
def test_root_users_are_asked_about_by_what_reads_the_organization(
    cloud: ScriptedAws, read: Read, more: dict[str, str], signer: str
) -> None:
    collected, account = read(**more)
    assert collected.failures == ()
    assert root_key_ids(account) == ["AKIAROOT000000000000"]
    asked = {
        each.operation: each.account
        for each in cloud.asked
        if each.operation in ("ListOrganizationsFeatures", "AssumeRoot")
    }
    assert asked == {"ListOrganizationsFeatures": signer, "AssumeRoot": signer}


def test_an_account_without_an_active_root_key_is_not_entered_as_root(cloud: ScriptedAws, read: Read) -> None:
    collected, account = read(WITHOUT)
    assert collected.failures == ()
    assert "AssumeRoot" not in cloud.operations()
    assert root_key_ids(account) == []
    assert account.central_root_access is True


@pytest.mark.parametrize(
    ("operation", "step", "code"),
    [
        ("ListOrganizationsFeatures", "ListOrganizationsFeatures", "AccessDenied"),
        ("AssumeRoot", "AssumeRoot", "AccessDenied"),
        ("ListAccessKeys", "ListAccessKeys", "AccessDenied"),
        ("GetAccessKeyLastUsed", "GetAccessKeyLastUsed", "AccessDenied"),
    ],
)
def test_a_refusal_is_told_and_the_key_of_the_report_stays(
    cloud: ScriptedAws, read: Read, operation: str, step: str, code: str
) -> None:
    asker = ROOT_SESSION if operation in ("ListAccessKeys", "GetAccessKeyLastUsed") else ""
    cloud.script(operation, error(403, code), account=asker)
    collected, account = read()
    assert [(each.step, each.code, each.user) for each in collected.failures] == [
        (step, code, "<root_account>")
    ]
    assert root_key_ids(account) == [None]
    assert account.root is not None
    assert account.root.keys[0].last_use is not None
    assert [user.name for user in account.users] == ["alice"]


def test_switched_off_is_told_where_there_is_a_root_key(cloud: ScriptedAws, read: Read) -> None:
    cloud.script("ListOrganizationsFeatures", features())
    collected, account = read()
    assert [(each.step, each.code) for each in collected.failures] == [
        ("ListOrganizationsFeatures", "RootCredentialsManagementDisabled")
    ]
    assert "AssumeRoot" not in cloud.operations()
    assert (root_key_ids(account), account.central_root_access) == ([None], False)
    assert read(WITHOUT)[0].failures == ()


def test_a_root_key_that_was_deleted_since_the_report_is_not_told(cloud: ScriptedAws, read: Read) -> None:
    none = xml("ListAccessKeys", "<IsTruncated>false</IsTruncated><AccessKeyMetadata/>")
    cloud.script("ListAccessKeys", none, account=ROOT_SESSION)
    collected, account = read()
    assert collected.failures == ()
    assert root_key_ids(account) == []
