from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import pytest

from job.redaction import Redaction, redact, redact_defect


class Case(TypedDict):
    name: str
    text: str
    left: str


CASES: list[Case] = json.loads((Path(__file__).parent / "redactions.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_is_left_of_a_text(case: Case) -> None:
    assert redact(case["text"]) == case["left"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_is_left_stays_when_it_is_redacted_again(case: Case) -> None:
    assert redact(case["left"]) == case["left"]


def test_known_values_go_wherever_they_stand_and_however_they_are_written() -> None:
    redaction = Redaction({"a long/secret+value\n"})
    assert redaction.text("x a long/secret+value\ny") == "x ***y"
    assert redaction.text("xa long/secret+valuey") == "x***y"
    assert redaction.text(repr("a long/secret+value\n")) == "'***'"
    assert redaction.text("a%20long%2Fsecret%2Bvalue%0A") == "***"


def test_a_short_known_value_goes_only_where_it_is_a_word() -> None:
    redaction = Redaction({"org", ""})
    assert (
        redaction.text("org of organization o-org, external id org.")
        == "*** of organization o-org, external id ***."
    )


def test_every_text_of_a_value_is_searched() -> None:
    value = {
        "a": ["SENTINEL-VALUE", 1, None, True, 1.5],
        "b": {"c": ("SENTINEL-VALUE",)},
        "d": Path("SENTINEL-VALUE"),
    }
    assert Redaction({"SENTINEL-VALUE"}).value(value) == {
        "a": ["***", 1, None, True, 1.5],
        "b": {"c": ["***"]},
        "d": "***",
    }


def test_a_defect_goes_without_whatever_could_be_a_secret_key() -> None:
    key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    assert redact_defect(f"KeyError: '{key}'") == "KeyError: '***'"
    assert redact(f"role/{key}") == f"role/{key}"
    assert (
        redact_defect("sha 0123456789abcdef0123456789abcdef01234567")
        == "sha 0123456789abcdef0123456789abcdef01234567"
    )
