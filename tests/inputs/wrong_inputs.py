"""Wrong inputs as data: what a person gives, and the very words and the exit code that they get."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

import orjson

CASES = Path(__file__).parent / "cases"


class WrongInput(TypedDict):
    """One case; `files` are text, or `base64:` and bytes, and `folders` are made before them.

    `command` is `run` and its like of `python -m job`, or `iam-access-key-report`.
    """

    name: str
    command: str
    words: NotRequired[list[str]]
    environment: NotRequired[Mapping[str, str]]
    files: NotRequired[Mapping[str, str]]
    folders: NotRequired[list[str]]
    messages: list[str]
    exit_code: int


def wrong_inputs() -> Iterator[WrongInput]:
    """Every case of every file."""
    for path in sorted(CASES.glob("*.json")):
        cases: list[WrongInput] = orjson.loads(path.read_bytes())
        yield from cases


def set_up(case: WrongInput, folder: Path) -> None:
    """Make the case's folders and files."""
    for name in case.get("folders", []):
        (folder / name).mkdir(parents=True)
    for name, content in case.get("files", {}).items():
        packed = content.startswith("base64:")
        data = base64.b64decode(content.removeprefix("base64:")) if packed else content.encode()
        (folder / name).write_bytes(data)


def told(stderr: str) -> list[str]:
    """What a person is told: the errors, as plain lines or inside of JSON lines, and argparse's own."""
    return [message for line in stderr.splitlines() for message in _message(line)]


def _message(line: str) -> Iterator[str]:
    if line.startswith("{"):
        event = orjson.loads(line)
        if event["level"] == "error":
            yield event["error"]
    elif match := re.fullmatch(r"(?:[\w. -]+: )?error: (.*)", line):
        yield match[1]
