"""What a report remembers of a key, for later reports to compare with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from job.report.accounts.runs import ReportRun
from job.report.schema.cell_text import timestamp_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of keys: the report that it went into, and when it was (None: not known)."""

    run_id: str
    report_date: date
    include_inactive: bool
    read_at: datetime | None

    @classmethod
    def of(cls, run: ReportRun, read_at: datetime | None = None) -> Reading:
        """What later reports remember of a run, or of its reading of an account."""
        return cls(
            run_id=run.run_id,
            report_date=run.report_date,
            include_inactive=run.include_inactive,
            read_at=read_at,
        )

    def reports(self, status: str) -> bool:
        """Whether its report has a row for a key of that status."""
        return self.include_inactive or status == "Active"


class KeyIdentity(NamedTuple):
    """What makes a key the same one in two reports: its id, or its user and creation where it has none.

    An id stays a key's when its user is renamed. Keys without id of one user and one creation, or of none
    that AWS tells, are `told_apart` by a number.
    """

    account_id: str
    mark: str

    @classmethod
    def of(
        cls, account_id: str, user_name: str, access_key_id: str | None, created_at: datetime | None
    ) -> KeyIdentity:
        """The identity of a key of that user."""
        created = timestamp_text(created_at) if created_at else ""
        return cls(account_id, access_key_id or f"{user_name} created {created}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """One key as the reading `seen` saw it; `verdicts` are by `admin_access` or capability id.

    `rotated_at` stands in for `created_at` where only the credential report tells of the key: when it was
    created or last changed. `first_seen` is the date of the first report with a row for it, None before;
    `known_leaked` whether AWS had quarantined its user, None where that is not known.
    """

    identity: KeyIdentity
    user_name: str
    access_key_id: str | None
    account_name: str | None
    user_arn: str | None
    status: str
    created_at: datetime | None
    last_used_at: datetime | None
    never_used: bool | None
    verdicts: Mapping[str, str]
    seen: Reading
    rotated_at: datetime | None = None
    first_seen: date | None = None
    known_leaked: bool | None = None


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


def recognized(now: Mapping[int, KeyState], before: Sequence[KeyState]) -> Iterator[tuple[int, KeyState]]:
    """Pairs of a user's keys that are one key, of which only one reading had the id.

    The credential report has no ids, only when a key was created or last changed. Where that is the creation
    of exactly one key, it is that key's; if then one of each is left, and the dates allow it, they are one.
    """
    places = {_moment(state): place for place, state in now.items()}
    earlier = {_moment(state): state for state in before}
    counts = Counter(map(_moment, now.values())), Counter(map(_moment, before))
    open_now, open_before = dict(now), list(before)
    for moment in sorted(each for each in places.keys() & earlier.keys() if each is not None):
        place, state = places[moment], earlier[moment]
        if all(count[moment] == 1 for count in counts) and _one_has_the_id(now[place], state):
            yield place, state
            del open_now[place]
            open_before.remove(state)
    if len(open_now) == len(open_before) == 1:
        ((place, state),) = open_now.items()
        if _may_be_one(state, open_before[0]):
            yield place, open_before[0]


def _moment(state: KeyState) -> datetime | None:
    return state.created_at or state.rotated_at


def _one_has_the_id(one: KeyState, other: KeyState) -> bool:
    return (one.access_key_id is None) != (other.access_key_id is None)


def _may_be_one(now: KeyState, before: KeyState) -> bool:
    if not _one_has_the_id(now, before):
        return False
    full, bare = (now, before) if now.access_key_id else (before, now)
    if full.created_at is None:
        return True
    known_at = bare.rotated_at or before.seen.read_at
    return known_at is None or full.created_at <= known_at
