"""Credentials that are no access keys, from a snapshot file: none lost, damage told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from job.snapshot.model import Account, CredentialKind, Json, JsonObject
from job.snapshot.parse import parse_account
from tests.scripted_aws import HEADER

ACCOUNT = "000000000001"
NO_KEYS = "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
API_KEY: JsonObject = {
    "UserName": "ci",
    "Status": "Active",
    "CreateDate": "2026-01-01T00:00:00Z",
    "ExpirationDate": "2027-01-01T00:00:00Z",
    "ServiceSpecificCredentialId": "ACCA1",
    "ServiceName": "bedrock.amazonaws.com",
    "ServiceCredentialAlias": "chat",
}


def parsed(section: Json, *, rows: tuple[str, ...] = ()) -> Account:
    document: JsonObject = {"OtherCredentials": section}
    if rows:
        document["CredentialReport"] = {"Content": "\n".join((HEADER, *rows))}
    return parse_account(ACCOUNT, document)


def row(name: str, password: str) -> str:
    return f"{name},arn:aws:iam::{ACCOUNT}:user/{name},2021-01-01T00:00:00+00:00,{password},true,{NO_KEYS}"


def test_a_service_specific_credential_has_its_service_alias_and_end() -> None:
    (credential,) = parsed(
        {"Kinds": ["service_specific"], "ServiceSpecificCredentials": [API_KEY]}
    ).other_credentials
    assert credential.kind is CredentialKind.SERVICE_SPECIFIC
    assert (credential.user_name, credential.id) == ("ci", "ACCA1")
    assert (credential.service, credential.alias, credential.status) == ("bedrock", "chat", "Active")
    assert credential.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert credential.expires_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert not credential.use_read


def test_ssh_keys_and_certificates_have_their_ids() -> None:
    entry: JsonObject = {"UserName": "ci", "Status": "Inactive", "UploadDate": "2026-01-01T00:00:00Z"}
    section: JsonObject = {
        "Kinds": [],
        "SSHPublicKeys": [{**entry, "SSHPublicKeyId": "APKA1"}],
        "SigningCertificates": [{**entry, "CertificateId": "CERT1"}],
    }
    found = {
        (each.kind.value, each.id, each.service, each.status) for each in parsed(section).other_credentials
    }
    assert found == {
        ("ssh_public_key", "APKA1", "codecommit", "Inactive"),
        ("signing_certificate", "CERT1", None, "Inactive"),
    }


def test_passwords_come_from_the_credential_report_where_they_are_wanted() -> None:
    used, set_at, ends = (f"2026-0{month}-01T00:00:00+00:00" for month in (3, 2, 5))
    rows = (row("ci", f"true,{used},{set_at},{ends}"), row("none", "false,N/A,N/A,N/A"))
    (password,) = parsed({"Kinds": ["console_passwords"]}, rows=rows).other_credentials
    assert (password.kind.value, password.user_name, password.id) == ("console_password", "ci", None)
    assert (password.last_used_at, password.created_at, password.expires_at) == (
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 5, 1, tzinfo=UTC),
    )
    assert parsed({"Kinds": ["service_specific"]}, rows=rows).other_credentials == ()


def test_a_file_without_the_section_has_none() -> None:
    assert parsed(None, rows=(row("ci", "true,N/A,N/A,N/A"),)).other_credentials == ()


@pytest.mark.parametrize(
    ("entry", "kept", "message"),
    [
        (
            {**API_KEY, "CreateDate": "soon"},
            1,
            "OtherCredentials.ServiceSpecificCredentials[0].CreateDate: expected an ISO 8601 time",
        ),
        (
            {**API_KEY, "Status": "Odd"},
            1,
            "OtherCredentials.ServiceSpecificCredentials[0].Status: expected Active, Inactive or Expired",
        ),
        (
            {**API_KEY, "UserName": None},
            0,
            "OtherCredentials.ServiceSpecificCredentials[0].UserName: expected a text",
        ),
        ([], 0, "OtherCredentials.ServiceSpecificCredentials[0]: expected an object"),
    ],
    ids=["date", "status", "user", "no object"],
)
def test_damage_is_told_and_what_can_be_kept_is(entry: Json, kept: int, message: str) -> None:
    account = parsed({"Kinds": [], "ServiceSpecificCredentials": [entry, {**API_KEY, "UserName": "other"}]})
    assert len(account.other_credentials) == kept + 1
    assert [(each.step, each.code, each.message) for each in account.failures] == [
        ("OtherCredentials", "Malformed", message)
    ]


def test_a_section_of_another_kind_is_told() -> None:
    account = parsed("nonsense")
    assert account.other_credentials == ()
    assert [each.step for each in account.failures] == ["OtherCredentials"]
