"""Shares out calculations over this process and forked ones, which see all that it has in memory."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_TICKET = 2
# All processes together: what a small task has. Beyond it a larger task would cost more than the time saved.
_MOST_MEMORY = 2 * 2**30
# What this process grows to by its results, and what a forked one comes to own, in parts of what it has now.
_GROWTH = 1.8
_OWN_SHARE = 1.0
_CGROUP = Path("/sys/fs/cgroup")
_PROC = Path("/proc")


def share_out(work: Callable[[Item], Result], items: Sequence[Item], processes: int) -> Iterator[Result]:
    """Yield each item's result, in their order; every process takes the next item that nobody has.

    What a forked process does not bring, killed for want of memory for one, is done here after all.
    """
    found = dict[int, Result]()
    if processes > 1 and len(items) > 1:
        found = _share_out(work, items, processes)
    for index, item in enumerate(items):
        yield found.pop(index) if index in found else work(item)


def useful_processes() -> int:
    """As many as there are cores and as fit in memory, this one included.

    One where nothing can be forked, or where the system does not tell its memory.
    """
    if sys.platform != "linux":
        return 1
    try:
        own, free = _own_memory(), _free_memory()
    except (OSError, LookupError, StopIteration, ValueError):
        return 1
    room = min(_MOST_MEMORY, own + free)
    fitting = 1 + int((room / max(own, 1) - _GROWTH) / _OWN_SHARE)
    return max(1, min(_cores(), fitting))


@dataclass(frozen=True, slots=True)
class _Forked:
    """A forked process, and where its results come from."""

    pid: int
    results: BinaryIO

    def end(self) -> None:
        """Kill it if it still runs, and forget it."""
        self.results.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _share_out(work: Callable[[Item], Result], items: Sequence[Item], processes: int) -> dict[int, Result]:
    try:
        tickets, office = os.pipe()
    except OSError:
        return {}
    os.write(office, b"".join(index.to_bytes(_TICKET, "big") for index in range(len(items))))
    others = list[_Forked]()
    try:
        for _ in range(processes - 1):
            other = _fork(work, items, tickets, office)
            if other is None:
                break
            others.append(other)
        os.close(office)
        found = _work_off(work, items, tickets)
        for other in others:
            found |= _received(other)
    finally:
        for other in others:
            other.end()
        os.close(tickets)
    return found


def _fork(work: Callable[[Item], Result], items: Sequence[Item], tickets: int, office: int) -> _Forked | None:
    """Another process at work on the items; None where the system lets there be no more."""
    ends = list[int]()
    try:
        ends += os.pipe()
        with warnings.catch_warnings():
            # Python warns of locks that other threads hold: those of a run are done by now, and what is
            # forked takes none: it calculates, writes into its pipe and ends.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
    except OSError:
        for end in ends:
            os.close(end)
        return None
    results, answer = ends
    if pid:
        os.close(answer)
        return _Forked(pid, os.fdopen(results, "rb"))
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # A progress bar's has a lock, and no thread is left here that would let go of it.
        sys.stderr = sys.__stderr__ or sys.stderr
        os.close(office)
        with os.fdopen(answer, "wb") as file:
            pickle.dump(_work_off(work, items, tickets), file, protocol=pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)


def _work_off(work: Callable[[Item], Result], items: Sequence[Item], tickets: int) -> dict[int, Result]:
    found = dict[int, Result]()
    while ticket := os.read(tickets, _TICKET):
        index = int.from_bytes(ticket, "big")
        found[index] = work(items[index])
    return found


def _received(other: _Forked) -> dict[int, Result]:
    try:
        found: dict[int, Result] = pickle.load(other.results)  # noqa: S301 - from a process that was this one
    except (EOFError, pickle.UnpicklingError):
        return {}
    return found


def _own_memory() -> int:
    pages = int((_PROC / "self" / "statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _free_memory() -> int:
    """What the machine has left, or the container where that is less."""
    lines = (_PROC / "meminfo").read_text(encoding="ascii").splitlines()
    free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    limit, used = _limit("memory.max"), _limit("memory.current")
    return free if limit is None or used is None else min(free, limit - used)


def _cores() -> int:
    cores = len(os.sched_getaffinity(0))
    quota, period = _limit("cpu.max"), _limit("cpu.max", 1)
    return cores if quota is None or period is None else min(cores, max(1, round(quota / period)))


def _limit(name: str, place: int = 0) -> int | None:
    """A number of the container's control group (version 2); None for "max", or without such a file."""
    try:
        words = (_CGROUP / name).read_text(encoding="ascii").split()
        return int(words[place])
    except (OSError, ValueError, IndexError):
        return None
