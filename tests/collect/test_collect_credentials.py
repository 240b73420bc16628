"""Credentials that are no access keys: what is asked, of whom, and what a refusal costs."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from job.collect.collector import Collector
from tests.collect.collect_samples import details, user
from tests.scripted_aws import HEADER, ScriptedAws, error, xml

ACCOUNT = "000000000001"
ALL = "service_specific,signing_certificates,console_passwords,ssh_public_keys"
NO_KEYS = "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A"

MakeCollector = Callable[..., Collector]


def row(name: str, certificates: str = "false,N/A,false,N/A") -> str:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return f"{name},{arn},2021-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,{NO_KEYS},{certificates}"


def report_of(*rows: str) -> Any:  # noqa: ANN401 - an answer of the scripted AWS
    content = base64.b64encode("\n".join((HEADER, *rows)).encode()).decode()
    return xml(
        "GetCredentialReport",
        f"<Content>{content}</Content><ReportFormat>text/csv</ReportFormat>"
        "<GeneratedTime>2099-01-01T00:00:00Z</GeneratedTime>",
    )


def service_specific(*names: str, more: str = "<IsTruncated>false</IsTruncated>") -> Any:  # noqa: ANN401 - as there
    members = "".join(
        f"<member><UserName>{name}</UserName><Status>Active</Status><CreateDate>2026-01-01T00:00:00Z</CreateDate>"
        f"<ServiceSpecificCredentialId>ACCA{name}</ServiceSpecificCredentialId>"
        "<ServiceName>bedrock.amazonaws.com</ServiceName></member>"
        for name in names
    )
    return xml(
        "ListServiceSpecificCredentials",
        f"<ServiceSpecificCredentials>{members}</ServiceSpecificCredentials>{more}",
    )


def certificate(name: str) -> Any:  # noqa: ANN401 - as there
    return xml(
        "ListSigningCertificates",
        f"<Certificates><member><UserName>{name}</UserName><CertificateId>C{name}</CertificateId>"
        "<CertificateBody>-</CertificateBody><Status>Active</Status>"
        "<UploadDate>2020-01-01T00:00:00Z</UploadDate></member></Certificates><IsTruncated>false</IsTruncated>",
    )


@pytest.fixture
def three_users(aws: ScriptedAws) -> ScriptedAws:
    """`alice` has no certificate, `bob` an active one, `carol` one that is switched off."""
    aws.script("GetAccountAuthorizationDetails", details(user("alice"), user("bob"), user("carol")))
    off = "false,2020-01-01T00:00:00+00:00,false,N/A"
    rows = (row("alice"), row("bob", "true,2020-01-01T00:00:00+00:00,false,N/A"), row("carol", off))
    aws.script("GetCredentialReport", report_of(*rows))
    aws.script("ListServiceSpecificCredentials", service_specific("alice", "bob"))
    for name in ("bob", "carol"):
        aws.script("ListSigningCertificates", certificate(name), about=name)
    aws.script(
        "ListSSHPublicKeys", xml("ListSSHPublicKeys", "<SSHPublicKeys/><IsTruncated>false</IsTruncated>")
    )
    return aws


def read(collector: MakeCollector, kinds: str) -> Any:  # noqa: ANN401 - AWS's own answer
    (account,) = collector(REPORT_CREDENTIALS=kinds).collect([ACCOUNT])
    return account


def asked(aws: ScriptedAws, operation: str) -> list[str]:
    return [str(each.parameters.get("UserName", "")) for each in aws.asked if each.operation == operation]


def test_service_specific_credentials_cost_one_call_and_certificates_one_where_there_is_one(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    section = read(collector, "service_specific,signing_certificates").document["OtherCredentials"]
    assert asked(three_users, "ListServiceSpecificCredentials") == [""]
    assert asked(three_users, "ListSigningCertificates") == ["bob", "carol"]
    assert asked(three_users, "ListSSHPublicKeys") == []
    assert [each["ServiceSpecificCredentialId"] for each in section["ServiceSpecificCredentials"]] == [
        "ACCAalice",
        "ACCAbob",
    ]
    assert [each["CertificateId"] for each in section["SigningCertificates"]] == ["Cbob", "Ccarol"]
    assert section["Kinds"] == ["service_specific", "signing_certificates"]


def test_every_user_is_asked_for_ssh_keys_where_they_are_wanted(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    read(collector, "ssh_public_keys")
    assert asked(three_users, "ListSSHPublicKeys") == ["alice", "bob", "carol"]
    assert asked(three_users, "ListServiceSpecificCredentials") == []


def test_all_pages_are_read(three_users: ScriptedAws, collector: MakeCollector) -> None:
    more = "<IsTruncated>true</IsTruncated><Marker>2</Marker>"
    pages = (service_specific("alice", more=more), service_specific("bob"))
    three_users.script("ListServiceSpecificCredentials", *pages)
    section = read(collector, "service_specific").document["OtherCredentials"]
    assert [each["UserName"] for each in section["ServiceSpecificCredentials"]] == ["alice", "bob"]
    markers = [
        each.parameters.get("Marker")
        for each in three_users.asked
        if each.operation == "ListServiceSpecificCredentials"
    ]
    assert markers == [None, "2"]


def test_a_list_that_turns_in_a_circle_is_a_failure(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    more = "<IsTruncated>true</IsTruncated><Marker>2</Marker>"
    three_users.script("ListServiceSpecificCredentials", service_specific("alice", more=more))
    account = read(collector, "service_specific")
    assert [(each.step, each.code) for each in account.failures] == [
        ("ListServiceSpecificCredentials", "PaginationError")
    ]
    assert asked(three_users, "ListServiceSpecificCredentials") == [""] * 2


@pytest.mark.parametrize(
    ("operation", "lost", "users"),
    [
        ("ListServiceSpecificCredentials", "ServiceSpecificCredentials", [None]),
        ("ListSigningCertificates", "SigningCertificates", ["bob", "carol"]),
        ("ListSSHPublicKeys", "SSHPublicKeys", ["alice", "bob", "carol"]),
    ],
)
def test_a_refusal_costs_its_list_and_is_told(
    three_users: ScriptedAws,
    collector: MakeCollector,
    operation: str,
    lost: str,
    users: list[str | None],
) -> None:
    for about in ("", "alice", "bob", "carol"):
        three_users.script(operation, error(403, "AccessDenied"), about=about)
    account = read(collector, ALL)
    section = account.document["OtherCredentials"]
    assert [(each.step, each.code, each.user) for each in account.failures] == [
        (operation, "AccessDenied", name) for name in users
    ]
    assert section.get(lost, []) == []
    others = {"ServiceSpecificCredentials", "SigningCertificates"} - {lost}
    assert [name for name in others if not section[name]] == []
    assert account.document["AccessKeys"] == []


def test_without_a_report_nobody_is_asked_for_certificates(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    three_users.script("GetCredentialReport", error(403, "AccessDenied"))
    account = read(collector, "service_specific,signing_certificates,console_passwords")
    assert asked(three_users, "ListSigningCertificates") == []
    assert [each.step for each in account.failures] == ["GetCredentialReport"]


def test_a_user_who_was_deleted_meanwhile_has_no_certificates(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    three_users.script("ListSigningCertificates", error(404, "NoSuchEntity"), about="bob")
    account = read(collector, "signing_certificates")
    assert account.failures == ()
    assert [each["UserName"] for each in account.document["OtherCredentials"]["SigningCertificates"]] == [
        "carol"
    ]
