from __future__ import annotations

import re
from pathlib import Path

import pytest

from job.cli.console import main as console
from job.cli.main import main as job
from tests.inputs.wrong_inputs import WrongInput, set_up, told, wrong_inputs

ALL = tuple(wrong_inputs())


def ended(case: WrongInput) -> int:
    words = list(case.get("words", []))
    try:
        return (
            console(words) if case["command"] == "iam-access-key-report" else job([case["command"], *words])
        )
    except SystemExit as refused:  # argparse's way to end
        return int(refused.code or 0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the case's relative paths begin in; what is asked of AWS would fail there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    return tmp_path


@pytest.mark.parametrize("case", ALL, ids=[case["name"] for case in ALL])
def test_a_wrong_input_is_told_with_thing_place_and_remedy(
    case: WrongInput, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(case, folder)
    for name, value in case.get("environment", {}).items():
        monkeypatch.setenv(name, value)
    code = ended(case)
    assert told(capsys.readouterr().err) == case["messages"]
    assert code == case["exit_code"]
    assert not list(folder.rglob("summary.json"))


@pytest.mark.parametrize("message", sorted({message for case in ALL for message in case["messages"]}))
def test_a_message_begins_with_the_thing_and_tells_what_to_write_instead(message: str) -> None:
    thing, _, rest = message.partition(": ")
    assert re.match(r"REPORT_|AWS_|-|csv_output|FILE|argument -|and \d+ more", thing)
    assert re.search(
        r"expected|has the form|give|set one|name|leave|correct|write|put|is it|make|more than one|and \d+",
        rest + thing,
    )


def test_there_are_many_cases_of_each_kind() -> None:
    assert len(ALL) >= 60
    assert len({case["name"] for case in ALL}) == len(ALL)
