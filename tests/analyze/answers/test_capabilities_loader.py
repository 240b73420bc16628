"""The capability table and a user's own rows in it."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from job.analyze.answers.capabilities import Capability, load_capabilities
from job.analyze.engine import Analysis
from job.analyze.verdict import Verdict
from job.errors import SettingsError
from job.snapshot.parse import parse_account
from tests.analyze.analyze_samples import ACCOUNT, organization

SQS: dict[str, Any] = {"id": "sqs_read", "title": "Queues", "alternatives": [[["sqs:ReceiveMessage"]]]}


def loaded(*rows: Any) -> dict[str, Capability]:  # noqa: ANN401 - whatever a file may hold
    return {c.id: c for c in load_capabilities(orjson.dumps(rows))}


def problems(content: bytes) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        load_capabilities(content)
    return raised.value.problems


def test_own_rows_come_after_the_built_in_ones() -> None:
    assert list(loaded(SQS)) == [*(c.id for c in load_capabilities()), "sqs_read"]
    assert [c.id for c in loaded(SQS).values() if c.own] == ["sqs_read"]


def test_an_own_row_takes_the_place_of_the_built_in_one_of_its_name() -> None:
    table = loaded({**SQS, "id": "s3_read"})
    assert list(table) == [c.id for c in load_capabilities()]
    assert table["s3_read"].title == "Queues"
    assert not table["s3_read"].own


def test_a_table_may_be_an_object_that_holds_the_list() -> None:
    assert load_capabilities(orjson.dumps({"capabilities": [SQS]}))[-1].id == "sqs_read"


def test_a_row_may_not_be_called_like_the_findings_of_no_capability() -> None:
    content = orjson.dumps([{**SQS, "id": "information"}])
    assert problems(content) == (
        "REPORT_CAPABILITIES_FILE: capability 1: `id` information is the name of other findings",
    )


def test_the_shortest_row_says_what_it_leaves_out() -> None:
    capability = loaded({"id": "sqs_read", "alternatives": [[["sqs:ReceiveMessage"]]]})["sqs_read"]
    (alternative,) = capability.alternatives
    assert capability.title == "sqs_read"
    assert (alternative.id, alternative.data_class, alternative.decides) == ("sqs_read-1", "direct", 0)
    assert (alternative.conditional_on, alternative.pass_role, alternative.note) == ("", (), "")
    assert not alternative.at_most_some
    assert alternative.needs[0].actions == ("sqs:receivemessage",)
    assert alternative.needs[0].on is None
    assert list(capability.actions) == ["sqs:ReceiveMessage"]


def test_the_longest_row_is_read_whole() -> None:
    row = {
        "id": "sqs-copy",
        "class": "copied",
        "needs": [["sqs:ReceiveMessage"], {"actions": ["kms:Decrypt", "kms:ReEncryptFrom"], "on": "*"}],
        "decides": 1,
        "at_most": "some",
        "conditional_on": "a queue",
        "pass_role": ["a.amazonaws.com", "b.amazonaws.com"],
        "note": "n",
    }
    (alternative,) = loaded({**SQS, "alternatives": [row]})["sqs_read"].alternatives
    assert (alternative.id, alternative.data_class, alternative.decides) == ("sqs-copy", "copied", 1)
    assert alternative.needs[1].actions == ("kms:decrypt", "kms:reencryptfrom")
    assert alternative.needs[1].on == ("*",)
    assert alternative.at_most_some
    assert (alternative.conditional_on, alternative.note) == ("a queue", "n")
    assert alternative.pass_role == ("a.amazonaws.com", "b.amazonaws.com")


def test_a_need_may_be_on_several_kinds_and_one_service_needs_no_list() -> None:
    row = {"needs": [{"actions": ["sqs:ReceiveMessage"], "on": ["a", "!b"]}], "pass_role": "a.amazonaws.com"}
    (alternative,) = loaded({**SQS, "alternatives": [row]})["sqs_read"].alternatives
    assert alternative.needs[0].on == ("a", "!b")
    assert alternative.pass_role == ("a.amazonaws.com",)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("x", "not an object"),
        ({"alternatives": []}, "`id` must be a lower-case column name"),
        ({**SQS, "id": "SQS"}, "`id` must be a lower-case column name"),
        ({**SQS, "id": "sqs-read"}, "`id` must be a lower-case column name"),
        ({**SQS, "alternatives": []}, "`alternatives` of sqs_read must be a list"),
        ({**SQS, "alternatives": "x"}, "`alternatives` of sqs_read must be a list"),
        ({**SQS, "alternatives": ["x"]}, "alternative 1 of sqs_read has no list of `needs`"),
        ({**SQS, "alternatives": [{"needs": "x"}]}, "alternative 1 of sqs_read has no list of `needs`"),
        ({**SQS, "alternatives": [[]]}, "alternative 1 of sqs_read: `needs` or `decides`"),
        ({**SQS, "alternatives": [[["sqs"]]]}, "a need is a list of actions, not ['sqs']"),
        ({**SQS, "alternatives": [[[]]]}, "a need is a list of actions, not []"),
        ({**SQS, "alternatives": [["sqs:Get"]]}, "a need is a list of actions, not sqs:Get"),
        (
            {**SQS, "alternatives": [{"needs": [["a:b"]], "class": "odd"}]},
            "alternative 1 of sqs_read: class odd",
        ),
        (
            {**SQS, "alternatives": [{"needs": [["a:b"]], "decides": 1}]},
            "alternative 1 of sqs_read: `needs` or `decides`",
        ),
        (
            {**SQS, "alternatives": [{"needs": [["a:b"]], "decides": "0"}]},
            "alternative 1 of sqs_read: `needs` or `decides`",
        ),
    ],
)
def test_a_wrong_row_is_named_with_its_place_and_what_is_wrong(row: Any, problem: str) -> None:  # noqa: ANN401
    assert problems(orjson.dumps([SQS, row])) == (f"REPORT_CAPABILITIES_FILE: capability 2: {problem}",)


def test_all_wrong_rows_are_named_at_once() -> None:
    assert len(problems(orjson.dumps(["x", SQS, {}]))) == 2


def test_a_file_that_is_no_list_says_so() -> None:
    assert problems(b"7") == ("REPORT_CAPABILITIES_FILE: expected a list of capabilities",)
    assert problems(b"{}") == ("REPORT_CAPABILITIES_FILE: expected a list of capabilities",)


def test_a_file_that_is_no_json_says_so() -> None:
    (problem,) = problems(b"[")
    assert re.match(r"REPORT_CAPABILITIES_FILE: not JSON \(", problem)


@pytest.mark.parametrize(
    ("action", "expected"),
    [("sqs:ReceiveMessage", Verdict.ALL), ("sqs:SendMessage", Verdict.NONE), ("madeup:Read", Verdict.NONE)],
)
def test_an_own_row_is_answered_like_the_others(action: str, expected: Verdict) -> None:
    assert verdict_of(SQS, action) is expected


def test_an_action_of_no_published_list_is_answered_too() -> None:
    row = {"id": "new_service", "alternatives": [[["madeup:Read"]]]}
    assert verdict_of(row, "madeup:*") is Verdict.ALL


def verdict_of(row: dict[str, Any], action: str) -> Verdict:
    table = load_capabilities(orjson.dumps([row]))
    analysis = Analysis(organization=organization(), managed_policies={}, capabilities=table)
    analysis.add(parse_account(ACCOUNT, account_of_user_allowed(action)))
    (verdicts,) = analysis.verdicts(ACCOUNT)
    return verdicts.capabilities[row["id"]].verdict


def account_of_user_allowed(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    user = {
        "UserName": "alice",
        "UserId": "AIDAALICE",
        "Path": "/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
        "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}],
    }
    key = {"UserName": "alice", "AccessKeyId": "AKIAALICE", "Status": "Active"}
    details = {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    return {"AccountId": ACCOUNT, "AuthorizationDetails": details, "AccessKeys": [key]}
