"""Where a program's CPU time goes, from py-spy's samples of the threads that hold the interpreter."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

FRAME = re.compile(r"(?P<function>.*) \((?P<file>.*?)(?::(?P<line>\d+))?\)")
MOST = 12
# Each sample stops the program: taken often, with many threads, they show where it stood, not where it works.
SAMPLES_A_SECOND = "50"


def profile(command: Sequence[str], environment: Mapping[str, str], samples: Path) -> str:
    """Run a program under py-spy and say, in a few tables, where its CPU time went."""
    recorder = [
        str(Path(sys.executable).with_name("py-spy")),
        "record",
        "--gil",
        "--rate",
        SAMPLES_A_SECOND,
        "--format",
        "raw",
    ]
    options = ["--full-filenames", "--threads", "--output", str(samples), "--", *command]
    subprocess.run(  # noqa: S603 - our own command
        [*recorder, *options],
        env=dict(environment),
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return tables(samples.read_text() if samples.exists() else "")


def tables(raw: str) -> str:
    """Samples by stage, by the library that the time was spent in, and by function."""
    stages: Counter[str] = Counter()
    libraries: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [match for frame in stack.split(";") if (match := FRAME.fullmatch(frame))]
        if not frames:
            continue
        number = int(count)
        stages[_stage([frame["file"] for frame in frames])] += number
        libraries[_library(frames[-1]["file"])] += number
        functions[f"{_short(frames[-1]['file'])}:{frames[-1]['function']}"] += number
    return "\n".join(
        _table(title, counts)
        for title, counts in (("stage", stages), ("library", libraries), ("function", functions))
    )


def _table(title: str, counts: Counter[str]) -> str:
    total = sum(counts.values()) or 1
    rows = [f"    {count / total:6.1%}  {name}" for name, count in counts.most_common(MOST)]
    return "\n".join([f"  CPU by {title} ({total} samples)", *rows])


def _stage(files: Sequence[str]) -> str:
    """The innermost stage of the job that the time was spent in."""
    if any("importlib" in file for file in files):
        return "start and imports"
    found = [match[1] for file in files if (match := re.search(r"/job/([a-z_]+)(?:/|\.py)", file))]
    return found[-1] if found else "start and imports"


def _library(file: str) -> str:
    if found := re.search(r"site-packages/([A-Za-z0-9_]+)", file):
        return found[1]
    if found := re.search(r"/job/[a-z_]+", file):
        return found[0].lstrip("/")
    return f"python: {Path(file).name}"


def _short(file: str) -> str:
    return "/".join(Path(file).parts[-3:])
