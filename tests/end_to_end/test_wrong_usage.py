from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from tests.embedded import run_job
from tests.in_process import run_here

pytestmark = pytest.mark.usefixtures("this_process_as_before")


def run_with(**settings: str) -> tuple[int, list[str]]:
    finished = run_here("run", env={**os.environ, **settings})
    return finished.returncode, finished.stderr.splitlines()


def test_a_process_ends_with_the_code_of_its_command() -> None:
    finished = run_job("run")
    assert finished.returncode == 2
    assert finished.stderr == "error: REPORT_BUCKET or REPORT_OUTPUT_DIR: set one of them\n"


def test_three_wrong_settings_are_all_named() -> None:
    code, lines = run_with(REPORT_BUCKET="No_Bucket", REPORT_MIN_COVERAGE="much", REPORT_MAX_CONCURRENCY="0")
    assert code == 2
    assert [line.split(":")[1].strip() for line in lines] == [
        "REPORT_BUCKET",
        "REPORT_MAX_CONCURRENCY",
        "REPORT_MIN_COVERAGE",
    ]


def test_without_a_destination_nothing_begins() -> None:
    code, lines = run_with()
    assert code == 2
    assert lines == ["error: REPORT_BUCKET or REPORT_OUTPUT_DIR: set one of them"]


def test_without_credentials_one_line_says_so(tmp_path: Path) -> None:
    code, lines = run_with(REPORT_OUTPUT_DIR=str(tmp_path), REPORT_LOG_LEVEL="ERROR")
    assert code == 1
    (line,) = lines
    assert "Unable to locate credentials" in orjson.loads(line)["error"]


def test_a_destination_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    organization, snapshot = tmp_path / "organization.json", tmp_path / "snapshot"
    organization.write_text('{"Accounts": [{"Id": "012345678901"}]}')
    snapshot.mkdir()
    (snapshot / "organization.json").write_bytes(organization.read_bytes())
    (tmp_path / "file").touch()
    finished = run_here(
        "report", "--snapshot", str(snapshot), "--output", str(tmp_path / "file"), "--log-level", "ERROR"
    )
    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert "cannot be written" in orjson.loads(finished.stderr)["error"]


@pytest.mark.parametrize("name", ["run", "organization", "collect", "report", "explain", "simulate", "demo"])
def test_every_command_explains_itself(name: str) -> None:
    finished = run_here(name, "--help")
    assert finished.returncode == 0
    assert finished.stdout.startswith(f"usage: python -m job {name}")


def test_a_damaged_organization_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "organization.json").write_text("{")
    finished = run_here("report", "--snapshot", str(tmp_path), "--output", str(tmp_path / "out"))
    assert finished.returncode == 1
    assert "organization.json" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_damaged_account_file_costs_only_its_account(tmp_path: Path) -> None:
    accounts = [{"Id": "012345678901"}, {"Id": "012345678902"}]
    (tmp_path / "accounts").mkdir()
    (tmp_path / "organization.json").write_bytes(orjson.dumps({"Accounts": accounts}))
    (tmp_path / "accounts" / "012345678901.json.gz").write_bytes(b"\x1f\x8bdamaged")
    (tmp_path / "accounts" / "012345678902.json").write_text("[]")
    finished = run_here("report", "--snapshot", str(tmp_path), "--output", str(tmp_path / "out"))
    assert finished.returncode == 3
    summary = orjson.loads((tmp_path / "out" / "latest" / "summary.json").read_bytes())
    assert [row["failed_step"] for row in summary["accounts_not_complete"]] == [
        "ReadSnapshot",
        "ReadSnapshot",
    ]
