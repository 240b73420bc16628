"""Every policy case once more as it would be in GovCloud, China and the European Sovereign Cloud."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from policy_partition import OTHERS
from policy_questions import disagreements, refused_witnesses
from policy_world import build_world

FILES = sorted((Path(__file__).parent / "cases").glob("*.json"))
CASES: dict[str, list[dict[str, Any]]] = {file.stem: json.loads(file.read_text()) for file in FILES}

# About Regions or partitions themselves: there is but one of each here.
ABOUT_PLACES = {
    "ARNs of another partition do not match",
    "An administrator in one Region is conditional",
    "A lock on a Region other than IAM's own shuts IAM",
}

# What a service calls itself to KMS, where the domain is another, AWS does not say.
NAMED_BY_SERVICES = {
    "A key policy that lets S3 decrypt for the user completes the reading",
    "Decrypt through Secrets Manager alone is enough for a secret",
}
WITH_ANOTHER_DOMAIN = [name for name, each in OTHERS.items() if each.domain != "amazonaws.com"]

# These turn on names of services or on ARNs that a policy makes up; the rest is `long`.
SOON = {"encrypted_stores", "existing_resources", "grammar"}


def disagreeing(case: dict[str, Any], partition: str) -> list[str]:
    """What is answered otherwise than in `aws`."""
    said = OTHERS[partition].said(case)
    world = build_world(said["world"], OTHERS[partition])
    answers = (text for question in said["questions"] for text in disagreements(world, question))
    return [f"{case['name']}: {text}" for text in (*answers, *refused_witnesses(world))]


@pytest.mark.parametrize("partition", OTHERS)
@pytest.mark.parametrize(
    "file",
    [
        pytest.param(name, marks=() if name in SOON else pytest.mark.long("all cases three times more"))
        for name in CASES
    ],
)
def test_the_answers_are_those_of_aws(file: str, partition: str) -> None:
    left_out = ABOUT_PLACES | (NAMED_BY_SERVICES if partition in WITH_ANOTHER_DOMAIN else set())
    cases = [case for case in CASES[file] if case["name"] not in left_out]
    assert [text for case in cases for text in disagreeing(case, partition)] == []


@pytest.mark.parametrize("partition", WITH_ANOTHER_DOMAIN)
@pytest.mark.parametrize("name", sorted(NAMED_BY_SERVICES))
def test_where_a_services_name_is_not_documented_a_condition_on_it_is_open(name: str, partition: str) -> None:
    (case,) = (case for cases in CASES.values() for case in cases if case["name"] == name)
    open_there = json.loads(json.dumps(case).replace('"expected": "all"', '"expected": "conditional"'))
    assert open_there != case
    assert disagreeing(open_there, partition) == []


def test_what_is_left_out_is_there() -> None:
    names = {case["name"] for cases in CASES.values() for case in cases}
    assert names >= ABOUT_PLACES | NAMED_BY_SERVICES
