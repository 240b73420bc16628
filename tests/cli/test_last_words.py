from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from job.cli.console import main as console
from job.cli.main import main
from job.cli.startup import log_as_set
from job.cli.terminal import tell_incomplete
from job.settings.load import load_settings
from job.snapshot.model import AccountRun, Failure
from tests.report.report_samples import PROD, listed, organization, report_run, sample_report
from tests.scripted_aws import HEADER, ScriptedAws, error, point_at, scripted_aws, xml

DENIED = Failure(step="AssumeRole", code="AccessDenied", message="not authorized to assume\nreader")
UNREAD = sample_report(
    within=organization(listed(PROD, "Shop")), run=report_run(accounts={PROD: AccountRun(failure=DENIED)})
)
WORDS = (
    f"1 of 1 accounts not read completely: {PROD} (Shop): not read, AssumeRole AccessDenied, "
    "not authorized to assume reader"
)


ROOT_ROW = ",".join(
    ("<root_account>", f"arn:aws:iam::{PROD}:root", "2020-01-01T00:00:00+00:00", *(["false"] * 19))
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def reported(snapshot: Path, *words: str) -> int:
    return main(["report", "--snapshot", str(snapshot), "--output", str(snapshot / "out"), *words])


def account_alone(folder: Path) -> None:
    """A snapshot of one account that was read whole, and of no organization."""
    (folder / "accounts").mkdir(parents=True)
    header, root = f"{HEADER}\n", f"{ROOT_ROW}\n"
    (folder / "accounts" / f"{PROD}.json").write_bytes(
        orjson.dumps(
            {
                "AccountId": PROD,
                "CollectedAt": "2026-11-22T04:00:12Z",
                "AuthorizationDetails": {"UserDetailList": [], "RoleDetailList": [], "Policies": []},
                "CredentialReport": {"GeneratedTime": "2026-11-22T04:00:00Z", "Content": header + root},
                "AccessKeys": [],
                "Failures": [],
            }
        )
    )


def snapshot_of(folder: Path, *account_ids: str) -> Path:
    accounts = [{"Id": each} for each in account_ids]
    (folder / "organization.json").write_bytes(
        orjson.dumps({"Accounts": accounts, "CollectedAt": "2026-11-22T04:00:12Z"})
    )
    return folder


def test_with_exit_code_3_the_last_line_says_what_was_not_read_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [f"{number:012}" for number in range(1, 8)]
    assert reported(snapshot_of(tmp_path, *ids)) == 3
    last = orjson.loads(capsys.readouterr().err.splitlines()[-1])
    named = "; ".join(f"{each}: not read, not read" for each in ids[:5])
    assert (last["event"], last["exit_code"]) == ("run.completed", 3)
    assert last["not_read"] == (
        f"7 of 7 accounts not read completely: {named}; "
        "and 2 more, see the accounts with coverage partial or failed"
    )


def test_at_a_terminal_the_last_line_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    tell_incomplete(UNREAD, 99.5)
    assert terminal.getvalue() == f"exit code 3, as 0 of the 99.5 percent asked for were read: {WORDS}\n"


def test_away_from_a_terminal_it_is_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    log_as_set(load_settings(destination_required=False))
    tell_incomplete(UNREAD, 100)
    event = orjson.loads(capsys.readouterr().err)
    assert (event["event"], event["level"], event["not_read"]) == ("report.incomplete", "warning", WORDS)


def test_a_report_of_a_day_to_come_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reported(snapshot_of(tmp_path), "--report-date", "2400-01-01")
    first = orjson.loads(capsys.readouterr().err.splitlines()[0])
    assert (first["event"], first["level"], first["report_date"]) == (
        "report.dated_ahead",
        "warning",
        "2400-01-01",
    )


def test_nothing_to_read_is_told_in_words_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reported(snapshot_of(tmp_path)) == 3
    last = orjson.loads(capsys.readouterr().err.splitlines()[-1])
    assert last["not_read"] == "no account was to be read: each is left out by a setting or not ACTIVE"


def test_accounts_without_an_organization_are_reported_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account_alone(tmp_path)
    assert reported(tmp_path) == 0
    first = orjson.loads(capsys.readouterr().err.splitlines()[0])
    assert (first["event"], first["level"], first["snapshot"]) == (
        "organization.missing",
        "warning",
        str(tmp_path),
    )


@pytest.mark.parametrize(
    ("folder", "run"), [("", "its REPORT_RUN_ID"), ("dt=2026-11-22/run_id=r-1", "REPORT_RUN_ID=r-1")]
)
def test_a_stopped_run_whose_accounts_are_not_known_is_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, run: str
) -> None:
    snapshot = tmp_path / folder
    account_alone(snapshot)
    (snapshot / "begun.json").write_bytes(b'{"BegunAt": "2026-11-22T04:00:00Z"}')
    assert reported(snapshot) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert orjson.loads(line)["error"] == (
        f"{snapshot}: no organization.json there: the run was stopped before it knew all of its accounts; "
        f"run it again with {run}, or write that file by `python -m job organization`"
    )
    assert not (snapshot / "out").exists()


def test_other_tag_columns_are_warned_of_in_log_and_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot_of(tmp_path, "000000000001")
    reported(tmp_path, "--report-date", "2026-11-21", "--tag-columns", "Environment,Team")
    capsys.readouterr()
    reported(tmp_path, "--report-date", "2026-11-22", "--tag-columns", "Team")
    summary = orjson.loads((tmp_path / "out" / "latest" / "summary.json").read_bytes())
    (note,) = summary["notes"]
    assert note == summary["columns_moved"]
    assert " is tag_team and was tag_environment until 2026-11-21: " in note
    events = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [event["message"] for event in events if event["event"] == "columns.moved"] == [note]


def test_a_tag_column_added_behind_the_others_moves_only_what_stands_after_the_tags(tmp_path: Path) -> None:
    snapshot_of(tmp_path, "000000000001")
    reported(tmp_path, "--report-date", "2026-11-21", "--tag-columns", "Environment")
    reported(tmp_path, "--report-date", "2026-11-22", "--tag-columns", "Environment,Team")
    summary = orjson.loads((tmp_path / "out" / "latest" / "summary.json").read_bytes())
    assert "is tag_team and was known_leaked until 2026-11-21" in summary["columns_moved"]


@pytest.fixture
def denied(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    """Accounts whose role nobody may assume."""
    with scripted_aws() as server:
        point_at(monkeypatch, server.url)
        identity = (
            "<Account>000000000009</Account><UserId>A</UserId>"
            "<Arn>arn:aws:sts::000000000009:assumed-role/task/1</Arn>"
        )
        server.script("GetCallerIdentity", xml("GetCallerIdentity", identity))
        server.script("AssumeRole", error(403, "AccessDenied"))
        yield server


def test_collect_says_last_what_it_could_not_read_and_why(
    denied: ScriptedAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [f"{number:012}" for number in range(1, 8)]
    organization_file = str(snapshot_of(tmp_path, *ids) / "organization.json")
    assert main(["collect", "--organization", organization_file, "--snapshot", str(tmp_path / "s")]) == 1
    last = orjson.loads(capsys.readouterr().err.splitlines()[-1])
    named = "; ".join(f"{each}: AssumeRole AccessDenied" for each in ids[:5])
    assert denied.operations().count("AssumeRole") == 7
    assert last["event"] == "collection.incomplete"
    assert last["not_read"] == f"7 of 7 accounts not read completely: {named}; and 2 more"


def test_the_terminals_command_ends_with_3_and_says_why(
    denied: ScriptedAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    organization_file = str(snapshot_of(tmp_path, PROD) / "organization.json")
    assert console(["-i", organization_file, str(tmp_path / "keys.csv")]) == 3
    last = orjson.loads(capsys.readouterr().err.splitlines()[-1])
    assert denied.operations().count("AssumeRole") == 1
    assert last["event"] == "report.incomplete"
    assert last["not_read"].startswith(
        f"1 of 1 accounts not read completely: {PROD}: not read, AssumeRole AccessDenied"
    )
