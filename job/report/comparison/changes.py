"""What became of a key since the report that last knew of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from job.report.comparison.key_state import KeyState, Reading
from job.report.schema.cell_text import timestamp_text

SILENCE_DAYS = 90
"""A first use after more days than these is told as a change."""

ADMIN_VERDICT = "admin_access"
"""What the verdict on administration is called, beside the ids of capabilities."""

NEW, ACTIVATED, GAINED, LEAKED = "new", "activated", "gained", "leaked"
"""Kinds of changes that somebody is told of at once."""

GONE, DEACTIVATED = "gone", "deactivated"
"""Kinds of changes after which a key signs no more requests."""

_RANKS = {
    ADMIN_VERDICT: ("none", "conditional", "escalates", "direct"),
    "": ("none", "conditional", "some", "all"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that changed about one key since a reading; `capability` only for gained and lost."""

    key: KeyState
    since: Reading
    kind: str
    before: str | None
    after: str | None
    capability: str | None = None


def compare(before: KeyState, after: KeyState) -> Iterator[Change]:
    """What differs between two states of one key."""
    yield from _switched(before, after)
    yield from _woken(before, after)
    yield from _leaked(before, after)
    yield from _verdicts(before, after)


def appeared(after: KeyState, since: Reading) -> Change:
    """A key that an earlier reading of all keys of its user did not hold.

    One older than that reading was there, but inactive, if inactive keys were left out then.
    """
    older = after.created_at and since.read_at and after.created_at < since.read_at
    if older and not since.include_inactive:
        return Change(key=after, since=since, kind=ACTIVATED, before="Inactive", after=after.status)
    return Change(key=after, since=since, kind=NEW, before=None, after=after.status)


def gone(before: KeyState) -> Change:
    """A key that the account no longer has."""
    return Change(key=before, since=before.seen, kind=GONE, before=before.status, after=None)


def _switched(before: KeyState, after: KeyState) -> Iterator[Change]:
    if before.status != after.status:
        kind = ACTIVATED if after.status == "Active" else DEACTIVATED
        yield Change(key=after, since=before.seen, kind=kind, before=before.status, after=after.status)


def _woken(before: KeyState, after: KeyState) -> Iterator[Change]:
    since = before.created_at if before.never_used else before.last_used_at
    if since and after.last_used_at and after.last_used_at - since > timedelta(days=SILENCE_DAYS):
        earlier = None if before.never_used else timestamp_text(since)
        now = timestamp_text(after.last_used_at)
        yield Change(key=after, since=before.seen, kind="used_after_silence", before=earlier, after=now)


def _leaked(before: KeyState, after: KeyState) -> Iterator[Change]:
    """AWS found a key of its user in public since."""
    if before.known_leaked is False and after.known_leaked:
        yield Change(key=after, since=before.seen, kind=LEAKED, before="false", after="true")


def _verdicts(before: KeyState, after: KeyState) -> Iterator[Change]:
    """Verdicts that rose or fell; to and from `unknown` nothing was gained or lost, only learnt or missed."""
    for capability, word in after.verdicts.items():
        ranks = _RANKS.get(capability, _RANKS[""])
        earlier = before.verdicts.get(capability)
        if earlier != word and earlier in ranks and word in ranks:
            kind = GAINED if ranks.index(word) > ranks.index(earlier) else "lost"
            yield Change(
                key=after, since=before.seen, kind=kind, before=earlier, after=word, capability=capability
            )
