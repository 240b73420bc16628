"""A run in parts, each a process of its own, reports what one process reports."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.embedded import Embedded, embedded
from tests.end_to_end.published import QUICK, key_facts, rows, seeded_facts
from tests.end_to_end.sixty_accounts import sixty_accounts

SNAPSHOT = "snapshots/dt=2026-11-22/run_id=run-1"
MOVING = {"collected_at", "credential_report_at", "seconds", "retries", "api_calls"}


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Embedded]:
    with embedded(sixty_accounts(failing=False), tmp_path) as served:
        yield served


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[Embedded]:
    with embedded(sixty_accounts(failing=True), tmp_path) as served:
        yield served


def settings(folder: Path) -> dict[str, str]:
    return {**QUICK, "REPORT_OUTPUT_DIR": str(folder)}


def steady(table: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: value for name, value in row.items() if name not in MOVING} for row in table]


def run_parts(aws: Embedded, folder: Path, *parts: str, **more: str) -> list[int]:
    return [aws.job("run", **settings(folder), **more, REPORT_SHARD=part).returncode for part in parts]


def test_accounts_that_cannot_be_read_are_no_error_of_a_part_and_reported_all_the_same(
    failing: Embedded, tmp_path: Path
) -> None:
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    assert run_parts(failing, parts, "0/3", "1/3", "2/3", "3/3") == [0, 0, 0, 0]
    assert [failing.job("run", **settings(folder)).returncode for folder in (parts, whole)] == [3, 3]
    for dataset in ("keys", "accounts", "findings", "changes"):
        assert steady(rows(parts, dataset)) == steady(rows(whole, dataset))


def test_every_account_is_read_once_and_its_row_says_how(aws: Embedded, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_parts(aws, out, "0/4", "1/4", "2/4", "3/4", "4/4") == [0, 0, 0, 0, 0]
    assert not (out / "csv").exists()
    assert aws.job("run", **settings(out)).returncode == 0
    told = rows(out, "accounts")
    assert readings(aws) == dict.fromkeys((row["account_id"] for row in told), 1)
    assert all(row["role_used"] and int(row["api_calls"]) > 0 and row["seconds"] for row in told)
    assert key_facts(rows(out, "keys")) == seeded_facts(aws.keys)


def readings(aws: Embedded) -> dict[str, int]:
    return {
        call["account_id"]: call["count"]
        for call in aws.operations()
        if call["operation"] == "GetAccountAuthorizationDetails"
    }


def test_each_part_keeps_the_managed_policies_that_it_read_in_a_file_of_its_own(
    aws: Embedded, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    folder = out / SNAPSHOT / "managed-policies"
    assert run_parts(aws, out, "0/2", "1/2") == [0, 0]
    first = (folder / "1-of-2.json.gz").rename(tmp_path / "not-yet-there")
    assert run_parts(aws, out, "2/2") == [0]
    first.rename(folder / "1-of-2.json.gz")
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["1-of-2.json.gz", "2-of-2.json.gz"]
    assert all(orjson.loads(gzip.decompress(file.read_bytes()))["Policies"] for file in files)
    assert aws.job("run", **settings(out)).returncode == 0
    assert not (out / SNAPSHOT / "managed-policies.json.gz").exists()


def test_a_part_that_never_was_is_read_by_the_run(aws: Embedded, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_parts(aws, out, "0/4", "1/4", "3/4") == [0, 0, 0]
    assert aws.job("run", **settings(out)).returncode == 0
    assert key_facts(rows(out, "keys")) == seeded_facts(aws.keys)


def test_a_share_before_the_organization_is_told_of(aws: Embedded, tmp_path: Path) -> None:
    done = aws.job("run", **settings(tmp_path / "out"), REPORT_SHARD="1/4")
    assert done.returncode == 1
    assert "REPORT_SHARD=0/4 comes first" in done.stderr


def test_an_account_that_is_left_out_is_in_no_part_and_the_report_says_so(
    aws: Embedded, tmp_path: Path
) -> None:
    out, left_out = tmp_path / "out", aws.keys[0]["account_id"]
    assert run_parts(aws, out, "0/2", "1/2", "2/2", REPORT_EXCLUDE_ACCOUNTS=left_out) == [0, 0, 0]
    assert aws.job("run", **settings(out), REPORT_EXCLUDE_ACCOUNTS=left_out).returncode == 0
    assert {row["account_id"]: row["coverage"] for row in rows(out, "accounts")}[left_out] == "skipped"
    assert left_out not in readings(aws)


def test_a_file_names_the_accounts_that_collect_reads(aws: Embedded, tmp_path: Path) -> None:
    organization, ids = tmp_path / "organization.json", tmp_path / "ids.json"
    assert aws.job("organization", "--output", str(organization)).returncode == 0
    chosen = sorted({key["account_id"] for key in aws.keys})[:2]
    ids.write_bytes(orjson.dumps(chosen))
    words = ("--organization", str(organization), "--snapshot", str(tmp_path / "kept"))
    assert aws.job("collect", *words, "--accounts-file", str(ids)).returncode == 0
    read = {path.name.partition(".")[0] for path in (tmp_path / "kept" / "accounts").iterdir()}
    assert read == set(chosen)


def test_a_file_and_a_list_of_accounts_are_one_too_many(aws: Embedded, tmp_path: Path) -> None:
    words = ("--organization", "o.json", "--snapshot", str(tmp_path / "kept"), "--accounts", "000000000001")
    done = aws.job("collect", *words, "--accounts-file", "ids.json")
    assert done.returncode == 2
    assert "--accounts-file: leave it out" in done.stderr
