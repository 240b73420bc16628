"""Stopping on SIGTERM, as Fargate asks: at once between steps, and after what is in flight while reading.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (stopTimeout)
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 128 + signal.SIGTERM


class Stop:
    """Whether this process was asked to stop; `event` may be read, and waited for, in any thread."""

    def __init__(self) -> None:
        self.event = threading.Event()
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


@contextmanager
def stop_on_sigterm() -> Iterator[Stop]:
    """Install the handler for the block; a container's first process has none of its own."""
    stop = Stop()
    before = signal.signal(signal.SIGTERM, stop.request)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
