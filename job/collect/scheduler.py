"""Shares work in steps among threads: a step that has to wait is put aside, and its thread takes another."""

from __future__ import annotations

import heapq
import itertools
import math
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from job.collect.member import StoppedError
from job.logs import start_thread

Result = TypeVar("Result")

_GLANCE = 0.2
_FAREWELL = 3.0
_BEGUN_PER_THREAD = 16


@dataclass(frozen=True, slots=True)
class Later(Generic[Result]):
    """What a step answers that has to wait: its next step, and when that is due (`time.monotonic`)."""

    due: float
    step: Callable[[], Later[Result] | Result]


Step: TypeAlias = "Callable[[], Later[Result] | Result]"


@dataclass(frozen=True, slots=True)
class Task(Generic[Result]):
    """What is done in steps: the first one, and how large it is compared with others (0: not known)."""

    first_step: Step[Result]
    size: int = 0


class Scheduler(Generic[Result]):
    """Runs many tasks, each a chain of steps, and hands out results as they are ready.

    At most `threads` steps run at a time, and at most 16 times as many tasks are begun and unfinished. As
    long as there are fewer, another is begun before any later step is taken, so that what a first step sets
    going elsewhere is soon under way; the largest first, so that it does not end last. Threads are daemons:
    one that hangs in a request does not keep the process.
    """

    def __init__(self, threads: int, stop: threading.Event) -> None:
        self._threads = threads
        self._stop = stop
        self._lock = threading.Lock()
        self._work_waits = threading.Condition(self._lock)
        self._idle = threading.Condition(self._lock)
        self._first_steps: list[tuple[float, int, Step[Result]]] = []
        self._later_steps: list[tuple[float, int, Step[Result]]] = []
        self._order = itertools.count()
        self._unfinished = 0
        self._begun = 0
        self._running = 0
        self._closed = False
        self._fed = False
        self._trouble: BaseException | None = None
        self._watched_until = math.inf
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()

    def run(self, tasks: Iterable[Task[Result]]) -> Iterator[Result]:
        """Yield results until all is done, or until `stop` is set: then what is ready, and no more.

        `tasks` is read to its end in a thread of its own. An error that it raises is raised here, after the
        tasks before it are done; that of a step, after all others are.
        """
        for _ in range(self._threads):
            start_thread(self._work)
        start_thread(partial(self._feed, tasks))
        try:
            yield from self._ready_results()
        finally:
            self._close()
        yield from self._last_results()
        if self._trouble is not None:
            raise self._trouble

    def _ready_results(self) -> Iterator[Result]:
        while not self._stop.is_set():
            try:
                result = self._results.get(timeout=_GLANCE)
            except queue.Empty:
                if self._is_done():
                    return
                continue
            yield result
            with self._lock:
                self._unfinished -= 1
                self._begun -= 1
                self._work_waits.notify()
            if self._is_done():
                return

    def _last_results(self) -> Iterator[Result]:
        """What running steps still bring in the short time after the stop."""
        with self._lock:
            self._idle.wait_for(lambda: self._running == 0, timeout=_FAREWELL)
        while not self._results.empty():
            yield self._results.get()

    def _is_done(self) -> bool:
        with self._lock:
            return self._fed and self._unfinished == 0

    def _close(self) -> None:
        with self._lock:
            self._closed = True
            self._work_waits.notify_all()

    def _feed(self, tasks: Iterable[Task[Result]]) -> None:
        try:
            for task in tasks:
                with self._lock:
                    if self._closed:
                        return
                    self._unfinished += 1
                    self._put(self._first_steps, -task.size, task.first_step)
        except Exception as error:  # noqa: BLE001 - raised again where results are taken
            self._trouble = error
        with self._lock:
            self._fed = True

    def _put(self, steps: list[tuple[float, int, Step[Result]]], rank: float, step: Step[Result]) -> None:
        heapq.heappush(steps, (rank, next(self._order), step))
        self._work_waits.notify()

    def _work(self) -> None:
        while (step := self._take()) is not None:
            outcome = self._outcome_of(step)
            with self._lock:
                self._running -= 1
                if isinstance(outcome, Later):
                    self._put(self._later_steps, outcome.due, outcome.step)
                elif outcome is not None:
                    self._results.put(outcome)
                if self._running == 0:
                    self._idle.notify_all()

    def _outcome_of(self, step: Step[Result]) -> Later[Result] | Result | None:
        """What a step answers; None for one that gave up, or that broke, whose error is raised in the end."""
        try:
            return step()
        except StoppedError:
            return None
        except Exception as error:  # noqa: BLE001 - raised again where results are taken
            with self._lock:
                self._trouble = error
                self._unfinished -= 1
                self._begun -= 1
                self._work_waits.notify()
            return None

    def _take(self) -> Step[Result] | None:
        """The next step that is due; None when the scheduler is closed.

        Nothing is taken while as many results as threads wait to be fetched, so that few are held in memory.
        """
        with self._lock:
            while not self._closed:
                full = self._results.qsize() >= self._threads
                step, wait = (None, None) if full else self._next(time.monotonic())
                if step is not None:
                    self._running += 1
                    self._work_waits.notify()
                    return step
                self._pause(wait)
        return None

    def _pause(self, wait: float | None) -> None:
        """Wait to be notified, and for so long at most: one idle thread watches the time for all others."""
        due = math.inf if wait is None else time.monotonic() + wait
        if due >= self._watched_until:
            self._work_waits.wait()
            return
        self._watched_until = due
        self._work_waits.wait(wait)
        if self._watched_until == due:
            self._watched_until = math.inf

    def _next(self, now: float) -> tuple[Step[Result] | None, float | None]:
        """The step to take now, or for how long there is none (None: until something happens)."""
        if self._first_steps and self._begun < self._threads * _BEGUN_PER_THREAD:
            self._begun += 1
            return heapq.heappop(self._first_steps)[2], None
        if not self._later_steps:
            return None, None
        wait = self._later_steps[0][0] - now
        return (None, wait) if wait > 0 else (heapq.heappop(self._later_steps)[2], None)
