"""When a run began: its first task notes it in the snapshot, so that the last can tell how long all took."""

from __future__ import annotations

from datetime import datetime

from job.errors import SnapshotError
from job.logs import get_logger
from job.snapshot.files import SnapshotFiles
from job.snapshot.parse import parse_beginning


def note_beginning(files: SnapshotFiles, now: datetime) -> datetime:
    """When the run's first task began: as it noted, else `now`, which is noted where nothing is.

    What is noted is never replaced. Where it cannot be read, or another clock made it later than `now`, the
    run counts from this task on.
    """
    try:
        noted = parse_beginning(files.read_beginning())
    except SnapshotError as error:
        get_logger().warning("beginning.unread", note=str(error))
        return now
    if noted is None:
        files.write_beginning({"BegunAt": now.isoformat()})
        return now
    return min(noted, now)
