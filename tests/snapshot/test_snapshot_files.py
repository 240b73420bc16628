from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from job.errors import SnapshotError
from job.snapshot.files import SnapshotFiles
from job.storage.folder import FolderStorage


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    files = SnapshotFiles(FolderStorage(tmp_path), "snapshots/dt=2026-11-22/run_id=r")
    files.write_organization({"Accounts": []})
    files.write_account("000000000001", {"AccountId": "000000000001"})
    files.write_managed_policies({"Policies": []})
    assert files.read_organization() == {"Accounts": []}
    assert files.read_account("000000000001") == {"AccountId": "000000000001"}
    assert files.read_managed_policies() == {"Policies": []}
    assert (tmp_path / "snapshots/dt=2026-11-22/run_id=r/accounts/000000000001.json.gz").is_file()


def test_equal_documents_are_equal_bytes(tmp_path: Path) -> None:
    files = SnapshotFiles(FolderStorage(tmp_path))
    files.write_account("000000000001", {"a": 1})
    files.write_account("000000000002", {"a": 1})
    folder = tmp_path / "accounts"
    assert (folder / "000000000001.json.gz").read_bytes() == (folder / "000000000002.json.gz").read_bytes()


def test_account_ids_are_those_with_a_file_plain_or_gzipped_each_once(tmp_path: Path) -> None:
    files = SnapshotFiles(FolderStorage(tmp_path))
    files.write_account("000000000002", {})
    (tmp_path / "accounts" / "000000000002.json").write_text("{}")
    (tmp_path / "accounts" / "000000000001.json").write_text("{}")
    (tmp_path / "accounts" / "notes.txt").write_text("no account")
    assert list(files.account_ids()) == ["000000000001", "000000000002"]


def test_files_that_are_missing_are_none(tmp_path: Path) -> None:
    files = SnapshotFiles(FolderStorage(tmp_path / "nowhere"))
    assert files.read_organization() is None
    assert files.read_account("000000000001") is None
    assert list(files.account_ids()) == []


def test_plain_json_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "organization.json").write_bytes(b'\xef\xbb\xbf{"Accounts": []}')
    assert SnapshotFiles(FolderStorage(tmp_path)).read_organization() == {"Accounts": []}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "no JSON"),
        (gzip.compress(b"{}", mtime=0)[:-4], "damaged gzip data"),
        (b"\x1f\x8b\x08\x00garbage", "damaged gzip data"),
        (gzip.compress(b'"\xff"', mtime=0), "no JSON"),
    ],
)
def test_a_damaged_file_is_told_by_name(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "managed-policies.json.gz").write_bytes(data)
    with pytest.raises(SnapshotError, match=rf"managed-policies\.json\.gz: {message}"):
        SnapshotFiles(FolderStorage(tmp_path)).read_managed_policies()
