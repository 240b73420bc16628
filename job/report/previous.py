"""The report to compare with: the keys and accounts of the last complete run, read from its own CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from job.report.key_state import KeyIdentity, KeyState, told_apart
from job.report.values import unguard_formula

_ACCOUNT_COLUMNS = frozenset({"account_id", "collected_at", "keys", "api_calls"})
_KEY_COLUMNS = frozenset(
    {
        "account_id",
        "account_name",
        "user_name",
        "user_arn",
        "access_key_id",
        "key_status",
        "key_created_at",
        "key_last_used_at",
        "never_used",
        "first_seen_date",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousRun:
    """One earlier report.

    `read_at` holds the accounts whose keys it knew completely, with the moment of reading (None: not known).
    `keys` are by account id, and so are `api_calls`, where it read the account itself. `key_columns` is the
    header of its `keys`.
    """

    run_id: str
    report_date: date
    include_inactive: bool
    read_at: Mapping[str, datetime | None]
    keys: Mapping[str, tuple[KeyState, ...]]
    api_calls: Mapping[str, int]
    key_columns: tuple[str, ...] = ()


def parse_previous(
    *, run_id: str, report_date: date, include_inactive: bool, keys: bytes, accounts: bytes
) -> PreviousRun:
    """Read a published report's `keys` and `accounts` CSV; columns that it did not have yet are absent."""
    by_account: dict[str, list[KeyState]] = {}
    for state in _key_states(keys):
        by_account.setdefault(state.identity.account_id, []).append(state)
    read = list(_records(accounts, _ACCOUNT_COLUMNS))
    return PreviousRun(
        run_id=run_id,
        report_date=report_date,
        include_inactive=include_inactive,
        read_at={row["account_id"]: _moment(row["collected_at"]) for row in read if row["keys"]},
        keys={account_id: tuple(told_apart(states)) for account_id, states in by_account.items()},
        api_calls={row["account_id"]: int(row["api_calls"]) for row in read if row.get("api_calls")},
        key_columns=_header(keys),
    )


def _records(file: bytes, wanted: Collection[str]) -> Iterator[dict[str, str]]:
    """The wanted columns of every row by name."""
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(file), encoding="utf-8", newline=""))
    columns = [(name, place) for place, name in enumerate(next(rows, [])) if name in wanted]
    return ({name: row[place] for name, place in columns} for row in rows)


def _key_states(file: bytes) -> Iterator[KeyState]:
    names = _verdict_names(file)
    shared: dict[tuple[str, ...], Mapping[str, str]] = {}
    for row in _records(file, {*names, *_KEY_COLUMNS}):
        words = tuple(row[name] for name in names)
        verdicts = shared.setdefault(words, dict(zip(names, words, strict=True)))
        yield _key_state(row, verdicts)


def _verdict_names(file: bytes) -> tuple[str, ...]:
    """`admin_access` and every capability: only they have a column of ways and one of reasons."""
    header = _header(file)
    return ("admin_access", *(name for name in header if {f"{name}_via", f"{name}_reason"} <= set(header)))


def _header(file: bytes) -> tuple[str, ...]:
    return tuple(file.partition(b"\n")[0].decode().split(","))


def _key_state(row: Mapping[str, str], verdicts: Mapping[str, str]) -> KeyState:
    user_name, access_key_id = unguard_formula(row["user_name"]), row["access_key_id"] or None
    created_at = _moment(row["key_created_at"])
    return KeyState(
        identity=KeyIdentity.of(row["account_id"], user_name, access_key_id, created_at),
        access_key_id=access_key_id,
        account_name=unguard_formula(row["account_name"]) or None,
        user_arn=row["user_arn"] or None,
        status=row["key_status"],
        created_at=created_at,
        last_used_at=_moment(row["key_last_used_at"]),
        never_used={"true": True, "false": False}.get(row["never_used"]),
        verdicts=verdicts,
        first_seen=date.fromisoformat(row["first_seen_date"]) if row["first_seen_date"] else None,
    )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
