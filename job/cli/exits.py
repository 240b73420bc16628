"""How a command ends: each exit code means one thing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    COMPLETE = 0
    NOTHING_PUBLISHED = 1
    WRONG_USAGE = 2
    COVERAGE_TOO_LOW = 3
    INTERRUPTED = 130
    STOPPED = 143


EXIT_CODE_MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.COMPLETE: "complete: every account was reported",
    ExitCode.NOTHING_PUBLISHED: "nothing was published; the last line says why",
    ExitCode.WRONG_USAGE: "wrong usage or settings; every wrong one is named, before the first AWS call "
    "(accounts that the organization lacks: when it was listed, before any account is read)",
    ExitCode.COVERAGE_TOO_LOW: "published, but fewer accounts were read than `REPORT_MIN_COVERAGE` asks for; "
    "the last line says which were not, and why",
    ExitCode.INTERRUPTED: "interrupted from the keyboard; what was read is saved",
    ExitCode.STOPPED: "stopped by SIGTERM; what was read is saved, and the same `REPORT_RUN_ID` continues it",
}
