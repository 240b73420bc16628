from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded import Embedded, embedded
from tests.end_to_end.published import QUICK, key_facts, rows, seeded_facts
from tests.end_to_end.sixty_accounts import first_accounts

SNAPSHOT = "snapshots/dt=2026-11-22/run_id=run-1"
OTHER_MOMENT = pytest.mark.long("the same kill at another moment")


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Embedded]:
    with embedded(first_accounts(40), tmp_path) as served:
        yield served


def settings(tmp_path: Path) -> dict[str, str]:
    return {**QUICK, "REPORT_OUTPUT_DIR": str(tmp_path / "out")}


def saved_accounts(tmp_path: Path) -> set[str]:
    folder = tmp_path / "out" / SNAPSHOT / "accounts"
    return {path.name.partition(".")[0] for path in folder.glob("*.json.gz")}


def wait_for_accounts(tmp_path: Path, process: subprocess.Popen[bytes], count: int) -> None:
    deadline = time.monotonic() + 60
    while len(saved_accounts(tmp_path)) < count and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)


def readings(aws: Embedded, accounts: set[str]) -> dict[str, int]:
    return {
        call["account_id"]: call["count"]
        for call in aws.operations()
        if call["operation"] == "GetAccountAuthorizationDetails" and call["account_id"] in accounts
    }


def test_without_trouble_every_account_is_complete_and_the_code_is_0(aws: Embedded, tmp_path: Path) -> None:
    finished = aws.job("run", **settings(tmp_path))
    assert finished.returncode == 0, finished.stderr
    assert {row["coverage"] for row in rows(tmp_path / "out", "accounts")} == {"complete"}
    assert key_facts(rows(tmp_path / "out", "keys")) == seeded_facts(aws.keys)


@pytest.mark.parametrize(
    "accounts",
    [pytest.param(1, marks=OTHER_MOMENT), 18, pytest.param(36, marks=OTHER_MOMENT)],
)
def test_a_killed_run_goes_on_where_it_was(aws: Embedded, tmp_path: Path, accounts: int) -> None:
    process = aws.start("run", **settings(tmp_path))
    wait_for_accounts(tmp_path, process, accounts)
    process.kill()
    process.communicate()
    saved = saved_accounts(tmp_path)

    finished = aws.job("run", **settings(tmp_path))
    assert finished.returncode == 0, finished.stderr
    assert key_facts(rows(tmp_path / "out", "keys")) == seeded_facts(aws.keys)
    assert readings(aws, saved) == dict.fromkeys(saved, 1)


def test_sigterm_saves_what_is_complete_and_ends_with_143(aws: Embedded, tmp_path: Path) -> None:
    process = aws.start("run", **settings(tmp_path))
    wait_for_accounts(tmp_path, process, 5)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert time.monotonic() - began < 15
    assert not (tmp_path / "out" / "runs").exists()

    finished = aws.job("run", **settings(tmp_path))
    assert finished.returncode == 0, finished.stderr
    assert key_facts(rows(tmp_path / "out", "keys")) == seeded_facts(aws.keys)
