"""Stopping on SIGTERM, as Fargate asks: at once between steps, and after what is in flight while reading.

An interrupt from the keyboard ends the program at once.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (stopTimeout)
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from job.errors import ReportError

EXIT_CODE = 128 + signal.SIGTERM


class Stop:
    """Whether this process was asked to stop; `event` may be read, and waited for, in any thread."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.interrupted = False
        self._draining = False

    @contextmanager
    def draining(self) -> Iterator[None]:
        """Inside, the first SIGTERM only sets the flag; leaving the block after one ends the program."""
        self._draining = True
        try:
            yield
        finally:
            self._draining = False
        self.check()

    def check(self) -> None:
        """End the program when it was asked to stop."""
        if self.event.is_set():
            raise SystemExit(EXIT_CODE)

    def request(self, _signal: int = signal.SIGTERM, _frame: FrameType | None = None) -> None:
        """Ask to stop; it is the signal's handler, so it runs in the main thread."""
        asked_before = self.event.is_set()
        self.event.set()
        if asked_before or not self._draining:
            raise SystemExit(EXIT_CODE)

    def interrupt(self, _signal: int = signal.SIGINT, _frame: FrameType | None = None) -> None:
        """End the program from the keyboard; it is the signal's handler."""
        self.interrupted = True
        raise KeyboardInterrupt

    @contextmanager
    def as_asked(self) -> Iterator[None]:
        """Ends the program as it was asked to, whatever a library made of that.

        One that calls us from another language has errors of its own for ours, and may panic.
        """
        try:
            yield
        except (ReportError, SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            if self.event.is_set():
                raise SystemExit(EXIT_CODE) from error
            if self.interrupted:
                raise KeyboardInterrupt from error
            raise


@contextmanager
def stop_on_sigterm() -> Iterator[Stop]:
    """Install the handlers for the block; a container's first process has none of its own.

    A process that was started to ignore the keyboard goes on doing so.
    """
    stop = Stop()
    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, stop.request)}
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        before[signal.SIGINT] = signal.signal(signal.SIGINT, stop.interrupt)
    try:
        with stop.as_asked():
            yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
