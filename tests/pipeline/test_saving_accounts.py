"""What AWS answers about one account and no file can hold is that account's failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from job.aws.failure import AwsFailure
from job.collect.account import CollectedAccount
from job.pipeline.collection import save_account
from job.snapshot.files import SnapshotFiles
from job.storage.folder import FolderStorage

ACCOUNT = "111122223333"
DENIED = AwsFailure(step="GetCredentialReport", code="AccessDenied", message="no")


def collected(tag: object) -> CollectedAccount:
    return CollectedAccount(
        account_id=ACCOUNT,
        document={
            "AccountId": ACCOUNT,
            "CollectedAt": "2026-11-22T04:00:00Z",
            "Stores": {"Buckets": [{"Tags": {"Team": tag}}]},
            "Failures": [DENIED.as_json()],
            "Collection": {"Entered": True},
        },
        entered=True,
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/reader",
        api_calls=7,
        retries=0,
        seconds=1.0,
        failures=(DENIED,),
        not_recorded={},
    )


def nested(depth: int) -> object:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.fixture
def files(tmp_path: Path) -> SnapshotFiles:
    return SnapshotFiles(FolderStorage(tmp_path))


def test_an_account_is_saved_as_it_was_read(files: SnapshotFiles) -> None:
    account = collected("a")
    assert save_account(files, account) is account
    assert files.read_account(ACCOUNT) == account.document


@pytest.mark.parametrize("tag", ["\ud800", nested(300)], ids=["half a character", "300 lists"])
def test_what_no_file_can_hold_costs_its_account_and_is_told(files: SnapshotFiles, tag: object) -> None:
    saved = save_account(files, collected(tag))

    assert [(failure.step, failure.code) for failure in saved.failures] == [
        ("GetCredentialReport", "AccessDenied"),
        ("WriteSnapshot", "SnapshotError"),
    ]
    assert f"accounts/{ACCOUNT}.json.gz: no JSON: " in saved.failures[1].message
    assert files.read_account(ACCOUNT) == {
        "AccountId": ACCOUNT,
        "CollectedAt": "2026-11-22T04:00:00Z",
        "Collection": {"Entered": True},
        "Failures": [failure.as_json() for failure in saved.failures],
    }
