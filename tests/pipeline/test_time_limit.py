"""One account's analysis is bounded: what takes too long, or breaks, is that account's failure."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable
from contextlib import suppress

from job.analyze.verdict import PrincipalVerdicts
from job.pipeline.time_limit import judge_bounded
from job.snapshot.model import Failure

ACCOUNT = "111122223333"


def never_done(_account_id: str) -> Iterable[PrincipalVerdicts]:
    while True:
        pass


def deaf_once(_account_id: str) -> Iterable[PrincipalVerdicts]:
    """Loses the first ring, as an object's end does."""
    with suppress(Exception):
        never_done(_account_id)
    return never_done(_account_id)


def broken(_account_id: str) -> Iterable[PrincipalVerdicts]:
    raise RecursionError(ACCOUNT)


def test_an_analysis_that_does_not_end_is_given_up_with_the_reason() -> None:
    answer = judge_bounded(never_done, ACCOUNT, 0.05)

    assert answer == Failure(
        step="Analyze",
        code="Overrun",
        message="the analysis of the account took more than 0.05 seconds and was given up",
    )


def test_a_ring_that_is_lost_is_not_the_last() -> None:
    answer = judge_bounded(deaf_once, ACCOUNT, 0.05)

    assert isinstance(answer, Failure)
    assert answer.code == "Overrun"


def test_an_analysis_that_breaks_is_the_accounts_failure() -> None:
    answer = judge_bounded(broken, ACCOUNT)

    assert isinstance(answer, Failure)
    assert (answer.step, answer.code) == ("Analyze", "RecursionError")


def test_nothing_rings_after_an_analysis_that_was_done_in_time() -> None:
    before = signal.getsignal(signal.SIGALRM)

    assert judge_bounded(lambda _: (), ACCOUNT, 60) == ()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before


def test_another_thread_judges_without_an_alarm() -> None:
    answers = list[object]()
    thread = threading.Thread(target=lambda: answers.append(judge_bounded(lambda _: (), ACCOUNT, 0.001)))
    thread.start()
    thread.join()

    assert answers == [()]
