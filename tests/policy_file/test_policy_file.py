from __future__ import annotations

from datetime import date

import pytest

from job.errors import SettingsError
from job.policy_file.usage import Usage, remarks
from tests.policy_file.policy_cases import Matching, Mistake, answers, matchings, mistakes, parsed

MISTAKES, MATCHINGS = mistakes(), matchings()
TWO_PARTS = (
    "[[thresholds.override]]",
    'ou = "Root/Prod"',
    "old = 30",
    "[[exception]]",
    'id = "SEC-1"',
    'users = ["ci-*"]',
    'rules = ["old"]',
    'reason = "vendor"',
    "expires = 2027-03-01",
)


@pytest.mark.parametrize("case", MISTAKES, ids=[case["name"] for case in MISTAKES])
def test_all_that_is_wrong_is_told_at_once_with_line_and_name(case: Mistake) -> None:
    with pytest.raises(SettingsError) as refusal:
        parsed(case["file"])
    assert list(refusal.value.problems) == case["messages"]


@pytest.mark.parametrize("case", MATCHINGS, ids=[case["name"] for case in MATCHINGS])
def test_a_file_says_of_a_key_what_the_case_expects(case: Matching) -> None:
    told = answers(case)
    assert {name: told[name] for name in case["expected"]} == case["expected"]


def test_there_are_many_cases_and_each_has_a_name_of_its_own() -> None:
    names = [case["name"] for case in (*MISTAKES, *MATCHINGS)]
    assert len(names) >= 60
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("usage", "day", "told"),
    [
        (Usage(overrides=frozenset({1}), matching=frozenset({"SEC-1"}), needed={"SEC-1": 2}), 1, []),
        (
            Usage(),
            1,
            [
                (
                    1,
                    "unmatched",
                    "thresholds.override: no account matches, or an earlier override is about it",
                ),
                (4, "unmatched", "exception SEC-1: no reported key or credential matches"),
            ],
        ),
        (
            Usage(overrides=frozenset({1}), matching=frozenset({"SEC-1"})),
            1,
            [(4, "not_needed", "exception SEC-1: none of its rules applies to what it is about any more")],
        ),
        (
            Usage(overrides=frozenset({1}), matching=frozenset({"SEC-1"}), needed={"SEC-1": 2}),
            2,
            [(4, "expired", "exception SEC-1: expired on 2027-03-01, and no longer counts")],
        ),
    ],
)
def test_what_matched_nothing_or_has_expired_is_told(
    usage: Usage, day: int, told: list[tuple[int, str, str]]
) -> None:
    found = remarks(parsed(TWO_PARTS), usage, date(2027, 3, day))
    assert [(remark.line, remark.state, remark.text) for remark in found] == told


SENSITIVE = (
    "[owner]",
    'tags = ["Owner"]',
    "[sensitive]",
    'account_tags = { Class = ["Secret"] }',
    'store_tags = { Class = ["Secret"], Kind = ["Payroll"] }',
)


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        (
            Usage(),
            [
                (1, "owner.tags: no user of a reported key or credential, and no account of one, has Owner"),
                (3, "sensitive.account_tags: no account has Class with one of these values"),
            ],
        ),
        (
            Usage(
                owner_tags=frozenset({"Owner"}),
                account_tags=frozenset({"Class"}),
                store_tags=frozenset({"Kind"}),
                stores=True,
            ),
            [(3, "sensitive.store_tags: no data store has Class with one of these values")],
        ),
    ],
)
def test_tags_that_nothing_has_are_told(usage: Usage, told: list[tuple[int, str]]) -> None:
    found = remarks(parsed(SENSITIVE), usage, date(2027, 3, 1))
    assert [(remark.line, remark.text) for remark in found] == told
