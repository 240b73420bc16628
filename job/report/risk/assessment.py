"""How bad a key is and what to do about it: one table of rules, each a set of named conditions.

The level is the highest of the rules that apply, the action the strongest; a key that no rule applies to is
`low` / `review`. What is not known is never `low`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from job.policy_file.company_policy import PolicyException, accept
from job.report.risk.rules import ACTIONS, CONDITIONS, LEVELS, RULES, AssessedKey, RiskRule

OPEN, ACCEPTED = "open", "accepted"


def levels_of(rules: Iterable[RiskRule]) -> Mapping[str, str]:
    """The level of each rule of a table, by its id."""
    return {rule.id: rule.level for rule in rules}


_LEVELS_OF_KEYS = levels_of(RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What a table says about one key or other credential."""

    level: str
    reasons: tuple[str, ...]
    action: str


def assess(key: AssessedKey) -> Risk:
    """What the table says about a key."""
    return _judge(frozenset(name for name, (_, holds) in CONDITIONS.items() if holds(key)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What of the risk of a key or other credential is accepted on a day.

    `status` is `accepted` when every rule that makes the level is; a rule that no exception names stays open
    beside it, with a level of its own: `open_level` is the highest of those, None when all are accepted.
    """

    status: str
    exception: PolicyException | None
    accepted: tuple[str, ...]
    open_level: str | None


def standing(
    risk: Risk,
    exceptions: Collection[PolicyException],
    on: date,
    level_of: Mapping[str, str] = _LEVELS_OF_KEYS,
) -> Standing:
    """What exceptions about something leave of its risk on a day; `level_of` is of its table."""
    decisive = [reason for reason in risk.reasons if level_of[reason] == risk.level]
    acceptance = accept(exceptions, risk.reasons, decisive, on)
    left = [level_of[reason] for reason in risk.reasons if reason not in acceptance.rules]
    return Standing(
        status=ACCEPTED if acceptance.covers(decisive) else OPEN,
        exception=acceptance.exception,
        accepted=tuple(sorted(acceptance.rules)),
        open_level=None if risk.reasons and not left else _highest(left),
    )


def _highest(levels: Iterable[str]) -> str:
    return max(levels, key=LEVELS.index, default=LEVELS[0])


@cache
def _judge(holding: frozenset[str]) -> Risk:
    return judged(RULES, holding)


def judged(rules: Iterable[RiskRule], holding: frozenset[str]) -> Risk:
    """What a table says where these conditions hold."""
    applying = [rule for rule in rules if holding.issuperset(rule.when)]
    return Risk(
        level=max((rule.level for rule in applying), key=LEVELS.index, default=LEVELS[0]),
        reasons=tuple(sorted(rule.id for rule in applying)),
        action=max((rule.action for rule in applying), key=ACTIONS.index, default=ACTIONS[0]),
    )
