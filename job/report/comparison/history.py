"""One account's keys beside those that were last read of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from job.analyze.verdict import Verdict
from job.report.accounts.reported import ReportedAccount, ReportedUser, key_status
from job.report.comparison.changes import ADMIN_VERDICT, Change, appeared, compare, gone
from job.report.comparison.key_state import KeyIdentity, KeyState, Reading, recognized
from job.report.comparison.last_readings import NEVER_READ, LastReadings
from job.report.schema.cell_text import timestamp_text
from job.snapshot.model import ROOT_USER_NAME, AccessKey, OrganizationAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The word of a key's column `change`, and when a report first held the key."""

    word: str | None
    first_seen: date | None


_NOTHING = Past(word=None, first_seen=None)


class AccountHistory:
    """Compares the keys of one account, one principal after the other, with those that were last read.

    `before` is None when there is no earlier report at all; `today` is this reading.
    """

    def __init__(self, before: LastReadings | None, today: Reading) -> None:
        self._before = before
        self._today = today
        self._left: dict[KeyIdentity, KeyState] = {}
        self._of_user: dict[str, list[KeyState]] = {}
        for state in before.keys if before else ():
            self._left[state.identity] = state
            self._of_user.setdefault(state.user_name, []).append(state)
        self._remembered: list[KeyState] = []
        self._changes: list[Change] = []

    def of(self, user_name: str, states: Sequence[KeyState]) -> list[Past]:
        """Compare all keys that are known of one principal."""
        pairs = [self._left.pop(state.identity, None) for state in states]
        unclear = self._recognize(user_name, states, pairs)
        return [
            self._past(state, before, unclear=unclear) for state, before in zip(states, pairs, strict=True)
        ]

    def _recognize(self, user_name: str, states: Sequence[KeyState], pairs: list[KeyState | None]) -> bool:
        """Pair keys of which only one reading had the id; whether some of them cannot be told apart."""
        now = {place: state for place, state in enumerate(states) if pairs[place] is None}
        before = [state for state in self._of_user.get(user_name, ()) if state.identity in self._left]
        if not now or not before:
            return False
        for place, state in recognized(now, before):
            pairs[place] = self._left.pop(state.identity)
            del now[place]
            before.remove(state)
        unclear = _cannot_be_told_apart(list(now.values()), before)
        for state in before if unclear else ():
            if state.access_key_id is None:
                del self._left[state.identity]
        return unclear

    def _past(self, state: KeyState, before: KeyState | None, *, unclear: bool) -> Past:
        reported = self._today.reports(state.status)
        if before is None and unclear:
            if state.access_key_id is not None:
                self._remember(state, self._today.report_date if reported else None)
            return _NOTHING
        if before is not None and state.access_key_id is None:
            state = _with_id_of(before, state)
        past = self._compared(before, state) if before else self._appeared(state)
        first_seen = past.first_seen or (self._today.report_date if reported else None)
        self._remember(state if before is None else _with_what_was_known(before, state), first_seen)
        return replace(past, first_seen=first_seen) if self._before else _NOTHING

    def _remember(self, state: KeyState, first_seen: date | None) -> None:
        self._remembered.append(replace(state, first_seen=first_seen))

    def _compared(self, before: KeyState, state: KeyState) -> Past:
        """A key that no report held, being inactive, and that is so still, says nothing of what it can do."""
        if before.status == state.status and not before.seen.reports(before.status):
            return Past(word="unchanged" if before.first_seen else None, first_seen=before.first_seen)
        changes = tuple(compare(before, state))
        self._changes.extend(changes)
        return Past(word="changed" if changes else "unchanged", first_seen=before.first_seen)

    def _appeared(self, state: KeyState) -> Past:
        """Nothing is said about a key of which no earlier reading could know, and none that has no row."""
        since = self._since(state)
        if since is None or not self._today.reports(state.status) or not since.reports(state.status):
            return _NOTHING
        change = appeared(state, since)
        self._changes.append(change)
        return Past(word="new" if change.kind == "new" else "changed", first_seen=None)

    def _since(self, state: KeyState) -> Reading | None:
        """The reading that would have known the key; for one made since, any that saw its user's others."""
        if self._before is None:
            return None
        complete = self._before.of(state.user_name)
        made_at = state.created_at or state.rotated_at
        seen = [each.seen for each in self._of_user.get(state.user_name, ())]
        if complete is None and made_at is not None:
            earlier = (reading for reading in seen if reading.read_at and reading.read_at < made_at)
            return next(earlier, None)
        return complete

    def changes(self, knows: Callable[[str], bool]) -> list[Change]:
        """Every change of the account, sorted.

        A key that was not seen is gone if all keys of its user are known; else it is remembered as it was.
        """
        for state in self._left.values():
            if not knows(state.user_name):
                self._remembered.append(state)
            elif state.seen.reports(state.status):
                self._changes.append(gone(state))
        return sorted(self._changes, key=_order)

    def remembered(self, read: ReportedAccount | None) -> LastReadings:
        """What the next report is to know of the account, after `changes`."""
        before = self._before or NEVER_READ
        if read is None:
            return before
        users = self._today if read.users_known else before.users
        others = {} if read.users_known else dict(before.others)
        if not read.users_known:
            others |= {each.name: self._today for each in read.users if not each.is_root}
        others |= {name: before.of(name) for name in read.unlisted}
        others[ROOT_USER_NAME] = self._today if read.root_known else before.of(ROOT_USER_NAME)
        return LastReadings(
            users=users,
            others={name: others[name] for name in sorted(others) if others[name] != users},
            keys=tuple(self._remembered),
        )


def _cannot_be_told_apart(now: Sequence[KeyState], before: Sequence[KeyState]) -> bool:
    """Some have ids and others not; one of each is told apart when the live one is the younger."""
    bare = {state.access_key_id is None for state in (*now, *before)}
    younger = len(now) == len(before) == 1 and now[0].access_key_id is not None
    return bool(now and before) and len(bare) > 1 and not younger


def _with_id_of(before: KeyState, state: KeyState) -> KeyState:
    """A key of the credential report that was known by its id; that is remembered, but not in its row."""
    return replace(
        state,
        identity=before.identity,
        access_key_id=before.access_key_id,
        created_at=state.created_at or before.created_at,
    )


def _with_what_was_known(before: KeyState, state: KeyState) -> KeyState:
    """A key as it is to be remembered: what could not be read now is still what it was when it last could."""
    verdicts = state.verdicts
    if Verdict.UNKNOWN in verdicts.values():
        verdicts = {
            name: before.verdicts.get(name, word) if word == Verdict.UNKNOWN else word
            for name, word in verdicts.items()
        }
    used = before if state.never_used is None else state
    return replace(
        state,
        verdicts=verdicts,
        last_used_at=used.last_used_at,
        never_used=used.never_used,
        known_leaked=before.known_leaked if state.known_leaked is None else state.known_leaked,
    )


def _order(change: Change) -> tuple[str, ...]:
    key = change.key
    created = timestamp_text(key.created_at) if key.created_at else ""
    return (key.user_name, created, key.identity.mark, change.kind, change.capability or "")


def verdict_names(capability_ids: Iterable[str]) -> tuple[str, ...]:
    """What a key is remembered by, `admin_access` first."""
    return (ADMIN_VERDICT, *capability_ids)


def key_state(
    account: OrganizationAccount,
    user: ReportedUser,
    key: AccessKey,
    words: Mapping[str, str],
    today: Reading,
) -> KeyState:
    """What to compare of a key; `words` are its verdicts by name."""
    return KeyState(
        identity=KeyIdentity.of(account.id, user.name, key.access_key_id, key.created_at),
        user_name=user.name,
        access_key_id=key.access_key_id,
        account_name=account.name,
        user_arn=user.arn,
        status=key_status(key),
        created_at=key.created_at,
        last_used_at=key.last_use.date if key.last_use else None,
        never_used=key.last_use is None if key.last_use_read else None,
        verdicts=words,
        seen=today,
        rotated_at=key.rotated_at,
    )
