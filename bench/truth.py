"""The rows that a run over the made-up organization must give, known by how it was made."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.crowded import crowded_admin_access
from bench.giant import giant_admin_access
from bench.seeds import KeySeed, Kind, UserSeed, iso
from bench.world import World
from job.snapshot.model import ROOT_USER_NAME

ADMIN_ACCESS: Mapping[Kind, Callable[[UserSeed], str | None]] = {
    "easy": lambda _: None,
    "crowded": crowded_admin_access,
    "giant": giant_admin_access,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One expected row of the keys dataset, in the report's own texts; None where the value is null."""

    account_id: str
    user_name: str
    access_key_id: str | None
    key_status: str
    key_created_at: str | None
    key_last_used_at: str | None
    key_last_used_service: str | None
    key_last_used_region: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A report beside the truth; `wrong` tells the first rows that say something else than they must."""

    rows: int
    missing: int
    unexpected: int
    verdicts_known: int
    wrong: tuple[str, ...]

    def line(self) -> str:
        """The comparison in one line."""
        told = "".join(f"\n      {each}" for each in self.wrong[:5])
        return (
            f"rows: {self.rows:,}, missing {self.missing:,}, unexpected {self.unexpected:,}, "
            f"wrong {len(self.wrong):,}; admin_access known by construction: {self.verdicts_known:,}{told}"
        )


def expected_rows(world: World, account_id: str) -> tuple[KeyRow, ...]:
    """The rows of the keys dataset that a complete reading of one account must give."""
    account = world.account(account_id)
    rows = [
        _row(account_id, user.name, key, key.id) for user in account.users for key in user.keys if key.active
    ]
    rows += [_row(account_id, ROOT_USER_NAME, key, None) for key in account.root_keys if key.active]
    return tuple(
        sorted(rows, key=lambda row: (row.user_name, row.key_created_at or "", row.access_key_id or ""))
    )


def known_admin_access(world: World, account_id: str) -> Iterator[tuple[str, str]]:
    """Active keys and what `admin_access` must say of them, where how the user was made tells it."""
    for user in world.account(account_id).users:
        if (verdict := ADMIN_ACCESS[world.kind](user)) is not None:
            yield from ((key.id, verdict) for key in user.keys if key.active)


def compare(world: World, keys_csv: Path) -> Comparison:
    """Compare the keys dataset of a report with the truth: rows, dates, ages, use, and known verdicts."""
    with keys_csv.open(newline="", encoding="utf-8") as file:
        found = {
            (row["account_id"], row["user_name"], row["access_key_id"]): row for row in csv.DictReader(file)
        }
    truth = {
        (row.account_id, row.user_name, row.access_key_id or ""): row
        for each in world.active_ids
        for row in expected_rows(world, each)
    }
    verdicts = dict(pair for each in world.active_ids for pair in known_admin_access(world, each))
    return Comparison(
        rows=len(found),
        missing=len(truth.keys() - found.keys()),
        unexpected=len(found.keys() - truth.keys()),
        verdicts_known=len(verdicts),
        wrong=tuple(
            f"{place}: {problem}"
            for place in sorted(truth.keys() & found.keys())
            for problem in _problems(truth[place], found[place], verdicts.get(place[2]))
        ),
    )


def _problems(truth: KeyRow, row: Mapping[str, str], admin_access: str | None) -> Iterator[str]:
    wanted = {
        "key_last_used_at": truth.key_last_used_at or "",
        "key_last_used_service": truth.key_last_used_service or "",
        "key_last_used_region": truth.key_last_used_region or "",
        "admin_access": admin_access or row["admin_access"],
    }
    if truth.key_created_at is not None:
        age = datetime.fromisoformat(row["collected_at"]) - datetime.fromisoformat(truth.key_created_at)
        wanted |= {"key_created_at": truth.key_created_at, "key_age_days": str(age.days)}
    for name, value in wanted.items():
        if row[name] != value:
            yield f"{name} is {row[name]!r}, not {value!r}"


def _row(account_id: str, user_name: str, key: KeySeed, key_id: str | None) -> KeyRow:
    return KeyRow(
        account_id=account_id,
        user_name=user_name,
        access_key_id=key_id,
        key_status="Active",
        key_created_at=None if key_id is None else iso(key.created),
        key_last_used_at=None if key.used is None else iso(key.used),
        key_last_used_service=key.service,
        key_last_used_region=key.region,
    )
