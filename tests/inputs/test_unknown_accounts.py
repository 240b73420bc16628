from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from job.cli.main import main
from tests.scripted_aws import ScriptedAws, json_answer, point_at, scripted_aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    """An organization of two accounts, on two pages, without units, tags and policies."""
    with scripted_aws() as server:
        point_at(monkeypatch, server.url)
        server.script(
            "ListAccounts",
            json_answer({"Accounts": [{"Id": "000000000001", "State": "ACTIVE"}], "NextToken": "2"}),
            json_answer({"Accounts": [{"Id": "000000000002", "State": "SUSPENDED"}]}),
        )
        server.script("ListRoots", json_answer({"Roots": []}))
        server.script("GetResources", json_answer({"ResourceTagMappingList": []}))
        server.script("ListTagsForResource", json_answer({"Tags": []}))
        server.script("ListPolicies", json_answer({"Policies": []}))
        server.script("ListDelegatedAdministrators", json_answer({"DelegatedAdministrators": []}))
        yield server


def test_accounts_that_the_organization_lacks_stop_the_run_before_any_is_read(
    aws: ScriptedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.csv").write_text("aws_account_id,Owner\n000000000002,me\n000000000003,you\n")
    words = ["--accounts", "000000000001,000000000004", "--metadata-csv", "own.csv", "--output-dir", "out"]
    assert main(["run", *words]) == 2
    errors = [orjson.loads(line).get("error") for line in capsys.readouterr().err.splitlines()]
    assert [error for error in errors if error] == [
        "REPORT_ACCOUNTS: 000000000004 is no account of the organization: correct it or take it out",
        (
            "REPORT_METADATA_CSV: own.csv: line 3: 000000000003 is no account of the organization: "
            "correct it or take it out"
        ),
    ]
    assert aws.operations().count("ListAccounts") == 2
    assert "AssumeRole" not in aws.operations()
    assert not Path("out").exists()
