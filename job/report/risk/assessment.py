"""How bad a key is and what to do about it: one table of rules, each a set of named conditions.

The level is the highest of the rules that apply, the action the strongest; a key that no rule applies to is
`low` / `review`. What is not known is never `low`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from job.report.risk.rules import ACTIONS, CONDITIONS, LEVELS, RULES, AssessedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What the table says about one key."""

    level: str
    reasons: tuple[str, ...]
    action: str


def assess(key: AssessedKey) -> Risk:
    """What the table says about a key."""
    return _judge(frozenset(name for name, (_, holds) in CONDITIONS.items() if holds(key)))


@cache
def _judge(holding: frozenset[str]) -> Risk:
    rules = [rule for rule in RULES if holding.issuperset(rule.when)]
    return Risk(
        level=max((rule.level for rule in rules), key=LEVELS.index, default=LEVELS[0]),
        reasons=tuple(sorted(rule.id for rule in rules)),
        action=max((rule.action for rule in rules), key=ACTIONS.index, default=ACTIONS[0]),
    )
