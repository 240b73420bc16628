"""The report's rooms import one way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

import job.report

JOB = Path(job.report.__file__).parents[1]
ROOMS = re.findall(r"^- `(\w+)`: ", job.report.__doc__ or "", re.MULTILINE)
MODULES = sorted(path.relative_to(JOB / "report") for path in (JOB / "report").rglob("*.py"))


def room_of(module: str) -> str:
    """The room of `job.report.ROOM.MODULE`, nothing for what tells about all rooms."""
    return module.split(".")[2] if module.count(".") > 2 else ""


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("job.report"):
            yield node.module or ""


@pytest.mark.parametrize("module", [each for each in MODULES if len(each.parts) > 1], ids=str)
def test_a_room_imports_only_rooms_before_it(module: Path) -> None:
    earlier = ROOMS[: ROOMS.index(module.parts[0]) + 1]
    assert {room_of(name) for name in imported(JOB / "report" / module)} <= set(earlier)


def test_the_package_tells_of_every_room() -> None:
    assert set(ROOMS) == {module.parts[0] for module in MODULES if len(module.parts) > 1}
    assert {module.name for module in MODULES if len(module.parts) == 1} == {
        "__init__.py",
        "catalog.py",
        "summary.py",
    }


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_in_a_sentence_what_is_in_it(room: str) -> None:
    text = files(f"job.report.{room}").joinpath("__init__.py").read_text(encoding="utf-8")
    assert re.fullmatch(r'"""[^"]{20,110}\."""\n', text)
