"""What of a policy file counts on a day: what has expired, and what is about nothing that was reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from job.policy_file.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Which parts of a file were about something: the lines of overrides, the ids of exceptions.

    `matching` exceptions are about a reported key, `needed` ones also about a rule that applies to it.
    """

    overrides: frozenset[int] = frozenset()
    matching: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()

    def __or__(self, other: Usage) -> Usage:
        """What either was about."""
        return Usage(
            overrides=self.overrides | other.overrides,
            matching=self.matching | other.matching,
            needed=self.needed | other.needed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What to know about a part of the file that is good but does nothing, or no longer."""

    line: int
    id: str | None
    state: str
    text: str


def remarks(policy: Policy, usage: Usage, on: date) -> tuple[Remark, ...]:
    """What has expired by a day, and what matched nothing, in the order of the file."""
    return tuple(sorted(_remarks(policy, usage, on), key=lambda remark: remark.line))


def _remarks(policy: Policy, usage: Usage, on: date) -> Iterator[Remark]:
    for override in policy.overrides:
        if override.line not in usage.overrides:
            text = "thresholds.override: no account that was read matches, or an earlier one does"
            yield Remark(line=override.line, id=None, state="unmatched", text=text)
    for exception in policy.exceptions:
        if not exception.holds_on(on):
            text = f"exception {exception.id}: expired on {exception.expires}, and no longer counts"
            yield Remark(line=exception.line, id=exception.id, state="expired", text=text)
        elif exception.id not in usage.matching:
            text = f"exception {exception.id}: no reported key matches"
            yield Remark(line=exception.line, id=exception.id, state="unmatched", text=text)
        elif exception.id not in usage.needed:
            text = f"exception {exception.id}: none of its rules applies to its keys any more"
            yield Remark(line=exception.line, id=exception.id, state="not_needed", text=text)
