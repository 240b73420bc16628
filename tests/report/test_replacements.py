from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import orjson
import pytest

from job.report.risk.replacements import KeyUser, ProbableUser, UserTraits, how_to, probable_user
from job.report.risk.rules import ACTIONS


class Traits(TypedDict):
    user_name: str
    user_path: NotRequired[str]
    tags: NotRequired[Mapping[str, str] | None]
    groups: NotRequired[Sequence[str]]
    console_password: NotRequired[bool | None]


class Case(TypedDict):
    name: str
    traits: Traits
    expected: str | None
    sign: str | None


CASES: list[Case] = orjson.loads((Path(__file__).parent / "cases" / "key_users.json").read_bytes())


def traits_of(given: Traits) -> UserTraits:
    return UserTraits(
        user_name=given["user_name"],
        user_path=given.get("user_path"),
        tags=given.get("tags"),
        groups=tuple(given.get("groups", ())),
        console_password=given.get("console_password"),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_who_uses_a_key_is_guessed_from_signs_that_are_told(case: Case) -> None:
    found = probable_user(traits_of(case["traits"]))
    assert (found.user.value if found else None, found.sign if found else None) == (
        case["expected"],
        case["sign"],
    )


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (KeyUser.PERSON, ["IAM Identity Center", "aws login"]),
        (KeyUser.PIPELINE, ["OpenID Connect"]),
        (KeyUser.AWS_WORKLOAD, ["role"]),
        (KeyUser.OUTSIDE_WORKLOAD, ["IAM Roles Anywhere", "external id"]),
        (KeyUser.UNKNOWN, ["CloudTrail"]),
    ],
)
def test_what_takes_a_keys_place_follows_from_who_uses_it(user: KeyUser, words: list[str]) -> None:
    text = how_to("replace_with_role", ProbableUser(user=user))
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("user", KeyUser)
def test_every_action_says_how_in_one_line_for_every_user(action: str, user: KeyUser) -> None:
    text = how_to(action, ProbableUser(user=user))
    assert len(text) < 400
    assert "{" not in text
    assert "\n" not in text


def test_a_root_key_is_deleted_by_whoever_may() -> None:
    assert "root" in how_to("delete", None)
