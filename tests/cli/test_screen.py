from __future__ import annotations

import io
import sys

import pytest

from job.cli.screen import progress
from job.cli.surroundings import log_as_set
from job.logs import get_logger
from job.pipeline.progress import Silent
from job.settings.load import load_settings


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nobody_watching_sees_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as watching:
        assert isinstance(watching, Silent)
        watching.begin("reading accounts")
        watching.expect()
        watching.advance()
    assert capsys.readouterr().err == ""


def test_a_person_sees_stage_and_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as watching:
        watching.begin("reading accounts")
        watching.expect()
        watching.expect()
        watching.advance()
    assert "reading accounts" in terminal.getvalue()
    assert "1/2" in terminal.getvalue()


def test_log_lines_go_to_whatever_stderr_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    log_as_set(load_settings({}, destination_required=False))
    replaced = io.StringIO()
    monkeypatch.setattr(sys, "stderr", replaced)
    get_logger().info("account.collected")
    assert '"event":"account.collected"' in replaced.getvalue()
