from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from job.errors import SettingsError
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
        "REPORT_BUCKET or REPORT_OUTPUT_DIR",
        "REPORT_BUKCET",
        "REPORT_EXTERNAL_ID",
        "REPORT_MAX_CONCURRENCY",
        "REPORT_MIN_COVERAGE",
    ]
    assert "hush" not in "".join(problems)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("REPORT_BUCKET", "No_Bucket", "expected the name of a bucket"),
        ("REPORT_KMS_KEY_ARN", "alias/mine", "expected the ARN of a KMS key"),
        ("REPORT_MEMBER_ROLE", "a role", "expected a role name, or path/name"),
        ("REPORT_ORGANIZATION_ROLE_ARN", "reader", "expected the ARN of a role"),
        ("REPORT_ORGANIZATION_FILE", "/nowhere.json", "no such file"),
        ("REPORT_METADATA_CSV", "/nowhere.csv", "no such file"),
        ("REPORT_CAPABILITIES_FILE", "/nowhere.json", "no such file"),
        ("REPORT_EXCLUDE_ACCOUNTS", "x", "expected account ids of 12 digits"),
        ("REPORT_RUN_ID", "../x", "expected letters, digits and ._- (128 at most)"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_expected(name: str, value: str, expected: str) -> None:
    destination = {"REPORT_BUCKET": "reports"} | {name: value}
    assert _problems(**destination) == (f"{name}: {expected}",)


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


def test_a_role_may_have_a_path_and_the_external_id_stays_hidden() -> None:
    settings = load_settings(
        {"REPORT_MEMBER_ROLE": "/audit/reader", "REPORT_EXTERNAL_ID": "word:1"}, destination_required=False
    )
    assert settings.member_role == "audit/reader"
    assert settings.external_id is not None
    assert settings.external_id.get_secret_value() == "word:1"
    assert "word:1" not in repr(settings)


def test_every_setting_is_described() -> None:
    described = {each.name: each for each in setting_descriptions()}
    assert len(described) == len(Settings.model_fields)
    assert all(each.meaning for each in described.values())
    assert described["REPORT_TAG_COLUMNS"].default == "Environment,DataClassification"
    assert described["REPORT_INCLUDE_INACTIVE"].default == "false"
    assert described["REPORT_CREDENTIAL_REPORT_TIMEOUT"].default == "120"
    assert described["REPORT_BUCKET"].default == ""
