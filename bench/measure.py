"""Processes of a measurement: the stand-in, and a program whose time, CPU and memory are taken."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import orjson

from bench.world import World

_GLANCE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a finished program took; `peak_bytes` is of all its processes together, shared pages once."""

    wall: float
    cpu: float
    peak_bytes: int
    exit_code: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running stand-in."""

    url: str
    pid: int

    def stats(self) -> dict[str, dict[str, int]]:
        """What it was asked so far."""
        return self._control("stats")

    def reset(self) -> None:
        """Forget counts, reports and objects."""
        self._control("reset")

    def faults(self, rules: Sequence[Mapping[str, object]]) -> None:
        """Other faults from now on."""
        self._control("faults", orjson.dumps(rules))

    def expire_sessions(self) -> None:
        """Every role session handed out so far has ended."""
        self._control("expire")

    def _control(self, name: str, body: bytes | None = None) -> dict[str, dict[str, int]]:
        with urlopen(Request(f"{self.url}/-/{name}", data=body), timeout=30) as answer:  # noqa: S310 - http, ours
            content: dict[str, dict[str, int]] = orjson.loads(answer.read())
        return content

    def environment(self) -> dict[str, str]:
        """The environment of a program that takes it for AWS."""
        return {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIABENCHMARK0000000",
            "AWS_SECRET_ACCESS_KEY": "benchmark",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def options_of(world: World) -> tuple[str, ...]:
    """The options of a stand-in for this world."""
    sizes = {
        "--accounts": world.size,
        "--seed": world.seed,
        "--users-median": world.users_median,
        "--roles-median": world.roles_median,
        "--kind": world.kind,
    }
    return tuple(f"{name}={value}" for name, value in sizes.items())


@contextmanager
def stand_in(*options: str) -> Iterator[Endpoint]:
    """A stand-in in its own process, stopped at the end."""
    command = [sys.executable, "-m", "bench.aws", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    assert process.stdout is not None  # noqa: S101 - asked for above
    try:
        yield Endpoint(process.stdout.readline().strip(), process.pid)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def middle(usages: Sequence[Usage]) -> Usage:
    """Of several runs of one program the one whose CPU time is the median."""
    return sorted(usages, key=lambda each: each.cpu)[len(usages) // 2]


def noise(usages: Sequence[Usage]) -> str:
    """How far the CPU times of several runs lie apart; empty for one."""
    taken = [each.cpu for each in usages]
    spread = (max(taken) - min(taken)) / 2 / middle(usages).cpu
    return f"±{spread:.0%}" if len(taken) > 1 else ""


def run(command: Sequence[str], environment: Mapping[str, str], output: str = os.devnull) -> Usage:
    """Run a program to its end and say what it took."""
    with open(output, "wb") as log:  # noqa: PTH123 - a file or the null device
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=dict(environment), stdout=log, stderr=log)  # noqa: S603 - our own
        together = _Together(process.pid)
        together.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        together.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        peak_bytes=max(used.ru_maxrss * 1024, together.peak_bytes),
        exit_code=process.returncode,
    )


class _Together(threading.Thread):
    """Looks now and then at how much a program and those that it forked take, while there are any."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.peak_bytes = 0

    def run(self) -> None:
        while (pids := _family(self._pid)) is not None:
            if len(pids) > 1:
                self.peak_bytes = max(self.peak_bytes, sum(map(_proportional_bytes, pids)))
            time.sleep(_GLANCE)


def _family(pid: int) -> list[int] | None:
    """The process and those that it forked; None when it is gone."""
    found = [pid]
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
            if int(parent) == pid:
                found.append(int(status.parent.name))
    return found if Path(f"/proc/{pid}").exists() else None


def _proportional_bytes(pid: int) -> int:
    """Its own pages and its share of those that it has in common with others; 0 when it is gone."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return 0
