"""A run tells once, in its log, that what is known of AWS's services is old; its keys' notes say so too."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.service_reference.data_age import STALE_DAYS, oldest_source
from job.pipeline.reporting import RunIdentity
from job.pipeline.run import ReadSnapshot, make_report
from job.policy_file.company_policy import Policy
from job.settings.load import load_settings
from job.snapshot.files import SnapshotFiles
from job.storage.folder import FolderStorage

ACCOUNT = "111122223333"
USER = {
    "UserName": "alice",
    "UserId": "AIDAALICE",
    "Path": "/",
    "Arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "CreateDate": "2024-01-01T00:00:00Z",
}
KEY = {
    "UserName": "alice",
    "AccessKeyId": "AKIAALICE",
    "Status": "Active",
    "CreateDate": "2024-01-01T00:00:00Z",
}
SNAPSHOT = {
    "AccountId": ACCOUNT,
    "CollectedAt": "2026-11-22T04:00:00Z",
    "AuthorizationDetails": {"UserDetailList": [USER], "RoleDetailList": [], "Policies": []},
    "AccessKeys": [KEY],
    "Failures": [],
}
LAST_GOOD_DAY = oldest_source().copied_on + timedelta(days=STALE_DAYS)


def note_on(day: date, folder: Path) -> str:
    FolderStorage(folder).write("accounts/111122223333.json", json.dumps(SNAPSHOT).encode())
    snapshot = ReadSnapshot(
        settings=load_settings({}, destination_required=False),
        capabilities=load_capabilities(),
        policy=Policy(),
        files=SnapshotFiles(FolderStorage(folder)),
        identity=RunIdentity(run_id="r", report_date=day, now=datetime(2026, 11, 22, tzinfo=UTC)),
        runs={},
    )
    (record,) = make_report(snapshot, None).table("keys").records()
    return str(record["analysis_note"])


def test_old_data_is_told_in_the_log_and_with_each_key(tmp_path: Path, log: io.StringIO) -> None:
    note = note_on(LAST_GOOD_DAY + timedelta(days=1), tmp_path)
    assert f"what is known of AWS's services is {STALE_DAYS + 1} days old" in note
    told = json.loads(log.getvalue())
    assert (told["event"], told["level"]) == ("aws_data.stale", "warning")
    assert told["age_days"] == STALE_DAYS + 1


def test_data_that_is_young_enough_is_not_spoken_of(tmp_path: Path, log: io.StringIO) -> None:
    assert "known of AWS" not in note_on(LAST_GOOD_DAY, tmp_path)
    assert log.getvalue() == ""
