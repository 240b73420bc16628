from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from job.cli.main import main

ACCOUNT = "000000000001"
KEY = "AKIAIOSFODNN7EXAMPLE"
GOOD = f"""
[[exception]]
id = "SEC-1"
keys = ["{KEY}"]
rules = ["admin_old", "admin_unknown_use"]
reason = "vendor"
expires = 2027-03-01
[owner]
tags = ["team"]
"""
CONTENTS = (
    "good.toml: good; old from 90 days on, very old from 365, unused from 90; overrides: 0, exceptions: 1"
)


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One administrator with an old key, whose last use nobody read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "accounts").mkdir()
    (tmp_path / "organization.json").write_bytes(
        orjson.dumps(
            {
                "Accounts": [{"Id": ACCOUNT, "Name": "shop"}],
                "CollectedAt": "2026-11-29T00:00:00Z",
                "OrganizationId": "o-example",
            }
        )
    )
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    user = {
        "UserName": "ci",
        "UserId": "AIDA1",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/ci",
        "Path": "/",
        "CreateDate": "2020-01-01T00:00:00Z",
        "Tags": [{"Key": "team", "Value": "delivery"}],
        "UserPolicyList": [{"PolicyName": "all", "PolicyDocument": everything}],
    }
    details = {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    key = {"UserName": "ci", "AccessKeyId": KEY, "Status": "Active", "CreateDate": "2020-01-01T00:00:00Z"}
    document = {
        "AccountId": ACCOUNT,
        "CollectedAt": "2026-11-29T00:00:00Z",
        "AuthorizationDetails": details,
        "AccessKeys": [key],
    }
    (tmp_path / "accounts" / f"{ACCOUNT}.json").write_bytes(orjson.dumps(document))
    (tmp_path / "good.toml").write_text(GOOD)
    return tmp_path


@pytest.mark.usefixtures("snapshot")
def test_a_file_is_checked_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", "good.toml"]) == 0
    assert capsys.readouterr().out == f"{CONTENTS}; give --snapshot to see what it would change\n"


@pytest.mark.usefixtures("snapshot")
def test_what_a_file_would_change_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", "good.toml", "--snapshot", ".", "--date", "2026-11-29"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        CONTENTS,
        "compared with no policy file:",
        "",
        "risk          before     after  accepted",
        "critical           1         0         1",
        "high               0         1         0",
        "medium             0         0         0",
        "low                0         0         0",
        "",
        "rated otherwise: 1 keys; only with another owner: 0",
        (
            f"  {KEY} of ci in shop: open_risk_level critical -> high; risk_status open -> accepted; "
            "exception_id none -> SEC-1; owner none -> delivery"
        ),
    ]


@pytest.mark.usefixtures("snapshot")
def test_an_expired_exception_is_told_and_changes_nothing_but_the_owner(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["policy", "check", "good.toml", "--snapshot", ".", "--date", "2027-03-02"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-2:] == [
        "rated otherwise: 0 keys; only with another owner: 1",
        "line 2: exception SEC-1: expired on 2027-03-01, and no longer counts",
    ]


@pytest.mark.usefixtures("snapshot")
def test_a_program_is_told_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["policy", "check", "good.toml", "--snapshot", ".", "--date", "2026-11-29", "--json"]
    assert main(words) == 0
    told = orjson.loads(capsys.readouterr().out)
    assert told["keys"][0]["after"]["risk_status"] == "accepted"
    assert (told["before"]["risk"]["critical"], told["after"]["risk"]["critical"]) == (1, 0)
    assert told["after"]["accepted"]["critical"] == 1
    assert told["policy"]["exceptions"][0]["keys"] == 1


@pytest.mark.usefixtures("snapshot")
def test_the_file_in_use_is_what_another_is_compared_with(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["policy", "check", "good.toml", "--snapshot", ".", "--policy-file", "good.toml"]
    assert main([*words, "--date", "2026-11-29"]) == 0
    told = capsys.readouterr().out
    assert "compared with good.toml:" in told
    assert "rated otherwise: 0 keys; only with another owner: 0" in told
