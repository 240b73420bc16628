"""Every policy case of `cases/*.json`; see README.md for the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from policy_questions import disagreements, refused_witnesses
from policy_world import build_world

FILES = sorted((Path(__file__).parent / "cases").glob("*.json"))
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in FILES
    for case in json.loads(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES)
def test_the_analysis_answers_as_aws_would(case: dict[str, Any]) -> None:
    world = build_world(case["world"])
    assert [text for question in case["questions"] for text in disagreements(world, question)] == []
    assert refused_witnesses(world) == []


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.id for case in CASES]
    assert len(names) == len(set(names))


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 300
