"""Opens what commands name: destinations, snapshots, single files; each a local path or an `s3://` URL."""

from __future__ import annotations

import re
from dataclasses import dataclass

from job.errors import SettingsError, SnapshotError
from job.pipeline.access import AwsAccess
from job.snapshot.files import ORGANIZATION, SnapshotFiles
from job.storage.storage import Storage, open_storage

_RUN = re.compile(rf"(snapshots/dt=[^/]+/run_id=[^/]+)/{re.escape(ORGANIZATION)}")
_RUN_FOLDER = re.compile(r"dt=(\d{4}-\d\d-\d\d)/run_id=([^/]+)$")


def open_place(location: str, aws: AwsAccess) -> Storage:
    """Open a folder or an S3 prefix; nothing is created or called yet, and a folder needs no client."""
    return open_storage(location, lambda: aws.s3, aws.kms_key_arn)


def read_file(location: str, aws: AwsAccess) -> bytes:
    """Return the bytes of a file that a person named; raises SettingsError when there is none."""
    folder, name = split_file(location)
    data = open_place(folder, aws).read(name)
    if data is None:
        raise SettingsError((f"{location}: no such file: name one that is there",))
    return data


def write_file(location: str, data: bytes, aws: AwsAccess, content_type: str) -> None:
    """Write one file."""
    folder, name = split_file(location)
    open_place(folder, aws).write(name, data, content_type)


def split_file(location: str) -> tuple[str, str]:
    """Split a file's location into its folder and its name."""
    folder, separator, name = location.rpartition("/")
    return (folder or separator or ".", name)


def snapshot_folder(date: str, run_id: str) -> str:
    """Return where a run's snapshot is, below the destination."""
    return f"snapshots/dt={date}/run_id={run_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSnapshot:
    """A snapshot's files; `date` and `run_id` are those of its run where its place says so, else None."""

    files: SnapshotFiles
    date: str | None
    run_id: str | None


def open_snapshot(location: str, aws: AwsAccess) -> OpenedSnapshot:
    """Open a snapshot; a run's whole output stands for its newest snapshot.

    Raises SnapshotError when there is neither an organization nor an account.
    """
    storage = open_place(location, aws)
    files = SnapshotFiles(storage)
    if storage.read(ORGANIZATION) is not None or any(True for _ in files.account_ids()):
        return _opened(files, location.rstrip("/"))
    found = [match[1] for key in storage.list("snapshots/") if (match := _RUN.fullmatch(key))]
    if not found:
        raise SnapshotError(f"{location}: no snapshot there, neither {ORGANIZATION} nor accounts/")
    return _opened(SnapshotFiles(storage, max(found)), max(found))


def _opened(files: SnapshotFiles, path: str) -> OpenedSnapshot:
    match = _RUN_FOLDER.search(path)
    return OpenedSnapshot(files=files, date=match[1] if match else None, run_id=match[2] if match else None)
