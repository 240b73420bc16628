"""Builds and runs the container image with the engine that the machine has."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from terraform_runs import REPOSITORY, Outcome

NAME = "iam-access-key-report:tests"
BASE = "python:3.13-slim-trixie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A built image: its id, and what it adds to its base."""

    id: str
    bytes_over_base: int
    build_seconds: float


def engine_missing() -> str:
    """Why no image can be built here, or nothing."""
    if shutil.which("docker") is None:
        return "no docker on this machine"
    done = docker("info")
    return "" if done.code == 0 else "the container engine does not answer"


def docker(*arguments: str, folder: Path = REPOSITORY, limit: float = 600) -> Outcome:
    """Run one command of the engine."""
    start = time.monotonic()
    done = subprocess.run(
        ["docker", *arguments],  # noqa: S607 - as people run it
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=limit,
    )
    return Outcome(code=done.returncode, text=done.stdout, seconds=time.monotonic() - start)


def build() -> Image:
    """Build the image of this work tree; its name may be another's a moment later, its id is not."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "id"
        options = ("--network", "host", "--tag", NAME, "--iidfile", str(told))
        done = docker("build", *options, "--file", "docker/Dockerfile", ".")
        if done.code != 0:
            raise RuntimeError(done.text[-2000:])
        identity = told.read_text()
    return Image(id=identity, bytes_over_base=size(identity) - size(BASE), build_seconds=done.seconds)


def size(image: str) -> int:
    """Bytes of all layers."""
    return int(docker("image", "inspect", "--format", "{{.Size}}", image).text)


def run(image: str, *arguments: str, environment: Mapping[str, str], options: Sequence[str] = ()) -> Outcome:
    """Run the image as Fargate does: nothing writable, no capabilities."""
    variables = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
    locked = (
        "--rm",
        "--network",
        "host",
        "--read-only",
        "--cap-drop",
        "ALL",
        "--security-opt",
        "no-new-privileges",
    )
    return docker("run", *locked, *options, *variables, image, *arguments)
