"""Every argument used exists in provider 6 too, though only provider 5 is at hand to run."""

from __future__ import annotations

import hcl
import pytest
from hcl import Block
from provider_arguments import problems

PROVIDED = [block for block in hcl.blocks() if block.labels[:1] and block.labels[0].startswith("aws_")]


@pytest.mark.parametrize("block", PROVIDED, ids=lambda block: ".".join(block.labels))
def test_every_argument_exists_in_provider_6(block: Block) -> None:
    assert problems(f"{block.type} {block.labels[0]}", block.body) == []


def test_a_misspelt_argument_is_found() -> None:
    body = {"name": "a", "assume_role_policy": "{}", "max_session_length": 3600}
    assert problems("resource aws_iam_role", body) == [
        "resource aws_iam_role: no argument max_session_length"
    ]


def test_a_missing_argument_is_found() -> None:
    assert problems("resource aws_iam_role", {}) == ["resource aws_iam_role: assume_role_policy is required"]


def test_a_misspelt_argument_of_a_nested_block_is_found() -> None:
    target = {"arn": "a", "role_arn": "b", "retries": 2, "__is_block__": True}
    window = {"mode": "OFF", "__is_block__": True}
    body = {"schedule_expression": "rate(1 day)", "flexible_time_window": [window], "target": [target]}
    assert problems("resource aws_scheduler_schedule", body) == [
        "resource aws_scheduler_schedule.target: no argument retries"
    ]


def test_an_argument_that_provider_6_dropped_is_found() -> None:
    body = {"domain": "vpc", "vpc": True}
    assert problems("resource aws_eip", body) == ["resource aws_eip: no argument vpc"]


def test_a_type_that_the_extract_does_not_hold_is_found() -> None:
    assert problems("resource aws_instance", {}) == ["resource aws_instance: not in the extract"]
