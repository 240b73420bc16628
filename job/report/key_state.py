"""What a report remembers of a key, for the next report to compare with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from job.report.values import timestamp_text


class KeyIdentity(NamedTuple):
    """What makes a key the same one in two reports: its id, or its creation for a root key without one.

    Root keys of one creation, or of none that AWS tells, are `told_apart` by a number.
    """

    account_id: str
    user_name: str
    mark: str

    @classmethod
    def of(
        cls, account_id: str, user_name: str, access_key_id: str | None, created_at: datetime | None
    ) -> KeyIdentity:
        """The identity of a key of that user."""
        created = timestamp_text(created_at) if created_at else ""
        return cls(account_id, user_name, access_key_id or f"created {created}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """One key as one report saw it; `verdicts` are by `admin_access` or capability id."""

    identity: KeyIdentity
    access_key_id: str | None
    account_name: str | None
    user_arn: str | None
    status: str
    created_at: datetime | None
    last_used_at: datetime | None
    never_used: bool | None
    verdicts: Mapping[str, str]
    first_seen: date | None = None


def told_apart(states: Sequence[KeyState]) -> Sequence[KeyState]:
    """The keys of one account, or of one user, in their order, each with an identity of its own.

    Active ones are numbered first: the numbers are the same whether inactive ones are reported or not.
    """
    if all(state.access_key_id for state in states):
        return states
    seen = Counter[KeyIdentity]()
    apart = list(states)
    for place, state in sorted(enumerate(states), key=lambda each: each[1].status != "Active"):
        seen[state.identity] += 1
        if seen[state.identity] > 1:
            mark = f"{state.identity.mark} #{seen[state.identity]}"
            apart[place] = replace(state, identity=state.identity._replace(mark=mark))
    return apart
