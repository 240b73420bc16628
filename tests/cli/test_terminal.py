from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from job.analyze.verdict import AdminAccess
from job.cli.startup import log_as_set
from job.cli.terminal import closing_table, progress
from job.logs import get_logger
from job.pipeline.progress import Silent
from job.settings.load import load_settings
from tests.report.report_samples import PROD, access_key, account, report_run, sample_report, user, verdicts


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


def shown_table(*leaked: str) -> str:
    names = ("old-admin", "found", "switched-off")
    keys = [
        access_key("AKIAOLD", created="2020-01-01"),
        access_key("AKIAFOUND"),
        access_key("AKIAOFF", active=False),
    ]
    users = (user(name, key) for name, key in zip(names, keys, strict=True))
    admin = {"old-admin": AdminAccess.DIRECT}
    answers = [
        verdicts(name, admin=admin.get(name, AdminAccess.NONE), known_leaked=name in leaked) for name in names
    ]
    report = sample_report(account(PROD, *users), verdicts=answers, run=report_run(include_inactive=True))
    shown = io.StringIO()
    closing_table(Console(file=shown, width=160), report)
    return shown.getvalue()


def test_a_leaked_key_stands_before_an_old_administrators() -> None:
    text = shown_table("found")
    assert "1 key is known to be leaked; 3 keys" in text
    assert "critical, leaked" in text
    assert text.index("AKIAFOUND") < text.index("AKIAOLD")


def test_an_inactive_key_of_a_leaked_user_does_not_jump_the_queue() -> None:
    text = shown_table("found", "switched-off")
    assert "2 keys are known to be leaked" in text
    assert text.index("AKIAFOUND") < text.index("AKIAOLD") < text.index("AKIAOFF")


def test_without_a_leak_nobody_speaks_of_one() -> None:
    assert "leaked" not in shown_table()


def test_log_lines_go_to_whatever_stderr_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    log_as_set(load_settings({}, destination_required=False))
    replaced = io.StringIO()
    monkeypatch.setattr(sys, "stderr", replaced)
    get_logger().info("account.collected")
    assert '"event":"account.collected"' in replaced.getvalue()
