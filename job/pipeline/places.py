"""Where things lie: a file in its folder, a run's snapshot below its destination."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from job.errors import SnapshotError
from job.snapshot.files import ORGANIZATION, SnapshotFiles
from job.storage.storage import Storage

_RUN = re.compile(rf"(snapshots/dt=[^/]+/run_id=[^/]+)/{re.escape(ORGANIZATION)}")
_RUN_FOLDER = re.compile(r"dt=(\d{4}-\d\d-\d\d)/run_id=([^/]+)$")


def split_file(location: str) -> tuple[str, str]:
    """Split a file's location into its folder and its name."""
    folder, separator, name = location.rpartition("/")
    return (folder or separator or ".", name)


def snapshot_folder(day: str, run_id: str) -> str:
    """Return where a run's snapshot is, below the destination."""
    return f"snapshots/dt={day}/run_id={run_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSnapshot:
    """A snapshot's files; `date` and `run_id` are those of its run where its place says so, else None."""

    files: SnapshotFiles
    date: str | None
    run_id: str | None


def find_snapshot(storage: Storage, location: str) -> OpenedSnapshot:
    """The snapshot in a place that a person calls `location`; of a run's whole output, the newest.

    Raises SnapshotError when there is neither an organization nor an account.
    """
    files = SnapshotFiles(storage)
    if storage.read(ORGANIZATION) is not None or any(True for _ in files.account_ids()):
        return _opened(files, location.rstrip("/"))
    found = [match[1] for key in storage.list("snapshots/") if (match := _RUN.fullmatch(key))]
    if not found:
        raise SnapshotError(f"{location}: no snapshot there, neither {ORGANIZATION} nor accounts/")
    return _opened(SnapshotFiles(storage, max(found)), max(found))


def _opened(files: SnapshotFiles, path: str) -> OpenedSnapshot:
    match = _RUN_FOLDER.search(path)
    if match is None:
        return OpenedSnapshot(files=files, date=None, run_id=None)
    return OpenedSnapshot(files=files, date=match[1] if _is_day(match[1]) else None, run_id=match[2])


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
