from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from job.errors import PublishError
from job.pipeline.stop import Stop, stop_on_sigterm
from job.report.formats.file_format import FileFormat, FormatOptions
from job.report.formats.registry import FORMATS
from tests.report.report_samples import sample_report

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


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


class Asking(io.BytesIO):
    """A file during whose first write the process is asked to end."""

    def __init__(self, asked: signal.Signals) -> None:
        super().__init__()
        self._asked = asked

    def write(self, data: ReadableBuffer, /) -> int:
        signal.raise_signal(self._asked)
        return super().write(data)


@contextmanager
def keyboard(handler: Callable[..., object] | signal.Handlers) -> Iterator[None]:
    """Interrupts from the keyboard are dealt with so: a shell starts what runs beside it to ignore them."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("file_format", FORMATS, ids=[each.name for each in FORMATS])
@pytest.mark.parametrize(
    ("asked", "ended"), [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)]
)
def test_who_is_asked_while_a_file_is_made_ends_as_asked(
    file_format: FileFormat, asked: signal.Signals, ended: type[BaseException]
) -> None:
    table = sample_report().table("keys")
    with keyboard(signal.default_int_handler), pytest.raises(ended), stop_on_sigterm():
        file_format.write(table, Asking(asked), FormatOptions())


def test_what_breaks_by_itself_is_told_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), stop_on_sigterm():
        raise ZeroDivisionError


def test_what_could_not_be_written_is_told_though_the_process_was_asked_to_end() -> None:
    stop = Stop()
    stop.event.set()
    with pytest.raises(PublishError), stop.as_asked():
        raise PublishError("the disk is full")


def test_a_process_that_ignores_the_keyboard_goes_on_doing_so() -> None:
    with keyboard(signal.SIG_IGN), stop_on_sigterm():
        signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
