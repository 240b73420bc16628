from __future__ import annotations

import json
import re
import tomllib
from importlib.resources import files

import pytest
from hypothesis import given

from job.errors import SettingsError
from job.policy_file.company_policy import AccountTraits, CredentialTraits, KeyTraits
from job.policy_file.policy_parser import parse_policy
from job.report.risk.credential_rules import CREDENTIAL_RULES
from job.report.risk.rules import RULES
from job.snapshot.model import CredentialKind, Json
from tests.fuzz.fuzz_mutations import TENFOLD, damaged_bytes, damaged_json, damaged_text

TEXT = files("job.demo").joinpath("policy.toml").read_text()
RULE_IDS = frozenset(rule.id for rule in (*RULES, *CREDENTIAL_RULES))
ACCOUNT = AccountTraits(account_id="100000000001", ou_path="Root", tags={"Owner": "shop"})
KEY = KeyTraits(user_name="break-glass", user_tags={}, access_key_id=None)
PASSWORD = CredentialTraits(
    user_name="break-glass", user_tags={}, kind=CredentialKind.CONSOLE_PASSWORD, credential_id=None
)


def plain(value: object) -> Json:
    parsed: Json = json.loads(json.dumps(value, default=str))
    return parsed


def toml(value: Json) -> str:
    """Any value as TOML writes it in one line; what TOML has no word for is an empty text."""
    match value:
        case dict():
            return "{" + ",".join(f"{toml(key)}={toml(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ",".join(map(toml, value)) + "]"
        case None:
            return '""'
        case float():
            return repr(value)
        case _:
            return json.dumps(value)


DOCUMENT = plain(tomllib.loads(TEXT))
REFUSED_LINE = re.compile(r"line \d+(, column \d+)?: \S[^\n]*")


def problems(data: bytes) -> list[str]:
    """What a file is refused with; nothing for one of use, which also answers."""
    try:
        policy = parse_policy(data, RULE_IDS)
    except SettingsError as error:
        return list(error.problems) or ["refused without a reason"]
    here = policy.in_account(ACCOUNT)
    here.about(KEY)
    here.about(PASSWORD)
    return []


@TENFOLD
@given(text=damaged_text(TEXT))
def test_a_damaged_policy_file_is_taken_or_refused_with_lines(text: str) -> None:
    assert all(map(REFUSED_LINE.fullmatch, problems(text.encode("utf-8", "replace"))))


@TENFOLD
@given(data=damaged_bytes(TEXT.encode()))
def test_damaged_bytes_of_a_policy_file_are_taken_or_refused_with_lines(data: bytes) -> None:
    assert all(map(REFUSED_LINE.fullmatch, problems(data)))


@TENFOLD
@given(document=damaged_json(DOCUMENT))
def test_wrong_values_of_a_policy_file_are_taken_or_refused_with_lines(document: Json) -> None:
    tables = document if isinstance(document, dict) else {"document": document}
    text = "".join(f"{toml(name)} = {toml(value)}\n" for name, value in tables.items())
    assert all(map(REFUSED_LINE.fullmatch, problems(text.encode("utf-8", "replace"))))


def test_the_example_is_of_use() -> None:
    assert problems(TEXT.encode()) == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"x = " + b"[" * 100_000, "line 1: arrays or tables in one another too deep"),
        (b"a." * 5_000 + b"b = 1", "line 1: the file: a: no such name"),
        (b"[thresholds]\nold = " + b"9" * 5_000, "line 2: no TOML (Exceeds the limit (4300"),
    ],
)
def test_what_would_exhaust_a_parser_is_told(data: bytes, told: str) -> None:
    assert [problem.startswith(told) for problem in problems(data)] == [True]
