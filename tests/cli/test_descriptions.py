from __future__ import annotations

from datetime import timedelta
from importlib.metadata import version

import orjson
import pytest

from job.analyze.service_reference.data_age import data_sources
from job.cli.main import main, version_text


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


def test_the_schema_is_json_with_every_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    schema = orjson.loads(printed(capsys, "schema"))
    names = [dataset["name"] for dataset in schema["datasets"]]
    assert names == ["keys", "accounts", "findings", "changes", "stores", "access", "credentials"]


def test_the_schema_follows_the_tag_columns(capsys: pytest.CaptureFixture[str]) -> None:
    schema = orjson.loads(printed(capsys, "schema", "--tag-columns", "CostCenter"))
    names = [column["name"] for column in schema["datasets"][0]["columns"]]
    assert "tag_cost_center" in names
    assert "tag_environment" not in names


def test_permissions_are_listed_by_role(capsys: pytest.CaptureFixture[str]) -> None:
    permissions = orjson.loads(printed(capsys, "permissions"))
    assert sorted(permissions) == [
        "config_aggregator",
        "credentials",
        "data_stores",
        "member",
        "organization",
        "root_access",
        "task",
    ]


def test_settings_are_listed_with_defaults_and_meanings(capsys: pytest.CaptureFixture[str]) -> None:
    settings = {setting["name"]: setting for setting in orjson.loads(printed(capsys, "settings"))}
    assert settings["REPORT_MIN_COVERAGE"]["default"] == "100"
    assert settings["REPORT_DEPLOYMENT"]["meaning"].startswith("Name of the deployment")


def test_metrics_are_listed_with_units(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = orjson.loads(printed(capsys, "metrics"))
    assert metrics["metrics"]["Coverage"] == "Percent"


def test_the_version_tells_the_age_of_what_is_known_of_aws(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    first, second, *lists = capsys.readouterr().out.splitlines()
    assert first == f"iam-access-key-report {version('iam-access-key-report')}"
    assert second == "AWS data:"
    assert [line.split(":")[0].strip() for line in lists] == [source.name for source in data_sources()]


def test_the_age_of_what_is_known_of_aws_is_counted_in_days() -> None:
    actions = next(source for source in data_sources() if source.name == "actions")
    text = version_text(actions.copied_on + timedelta(days=12))
    assert f"  {actions.text} (12 days old)" in text.splitlines()


def test_without_a_command_the_words_belong_to_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output-dir", "out", "--min-coverage", "much"]) == 2
    assert capsys.readouterr().err.startswith("error: REPORT_MIN_COVERAGE")
