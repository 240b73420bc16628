"""`explain --store` and the stores in `explain --key`, over a snapshot in files."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from job.cli.main import main
from job.snapshot.files import SnapshotFiles
from job.storage.folder import FolderStorage

ACCOUNT = "111122223333"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
READER = f"arn:aws:iam::{ACCOUNT}:role/reader"
BUCKET = "arn:aws:s3:::payroll"


def policy(**statement: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def user(name: str) -> dict[str, object]:
    return {"UserName": name, "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}", "UserId": f"AIDA{name.upper()}"}


def key(name: str) -> dict[str, object]:
    return {"UserName": name, "AccessKeyId": f"AKIA{name.upper()}", "Status": "Active"}


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """One bucket that alice reads by its policy, bob through a role, and carol not at all."""
    files = SnapshotFiles(FolderStorage(tmp_path))
    role = {
        "RoleName": "reader",
        "Arn": READER,
        "RoleId": "AROAREADER",
        "AssumeRolePolicyDocument": policy(
            Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, Action="sts:AssumeRole"
        ),
        "RolePolicyList": [
            {"PolicyName": "read", "PolicyDocument": policy(Action="s3:GetObject", Resource=f"{BUCKET}/*")}
        ],
    }
    named = policy(Principal={"AWS": ALICE}, Action="s3:GetObject", Resource=f"{BUCKET}/*")
    bucket = {
        "Name": "payroll",
        "BucketRegion": "eu-central-1",
        "Policy": orjson.dumps(named).decode(),
        "Tags": [{"Key": "DataClassification", "Value": "Restricted"}],
        "Encryption": None,
        "OwnershipControls": None,
    }
    files.write_account(
        ACCOUNT,
        {
            "AccountId": ACCOUNT,
            "AuthorizationDetails": {
                "UserDetailList": [user("alice"), user("bob"), user("carol")],
                "RoleDetailList": [role],
            },
            "AccessKeys": [key("alice"), key("bob"), key("carol")],
            "DataStores": {"Kinds": ["s3"], "Regions": [], "s3": {"Buckets": [bucket], "Gone": []}},
        },
    )
    files.write_organization({"Accounts": [{"Id": ACCOUNT}]})
    return tmp_path


def explained(snapshot: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["explain", "--snapshot", str(snapshot), *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("wanted", ["payroll", BUCKET])
def test_a_store_tells_who_reads_it_by_which_key_and_path(
    snapshot: Path, capsys: pytest.CaptureFixture[str], wanted: str
) -> None:
    assert explained(snapshot, capsys, "--store", wanted) == (
        f"bucket payroll in account {ACCOUNT}\n"
        f"  {BUCKET}\n"
        "  Region: eu-central-1\n"
        "  tags: DataClassification=Restricted\n"
        "  policy: a policy of its own, which was read\n"
        "  objects: access control lists of their own may let in others, which was not read\n"
        "  read by 2 principals with keys\n"
        "\n"
        f"alice in account {ACCOUNT}: all via direct\n"
        "  keys: AKIAALICE\n"
        f"  because: bucket payroll: bucket policy#1 s3:GetObject on {BUCKET}/*\n"
        f"    -> user {ALICE}\n"
        f"      -> data {BUCKET}\n"
        f"    allows: bucket payroll: bucket policy#1 s3:GetObject on {BUCKET}/*\n"
        f"    for example: s3:GetObject on {BUCKET}/example\n"
        "\n"
        f"bob in account {ACCOUNT}: all via role:{READER}\n"
        "  keys: AKIABOB\n"
        f"  because: role:{READER}: role reader: read#1 s3:GetObject on {BUCKET}/*\n"
        f"    -> user arn:aws:iam::{ACCOUNT}:user/bob\n"
        f"      -> role {READER} by role:{READER}\n"
        f"        -> data {BUCKET}\n"
        f"    allows: role reader: read#1 s3:GetObject on {BUCKET}/*\n"
        f"    for example: s3:GetObject on {BUCKET}/example\n"
    )


def test_accounts_that_were_not_read_may_hold_others_who_read_it(
    snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = [{"Id": "000000000009", "State": "CLOSED"}]
    unread = [{"Id": f"00000000000{number}"} for number in range(7)]
    SnapshotFiles(FolderStorage(snapshot)).write_organization(
        {"Accounts": [{"Id": ACCOUNT}, *unread, *closed]}
    )
    (snapshot / "accounts" / "000000000006.json.gz").write_bytes(b"damaged")
    words = (
        "  not known of accounts that were not read: 000000000000; 000000000001; 000000000002; "
        "000000000003; 000000000004; and 2 more\n"
    )
    assert f"  read by 2 principals with keys\n{words}" in explained(snapshot, capsys, "--store", "payroll")
    (told,) = orjson.loads(explained(snapshot, capsys, "--store", "payroll", "--json"))
    assert told["accounts_not_read"] == [each["Id"] for each in unread]


def test_a_key_is_found_though_another_accounts_file_is_damaged(
    snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = snapshot / "accounts" / "000000000006.json.gz"
    damaged.write_bytes(b"damaged")
    assert "alice in account" in explained(snapshot, capsys, "--key", "AKIAALICE")
    assert main(["explain", "--snapshot", str(snapshot), "--key", "AKIANOBODY"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"error: no account of the snapshot has a key AKIANOBODY; {damaged}: no JSON: ")


def test_an_account_that_the_snapshot_lacks_is_named(
    snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--snapshot", str(snapshot), "--user", "000000000006/alice"]) == 1
    assert capsys.readouterr().err == "error: the snapshot holds no account 000000000006\n"


def test_a_program_gets_the_same_as_json(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (told,) = orjson.loads(explained(snapshot, capsys, "--store", "payroll", "--json"))
    assert (told["store"]["arn"], told["store"]["tags"]) == (BUCKET, {"DataClassification": "Restricted"})
    assert [(each["user_name"], each["key_ids"], each["access"]["via"]) for each in told["readers"]] == [
        ("alice", ["AKIAALICE"], ["direct"]),
        ("bob", ["AKIABOB"], [f"role:{READER}"]),
    ]


def test_a_key_tells_the_named_stores_that_it_reads(
    snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        f"reads 1 named store\n  {BUCKET}: all via direct\n"
        f"    because: bucket payroll: bucket policy#1 s3:GetObject on {BUCKET}/*\n"
    ) in explained(snapshot, capsys, "--key", "AKIAALICE")
    assert "named store" not in explained(snapshot, capsys, "--key", "AKIACAROL")


def test_a_store_that_there_is_not_is_named_and_no_success(
    snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--snapshot", str(snapshot), "--store", "ledger"]) == 1
    assert "no data store ledger in the snapshot" in capsys.readouterr().err


def test_simulate_asks_the_buckets_own_policy(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["simulate", "--snapshot", str(snapshot), "--action", "s3:GetObject", "--resource", f"{BUCKET}/a"]
    assert main([*words, "--user", f"{ACCOUNT}/alice", "--json"]) == 0
    alice = orjson.loads(capsys.readouterr().out)
    assert main([*words, "--user", f"{ACCOUNT}/carol", "--json"]) == 0
    carol = orjson.loads(capsys.readouterr().out)
    assert (alice["verdict"], carol["verdict"]) == ("allowed", "denied")
    assert "bucket payroll" in str(alice["allowed_by"])
