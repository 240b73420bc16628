"""What a run hands on to the next, and what is compared with where it did not."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date
from pathlib import Path

import orjson
import pytest

from job.errors import SnapshotError
from job.publish.publish import publish
from job.publish.published_runs import find_previous
from job.report.comparison.previous import PreviousRun
from job.report.comparison.readings_file import parse_readings
from job.report.html.html_input import HtmlInput
from job.report.rows.build import Report
from job.report.summary import columns_moved
from job.snapshot.model import AccountRun, Failure
from job.storage.folder import FolderStorage
from tests.report.report_samples import (
    DEV,
    MANAGEMENT,
    PROD,
    SAMPLE_ORGANIZATION,
    access_key,
    account,
    as_previous,
    full_report,
    listed,
    organization,
    records,
    report_run,
    sample_report,
    user,
)

FIRST, SECOND, TODAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
READINGS = "runs/dt=2026-11-21/run_id=run-2/last-readings.jsonl.gz"
SUMMARY = "runs/dt=2026-11-21/run_id=run-2/summary.json"
KEYS = "csv/keys/dt=2026-11-21/keys-2026-11-21.csv"
REFUSED = AccountRun(failure=Failure(step="AssumeRole", code="AccessDenied", message="no"))


def html(given: HtmlInput) -> bytes:
    return f"{len(given.keys.rows)}".encode()


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    """Two days, on the second of which the sandbox could not be read."""
    folder = FolderStorage(tmp_path)
    first = full_report(report_run(run_id="run-1", report_date=FIRST))
    publish(folder, first, html)
    publish(folder, without_sandbox(as_previous(first)), html)
    return folder


def without_sandbox(previous: PreviousRun) -> Report:
    return sample_report(
        account(MANAGEMENT),
        account(PROD, user("ci", access_key())),
        run=report_run(run_id="run-2", report_date=SECOND, accounts={DEV: REFUSED}),
        previous=previous,
    )


def first_seen(previous: PreviousRun | None) -> dict[str, object]:
    """The first dates of today's keys beside that report."""
    rows = records(full_report(report_run(report_date=TODAY), previous))
    return {str(row["account_id"]): row["first_seen_date"] for row in rows if row["access_key_id"]}


def forget_checksum(storage: FolderStorage, key: str) -> None:
    """Make the run one that had not written that file."""
    summary = orjson.loads(storage.read(SUMMARY) or b"")
    summary["objects"] = [written for written in summary["objects"] if written["key"] != key]
    storage.write(SUMMARY, orjson.dumps(summary))


def replace_file(storage: FolderStorage, key: str, data: bytes) -> None:
    """Make the run one that had written these bytes."""
    before = hashlib.sha256(storage.read(key) or b"").hexdigest()
    summary = storage.read(SUMMARY) or b""
    storage.write(SUMMARY, summary.replace(before.encode(), hashlib.sha256(data).hexdigest().encode()))
    storage.write(key, data)


def test_an_account_that_was_not_read_yesterday_is_compared_with_the_day_before(
    storage: FolderStorage,
) -> None:
    previous = find_previous(storage, TODAY)
    assert previous is not None
    assert (previous.run_id, previous.report_date) == ("run-2", SECOND)
    assert {each: last.users and last.users.run_id for each, last in previous.accounts.items()} == {
        MANAGEMENT: "run-2",
        PROD: "run-2",
        DEV: "run-1",
    }
    assert first_seen(previous) == {PROD: FIRST, DEV: FIRST}


def test_an_account_whose_name_is_no_unicode_is_remembered_without_what_is_none() -> None:
    within = organization(listed(PROD, "Sh\ud800op"))
    report = sample_report(account(PROD, user("ci", access_key())), within=within)
    (key,) = as_previous(report).accounts[PROD].keys
    assert key.account_name == "Sh?op"


def test_last_readings_are_the_same_bytes_for_the_same_report(tmp_path: Path) -> None:
    for name in ("a", "b"):
        publish(FolderStorage(tmp_path / name), full_report(), html)
    key = "runs/dt=2026-11-22/run_id=run-1/last-readings.jsonl.gz"
    packed = [FolderStorage(tmp_path / name).read(key) for name in ("a", "b")]
    assert packed[0] == packed[1]
    assert gzip.decompress(packed[0] or b"").count(b"\n") == 4


def test_a_report_that_handed_nothing_on_is_compared_with_by_its_tables(storage: FolderStorage) -> None:
    forget_checksum(storage, READINGS)
    previous = find_previous(storage, TODAY)
    assert previous is not None
    assert previous.run_id == "run-2"
    assert previous.is_of(SAMPLE_ORGANIZATION.id)
    assert first_seen(previous) == {PROD: FIRST, DEV: TODAY}


@pytest.mark.parametrize("forgotten", [(), (READINGS,)], ids=["by its last readings", "by its tables"])
def test_the_columns_of_the_report_before_are_known(
    storage: FolderStorage, forgotten: tuple[str, ...]
) -> None:
    for key in forgotten:
        forget_checksum(storage, key)
    previous = find_previous(storage, TODAY)
    assert previous is not None
    header = (storage.read(KEYS) or b"").partition(b"\n")[0].decode()
    assert list(previous.key_columns) == header.split(",")


def test_a_report_that_did_not_tell_its_columns_moves_none(storage: FolderStorage) -> None:
    summary = orjson.loads(storage.read(SUMMARY) or b"")
    del summary["columns"]
    storage.write(SUMMARY, orjson.dumps(summary))
    previous = find_previous(storage, TODAY)
    assert previous is not None
    assert (previous.run_id, previous.key_columns) == ("run-2", ())
    assert columns_moved(full_report(report_run(report_date=TODAY), previous)) is None


@pytest.mark.parametrize(
    "lines",
    [
        gzip.compress(b'{"format":2}\n'),
        gzip.compress(b"[]\n"),
        gzip.compress(b""),
        gzip.compress(b'{"format":1,"run_id":"r","report_date":"soon","verdicts":["x"]}\n'),
        b"no gzip",
    ],
    ids=["another format", "no object", "empty", "no date", "not compressed"],
)
def test_last_readings_of_a_form_that_is_not_known_are_replaced_by_the_tables(
    storage: FolderStorage, lines: bytes
) -> None:
    replace_file(storage, READINGS, lines)
    assert first_seen(find_previous(storage, TODAY)) == {PROD: FIRST, DEV: TODAY}


def test_a_run_whose_last_readings_and_keys_are_anothers_is_passed_over(storage: FolderStorage) -> None:
    storage.write(READINGS, b"x")
    storage.write(KEYS, b"x")
    previous = find_previous(storage, TODAY)
    assert previous is not None
    assert previous.run_id == "run-1"


@pytest.mark.parametrize(
    ("old", "new"), [(b'"report_date": "2026-11-21"', b'"report_date": "soon"'), (b'"2026-11-22T04', b'"T04')]
)
def test_a_run_of_no_date_or_time_is_no_complete_run(storage: FolderStorage, old: bytes, new: bytes) -> None:
    summary = storage.read(SUMMARY) or b""
    assert old in summary
    storage.write(SUMMARY, summary.replace(old, new))
    previous = find_previous(storage, TODAY)
    assert previous is not None
    assert previous.run_id == "run-1"


HEADER = {"format": 1, "run_id": "r", "report_date": "2026-11-21", "verdicts": ["admin_access"]}
KEY = {"user": "ci", "id": "AKIA", "status": "Active", "verdicts": "none"}
READ = ["2026-11-21", "r", False, None]


@pytest.mark.parametrize(
    ("account_record", "trouble"),
    [
        ({"account_id": PROD, "keys": [KEY]}, "keys[0].seen: expected a reading"),
        ({"account_id": PROD, "users": ["2026-11-21"]}, "expected a reading"),
        ({"account_id": PROD, "users": READ, "keys": [{**KEY, "verdicts": "none,none"}]}, "longer than"),
        ({"account_id": PROD, "users": READ, "keys": [{**KEY, "id": None}]}, "mark: expected a text"),
        ({"keys": []}, "account_id: expected a text"),
    ],
)
def test_damaged_last_readings_are_told_with_their_place(
    account_record: dict[str, object], trouble: str
) -> None:
    with pytest.raises(SnapshotError) as told:
        parse_readings([orjson.dumps(HEADER), orjson.dumps(account_record)], {})
    assert trouble in str(told.value)


def test_a_key_without_anything_else_is_read() -> None:
    record = {"account_id": PROD, "users": READ, "keys": [KEY]}
    previous = parse_readings([orjson.dumps(HEADER), orjson.dumps(record)], {PROD: 7})
    (state,) = previous.accounts[PROD].keys
    assert (state.user_name, state.access_key_id, state.first_seen) == ("ci", "AKIA", None)
    assert (state.seen.run_id, state.verdicts, previous.api_calls) == (
        "r",
        {"admin_access": "none"},
        {PROD: 7},
    )
