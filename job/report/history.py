"""One account's keys beside those of the previous report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from job.report.changes import Change, appeared, compare, gone
from job.report.columns import Value
from job.report.facts import key_status
from job.report.key_state import KeyIdentity, KeyState
from job.report.previous import PreviousRun
from job.report.schema import CapabilityColumns
from job.report.values import timestamp_text
from job.snapshot.model import AccessKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The word of a key's column `change`, and when a report first held the key."""

    word: str | None
    first_seen: date | None


class AccountHistory:
    """Compares the keys of one account, one after the other, with the previous report's."""

    def __init__(self, account_id: str, previous: PreviousRun | None, report_date: date) -> None:
        self._account_id = account_id
        self._previous = previous
        self._report_date = report_date
        earlier = previous.keys.get(account_id, ()) if previous else ()
        self._unmatched: dict[KeyIdentity, KeyState] = {state.identity: state for state in earlier}
        self._changes: list[Change] = []

    def of(self, state: KeyState, *, reported: bool) -> Past:
        """Compare one key; one that is not reported now matters only if it was reported then."""
        before = self._unmatched.pop(state.identity, None)
        if self._previous is None:
            return Past(word=None, first_seen=None)
        if before is None:
            return self._appeared(state, self._previous) if reported else Past(word=None, first_seen=None)
        changes = tuple(compare(before, state))
        self._changes.extend(changes)
        return Past(
            word="changed" if changes else "unchanged",
            first_seen=before.first_seen or self._previous.report_date,
        )

    def _appeared(self, state: KeyState, previous: PreviousRun) -> Past:
        """Nothing is said about a key of which the previous report could not know."""
        hidden = state.status == "Inactive" and not previous.include_inactive
        if hidden or self._account_id not in previous.read_at:
            return Past(word=None, first_seen=self._report_date)
        change = appeared(
            state,
            earlier_read_at=previous.read_at[self._account_id],
            earlier_knew_inactive=previous.include_inactive,
        )
        self._changes.append(change)
        return Past(word="new" if change.kind == "new" else "changed", first_seen=self._report_date)

    def changes(self, *, all_keys_read: bool) -> list[Change]:
        """Every change of the account, sorted; a key is gone only if all keys were read now."""
        if all_keys_read:
            self._changes.extend(map(gone, self._unmatched.values()))
        return sorted(self._changes, key=_order)


def _order(change: Change) -> tuple[str, ...]:
    key = change.key
    created = timestamp_text(key.created_at) if key.created_at else ""
    return (key.identity.user_name, created, key.identity.mark, change.kind, change.capability or "")


def verdict_words(cells: Mapping[str, Value], capabilities: Iterable[CapabilityColumns]) -> Mapping[str, str]:
    """The verdicts of a row of `keys`, by `admin_access` and capability id."""
    return {
        name: str(cells[name]) for name in ("admin_access", *(columns.verdict for columns in capabilities))
    }


def key_state(key: AccessKey, whose: Mapping[str, Value], words: Mapping[str, str]) -> KeyState:
    """What to compare of a key, from its principal's cells and verdicts."""
    account_id, user_name = str(whose["account_id"]), str(whose["user_name"])
    return KeyState(
        identity=KeyIdentity.of(account_id, user_name, key.access_key_id, key.created_at),
        access_key_id=key.access_key_id,
        account_name=_text(whose["account_name"]),
        user_arn=_text(whose["user_arn"]),
        status=key_status(key),
        created_at=key.created_at,
        last_used_at=key.last_use.date if key.last_use else None,
        never_used=key.last_use is None if key.last_use_read else None,
        verdicts=words,
    )


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def change_cells(change: Change, previous: PreviousRun) -> dict[str, Value]:
    """A row of `changes` behind the cells of the run."""
    key = change.key
    return {
        "previous_report_date": previous.report_date,
        "previous_run_id": previous.run_id,
        "account_id": key.identity.account_id,
        "account_name": key.account_name,
        "user_name": key.identity.user_name,
        "user_arn": key.user_arn,
        "access_key_id": key.access_key_id,
        "key_status": key.status,
        "key_created_at": key.created_at,
        "change": change.kind,
        "capability": change.capability,
        "before": change.before,
        "after": change.after,
    }
