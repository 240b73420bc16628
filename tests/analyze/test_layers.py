"""Imports go one way, and the analysis knows no AWS, clock or environment."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import job.analyze

JOB = Path(job.analyze.__file__).parents[1]
STAGES = (
    "errors",
    "redaction",
    "logs",
    "storage",
    "permissions",
    "settings",
    "snapshot",
    "aws",
    "organization",
    "collect",
    "analyze",
    "policy_file",
    "report",
    "publish",
    "pipeline",
    "demo",
    "cli",
)
SILENT = {
    "errors",
    "redaction",
    "storage",
    "settings",
    "permissions",
    "snapshot",
    "analyze",
    "policy_file",
    "report",
}
IMPURE = {"boto3", "botocore", "os", "time", "random", "uuid", "socket", "subprocess", "logging", "structlog"}
CLOCKS = {"now", "utcnow", "today"}
MODULES = sorted(
    p.relative_to(JOB.parent).as_posix() for p in JOB.rglob("*.py") if "node_modules" not in p.parts
)
ANALYSIS = sorted(m for m in MODULES if m.startswith("job/analyze/") and "/data/" not in m)
ROOMS = sorted(p.parent.name for p in (JOB / "analyze").glob("*/__init__.py") if p.parent.name != "data")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(path: Path) -> set[str]:
    calls = (n.func for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call))
    return {f.attr for f in calls if isinstance(f, ast.Attribute)}


def stage_of(name: str) -> str:
    return name.split(".")[1]


def told_order(package: str) -> list[str]:
    listed = re.findall(r"^- (.*?):", importlib.import_module(package).__doc__ or "", re.MULTILINE)
    return [name for line in listed for name in re.findall(r"`(\w+)`", line)]


@pytest.mark.parametrize("module", MODULES)
def test_a_stage_imports_only_earlier_stages(module: str) -> None:
    own = stage_of(module.removesuffix(".py").replace("/", "."))
    allowed = {*STAGES[: STAGES.index(own) + 1]} if own in STAGES else {*STAGES}
    used = {stage_of(name) for name in imported(JOB.parent / module) if name.startswith("job.")}
    assert used <= allowed


@pytest.mark.parametrize(
    "module", [m for m in MODULES if stage_of(m.removesuffix(".py").replace("/", ".")) in SILENT]
)
def test_a_stage_that_only_computes_does_not_log(module: str) -> None:
    assert "logs" not in {stage_of(n) for n in imported(JOB.parent / module) if n.startswith("job.")}


@pytest.mark.parametrize("module", ANALYSIS)
def test_the_analysis_is_pure(module: str) -> None:
    path = JOB.parent / module
    assert not {name.split(".")[0] for name in imported(path)} & IMPURE
    assert not called(path) & CLOCKS


@pytest.mark.parametrize("module", [m for m in ANALYSIS if not m.endswith("__init__.py")])
def test_a_module_of_the_analysis_imports_chapters_and_modules_told_of_before_it(module: str) -> None:
    names = [name.split(".") for name in imported(JOB.parent / module) if name.startswith("job.analyze.")]
    chapter, *inside = module.removesuffix(".py").split("/")[2:]
    chapters = told_order("job.analyze")
    earlier = {*chapters[: chapters.index(chapter)], *({chapter} if inside else {}), "data"}
    assert {name[2] for name in names} <= earlier
    if inside:
        modules = told_order(f"job.analyze.{chapter}")
        own = {name[3] for name in names if name[2] == chapter}
        assert own <= set(modules[: modules.index(inside[0])])


@pytest.mark.parametrize("package", ["job.analyze", *(f"job.analyze.{room}" for room in ROOMS)])
def test_a_chapter_tells_of_each_module_once(package: str) -> None:
    folder = JOB.parent / package.replace(".", "/")
    modules = {p.stem for p in folder.glob("*.py")} - {"__init__"}
    rooms = {p.parent.name for p in folder.glob("*/__init__.py")} - {"data"}
    assert sorted(told_order(package)) == sorted(modules | rooms)
