from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import NoCredentialsError

from job.aws.clients import CallerIdentity, caller_identity, identity_of, open_clients, open_s3
from job.errors import SettingsError
from job.settings.load import load_settings
from job.settings.settings import Settings
from tests.scripted_aws import ScriptedAws, json_answer, point_at, scripted_aws, session_of, xml

IDENTITY = xml(
    "GetCallerIdentity",
    "<Arn>arn:aws-us-gov:sts::000000000009:assumed-role/task/1</Arn><Account>000000000009</Account>",
)
ROOTS = json_answer({"Roots": []})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    with scripted_aws() as server:
        point_at(monkeypatch, server.url)
        yield server


def _settings(**more: str) -> Settings:
    return load_settings(more, destination_required=False)


def test_the_caller_tells_account_and_partition(aws: ScriptedAws) -> None:
    aws.script("GetCallerIdentity", IDENTITY)
    assert caller_identity(open_clients(_settings()).member.sts) == CallerIdentity(
        account_id="000000000009",
        partition="aws-us-gov",
        arn="arn:aws-us-gov:sts::000000000009:assumed-role/task/1",
    )


def test_the_organization_is_read_with_the_tasks_own_credentials_by_default(aws: ScriptedAws) -> None:
    aws.script("ListRoots", ROOTS)
    open_clients(_settings()).organizations.list_roots()
    assert aws.operations() == ["ListRoots"]


def test_the_organization_role_is_assumed_with_external_id_and_session_policy(aws: ScriptedAws) -> None:
    aws.script("AssumeRole", session_of("000000000001"))
    aws.script("ListRoots", ROOTS)
    role = "arn:aws:iam::000000000001:role/org-reader"
    settings = _settings(REPORT_ORGANIZATION_ROLE_ARN=role, REPORT_EXTERNAL_ID="word")
    open_clients(settings).organizations.list_roots()
    assume, listing = aws.asked
    assert (assume.parameters["RoleArn"], assume.parameters["ExternalId"]) == (role, "word")
    assert "organizations:ListAccounts" in assume.parameters["Policy"]
    assert listing.account == "000000000001"


def test_the_organization_role_needs_no_external_id(aws: ScriptedAws) -> None:
    aws.script("AssumeRole", session_of("000000000001"))
    aws.script("ListRoots", ROOTS)
    role = "arn:aws:iam::000000000001:role/org-reader"
    open_clients(_settings(REPORT_ORGANIZATION_ROLE_ARN=role)).organizations.list_roots()
    assert "ExternalId" not in aws.asked[0].parameters


def test_two_profiles_serve_the_two_sides(
    aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile org]\naws_access_key_id = ASIA000000000001\naws_secret_access_key = s\n"
        "[profile member]\naws_access_key_id = ASIA000000000002\naws_secret_access_key = s\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    aws.script("GetCallerIdentity", IDENTITY)
    aws.script("ListRoots", ROOTS)
    settings = _settings()
    clients = open_clients(settings, identity_of(settings, "org"), members=identity_of(settings, "member"))
    clients.organizations.list_roots()
    clients.member.sts.get_caller_identity()
    assert [asked.account for asked in aws.asked] == ["000000000001", "000000000002"]
    assert clients.member.own_credentials().access_key == "ASIA000000000002"


def test_the_region_is_the_settings_then_the_sdks_then_us_east_1(
    aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aws.url
    assert open_clients(_settings()).member.sts.meta.region_name == "eu-central-1"
    monkeypatch.delenv("AWS_REGION")
    assert open_clients(_settings()).member.sts.meta.region_name == "us-east-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    clients = open_clients(_settings())
    assert clients.member.sts.meta.region_name == "eu-west-2"
    assert clients.tagging is not None
    assert clients.tagging.meta.region_name == "us-east-1"
    assert open_s3(_settings()).meta.region_name == "eu-west-2"


def test_without_credentials_asking_for_ones_own_says_so(
    aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aws.url
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    role = "arn:aws:iam::000000000001:role/org-reader"
    clients = open_clients(_settings(REPORT_ORGANIZATION_ROLE_ARN=role))
    with pytest.raises(NoCredentialsError):
        clients.member.own_credentials()
    with pytest.raises(NoCredentialsError):
        clients.organizations.list_roots()


def test_answers_keep_timestamps_as_text(aws: ScriptedAws) -> None:
    account = {"Id": "000000000001", "JoinedTimestamp": 1600000000.5}
    aws.script("ListAccounts", json_answer({"Accounts": [account]}))
    answer = open_clients(_settings()).organizations.list_accounts()
    assert str(answer["Accounts"][0]["JoinedTimestamp"]) == "2020-09-13T12:26:40.500000Z"


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_of_certificates_that_cannot_be_used_is_named(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")
    for bundle in (tmp_path / "missing.pem", empty):
        monkeypatch.setenv(variable, str(bundle))
        with pytest.raises(SettingsError, match=f"{variable}.*{bundle.name}: ."):
            open_clients(_settings())


def test_the_member_profiles_bundle_is_the_one_that_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile own]\n[profile members]\nca_bundle = /missing/members.pem\n", encoding="utf-8"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    settings = _settings()
    own, members = identity_of(settings, "own"), identity_of(settings, "members")
    open_clients(settings, own)
    with pytest.raises(SettingsError, match=r"members\.pem"):
        open_clients(settings, own, members=members)
