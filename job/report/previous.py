"""The report to compare with, and what its CSV files tell where it remembered nothing itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from job.report.key_state import KeyIdentity, KeyState, Reading, told_apart
from job.report.last_readings import NEVER_READ, LastReadings
from job.report.values import unguard_formula

_ACCOUNT_COLUMNS = frozenset({"account_id", "organization_id", "collected_at", "keys", "api_calls"})
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
    """One earlier report, with every account that it, or a report before it, knew.

    `api_calls` are by account id, where it read the account itself; `key_columns` are those of its `keys`.
    """

    run_id: str
    report_date: date
    include_inactive: bool
    organization_id: str | None
    accounts: Mapping[str, LastReadings]
    api_calls: Mapping[str, int]
    key_columns: tuple[str, ...] = ()

    def last_readings(self, account_id: str, organization_id: str | None) -> LastReadings:
        """What is remembered of an account; one that joined the same organization since had no keys then."""
        found = self.accounts.get(account_id)
        if found is not None or not self.is_of(organization_id):
            return found or NEVER_READ
        joined = Reading(
            run_id=self.run_id, report_date=self.report_date, include_inactive=True, read_at=None
        )
        return replace(NEVER_READ, users=joined)

    def is_of(self, organization_id: str | None) -> bool:
        """Whether both are lists of one organization, so that an account that is in one only came or went."""
        return organization_id is not None and organization_id == self.organization_id


def api_calls_of(accounts: bytes) -> Mapping[str, int]:
    """API calls by account, from the `accounts` CSV."""
    read = _records(accounts, _ACCOUNT_COLUMNS)
    return {row["account_id"]: int(row["api_calls"]) for row in read if row.get("api_calls")}


def parse_previous(
    *, run_id: str, report_date: date, include_inactive: bool, keys: bytes, accounts: bytes
) -> PreviousRun:
    """Read a published report's `keys` and `accounts` CSV; columns that it did not have yet are absent."""
    run = Reading(run_id=run_id, report_date=report_date, include_inactive=include_inactive, read_at=None)
    rows = list(_records(accounts, _ACCOUNT_COLUMNS))
    readings = {row["account_id"]: replace(run, read_at=_moment(row["collected_at"])) for row in rows}
    by_account: dict[str, list[KeyState]] = {account_id: [] for account_id in readings}
    for state in _key_states(keys, readings, run):
        by_account.setdefault(state.identity.account_id, []).append(state)
    complete = {row["account_id"] for row in rows if row["keys"]}
    return PreviousRun(
        run_id=run_id,
        report_date=report_date,
        include_inactive=include_inactive,
        organization_id=next((row["organization_id"] for row in rows if row.get("organization_id")), None),
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
        yield _key_state(row, verdicts, readings.get(row["account_id"], run))


def _verdict_names(file: bytes) -> tuple[str, ...]:
    """`admin_access` and every capability: only they have a column of ways and one of reasons."""
    header = _header(file)
    return ("admin_access", *(name for name in header if {f"{name}_via", f"{name}_reason"} <= set(header)))


def _header(file: bytes) -> tuple[str, ...]:
    return tuple(file.partition(b"\n")[0].decode().split(","))


def _key_state(row: Mapping[str, str], verdicts: Mapping[str, str], seen: Reading) -> KeyState:
    user_name, access_key_id = unguard_formula(row["user_name"]), row["access_key_id"] or None
    created_at, first_seen = _moment(row["key_created_at"]), row["first_seen_date"]
    return KeyState(
        identity=KeyIdentity.of(row["account_id"], user_name, access_key_id, created_at),
        user_name=user_name,
        access_key_id=access_key_id,
        account_name=unguard_formula(row["account_name"]) or None,
        user_arn=row["user_arn"] or None,
        status=row["key_status"],
        created_at=created_at,
        last_used_at=_moment(row["key_last_used_at"]),
        never_used={"true": True, "false": False}.get(row["never_used"]),
        verdicts=verdicts,
        seen=seen,
        first_seen=date.fromisoformat(first_seen) if first_seen else seen.report_date,
    )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
