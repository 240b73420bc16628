"""The program's commands in this process, for tests of what they say and not of how a process lives.

Whoever uses it asks for the fixture `this_process_as_before`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from subprocess import CompletedProcess

import pytest

from job.cli.main import main

Program = Callable[[Sequence[str]], int]


def run_here(
    *words: str, program: Program = main, env: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """Run it with exactly this environment, the test's own by default; `python -m job` is the default."""
    output, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(output), redirect_stderr(errors):
        _live_in(os.environ if env is None else env, patched)
        code = _code_of(program, words)
    return CompletedProcess(words, code, output.getvalue(), errors.getvalue())


def _live_in(environment: Mapping[str, str], patched: pytest.MonkeyPatch) -> None:
    for name in set(os.environ) - set(environment):
        patched.delenv(name)
    for name, value in environment.items():
        patched.setenv(name, value)


def _code_of(program: Program, words: Sequence[str]) -> int:
    try:
        return program(words)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
