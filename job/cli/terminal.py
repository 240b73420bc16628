"""What a person sees on a terminal: a progress bar while accounts are read, and a table at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table as Grid
from rich.text import Text

from job.logs import get_logger
from job.pipeline.progress import Progress, Silent
from job.report.risk.assessment import OPEN
from job.report.risk.rules import LEVELS
from job.report.rows.account_rows import ACCOUNT_ID, ACCOUNT_NAME, COVERAGE_NOTE, not_complete, not_read
from job.report.rows.build import Report
from job.report.rows.key_rows import (
    ACCESS_KEY_ID,
    ADMIN_ACCESS,
    DAYS_SINCE_LAST_USED,
    KEY_AGE_DAYS,
    KEY_STATUS,
    KNOWN_LEAKED,
    NEVER_USED,
    OPEN_RISK_LEVEL,
    RISK_STATUS,
    USER_NAME,
)
from job.report.schema.columns import Value

_SHOWN_ROWS = 12
_LEVEL_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "green"}
_SHOWN_COLUMNS = ("account", "user", "key", "age", "last used", "admin", "reads", "risk")


class _Bar:
    """A rich bar, one line a stage."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("starting", total=None)
        self._total = 0

    def begin(self, stage: str) -> None:
        self._bars.stop_task(self._task)
        self._task = self._bars.add_task(stage, total=None)
        self._total = 0

    def expect(self) -> None:
        self._total += 1
        self._bars.update(self._task, total=self._total)

    def advance(self) -> None:
        self._bars.advance(self._task)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a bar while the block runs when a person is watching, else nothing."""
    if not sys.stderr.isatty():
        yield Silent()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bar(bars)


def closing_table(console: Console, report: Report) -> None:
    """Print the totals, the keys that matter most, and the accounts that were not read."""
    keys = list(report.table("keys").records())
    console.print(_totals(report, keys))
    console.print(_worst_keys(keys))
    for account in not_complete(report.table("accounts")):
        name, note = account[ACCOUNT_NAME.name] or "", account[COVERAGE_NOTE.name] or ""
        words = f"not read completely: {account[ACCOUNT_ID.name]} {name}: {note}"
        console.print(Text(words, style="yellow"))


def tell_incomplete(report: Report, minimum_percent: float) -> None:
    """Say last, in words, which accounts were not read and why: the reason of exit code 3."""
    words = not_read(report.table("accounts"))
    if not sys.stderr.isatty():
        get_logger().warning("report.incomplete", coverage=report.coverage.percent, not_read=words)
        return
    percent, wanted = report.coverage.percent, f"{minimum_percent:g}"
    sys.stderr.write(f"exit code 3, as {percent:g} of the {wanted} percent asked for were read: {words}\n")


def _totals(report: Report, keys: list[dict[str, Value]]) -> Text:
    coverage = report.coverage
    still_open = [key for key in keys if key[RISK_STATUS.name] == OPEN]
    accepted = len(keys) - len(still_open)
    words = (
        *_leaked(still_open),
        f"{len(keys)} keys{f', {accepted} of them accepted' if accepted else ''}",
        f"{sum(key[ADMIN_ACCESS.name] == 'direct' for key in still_open)} administrators",
        f"{sum(key[ADMIN_ACCESS.name] == 'escalates' for key in still_open)} that can become one",
        f"{coverage.complete} of {coverage.accounts} accounts read completely",
        f"{coverage.partial} partly, {coverage.failed} not, {coverage.skipped} skipped",
    )
    return Text("; ".join(words), style="bold")


def _worst_keys(keys: list[dict[str, Value]]) -> Grid:
    worst = sorted((key for key in keys if key[OPEN_RISK_LEVEL.name]), key=_badness)[:_SHOWN_ROWS]
    grid = Grid(title=f"The {len(worst)} keys that matter most", title_justify="left")
    for name in _SHOWN_COLUMNS:
        grid.add_column(name, justify="right" if name == "age" else "left", overflow="fold")
    for key in worst:
        grid.add_row(*_cells(key))
    return grid


def _leaked(keys: list[dict[str, Value]]) -> Iterator[str]:
    leaked = sum(key[KNOWN_LEAKED.name] is True for key in keys)
    if leaked:
        yield f"{leaked} {'key is' if leaked == 1 else 'keys are'} known to be leaked"


def _badness(key: Mapping[str, Value]) -> tuple[bool, int, int]:
    """Keys that are known to be leaked come first, then what is open of the risk, and the age."""
    age = key[KEY_AGE_DAYS.name]
    leaked = key[KNOWN_LEAKED.name] is True and key[KEY_STATUS.name] == "Active"
    return (not leaked, -LEVELS.index(str(key[OPEN_RISK_LEVEL.name])), -age if isinstance(age, int) else 0)


def _cells(key: Mapping[str, Value]) -> Iterator[Text]:
    level = str(key[OPEN_RISK_LEVEL.name])
    used = key[DAYS_SINCE_LAST_USED.name]
    yield Text(str(key[ACCOUNT_NAME.name] or key[ACCOUNT_ID.name]))
    yield Text(str(key[USER_NAME.name]))
    yield Text(str(key[ACCESS_KEY_ID.name] or ""))
    yield Text("?" if key[KEY_AGE_DAYS.name] is None else f"{key[KEY_AGE_DAYS.name]} d")
    yield Text("never" if key[NEVER_USED.name] else f"{used} d ago" if used is not None else "unknown")
    yield Text(str(key[ADMIN_ACCESS.name]))
    yield Text(", ".join(_readable(key)))
    words = f"{level}, leaked" if key[KNOWN_LEAKED.name] is True else level
    yield Text(words, style=_LEVEL_STYLES.get(level, ""))


def _readable(key: Mapping[str, Value]) -> Iterator[str]:
    for name, value in key.items():
        if name.endswith("_read") and value in ("all", "some"):
            yield name.removesuffix("_read").removesuffix("_snapshots") + ("*" if value == "some" else "")
