from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import botocore.session
import pytest

from job.errors import SettingsError
from job.permissions import as_json
from job.settings.load import load_settings, setting_descriptions
from job.settings.settings import Settings


def _problems(**overrides: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(overrides)
    return caught.value.problems


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT_BUCKET", "reports")
    monkeypatch.setenv("REPORT_PREFIX", "/team/keys/")
    monkeypatch.setenv("REPORT_ACCOUNTS", "000000000001, 000000000002,,000000000001")
    monkeypatch.setenv("REPORT_TAG_COLUMNS", "Team")
    monkeypatch.setenv("REPORT_DATE", "2026-11-22")
    monkeypatch.setenv("REPORT_INCLUDE_INACTIVE", "true")
    monkeypatch.setenv("REPORT_LOG_LEVEL", "debug")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    settings = load_settings()
    assert settings.destination == "s3://reports/team/keys"
    assert settings.accounts == ("000000000001", "000000000002")
    assert settings.tag_columns == ("Team",)
    assert settings.date == dt.date(2026, 11, 22)
    assert settings.include_inactive
    assert (settings.log_level, settings.aws_region) == ("DEBUG", "eu-west-1")


def test_what_is_not_set_or_empty_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT_MEMBER_ROLE", "")
    monkeypatch.setenv("REPORT_OUTPUT_DIR", "out")
    settings = load_settings({"REPORT_MIN_COVERAGE": ""})
    assert settings.destination == "out"
    assert settings.member_role == "iam-access-key-report-reader"
    assert settings.tag_columns == ("Environment", "DataClassification")
    assert (settings.min_coverage, settings.accounts, settings.run_id) == (100, (), None)


def test_an_override_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT_OUTPUT_DIR", "out")
    monkeypatch.setenv("REPORT_MAX_CONCURRENCY", "5")
    overrides = {"REPORT_MAX_CONCURRENCY": "6", "AWS_REGION": "eu-west-3"}
    settings = load_settings(overrides)
    assert (settings.max_concurrency, settings.aws_region) == (6, "eu-west-3")


def test_a_destination_given_as_override_replaces_the_other_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT_BUCKET", "reports")
    assert load_settings({"REPORT_OUTPUT_DIR": "here"}).destination == "here"


def test_all_problems_are_told_at_once_by_name_and_without_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT_ACCOUNTS", "12,34")
    monkeypatch.setenv("REPORT_MAX_CONCURRENCY", "many")
    monkeypatch.setenv("REPORT_EXTERNAL_ID", "hush hush")
    monkeypatch.setenv("REPORT_BUKCET", "reports")
    problems = _problems(REPORT_MIN_COVERAGE="101")
    assert [problem.partition(":")[0] for problem in problems] == [
        "REPORT_ACCOUNTS",
        "REPORT_ACCOUNTS",
        "REPORT_BUCKET or REPORT_OUTPUT_DIR",
        "REPORT_BUKCET",
        "REPORT_EXTERNAL_ID",
        "REPORT_MAX_CONCURRENCY",
        "REPORT_MIN_COVERAGE",
    ]
    assert "hush" not in "".join(problems)


def test_a_destination_is_required_but_not_two() -> None:
    assert _problems() == ("REPORT_BUCKET or REPORT_OUTPUT_DIR: set one of them",)
    assert _problems(REPORT_BUCKET="abc", REPORT_OUTPUT_DIR="x") == (
        "REPORT_BUCKET or REPORT_OUTPUT_DIR: set one of them, not both",
    )


def test_stages_that_publish_nothing_need_no_destination() -> None:
    assert load_settings(destination_required=False).destination == ""


def test_a_misspelt_setting_is_told_and_a_foreign_variable_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT_OUTPUT_DIR", "out")
    monkeypatch.setenv("REPORT_SOMETHING_OF_ANOTHER_PROGRAM", "x")
    assert load_settings().destination == "out"
    monkeypatch.setenv("REPORT_METADATA_CVS", "x")
    assert _problems() == ("REPORT_METADATA_CVS: no such setting, is it REPORT_METADATA_CSV?",)


def test_an_override_that_is_no_setting_is_told() -> None:
    assert _problems(REPORT_OUTPUT_DIR="out", REPORT_COLOUR="red") == ("REPORT_COLOUR: no such setting",)


def test_files_may_be_in_s3_or_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text("aws_account_id\n")
    settings = load_settings(
        {"REPORT_METADATA_CSV": str(path), "REPORT_ORGANIZATION_FILE": "s3://bucket/organization.json"},
        destination_required=False,
    )
    assert settings.metadata_csv == str(path)
    assert settings.organization_file == "s3://bucket/organization.json"


def test_arns_of_keys_and_roles_of_every_partition_are_taken() -> None:
    given = {
        "REPORT_KMS_KEY_ARN": "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1",
        "REPORT_ORGANIZATION_ROLE_ARN": "arn:aws-cn:iam::111122223333:role/audit/organization-reader",
    }
    settings = load_settings(given, destination_required=False)
    assert settings.kms_key_arn == given["REPORT_KMS_KEY_ARN"]
    assert settings.organization_role_arn == given["REPORT_ORGANIZATION_ROLE_ARN"]


def test_a_role_may_have_a_path_and_the_external_id_stays_hidden() -> None:
    settings = load_settings(
        {"REPORT_MEMBER_ROLE": "/audit/reader", "REPORT_EXTERNAL_ID": "word:1"}, destination_required=False
    )
    assert settings.member_role == "audit/reader"
    assert settings.external_id is not None
    assert settings.external_id.get_secret_value() == "word:1"
    assert "word:1" not in repr(settings)


def test_a_setting_given_by_flag_is_told_with_its_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT_MIN_COVERAGE", "much")
    with pytest.raises(SettingsError) as caught:
        load_settings(
            {"REPORT_LOG_FORMAT": "xml"},
            destination_required=False,
            flags={"REPORT_LOG_FORMAT": "--log-format"},
        )
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "REPORT_LOG_FORMAT (--log-format)",
        "REPORT_MIN_COVERAGE",
    ]


def test_a_date_far_ahead_is_refused_and_one_soon_to_come_is_not() -> None:
    today = dt.date(2026, 11, 22)
    soon = load_settings({"REPORT_DATE": "2026-12-24"}, destination_required=False, today=today)
    assert soon.date == dt.date(2026, 12, 24)
    with pytest.raises(SettingsError) as caught:
        load_settings({"REPORT_DATE": "2062-11-22"}, destination_required=False, today=today)
    assert caught.value.problems == (
        "REPORT_DATE: more than a year ahead, today is 2026-11-22 (UTC); leave it out for today",
    )


@pytest.mark.parametrize(
    "region", ["eu-central-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "eu-west-9", "us-iso-east-1"]
)
def test_regions_of_every_partition_are_taken_and_one_that_may_be_new(region: str) -> None:
    assert load_settings({"AWS_REGION": region}, destination_required=False).aws_region == region


@pytest.mark.parametrize(
    "region", ["aws-global", "eu-west", "eu-west-0", "eu-west-12", "EU-WEST-1", "eu_west_1"]
)
def test_what_is_no_region_is_refused(region: str) -> None:
    with pytest.raises(SettingsError, match="AWS_REGION: there is no such AWS Region"):
        load_settings({"AWS_REGION": region}, destination_required=False)


@pytest.mark.parametrize(
    "url", ["https://vpce-1.example.com", "http://127.0.0.1:5000", "https://[::1]:5000/path"]
)
def test_an_endpoint_with_its_scheme_is_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    assert load_settings(destination_required=False).destination == ""


@pytest.mark.parametrize(
    "url", ["localhost:5000", "//host", "ftp://host", "https://:443", "http://[::1", "https://h:99999"]
)
def test_an_endpoint_that_no_client_could_use_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
    with pytest.raises(SettingsError, match="AWS_ENDPOINT_URL_S3: expected https://HOST"):
        load_settings(destination_required=False)


CALLED = sorted(set(re.findall(r'"action": "([a-z0-9-]+):', as_json())))
OTHERWISE_NAMED = {"tag": "resourcegroupstaggingapi"}


@pytest.mark.parametrize("prefix", CALLED)
def test_the_endpoint_of_each_service_that_is_called_is_looked_at(
    prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = botocore.session.get_session().get_service_model(OTHERWISE_NAMED.get(prefix, prefix))
    name = f"AWS_ENDPOINT_URL_{str(service.service_id).upper().replace(' ', '_')}"
    monkeypatch.setenv(name, "localhost:5000")
    with pytest.raises(SettingsError, match=f"^{name}: expected https://HOST"):
        load_settings(destination_required=False)


def test_a_folder_where_nothing_can_be_written_is_refused() -> None:
    (problem,) = _problems(REPORT_OUTPUT_DIR="/proc/reports")
    assert problem.startswith("REPORT_OUTPUT_DIR: nothing can be written there (")


def test_names_too_long_for_the_system_are_refused(tmp_path: Path) -> None:
    long = str(tmp_path / ("x" * 300))
    (problem,) = _problems(REPORT_OUTPUT_DIR=str(tmp_path), REPORT_METADATA_CSV=long)
    assert problem.startswith("REPORT_METADATA_CSV: this file cannot be read (")


def test_every_setting_is_described() -> None:
    described = {each.name: each for each in setting_descriptions()}
    assert len(described) == len(Settings.model_fields)
    assert all(each.meaning for each in described.values())
    assert described["REPORT_TAG_COLUMNS"].default == "Environment,DataClassification"
    assert described["REPORT_INCLUDE_INACTIVE"].default == "false"
    assert described["REPORT_CREDENTIAL_REPORT_TIMEOUT"].default == "120"
    assert described["REPORT_BUCKET"].default == ""


@pytest.mark.parametrize("name", ["REPORT_TAG_COLUMNS", "REPORT_OUTPUT_DIR", "REPORT_DEPLOYMENT"])
def test_bytes_that_are_no_text_are_refused_before_any_account_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("REPORT_OUTPUT_DIR", str(tmp_path))
    monkeypatch.setenv(name, f"{tmp_path}/caf\udce9")
    assert _problems() == (
        f"{name}: expected text in UTF-8, found bytes that are none: write it anew, or rename it",
    )


def test_letters_of_any_alphabet_are_text(tmp_path: Path) -> None:
    named = load_settings({"REPORT_OUTPUT_DIR": str(tmp_path), "REPORT_TAG_COLUMNS": "Équipe,部門"})
    assert named.tag_columns == ("Équipe", "部門")
