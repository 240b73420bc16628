"""Every command that a document shows is run, or it is said why it is not."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from job.cli.main import COMMANDS
from tests.documents.pages import PAGES, ROOT, commands, is_command, name_of, shell_lines
from tests.documents.shell import Shell

LISTED: Mapping[str, Mapping[str, Mapping[str, str]]] = orjson.loads(
    Path(__file__).with_name("commands.json").read_bytes()
)
RUN, RUN_BY, NOT_TESTABLE = LISTED["run"], LISTED["run_by"], LISTED["not_testable"]
SHOWN = {command for page in PAGES for command in commands(page)}
MAKE = shutil.which("make") or "make"
TARGETS = sorted({command.split()[1] for command in SHOWN if command.startswith("make ")})


def work_of(command: str) -> str:
    """What a command does, without how it is told to: the program, for `python -m job` with its command."""
    words = [word for word in command.split() if "=" not in word]
    return words[3] if words[:3] == ["python", "-m", "job"] else Path(words[0]).name


FIRST_OF_ITS_WORK = {work_of(command): command for command in reversed(list(RUN))}
ANOTHER_WAY = pytest.mark.long("a process each for other flags of what another shown command does")
TYPED = [
    pytest.param(command, marks=() if FIRST_OF_ITS_WORK[work_of(command)] == command else ANOTHER_WAY)
    for command in RUN
]


def dry_run(target: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([MAKE, "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_code_block_of_no_language_holds_commands(page: Path) -> None:
    assert [line for line in shell_lines(page) if not is_command(line)] == []


def test_every_command_shown_is_run_or_named_as_not_testable() -> None:
    assert sorted(SHOWN - {*RUN, *RUN_BY, *NOT_TESTABLE}) == []


def test_no_command_is_listed_that_no_document_shows() -> None:
    assert sorted({*RUN, *RUN_BY, *NOT_TESTABLE} - SHOWN) == []


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_a_command_that_there_is_has_its_row(name: str) -> None:
    rows = (ROOT / "docs/settings.md").read_text()
    assert re.search(rf"(?m)^\| `python -m job {name}[ `]", rows)


@pytest.mark.parametrize("command", TYPED)
def test_a_command_does_what_it_is_shown_for(shell: Shell, command: str) -> None:
    done = shell.type(command, RUN[command])
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", RUN_BY)
def test_a_command_is_run_where_it_is_said_to_be(command: str) -> None:
    path, _, test = str(RUN_BY[command]).partition("::")
    text = (ROOT / path).read_text()
    found = re.findall(r"^\S.*$", text, re.MULTILINE)
    if test:
        found = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert (test or command) in found


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_of_make_is_there(target: str) -> None:
    done = dry_run(target)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_hooks_run_what_make_check_runs() -> None:
    recipe = re.findall(r"(?m)^\.venv/bin/(?:ruff|mypy).*$", dry_run("check").stdout)
    hooks = re.findall(r"(?m)^ +entry: (.*)$", (ROOT / ".pre-commit-config.yaml").read_text())
    assert recipe == hooks


def test_the_workflow_calls_what_a_change_must_pass() -> None:
    must = re.findall(r"(?m)^(?:make ([\w-]+)|(\.ci/\w+))$", (ROOT / ".ci/run").read_text())
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    targets = re.findall(r"(?m)^ +target: \[(.*)\]$", workflow)[0].split(", ")
    scripts = re.findall(r"(?m)^ +- run: (\.ci/\w+)$", workflow)
    assert [*targets, *scripts] == [target or script for target, script in must]


def test_actions_of_the_workflow_are_pinned_by_commit() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    used = re.findall(r"(?m)^ +- uses: (.*)$", workflow)
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []
