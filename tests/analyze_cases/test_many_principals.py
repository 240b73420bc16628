"""Principals under one control do parts of each other's ways; where they are too many, that stays unknown."""

from __future__ import annotations

from typing import Any

import pytest
from policy_questions import principal_verdicts
from policy_world import build_world

from job.analyze.verdict import AdminAccess, Verdict

_ACCOUNT = "arn:aws:iam::111122223333"
_ATTACHING = {
    "Effect": "Allow",
    "Action": "iam:AttachUserPolicy",
    "Resource": f"{_ACCOUNT}:user/alice",
    "Condition": {"ArnLike": {"iam:PolicyARN": f"{_ACCOUNT}:policy/team-*"}},
}


def _role(action: str) -> dict[str, Any]:
    return {
        "trust": f"{_ACCOUNT}:root",
        "inline": {"Effect": "Allow", "Action": action, "Resource": "*"},
    }


def _world(*, others: int, made_by: str = "iam:CreatePolicy") -> dict[str, Any]:
    entering = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    roles = {f"reader-{i}": _role("dynamodb:GetItem") for i in range(others)}
    return {"user": {"inline": [entering, _ATTACHING]}, "roles": {**roles, "maker": _role(made_by)}}


@pytest.mark.parametrize(
    ("others", "expected"),
    [(0, AdminAccess.ESCALATES), (60, AdminAccess.ESCALATES), (120, AdminAccess.UNKNOWN)],
)
def test_a_policy_that_another_role_makes_is_attached(others: int, expected: AdminAccess) -> None:
    verdicts = principal_verdicts(build_world(_world(others=others)), "alice", "111122223333")
    assert verdicts.admin_access is expected


def test_what_many_do_for_one_another_is_noted_and_the_rest_is_answered() -> None:
    verdicts = principal_verdicts(build_world(_world(others=120)), "alice", "111122223333")
    assert "111122223333" in verdicts.admin_reason
    assert any("for one another" in note for note in verdicts.notes)
    assert verdicts.capabilities["dynamodb_read"].verdict is Verdict.ALL
    assert verdicts.capabilities["s3_read"].verdict is Verdict.UNKNOWN


def test_many_who_have_no_part_to_give_leave_nothing_open() -> None:
    world = _world(others=120, made_by="dynamodb:Query")
    verdicts = principal_verdicts(build_world(world), "alice", "111122223333")
    assert verdicts.admin_access is AdminAccess.NONE
    assert not any("for one another" in note for note in verdicts.notes)
