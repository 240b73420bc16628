from __future__ import annotations

import os
import signal

import pytest

from job.pipeline.stop import Stop, stop_on_sigterm


def terminated_while_draining(noticed: list[bool], *, times: int) -> None:
    with stop_on_sigterm() as stop, stop.draining():
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGTERM)
        noticed.append(stop.event.is_set())


def test_sigterm_between_steps_ends_the_program_with_143() -> None:
    with stop_on_sigterm(), pytest.raises(SystemExit) as ended:
        os.kill(os.getpid(), signal.SIGTERM)
    assert ended.value.code == 143


def test_sigterm_while_draining_only_sets_the_flag() -> None:
    noticed: list[bool] = []
    with pytest.raises(SystemExit) as ended:
        terminated_while_draining(noticed, times=1)
    assert noticed == [True]
    assert ended.value.code == 143


def test_a_second_sigterm_while_draining_ends_the_program_at_once() -> None:
    noticed: list[bool] = []
    with pytest.raises(SystemExit):
        terminated_while_draining(noticed, times=2)
    assert noticed == []


def test_draining_without_a_signal_goes_on() -> None:
    stop = Stop()
    with stop.draining():
        pass
    stop.check()
    assert not stop.event.is_set()


def test_the_handler_of_before_comes_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_sigterm():
        pass
    assert signal.getsignal(signal.SIGTERM) is before
