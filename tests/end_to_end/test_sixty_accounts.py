from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from tests.embedded import Embedded, embedded
from tests.end_to_end.published import QUICK, files_below, key_facts, rows, seeded_facts
from tests.end_to_end.sixty_accounts import (
    DETAILS_DENIED,
    EXPIRED,
    MALFORMED,
    NEVER_READY,
    NO_ROLE,
    ODD_NAMES,
    SUSPENDED,
    THROTTLED,
    sixty_accounts,
)

TROUBLED = {
    NO_ROLE: ("failed", "AssumeRole", "AccessDenied"),
    DETAILS_DENIED: ("partial", "GetAccountAuthorizationDetails", "AccessDenied"),
    NEVER_READY: ("partial", "GetCredentialReport", "ReportInProgress"),
    MALFORMED: ("partial", "CredentialReport", "Malformed"),
    SUSPENDED: ("skipped", "", ""),
    EXPIRED: ("partial", "GetAccountAuthorizationDetails", "ExpiredToken"),
    THROTTLED: ("partial", "GetAccountAuthorizationDetails", "Throttling"),
}


@dataclass(frozen=True, kw_only=True)
class Ran:
    aws: Embedded
    output: Path
    process: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("sixty")
    with embedded(sixty_accounts(failing=True), folder) as aws:
        # Ten attempts at the account that is throttled would take most of a minute.
        process = aws.job("run", **QUICK, AWS_MAX_ATTEMPTS="3", REPORT_OUTPUT_DIR=str(folder / "out"))
        yield Ran(aws=aws, output=folder / "out", process=process)


def events(process: subprocess.CompletedProcess[str], name: str) -> list[dict[str, object]]:
    lines = [orjson.loads(line) for line in process.stderr.splitlines()]
    return [line for line in lines if line["event"] == name]


def test_failures_below_the_minimum_coverage_end_with_3(ran: Ran) -> None:
    assert ran.process.returncode == 3, ran.process.stderr


def test_the_rows_are_the_keys_that_were_seeded(ran: Ran) -> None:
    unreadable = (NO_ROLE, SUSPENDED)
    assert key_facts(rows(ran.output, "keys")) == seeded_facts(ran.aws.keys, without=unreadable)


def test_each_account_in_trouble_is_named_with_its_reason(ran: Ran) -> None:
    accounts = rows(ran.output, "accounts")
    troubled = {
        row["account_id"]: (row["coverage"], row["failed_step"], row["failed_code"])
        for row in accounts
        if row["coverage"] != "complete"
    }
    assert troubled == TROUBLED
    assert len(accounts) == 60


def test_an_unread_account_counts_no_keys_instead_of_zero(ran: Ran) -> None:
    counts = {row["account_id"]: row["active_keys"] for row in rows(ran.output, "accounts")}
    assert counts[NO_ROLE] == ""
    assert counts[SUSPENDED] == ""
    assert counts["700000000004"] == "0"


def test_names_that_look_like_formulas_or_nulls_stay_as_they_are(ran: Ran) -> None:
    names = {row["user_name"] for row in rows(ran.output, "keys") if row["account_id"] == ODD_NAMES}
    assert {"=cmd", "NA", "null", "a,b@c+d.e"} <= names


def test_verdicts_of_an_account_without_details_are_unknown(ran: Ran) -> None:
    found = [row for row in rows(ran.output, "keys") if row["account_id"] == DETAILS_DENIED]
    assert {row["admin_access"] for row in found} == {"unknown"}
    assert "complete" not in {row["analysis_status"] for row in found}


def test_standard_output_stays_empty_and_every_line_of_the_log_is_json(ran: Ran) -> None:
    assert ran.process.stdout == ""
    assert {orjson.loads(line)["run_id"] for line in ran.process.stderr.splitlines()} == {"run-1"}


def test_every_account_that_was_begun_has_one_canonical_line(ran: Ran) -> None:
    collected = events(ran.process, "account.collected")
    incomplete = events(ran.process, "account.incomplete")
    failed = events(ran.process, "account.failed")
    assert [event["account_id"] for event in failed] == [NO_ROLE]
    assert len(collected) + len(incomplete) + len(failed) == 59


def test_the_metrics_say_what_the_summary_says(ran: Ran) -> None:
    (metrics,) = events(ran.process, "run.measured")
    summary = orjson.loads((ran.output / "latest" / "summary.json").read_bytes())
    assert metrics["AccountsFailed"] == summary["coverage"]["failed"] == 1
    assert metrics["ActiveKeys"] == summary["counts"]["active_keys"]
    assert metrics["Coverage"] == summary["coverage"]["percent"]


def test_the_same_snapshot_gives_the_same_bytes(ran: Ran, tmp_path: Path) -> None:
    snapshot = ran.output / "snapshots" / "dt=2026-11-22" / "run_id=run-1"
    for name in ("a", "b"):
        again = ran.aws.job("report", "--snapshot", str(snapshot), "--output", str(tmp_path / name))
        assert again.returncode == 3, again.stderr
    assert files_below(tmp_path / "a") == files_below(tmp_path / "b")
    assert rows(tmp_path / "a", "keys") == rows(ran.output, "keys")


def test_a_worse_run_of_the_same_date_replaces_nothing(ran: Ran) -> None:
    before = files_below(ran.output)
    worse = ran.aws.job(
        "run",
        **{**QUICK, "REPORT_RUN_ID": "worse"},
        REPORT_OUTPUT_DIR=str(ran.output),
        REPORT_ACCOUNTS="700000000002",
    )
    assert worse.returncode == 1
    after = files_below(ran.output)
    assert {name: data for name, data in after.items() if "run_id=worse" not in name} == before
    summary = orjson.loads(after["runs/dt=2026-11-22/run_id=worse/summary.json"])
    assert summary["published"] is False
