"""When a run began: its first task notes it in the snapshot, so that the last can tell how long all took."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from job.errors import SnapshotError
from job.logs import get_logger
from job.snapshot.files import SnapshotFiles
from job.snapshot.parse import parse_beginning


def note_beginning(files: SnapshotFiles, now: datetime) -> None:
    """Note that the run's first task began `now`; what an earlier one noted, or left damaged, stays."""
    with suppress(SnapshotError):
        if files.read_beginning() is None:
            files.write_beginning({"BegunAt": now.isoformat()})


def beginning(files: SnapshotFiles, now: datetime) -> datetime:
    """When the run's first task began, told by one that began `now`.

    Where that was not noted or cannot be read, or another clock made it later, the run counts from this one.
    """
    try:
        noted = parse_beginning(files.read_beginning())
    except SnapshotError as error:
        get_logger().warning("beginning.unread", note=str(error))
        return now
    return now if noted is None else min(noted, now)
