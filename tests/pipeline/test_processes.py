from __future__ import annotations

import errno
import io
import os
import resource
import signal
import sys
import threading
from pathlib import Path

import pytest

from job.pipeline import processes as pool
from job.pipeline.processes import share_out, useful_processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one process does it all but on Linux")


def slow_pid(_item: int) -> int:
    signal.sigtimedwait([], 0.02)
    return os.getpid()


def test_results_come_in_the_order_of_the_items_whoever_did_them() -> None:
    found = list(share_out(lambda item: (item, os.getpid()), range(40), 3))
    assert [item for item, _ in found] == list(range(40))


def test_other_processes_take_their_part() -> None:
    assert len(set(share_out(slow_pid, range(20), 2))) == 2


def test_one_process_works_alone() -> None:
    assert set(share_out(lambda _: os.getpid(), range(5), 1)) == {os.getpid()}


def test_nothing_to_do_is_done() -> None:
    assert list(share_out(str, [], 4)) == []


def test_what_a_killed_process_took_is_done_here() -> None:
    here = os.getpid()

    def deadly(item: int) -> int:
        signal.sigtimedwait([], 0.01)
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    assert list(share_out(deadly, range(20), 3)) == list(range(20))


def test_an_error_is_raised_here() -> None:
    def refuse(item: int) -> int:
        signal.sigtimedwait([], 0.01)
        if item == 13:
            raise KeyError(item)
        return item

    with pytest.raises(KeyError, match="13"):
        list(share_out(refuse, range(20), 3))


def test_who_is_told_to_stop_leaves_no_process_behind(tmp_path: Path) -> None:
    here, begun = os.getpid(), tmp_path / "pid"

    def stopping(_item: int) -> int:
        if os.getpid() != here:
            (tmp_path / "new").write_text(str(os.getpid()), encoding="ascii")
            (tmp_path / "new").rename(begun)
            signal.sigtimedwait([], 60)
        while not begun.exists():
            signal.sigtimedwait([], 0.01)
        raise SystemExit(143)

    with pytest.raises(SystemExit):
        list(share_out(stopping, range(20), 2))
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text(encoding="ascii")), 0)


def test_no_process_is_left_behind() -> None:
    pids = set(share_out(slow_pid, range(20), 4))
    assert len(pids) > 1
    for pid in pids - {os.getpid()}:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_where_no_process_can_be_forked_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", refuse)
    assert list(share_out(lambda item: (item, os.getpid()), range(5), 3)) == [
        (item, os.getpid()) for item in range(5)
    ]


def test_a_progress_bar_that_was_being_drawn_holds_up_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    here, drawing = os.getpid(), threading.Lock()

    class Bar(io.StringIO):
        def write(self, text: str) -> int:
            with drawing:
                return super().write(text)

    def telling(item: int) -> int:
        signal.sigtimedwait([], 0.01)
        if os.getpid() != here:
            sys.stderr.write("")
        return item

    monkeypatch.setattr(sys, "stderr", Bar())
    with drawing:
        assert list(share_out(telling, range(20), 2)) == list(range(20))


@pytest.mark.parametrize("more", [10, 1, 0])
def test_as_many_processes_are_forked_as_may_open_files(more: int) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = os.dup(0)
    os.close(opened)
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened + more, before[1]))
    try:
        assert list(share_out(str, range(100), 40)) == [str(item) for item in range(100)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(
    "files", [{}, {"meminfo": ""}, {"meminfo": "MemAvailable: none"}, {"self/statm": ""}], ids=str
)
def test_a_system_that_does_not_tell_its_memory_gets_one_process(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "self").mkdir()
    for name, text in {"self/statm": "1 1 1", **files}.items():
        (tmp_path / name).write_text(text, encoding="ascii")
    monkeypatch.setattr(pool, "_PROC", tmp_path)
    assert useful_processes() == 1


@pytest.mark.parametrize(
    ("cores", "own", "free", "processes"),
    [
        (4, 100, 4000, 4),
        (4, 100, 300, 3),
        (4, 100, 170, 1),
        (1, 100, 4000, 1),
        (4, 2**30, 2**40, 1),
        (4, 2**29, 2**40, 3),
    ],
)
def test_processes_are_as_many_as_have_a_core_and_room(
    monkeypatch: pytest.MonkeyPatch, cores: int, own: int, free: int, processes: int
) -> None:
    monkeypatch.setattr(pool, "_cores", lambda: cores)
    monkeypatch.setattr(pool, "_own_memory", lambda: own)
    monkeypatch.setattr(pool, "_free_memory", lambda: free)
    assert useful_processes() == processes


def test_this_machine_has_room_for_at_least_this_process() -> None:
    assert 1 <= useful_processes() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("files", "processes"),
    [
        ({"cpu.max": "max 100000", "memory.max": "max", "memory.current": "5"}, None),
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "20000 100000"}, 1),
        ({"memory.max": "1000", "memory.current": "999"}, 1),
        ({"cpu.max": "nonsense", "memory.max": ""}, None),
    ],
)
def test_a_containers_limits_count(
    files: dict[str, str], processes: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_container = useful_processes()
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="ascii")
    monkeypatch.setattr(pool, "_CGROUP", tmp_path)
    assert useful_processes() == (without_container if processes is None else processes)
