"""Opens what commands name: destinations, snapshots, single files; each a local path or an `s3://` URL."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from job.errors import SnapshotError
from job.settings.settings import Settings
from job.snapshot.files import ORGANIZATION, SnapshotFiles
from job.storage.storage import Storage, open_storage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_RUN = re.compile(rf"(snapshots/dt=(\d{{4}}-\d\d-\d\d)/run_id=([^/]+))/{re.escape(ORGANIZATION)}")


def open_place(location: str, settings: Settings) -> Storage:
    """Open a folder or an S3 prefix; nothing is created or called yet, and a folder needs no client."""
    return open_storage(location, lambda: _s3_client(settings), settings.kms_key_arn)


def _s3_client(settings: Settings) -> S3Client:
    from job.aws.clients import open_clients  # noqa: PLC0415 - a second of imports that a folder does not need

    return open_clients(settings).s3()


def read_file(location: str, settings: Settings) -> bytes:
    """Return one file's bytes; raises SnapshotError when there is none."""
    folder, name = split_file(location)
    data = open_place(folder, settings).read(name)
    if data is None:
        raise SnapshotError(f"{location}: no such file")
    return data


def write_file(location: str, data: bytes, settings: Settings, content_type: str) -> None:
    """Write one file."""
    folder, name = split_file(location)
    open_place(folder, settings).write(name, data, content_type)


def split_file(location: str) -> tuple[str, str]:
    """Split a file's location into its folder and its name."""
    folder, separator, name = location.rpartition("/")
    return (folder or separator or ".", name)


def snapshot_folder(date: str, run_id: str) -> str:
    """Return where a run's snapshot is, below the destination."""
    return f"snapshots/dt={date}/run_id={run_id}"


def open_snapshot(location: str, settings: Settings) -> SnapshotFiles:
    """Open a snapshot; a run's whole output stands for its newest snapshot.

    Raises SnapshotError when there is neither an organization nor an account.
    """
    storage = open_place(location, settings)
    files = SnapshotFiles(storage)
    if storage.read(ORGANIZATION) is not None or any(True for _ in files.account_ids()):
        return files
    found = [match[1] for key in storage.list("snapshots/") if (match := _RUN.fullmatch(key))]
    if not found:
        raise SnapshotError(f"{location}: no snapshot there, neither {ORGANIZATION} nor accounts/")
    return SnapshotFiles(storage, max(found))


def run_of_snapshot(location: str) -> tuple[str, str] | None:
    """Return date and run id when the location's path says so, as a run's own snapshots do."""
    match = re.search(r"dt=(\d{4}-\d\d-\d\d)/run_id=([^/]+)$", str(PurePosixPath(location)))
    return (match[1], match[2]) if match else None
