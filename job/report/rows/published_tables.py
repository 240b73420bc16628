"""What a published report's tables tell of its keys, where it remembered nothing itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from job.report.accounts.coverage import CoverageWord
from job.report.comparison.changes import ADMIN_VERDICT
from job.report.comparison.key_state import KeyIdentity, KeyState, Reading, told_apart
from job.report.comparison.last_readings import LastReadings
from job.report.comparison.previous import PreviousRun
from job.report.rows.account_rows import (
    ACCOUNT_ID,
    ACCOUNT_NAME,
    API_CALLS,
    COLLECTED_AT,
    COVERAGE,
    KEYS,
    ORGANIZATION_ID,
)
from job.report.rows.key_rows import (
    ACCESS_KEY_ID,
    FIRST_SEEN_DATE,
    KEY_CREATED_AT,
    KEY_LAST_USED_AT,
    KEY_STATUS,
    KNOWN_LEAKED,
    NEVER_USED,
    USER_ARN,
    USER_NAME,
)
from job.report.schema.cell_text import unguard_formula

_ACCOUNT_COLUMNS = frozenset(
    column.name for column in (ACCOUNT_ID, ORGANIZATION_ID, COLLECTED_AT, KEYS, API_CALLS)
)
_KEY_COLUMNS = frozenset(
    column.name
    for column in (
        ACCOUNT_ID,
        ACCOUNT_NAME,
        USER_NAME,
        USER_ARN,
        ACCESS_KEY_ID,
        KEY_STATUS,
        KEY_CREATED_AT,
        KEY_LAST_USED_AT,
        NEVER_USED,
        FIRST_SEEN_DATE,
        KNOWN_LEAKED,
    )
)


def api_calls_of(accounts: bytes) -> Mapping[str, int]:
    """API calls by account, from the `accounts` CSV."""
    read = _records(accounts, _ACCOUNT_COLUMNS)
    return {row[ACCOUNT_ID.name]: int(row[API_CALLS.name]) for row in read if row.get(API_CALLS.name)}


def unread_accounts(accounts: bytes) -> frozenset[str]:
    """The accounts that nothing was read of, by the `accounts` CSV."""
    read = _records(accounts, {ACCOUNT_ID.name, COVERAGE.name})
    return frozenset(
        row[ACCOUNT_ID.name] for row in read if row.get(COVERAGE.name) == CoverageWord.FAILED.value
    )


def parse_previous(
    *, run_id: str, report_date: date, include_inactive: bool, keys: bytes, accounts: bytes
) -> PreviousRun:
    """Read a published report's `keys` and `accounts` CSV; columns that it did not have yet are absent."""
    run = Reading(run_id=run_id, report_date=report_date, include_inactive=include_inactive, read_at=None)
    rows = list(_records(accounts, _ACCOUNT_COLUMNS))
    readings = {row[ACCOUNT_ID.name]: replace(run, read_at=_moment(row[COLLECTED_AT.name])) for row in rows}
    by_account: dict[str, list[KeyState]] = {account_id: [] for account_id in readings}
    for state in _key_states(keys, readings, run):
        by_account.setdefault(state.identity.account_id, []).append(state)
    organizations = (row[ORGANIZATION_ID.name] for row in rows if row.get(ORGANIZATION_ID.name))
    complete = {row[ACCOUNT_ID.name] for row in rows if row[KEYS.name]}
    return PreviousRun(
        run_id=run_id,
        report_date=report_date,
        include_inactive=include_inactive,
        organization_id=next(organizations, None),
        accounts={
            account_id: LastReadings(
                users=readings[account_id] if account_id in complete else None,
                others={},
                keys=tuple(told_apart(states)),
            )
            for account_id, states in by_account.items()
        },
        api_calls=api_calls_of(accounts),
    )


def _records(file: bytes, wanted: Collection[str]) -> Iterator[dict[str, str]]:
    """The wanted columns of every row by name."""
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(file), encoding="utf-8", newline=""))
    columns = [(name, place) for place, name in enumerate(next(rows, [])) if name in wanted]
    return ({name: row[place] for name, place in columns} for row in rows)


def _key_states(file: bytes, readings: Mapping[str, Reading], run: Reading) -> Iterator[KeyState]:
    names = _verdict_names(file)
    shared: dict[tuple[str, ...], Mapping[str, str]] = {}
    for row in _records(file, {*names, *_KEY_COLUMNS}):
        words = tuple(row[name] for name in names)
        verdicts = shared.setdefault(words, dict(zip(names, words, strict=True)))
        yield _key_state(row, verdicts, readings.get(row[ACCOUNT_ID.name], run))


def _verdict_names(file: bytes) -> tuple[str, ...]:
    """`admin_access` and every capability: only they have a column of ways and one of reasons."""
    header = _header(file)
    return (ADMIN_VERDICT, *(name for name in header if {f"{name}_via", f"{name}_reason"} <= set(header)))


def _header(file: bytes) -> tuple[str, ...]:
    return tuple(file.partition(b"\n")[0].decode().split(","))


def _key_state(row: Mapping[str, str], verdicts: Mapping[str, str], seen: Reading) -> KeyState:
    user_name, access_key_id = unguard_formula(row[USER_NAME.name]), row[ACCESS_KEY_ID.name] or None
    created_at, first_seen = _moment(row[KEY_CREATED_AT.name]), row[FIRST_SEEN_DATE.name]
    return KeyState(
        identity=KeyIdentity.of(row[ACCOUNT_ID.name], user_name, access_key_id, created_at),
        user_name=user_name,
        access_key_id=access_key_id,
        account_name=unguard_formula(row[ACCOUNT_NAME.name]) or None,
        user_arn=row[USER_ARN.name] or None,
        status=row[KEY_STATUS.name],
        created_at=created_at,
        last_used_at=_moment(row[KEY_LAST_USED_AT.name]),
        never_used={"true": True, "false": False}.get(row[NEVER_USED.name]),
        verdicts=verdicts,
        seen=seen,
        first_seen=date.fromisoformat(first_seen) if first_seen else seen.report_date,
        known_leaked={"true": True, "false": False}.get(row.get(KNOWN_LEAKED.name, "")),
    )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
