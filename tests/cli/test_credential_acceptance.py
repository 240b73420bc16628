"""What a policy file accepts of keys and other credentials, as `explain` and `policy check` tell it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from job.cli.main import main
from job.snapshot.files import SnapshotFiles
from job.storage.folder import FolderStorage

ACCOUNT = "111122223333"
KEY, API_KEY = "AKIAIOSFODNN7EXAMPLE", "ACCA1234567890EXAMPLE"
POLICY = f"""
[[exception]]
id = "SEC-1"
credentials = ["{API_KEY}"]
rules = ["never_expires"]
reason = "the agent takes no other"
owner = "integration"
expires = 2027-03-01
[[exception]]
id = "SEC-2"
keys = ["{KEY}"]
rules = ["old", "very_old", "analysis_unknown"]
reason = "replaced in March"
expires = 2027-03-31
[owner]
tags = ["team"]
"""


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with an old key and an API key that never expires, and a policy file that accepts both."""
    files = SnapshotFiles(FolderStorage(tmp_path / "snapshot"))
    user = {
        "UserName": "ci",
        "UserId": "AIDACI",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/ci",
        "Tags": [{"Key": "team", "Value": "delivery"}],
    }
    key = {"UserName": "ci", "AccessKeyId": KEY, "Status": "Active", "CreateDate": "2020-01-01T00:00:00Z"}
    credential = {
        "UserName": "ci",
        "ServiceSpecificCredentialId": API_KEY,
        "ServiceName": "bedrock.amazonaws.com",
        "Status": "Active",
        "CreateDate": "2026-11-01T00:00:00Z",
    }
    files.write_account(
        ACCOUNT,
        {
            "AccountId": ACCOUNT,
            "CollectedAt": "2026-11-29T00:00:00Z",
            "AuthorizationDetails": {"UserDetailList": [user]},
            "AccessKeys": [{**key, "LastUsed": {"LastUsedDate": "2026-11-28T00:00:00Z"}}],
            "OtherCredentials": {
                "Kinds": ["service_specific"],
                "ServiceSpecificCredentials": [credential],
            },
        },
    )
    files.write_organization({"Accounts": [{"Id": ACCOUNT, "Name": "shop"}]})
    (tmp_path / "policy.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["explain", "--snapshot", "snapshot", "--key", KEY, *words]) == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("snapshot")
def test_a_key_tells_its_risk_and_what_is_accepted_until_when(capsys: pytest.CaptureFixture[str]) -> None:
    told = explained(capsys, "--policy-file", "policy.toml", "--date", "2026-11-29")
    assert told.splitlines()[2:9] == [
        f"  key {KEY}: active, created 2020-01-01, last used 2026-11-28",
        "    accepted risk medium (analysis_unknown; old; very_old): rotate; owner delivery",
        "    accepted until 2027-03-31 by SEC-2 (analysis_unknown; old; very_old): replaced in March",
        "    still open: nothing",
        f"  service specific {API_KEY} for bedrock",
        "    accepted risk medium (never_expires): rotate; owner delivery",
        "    accepted until 2027-03-01 by SEC-1 (never_expires): the agent takes no other, integration",
    ]


@pytest.mark.usefixtures("snapshot")
def test_the_day_after_an_exception_of_a_credential_it_is_open_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = explained(capsys, "--policy-file", "policy.toml", "--date", "2027-03-02")
    assert "    open risk medium (never_expires): rotate; owner delivery" in told.splitlines()
    assert "SEC-1" not in told
    assert "SEC-2" in told


@pytest.mark.usefixtures("snapshot")
def test_without_a_policy_file_everything_that_a_user_holds_is_open(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [line for line in explained(capsys).splitlines() if " risk " in line]
    assert lines == [
        "    open risk medium (analysis_unknown; old; very_old): rotate",
        "    open risk medium (never_expires): rotate",
    ]


@pytest.mark.usefixtures("snapshot")
def test_a_program_is_told_the_exception_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    told = orjson.loads(explained(capsys, "--policy-file", "policy.toml", "--date", "2026-11-29", "--json"))
    assert [
        (each["kind"], each["id"], each["risk_status"], each["exception"]["id"]) for each in told["risks"]
    ] == [("access_key", KEY, "accepted", "SEC-2"), ("service_specific", API_KEY, "accepted", "SEC-1")]
    assert told["risks"][1]["exception"]["expires"] == "2027-03-01"


@pytest.mark.usefixtures("snapshot")
def test_a_policy_file_that_cannot_be_used_is_told_before_anything_is_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("policy.toml").write_text("[thresholds]\nold = 0\n")
    words = ["explain", "--snapshot", "snapshot", "--key", KEY, "--policy-file", "policy.toml"]
    assert main(words) == 2
    assert "policy.toml: line 2" in capsys.readouterr().err


@pytest.mark.usefixtures("snapshot")
def test_policy_check_tells_what_a_file_changes_of_other_credentials(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["policy", "check", "policy.toml", "--snapshot", "snapshot", "--date", "2026-11-29"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert told.partition("other credentials:\n")[2].splitlines() == [
        "risk          before     after  accepted",
        "critical           0         0         0",
        "high               0         0         0",
        "medium             1         0         1",
        "low                0         0         0",
        "",
        "rated otherwise: 1 credentials; only with another owner: 0",
        (
            f"  service specific {API_KEY} of ci in shop: open_risk_level medium -> none; "
            "risk_status open -> accepted; exception_id none -> SEC-1; owner none -> delivery"
        ),
    ]
    assert main([*words, "--json"]) == 0
    (only,) = orjson.loads(capsys.readouterr().out)["credentials"]
    assert (only["credential_id"], only["after"]["exception_id"]) == (API_KEY, "SEC-1")
