"""Cases of the policy file: what it says of a key, or what is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NotRequired, TypedDict

import orjson

from job.policy_file.company_policy import AccountTraits, CredentialTraits, KeyTraits, Policy, accept
from job.policy_file.policy_parser import parse_policy
from job.report.risk.credential_rules import CREDENTIAL_RULES
from job.report.risk.rules import RULES
from job.snapshot.model import CredentialKind

CASES = Path(__file__).parent / "cases"
RULE_IDS = frozenset(rule.id for rule in (*RULES, *CREDENTIAL_RULES))


class Mistake(TypedDict):
    """A file that cannot be used, and every message about it."""

    name: str
    file: Sequence[str]
    messages: list[str]


class AccountCase(TypedDict):
    """An account as `AccountTraits` has it."""

    account_id: str
    ou_path: str | None
    tags: Mapping[str, str] | None


class KeyCase(TypedDict):
    """A key as `KeyTraits` has it."""

    user_name: str
    user_tags: Mapping[str, str] | None
    access_key_id: str | None


class CredentialCase(TypedDict):
    """A credential as `CredentialTraits` has it, of the case's user."""

    kind: str
    credential_id: str | None


class Matching(TypedDict):
    """A key with the rules that apply to it on a day; `expected` holds only what the case is about.

    With `credential` the case is about that of the key's user instead of the key.
    """

    name: str
    why: NotRequired[str]
    file: Sequence[str]
    day: str
    account: AccountCase
    key: KeyCase
    credential: NotRequired[CredentialCase]
    store_tags: NotRequired[Mapping[str, str] | None]
    rules: Sequence[str]
    decisive: Sequence[str]
    expected: Mapping[str, object]


def mistakes() -> Sequence[Mistake]:
    """Every file that cannot be used."""
    cases: list[Mistake] = orjson.loads((CASES / "mistakes.json").read_bytes())
    return cases


def matchings() -> Sequence[Matching]:
    """Every key that a file says something of."""
    cases: list[Matching] = orjson.loads((CASES / "matching.json").read_bytes())
    return cases


def parsed(lines: Sequence[str]) -> Policy:
    """The policy of a file of these lines."""
    return parse_policy("".join(f"{line}\n" for line in lines).encode(), RULE_IDS)


def answers(case: Matching) -> Mapping[str, object]:
    """What the file says of the case's key."""
    policy, account, key = parsed(case["file"]), AccountTraits(**case["account"]), KeyTraits(**case["key"])
    here = policy.in_account(account)
    acceptance = accept(
        here.about(_held(case, key)), case["rules"], case["decisive"], date.fromisoformat(case["day"])
    )
    thresholds = here.thresholds
    return {
        "thresholds": {
            "old": thresholds.old,
            "very_old": thresholds.very_old,
            "unused": thresholds.unused,
        },
        "accepted_rules": sorted(acceptance.rules),
        "accepted": acceptance.covers(case["decisive"]),
        "exception": acceptance.exception.id if acceptance.exception else None,
        "owner": here.owner(key.user_tags),
        "sensitive": policy.sensitive.includes(account.tags, case.get("store_tags", {})),
    }


def _held(case: Matching, key: KeyTraits) -> KeyTraits | CredentialTraits:
    credential = case.get("credential")
    if credential is None:
        return key
    return CredentialTraits(
        user_name=key.user_name,
        user_tags=key.user_tags,
        kind=CredentialKind(credential["kind"]),
        credential_id=credential["credential_id"],
    )
