"""Runs `report` over a hard organization in a process of its own, watches it, and ends it if it must."""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.hard_organization import Hard

DATE = "2026-11-22"
#: Seconds after which an organization counts as one that hangs; far more than any takes.
PATIENCE = 180
#: Bytes that a process may ask for; a belt for the machine, not the bound.
ADDRESS_SPACE = 6 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a report took, and its rows: account and user, and whether it is an administrator."""

    exit_code: int | None
    seconds: float
    peak_bytes: int
    rows: dict[tuple[str, str], str]


def report(hard: Hard, folder: Path) -> Reported:
    hard.write(folder / "snapshot")
    command = [sys.executable, "-m", "job", "report", "--report-date", DATE]
    command += ["--snapshot", str(folder / "snapshot"), "--output", str(folder / "out")]
    begun, peak = time.monotonic(), 0
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        resource.prlimit(process.pid, resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        while process.poll() is None and time.monotonic() < begun + PATIENCE:
            peak = max(peak, memory(process.pid))
            time.sleep(0.02)
        exit_code = process.poll()
        end(process.pid)
    return Reported(
        exit_code=exit_code,
        seconds=time.monotonic() - begun,
        peak_bytes=peak,
        rows=rows(folder / "out"),
    )


def family(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return []


def memory(pid: int) -> int:
    total = 0
    for process in family(pid):
        with suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total


def end(pid: int) -> None:
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def rows(output: Path) -> dict[tuple[str, str], str]:
    found = dict[tuple[str, str], str]()
    for path in output.rglob(f"keys-{DATE}.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            found |= {
                (row["account_id"], row["user_name"]): row["admin_access"] for row in csv.DictReader(file)
            }
    return found
