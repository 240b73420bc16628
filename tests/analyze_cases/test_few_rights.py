"""The rights of principals are kept for the next question as far as there is room: answers do not change."""

from __future__ import annotations

from typing import Any

import pytest
from policy_questions import disagreements
from policy_world import build_world
from test_policy_cases import CASES

from job.analyze.principals import world as principals

_EVERY = 17


@pytest.mark.parametrize("case", CASES[::_EVERY])
def test_answers_are_the_same_where_few_rights_are_kept(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(principals, "_MOST_RIGHTS", 2)
    world = build_world(case["world"])
    assert [text for question in case["questions"] for text in disagreements(world, question)] == []
