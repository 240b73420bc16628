"""The comparison with the truth finds what is missing, what is too much and what is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bench.ratios import Cost, ratios
from bench.truth import KeyRow, compare, expected_rows, known_admin_access
from bench.world import World

WORLD = World(size=12, kind="crowded")
EXPECTED = tuple(row for each in WORLD.active_ids for row in expected_rows(WORLD, each) if row.access_key_id)
ROOTS = tuple(row for each in WORLD.active_ids for row in expected_rows(WORLD, each) if not row.access_key_id)
ADMIN_ACCESS = dict(pair for each in WORLD.active_ids for pair in known_admin_access(WORLD, each))


def reported(row: KeyRow) -> dict[str, str]:
    """A right row of an account that was read a hundred days and an hour after the key was made."""
    texts = {name: value or "" for name, value in asdict(row).items()}
    created = datetime.fromisoformat(row.key_created_at or "2020-01-01T00:00:00Z")
    read = created + timedelta(days=100, hours=1)
    verdict = ADMIN_ACCESS.get(row.access_key_id or "", "none")
    return {**texts, "collected_at": read.isoformat(), "key_age_days": "100", "admin_access": verdict}


def written(folder: Path, rows: Iterable[dict[str, str]]) -> Path:
    path = folder / "keys.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, reported(EXPECTED[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def right() -> list[dict[str, str]]:
    return [reported(row) for row in (*EXPECTED, *ROOTS)]


def test_a_right_report_is_found_right(tmp_path: Path, right: list[dict[str, str]]) -> None:
    found = compare(WORLD, written(tmp_path, right))
    assert (found.rows, found.missing, found.unexpected, found.wrong) == (len(right), 0, 0, ())
    assert found.verdicts_known == len(ADMIN_ACCESS) > 0


def test_a_missing_and_an_unexpected_key_are_counted(tmp_path: Path, right: list[dict[str, str]]) -> None:
    unexpected = {**right[0], "access_key_id": "AKIANOBODYS000000000"}
    found = compare(WORLD, written(tmp_path, [*right[1:], unexpected]))
    assert (found.missing, found.unexpected) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"key_age_days": "99"},
        {"key_created_at": "2001-02-03T04:05:06Z"},
        {"key_last_used_at": "2001-02-03T04:05:06Z"},
        {"key_last_used_service": "polly"},
        {"key_last_used_region": "nowhere-1"},
    ],
)
def test_a_wrong_cell_is_told_with_what_it_must_be(
    tmp_path: Path, right: list[dict[str, str]], change: dict[str, str]
) -> None:
    found = compare(WORLD, written(tmp_path, [{**right[0], **change}, *right[1:]]))
    (name, value), *_ = change.items()
    assert [each.partition(": ")[2] for each in found.wrong] == [
        f"{name} is {value!r}, not {right[0][name]!r}"
    ]


def test_a_known_verdict_that_the_report_gets_wrong_is_told(
    tmp_path: Path, right: list[dict[str, str]]
) -> None:
    wrong = [{**row, "admin_access": "unknown"} for row in right]
    assert len(compare(WORLD, written(tmp_path, wrong)).wrong) == len(ADMIN_ACCESS)


def test_ratios_compare_a_key_of_the_crowded_with_one_of_the_easy_organization_and_sizes_by_account() -> None:
    easy = Cost(kind="easy", accounts=100, keys=500, cpu=5.0, peak_bytes=2**20)
    crowded = Cost(kind="crowded", accounts=100, keys=400, cpu=12.0, peak_bytes=2**21)
    large = Cost(kind="crowded", accounts=1000, keys=4000, cpu=180.0, peak_bytes=2**22)
    assert list(ratios([easy, crowded, large]))[:3] == [
        "  CPU for a key, crowded 100 to easy 100: 3.00",
        "  CPU for a key, crowded 1,000 to easy 100: 4.50",
        "  crowded 1,000 to 100: CPU for an account 1.50, memory 2.00",
    ]
