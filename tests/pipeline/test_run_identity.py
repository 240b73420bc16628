from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from job.pipeline.reporting import RunIdentity
from job.pipeline.run import identify
from job.settings.load import load_settings
from job.storage.folder import FolderStorage

AFTER_MIDNIGHT = datetime(2026, 11, 23, 0, 4, tzinfo=UTC)
BEGUN = "snapshots/dt=2026-11-22/run_id=r-1/accounts/012345678901.json.gz"
ENDED = "runs/dt=2026-11-22/run_id=r-1/summary.json"


def identity(folder: Path, **settings: str) -> RunIdentity:
    loaded = load_settings(settings, destination_required=False)
    return identify(FolderStorage(folder), loaded, AFTER_MIDNIGHT)


def test_a_run_is_of_the_day_it_begins(tmp_path: Path) -> None:
    assert identity(tmp_path).report_date == date(2026, 11, 23)


def test_a_run_without_an_id_gets_one_of_its_own(tmp_path: Path) -> None:
    first, second = identity(tmp_path).run_id, identity(tmp_path).run_id
    assert first.startswith("20261123T000400Z-")
    assert first != second


def test_a_run_that_was_stopped_before_midnight_keeps_its_day(tmp_path: Path) -> None:
    FolderStorage(tmp_path).write(BEGUN, b"")
    assert identity(tmp_path, REPORT_RUN_ID="r-1").report_date == date(2026, 11, 22)


def test_another_runs_snapshot_does_not_matter(tmp_path: Path) -> None:
    FolderStorage(tmp_path).write(BEGUN, b"")
    assert identity(tmp_path, REPORT_RUN_ID="r-2").report_date == date(2026, 11, 23)


def test_an_id_that_was_completed_yesterday_begins_anew(tmp_path: Path) -> None:
    FolderStorage(tmp_path).write(BEGUN, b"")
    FolderStorage(tmp_path).write(ENDED, b"{}")
    assert identity(tmp_path, REPORT_RUN_ID="r-1").report_date == date(2026, 11, 23)


def test_a_date_that_was_set_is_the_date(tmp_path: Path) -> None:
    FolderStorage(tmp_path).write(BEGUN, b"")
    settings = {"REPORT_RUN_ID": "r-1", "REPORT_DATE": "2026-11-20"}
    assert identity(tmp_path, **settings).report_date == date(2026, 11, 20)
