"""Reads what a run published, the way its readers do."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.embedded import SeededKey

DATE = "2026-11-22"
QUICK = {
    "REPORT_DATE": DATE,
    "REPORT_RUN_ID": "run-1",
    "REPORT_ORGANIZATIONS_RATE_PERCENT": "100",
    "REPORT_CREDENTIAL_REPORT_TIMEOUT": "3",
}


def rows(output: Path, dataset: str) -> list[dict[str, str]]:
    """Return the rows of a dataset's CSV."""
    path = output / "csv" / dataset / f"dt={DATE}" / f"{dataset}-{DATE}.csv"
    return parse_csv(path.read_bytes())


def parse_csv(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def key_facts(found: Iterable[Mapping[str, str]]) -> list[tuple[str, ...]]:
    """Return what identifies each key row."""
    names = ("account_id", "user_name", "access_key_id", "key_status", "key_created_at")
    return sorted(tuple(row[name] for name in names) for row in found)


def seeded_facts(keys: Sequence[SeededKey], *, without: Iterable[str] = ()) -> list[tuple[str, ...]]:
    """Return the same of every active key that was seeded, but for accounts that nobody could read."""
    return sorted(
        (key["account_id"], key["user_name"], key["access_key_id"], key["status"], key["created_at"])
        for key in keys
        if key["status"] == "Active" and key["account_id"] not in set(without)
    )


def files_below(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
