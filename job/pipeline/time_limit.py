"""Judges one account within a bound: whatever its policies hold, the others get their rows."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from job.analyze.verdict import PrincipalVerdicts
from job.logs import get_logger
from job.snapshot.model import Failure

ANALYSIS_BOUND = 900.0
"""Seconds that one account's analysis may take: several times what the largest known one does."""


class _OverrunError(Exception):
    """The bound is passed."""


Verdicts = Callable[[str], Iterable[PrincipalVerdicts]]


def judge_bounded(
    verdicts: Verdicts, account_id: str, seconds: float = ANALYSIS_BOUND
) -> tuple[PrincipalVerdicts, ...] | Failure:
    """The verdicts of an account, or why there are none: it took too long, or the analysis broke on it."""
    try:
        with _alarm_after(seconds):
            return tuple(verdicts(account_id))
    except _OverrunError:
        reason = f"the analysis of the account took more than {seconds:g} seconds and was given up"
        failure = Failure(step="Analyze", code="Overrun", message=reason)
    except Exception as error:  # noqa: BLE001 - the border of one account: its defect is its own failure
        reason = f"the analysis broke on the account ({type(error).__name__})"
        failure = Failure(step="Analyze", code=type(error).__name__, message=reason)
    get_logger().error("account.analysis_failed", account_id=account_id, error=failure.message)
    return failure


@contextmanager
def _alarm_after(seconds: float) -> Iterator[None]:
    """Raise inside the block once the time is up, where the system can: in a main thread with timers.

    It rings again after as long: an error that is raised while Python lets go of an object goes nowhere.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _give_up(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _OverrunError
