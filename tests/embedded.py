"""A made-up organization in a process of its own: `with embedded(spec, folder) as aws: aws.job("run", …)`.

As a program it seeds the organization, prints one JSON line (the environment of a task and every key that it
made), and serves until its standard input ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict
from urllib.request import urlopen

import orjson
from moto.iam.models import iam_backends

from job.demo.gateway import OPERATIONS_PATH
from job.demo.server import serve
from job.demo.spec import OrganizationSpec, parse_spec

ROOT = Path(__file__).parent.parent
NOW = "2026-11-22T04:00:12+00:00"


class SeededKey(TypedDict):
    """A key as it was seeded, before anybody read it."""

    account_id: str
    user_name: str
    access_key_id: str
    status: str
    created_at: str


class Operation(TypedDict):
    """An API operation that was called, and how often."""

    caller: str
    account_id: str
    service: str
    operation: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A served organization."""

    environment: Mapping[str, str]
    keys: Sequence[SeededKey]

    def variables(self, **settings: str) -> dict[str, str]:
        """Return the environment of a task with these settings."""
        return {**os.environ, **self.environment, **settings}

    def job(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m job` to its end."""
        return run_job(*words, env=self.variables(**settings))

    def start(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start `python -m job`."""
        command = [sys.executable, "-m", "job", *words]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.variables(**settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def operations(self) -> list[Operation]:
        """Return every API operation that was called so far."""
        with urlopen(self.environment["AWS_ENDPOINT_URL"] + OPERATIONS_PATH) as answer:  # noqa: S310 - our own
            operations: list[Operation] = orjson.loads(answer.read())
        return operations


def run_job(*words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `python -m job` with exactly this environment, the test's own by default."""
    return run_python("-m", "job", *words, env=env)


def run_python(*words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a process of Python to its end."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@contextmanager
def embedded(spec: OrganizationSpec, folder: Path) -> Iterator[Embedded]:
    """Serve the organization while the block runs."""
    path = folder / "spec.json"
    path.write_bytes(orjson.dumps(spec))
    command = [sys.executable, "-m", "tests.embedded", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        ready = orjson.loads(server.stdout.readline())
        try:
            yield Embedded(environment=ready["environment"], keys=ready["keys"])
        finally:
            server.stdin.close()


def _seeded_keys(spec: OrganizationSpec) -> list[SeededKey]:
    return [
        {
            "account_id": account["id"],
            "user_name": user.name,
            "access_key_id": key.access_key_id,
            "status": key.status,
            "created_at": f"{key.create_date:%Y-%m-%dT%H:%M:%SZ}",
        }
        for account in spec["accounts"]
        for user in iam_backends[account["id"]]["aws"].users.values()
        for key in user.access_keys
    ]


def _serve(path: str) -> None:
    spec = parse_spec(Path(path).read_bytes())
    with serve(spec, now=datetime.fromisoformat(NOW)) as aws:
        ready = {"environment": aws.environment, "keys": _seeded_keys(spec)}
        sys.stdout.buffer.write(orjson.dumps(ready, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    _serve(sys.argv[1])
