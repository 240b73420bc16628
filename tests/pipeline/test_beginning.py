"""A run begins with the first of its tasks, whichever asks."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from job.pipeline.beginning import beginning, note_beginning
from job.snapshot.files import SnapshotFiles
from job.storage.folder import FolderStorage

FIRST = datetime(2026, 11, 22, 23, 58, tzinfo=UTC)
LATER = FIRST + timedelta(minutes=9)


@pytest.fixture
def files(tmp_path: Path) -> SnapshotFiles:
    return SnapshotFiles(FolderStorage(tmp_path))


def test_a_task_that_is_the_first_notes_when_it_began(files: SnapshotFiles) -> None:
    note_beginning(files, FIRST)
    assert files.read_beginning() == {"BegunAt": "2026-11-22T23:58:00+00:00"}


def test_every_later_task_is_told_of_the_first(files: SnapshotFiles) -> None:
    note_beginning(files, FIRST)
    note_beginning(files, LATER)
    assert beginning(files, LATER) == FIRST
    assert beginning(files, LATER + timedelta(days=1)) == FIRST


def test_a_clock_that_is_behind_makes_no_run_last_less_than_nothing(files: SnapshotFiles) -> None:
    note_beginning(files, LATER)
    assert beginning(files, FIRST) == FIRST
    assert beginning(files, LATER + timedelta(minutes=1)) == LATER


def test_a_task_that_finds_no_note_counts_from_its_own_start(files: SnapshotFiles) -> None:
    assert beginning(files, LATER) == LATER


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"\x1f\x8b\x08\x00garbage",
        b'{"BegunAt": null}',
        b'{"BegunAt": true}',
        b'{"BegunAt": ["2026-11-22T23:58:00Z"]}',
        b'{"BegunAt": "yesterday"}',
        b'{"BegunAt": "0001-01-01T00:00:00+14:00"}',
    ],
)
def test_a_note_that_cannot_be_read_is_told_and_the_run_counts_from_here(
    files: SnapshotFiles, log: io.StringIO, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "begun.json").write_bytes(data)
    note_beginning(files, LATER)
    assert beginning(files, LATER) == LATER
    (line,) = (json.loads(line) for line in log.getvalue().splitlines())
    assert (line["event"], line["level"]) == ("beginning.unread", "warning")
    assert "begun.json" in line["note"]
    assert (tmp_path / "begun.json").read_bytes() == data
