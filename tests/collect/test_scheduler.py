from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar

import pytest

from job.collect.member import StoppedError
from job.collect.scheduler import Later, Scheduler, Step, Task

NAME = ContextVar("NAME", default="")


def _answering(value: int) -> Step[int]:
    return lambda: value


def _scheduler(stop: threading.Event | None = None, threads: int = 2) -> Scheduler[int]:
    return Scheduler(threads, stop or threading.Event())


def _run(scheduler: Scheduler[int], first_steps: Iterable[Step[int]]) -> Iterator[int]:
    return scheduler.run(Task(step) for step in first_steps)


def test_every_piece_of_work_gives_its_result() -> None:
    assert sorted(_run(_scheduler(), [_answering(each) for each in range(100)])) == list(range(100))


def test_nothing_to_do_is_done() -> None:
    assert list(_run(_scheduler(), [])) == []


def test_a_step_that_has_to_wait_keeps_no_thread() -> None:
    def slow(value: int) -> Step[int]:
        return lambda: Later(time.monotonic() + 0.3, _answering(value))

    began = time.monotonic()
    assert sorted(_run(_scheduler(threads=1), [slow(each) for each in range(10)])) == list(range(10))
    assert time.monotonic() - began < 2


class _Counting(Scheduler[int]):
    """Counts how often a thread looks for a step."""

    looks = 0

    def _next(self, now: float) -> tuple[Step[int] | None, float | None]:
        self.looks += 1
        return super()._next(now)


def test_a_step_that_is_due_wakes_few_of_the_idle_threads() -> None:
    steps, threads = 30, 40

    def waiting(left: int) -> Step[int]:
        return lambda: Later(time.monotonic() + 0.01, waiting(left - 1)) if left else 0

    scheduler = _Counting(threads, threading.Event())
    assert list(_run(scheduler, [waiting(steps)])) == [0]
    assert scheduler.looks < threads + 6 * steps


def test_a_step_that_is_due_sooner_than_all_others_is_not_late() -> None:
    def waiting(seconds: float, value: int) -> Step[int]:
        return lambda: Later(time.monotonic() + seconds, _answering(value))

    def first_steps() -> Iterator[Step[int]]:
        yield waiting(3, 2)
        time.sleep(0.2)
        yield waiting(0.1, 1)

    began = time.monotonic()
    results = _run(_scheduler(threads=4), first_steps())
    assert next(results) == 1
    assert time.monotonic() - began < 2
    assert list(results) == [2]


def test_steps_and_the_list_of_work_see_the_callers_context() -> None:
    seen: list[str] = []

    def first_steps() -> Iterator[Step[int]]:
        seen.append(NAME.get())
        yield seeing

    def seeing() -> int:
        seen.append(NAME.get())
        return 0

    NAME.set("run-1")
    list(_run(_scheduler(), first_steps()))
    assert seen == ["run-1", "run-1"]


def test_no_more_steps_run_at_a_time_than_there_are_threads() -> None:
    running, most = itertools.count(), []
    lock = threading.Lock()
    now = [0]

    def step() -> int:
        with lock:
            now[0] += 1
            most.append(now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1
        return next(running)

    list(_run(_scheduler(threads=3), [step] * 30))
    assert max(most) == 3


def test_no_more_work_is_begun_than_sixteen_times_the_threads() -> None:
    begun: list[int] = []

    def beginning(number: int) -> Step[int]:
        def first() -> Later[int]:
            begun.append(number)
            return Later(time.monotonic() + 60, _answering(0))

        return first

    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    assert list(_run(_scheduler(stop, threads=1), map(beginning, range(1000)))) == []
    assert begun == list(range(16))


def test_the_largest_piece_that_waits_is_begun_first() -> None:
    order: list[int] = []

    def sized(size: int) -> Task[int]:
        def first() -> int:
            order.append(size)
            return size

        return Task(first, size=size)

    def until_all_are_waiting() -> int:
        time.sleep(0.3)
        return 0

    gate = Task(until_all_are_waiting)
    list(_scheduler(threads=1).run([gate, sized(0), sized(7), sized(900), sized(0), sized(40)]))
    assert order == [900, 40, 7, 0, 0]


def test_first_steps_come_before_later_ones_that_are_due() -> None:
    order: list[str] = []

    def task(name: str) -> Step[int]:
        def first() -> Later[int]:
            order.append(f"{name}1")
            return Later(time.monotonic(), second)

        def second() -> int:
            order.append(f"{name}2")
            return 0

        return first

    def until_all_are_waiting() -> int:
        time.sleep(0.3)
        return 0

    list(_run(_scheduler(threads=1), [until_all_are_waiting, task("a"), task("b"), task("c")]))
    assert order == ["a1", "b1", "c1", "a2", "b2", "c2"]


def test_results_that_nobody_takes_hold_the_work_back() -> None:
    done: list[int] = []

    def step(number: int) -> Callable[[], int]:
        def run() -> int:
            done.append(number)
            return number

        return run

    results = _run(_scheduler(threads=2), [step(each) for each in range(30)])
    next(results)
    time.sleep(0.3)
    assert len(done) <= 6
    assert len(list(results)) == 29


def test_a_stop_ends_the_results_and_gives_up_what_waits() -> None:
    stop = threading.Event()

    def stopping() -> int:
        stop.set()
        return 1

    def waiting() -> Later[int]:
        return Later(time.monotonic() + 60, _answering(2))

    began = time.monotonic()
    assert list(_run(_scheduler(stop, threads=1), [waiting, stopping, waiting])) == [1]
    assert time.monotonic() - began < 3


def test_a_step_that_ends_soon_after_the_stop_still_counts() -> None:
    stop = threading.Event()

    def ending() -> int:
        stop.set()
        time.sleep(0.5)
        return 1

    assert list(_run(_scheduler(stop), [ending])) == [1]


def test_a_step_that_gives_up_has_no_result() -> None:
    stop = threading.Event()

    def giving_up() -> int:
        stop.set()
        raise StoppedError

    assert list(_run(_scheduler(stop), [giving_up])) == []


def test_trouble_in_the_list_of_work_comes_after_the_work_before_it() -> None:
    def first_steps() -> Iterator[Step[int]]:
        yield _answering(1)
        raise OSError("the list broke off")

    results = _run(_scheduler(), first_steps())
    assert next(results) == 1
    with pytest.raises(OSError, match="the list broke off"):
        next(results)


def test_whoever_stops_taking_results_ends_the_work() -> None:
    endless = _run(_scheduler(threads=1), map(_answering, itertools.count()))
    assert next(endless) == 0
    endless.close()  # type: ignore[attr-defined]  # it is a generator
    before = threading.active_count()
    time.sleep(0.2)
    assert threading.active_count() <= before


def test_a_step_that_breaks_is_raised_after_all_others_are_done() -> None:
    def breaking() -> int:
        raise ZeroDivisionError("a step broke")

    found = list[int]()
    with pytest.raises(ZeroDivisionError, match="a step broke"):
        found.extend(_run(_scheduler(), [_answering(1), breaking, _answering(2)]))
    assert sorted(found) == [1, 2]
