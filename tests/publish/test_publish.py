from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from job.errors import PublishError, SnapshotError
from job.publish.publish import publish
from job.publish.published_runs import find_previous
from job.report.catalog import schema_document
from job.report.formats.csv_file import CSV
from job.report.formats.file_format import FormatOptions
from job.report.formats.registry import FORMATS
from job.report.html.html_input import HtmlInput
from job.report.rows.build import Report
from job.report.schema.dataset import Table
from job.report.summary import ExitReason
from job.snapshot.model import AccountRun, Failure, Json
from job.storage.folder import FolderStorage
from tests.report.report_samples import (
    DEV,
    MANAGEMENT,
    PROD,
    access_key,
    account,
    full_report,
    report_run,
    sample_report,
    sample_schema,
    user,
)

TODAY, YESTERDAY = date(2026, 11, 22), date(2026, 11, 21)
RUN_SUMMARY = "runs/dt=2026-11-22/run_id=run-1/summary.json"
KEYS_CSV = "csv/keys/dt=2026-11-22/keys-2026-11-22.csv"
FAILURE = Failure(step="AssumeRole", code="AccessDenied", message="no")


class MemoryStorage:
    """Keeps files in memory and the order in which they were written."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.order: list[str] = []
        self.types: dict[str, str] = {}

    def read(self, key: str) -> bytes | None:
        return self.files.get(key)

    def write(self, key: str, data: bytes | BinaryIO, content_type: str = "application/octet-stream") -> None:
        self.files[key] = data if isinstance(data, bytes) else data.read()
        self.types[key] = content_type
        self.order.append(key)

    def list(self, prefix: str) -> Iterator[str]:
        yield from sorted(key for key in self.files if key.startswith(prefix))

    def url(self, key: str) -> str:
        return f"s3://bucket/prefix/{key}"

    def json(self, key: str) -> dict[str, Json]:
        parsed: dict[str, Json] = json.loads(self.files[key])
        return parsed


class UnreadableStorage(MemoryStorage):
    """Refuses every reading of a file."""

    def read(self, key: str) -> bytes | None:
        raise SnapshotError(f"{self.url(key)} cannot be read: AccessDenied")


class UnlistableStorage(MemoryStorage):
    """Refuses every listing."""

    def list(self, prefix: str) -> Iterator[str]:
        raise SnapshotError(f"{self.url(prefix)} cannot be listed: AccessDenied")


class BrokenStorage(MemoryStorage):
    """Refuses the files after the first few, as when the run is killed then."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def write(self, key: str, data: bytes | BinaryIO, content_type: str = "application/octet-stream") -> None:
        if len(self.order) == self.left:
            raise PublishError(f"{self.url(key)} cannot be written: SlowDown")
        super().write(key, data, content_type)


def html(given: HtmlInput) -> bytes:
    return f"<p>{len(given.keys.rows)} keys since {given.previous_report_date}".encode()


def worse_report(run_id: str = "run-2") -> Report:
    """The sandbox could not be read."""
    return sample_report(
        account(MANAGEMENT),
        account(PROD, user("ci", access_key())),
        run=report_run(run_id=run_id, accounts={DEV: AccountRun(failure=FAILURE)}),
    )


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


def test_dated_files_come_first_then_copies_and_the_runs_summary_last(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    assert storage.order == [
        "csv/keys/dt=2026-11-22/keys-2026-11-22.csv",
        "csv/accounts/dt=2026-11-22/accounts-2026-11-22.csv",
        "csv/findings/dt=2026-11-22/findings-2026-11-22.csv",
        "csv/changes/dt=2026-11-22/changes-2026-11-22.csv",
        "csv/stores/dt=2026-11-22/stores-2026-11-22.csv",
        "csv/access/dt=2026-11-22/access-2026-11-22.csv",
        "csv/credentials/dt=2026-11-22/credentials-2026-11-22.csv",
        "parquet/keys/dt=2026-11-22/keys-2026-11-22.parquet",
        "parquet/accounts/dt=2026-11-22/accounts-2026-11-22.parquet",
        "parquet/findings/dt=2026-11-22/findings-2026-11-22.parquet",
        "parquet/changes/dt=2026-11-22/changes-2026-11-22.parquet",
        "parquet/stores/dt=2026-11-22/stores-2026-11-22.parquet",
        "parquet/access/dt=2026-11-22/access-2026-11-22.parquet",
        "parquet/credentials/dt=2026-11-22/credentials-2026-11-22.parquet",
        "html/dt=2026-11-22/report-2026-11-22.html",
        "ocsf/dt=2026-11-22/findings-2026-11-22.jsonl.gz",
        "runs/dt=2026-11-22/run_id=run-1/last-readings.jsonl.gz",
        "latest/keys.csv",
        "latest/report.html",
        "manifests/quicksight.json",
        "latest/summary.json",
        RUN_SUMMARY,
    ]


def test_copies_are_the_same_bytes(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    assert storage.files["latest/keys.csv"] == storage.files[KEYS_CSV]
    assert storage.files["latest/report.html"] == storage.files["html/dt=2026-11-22/report-2026-11-22.html"]
    assert storage.files["latest/summary.json"] == storage.files[RUN_SUMMARY]


def test_files_have_their_media_types(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    assert storage.types["latest/keys.csv"] == "text/csv; charset=utf-8"
    assert storage.types["latest/report.html"] == "text/html; charset=utf-8"
    assert storage.types["manifests/quicksight.json"] == "application/json"


def test_the_summary_lists_every_file_with_its_checksum(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    objects = json.loads(storage.files[RUN_SUMMARY])["objects"]
    assert [written["key"] for written in objects] == storage.order[:20]
    assert [written["sha256"] for written in objects] == [
        hashlib.sha256(storage.files[written["key"]]).hexdigest() for written in objects
    ]
    assert [written["bytes"] for written in objects] == [
        len(storage.files[written["key"]]) for written in objects
    ]
    assert (objects[0]["dataset"], objects[0]["format"], objects[0]["rows"]) == ("keys", "csv", 3)
    assert (objects[14]["dataset"], objects[14]["format"], objects[14]["rows"]) == (None, "html", None)


def test_publishing_again_writes_the_same_bytes(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    before = dict(storage.files)
    publish(storage, full_report(), html)
    assert storage.files == before


def test_a_second_run_of_the_date_replaces_its_files(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    publication = publish(storage, full_report(report_run(run_id="run-2")), html)
    rows = list(csv.DictReader(io.StringIO(storage.files[KEYS_CSV].decode())))
    assert publication.reason is ExitReason.COMPLETE
    assert {row["run_id"] for row in rows} == {"run-2"}
    assert len([key for key in storage.files if key.startswith("csv/keys/")]) == 1


def test_a_run_below_the_minimum_is_published_and_says_so(storage: MemoryStorage) -> None:
    publication = publish(storage, worse_report(), html)
    assert publication.reason is ExitReason.BELOW_MINIMUM
    assert storage.json("latest/summary.json")["exit_reason"] == "coverage_below_minimum"


def test_a_run_with_worse_coverage_replaces_nothing_and_says_so(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    before = dict(storage.files)
    publication = publish(storage, worse_report(), html)
    added = storage.files.keys() - before.keys()
    assert publication.reason is ExitReason.WORSE_THAN_PUBLISHED
    assert added == {"runs/dt=2026-11-22/run_id=run-2/summary.json"}
    assert before.items() <= storage.files.items()
    summary = storage.json("runs/dt=2026-11-22/run_id=run-2/summary.json")
    assert (summary["published"], summary["objects"], summary["exit_code"]) == (False, [], 1)
    assert summary["notes"] == [
        "not published: run run-1 of the same date read 3 accounts completely, this one 2"
    ]


def test_a_worse_repetition_of_a_run_leaves_that_runs_summary(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    before = dict(storage.files)
    assert publish(storage, worse_report("run-1"), html).reason is ExitReason.WORSE_THAN_PUBLISHED
    assert storage.files == before


def test_a_better_run_replaces_a_worse_one(storage: MemoryStorage) -> None:
    publish(storage, worse_report("run-0"), html)
    assert publish(storage, full_report(), html).reason is ExitReason.COMPLETE


def test_a_declined_run_does_not_hinder_an_equal_one(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    publish(storage, worse_report(), html)
    assert publish(storage, full_report(report_run(run_id="run-3")), html).reason is ExitReason.COMPLETE


def test_a_worse_run_of_another_date_is_published(storage: MemoryStorage) -> None:
    publish(storage, full_report(report_run(report_date=YESTERDAY)), html)
    assert publish(storage, worse_report(), html).reason is ExitReason.BELOW_MINIMUM


def test_a_report_of_an_older_date_leaves_the_latest(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    latest = storage.files["latest/keys.csv"]
    publication = publish(storage, full_report(report_run(run_id="late", report_date=YESTERDAY)), html)
    assert storage.files["latest/keys.csv"] == latest
    assert storage.json("latest/summary.json")["report_date"] == "2026-11-22"
    assert "csv/keys/dt=2026-11-21/keys-2026-11-21.csv" in storage.files
    assert publication.summary["notes"] == ["latest/ and manifests/ are left to the report of 2026-11-22"]


def test_a_refused_file_is_named() -> None:
    with pytest.raises(PublishError, match=r"s3://bucket/prefix/csv/keys/dt=.*SlowDown"):
        publish(BrokenStorage(0), full_report(), html)


@pytest.mark.parametrize("left", range(15))
def test_a_run_killed_at_any_file_is_not_complete_and_repaired_by_the_next(left: int) -> None:
    storage = BrokenStorage(left)
    with pytest.raises(PublishError):
        publish(storage, full_report(), html)
    assert RUN_SUMMARY not in storage.files
    whole = MemoryStorage()
    publish(whole, full_report(), html)
    storage.left = 99
    publish(storage, full_report(), html)
    assert storage.files == whole.files


def test_a_destination_that_cannot_be_read_is_named() -> None:
    storage = UnreadableStorage()
    with pytest.raises(PublishError, match=r"latest/summary\.json cannot be read"):
        publish(storage, full_report(), html)


def test_a_destination_that_cannot_be_listed_is_named() -> None:
    with pytest.raises(PublishError, match="runs/dt=2026-11-22/ cannot be listed"):
        publish(UnlistableStorage(), full_report(), html)


def test_there_is_no_previous_report_at_first(storage: MemoryStorage) -> None:
    assert find_previous(storage, TODAY) is None


def test_the_previous_report_is_the_last_complete_one_of_an_earlier_date(storage: MemoryStorage) -> None:
    publish(storage, full_report(report_run(run_id="a", report_date=date(2026, 11, 1))), html)
    publish(storage, full_report(report_run(run_id="b", report_date=YESTERDAY)), html)
    publish(storage, full_report(report_run(run_id="c", report_date=TODAY)), html)
    previous = find_previous(storage, TODAY)
    assert previous is not None
    assert (previous.run_id, previous.report_date) == ("b", YESTERDAY)
    assert {account_id for account_id, last in previous.accounts.items() if last.keys} == {PROD, DEV}


def test_a_run_that_published_nothing_is_no_previous_report(storage: MemoryStorage) -> None:
    publish(storage, full_report(), html)
    publish(storage, worse_report("zzz"), html)
    previous = find_previous(storage, date(2026, 11, 23))
    assert previous is not None
    assert previous.run_id == "run-1"


def test_a_date_whose_files_are_another_runs_is_passed_over(storage: MemoryStorage) -> None:
    publish(storage, full_report(report_run(run_id="a", report_date=date(2026, 11, 1))), html)
    publish(storage, full_report(report_run(run_id="b", report_date=YESTERDAY)), html)
    storage.files["csv/accounts/dt=2026-11-21/accounts-2026-11-21.csv"] += b"x"
    previous = find_previous(storage, TODAY)
    assert previous is not None
    assert previous.run_id == "a"


@pytest.mark.parametrize(
    "summary", [b"{", b"[]", b"", b'{"published":true}', b'{"published":true,"objects":[1],"coverage":{}}']
)
def test_a_damaged_summary_is_no_complete_run(storage: MemoryStorage, summary: bytes) -> None:
    storage.files["runs/dt=2026-11-21/run_id=x/summary.json"] = summary
    assert find_previous(storage, TODAY) is None


def test_a_folder_that_is_named_for_no_day_hinders_no_run(storage: MemoryStorage) -> None:
    publish(storage, full_report(report_run(report_date=YESTERDAY)), html)
    storage.files["runs/dt=2026-13-45/run_id=x/summary.json"] = b"{}"
    previous = find_previous(storage, TODAY)
    assert previous is not None
    assert previous.report_date == YESTERDAY


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_run_at_no_moment_is_no_complete_run(storage: MemoryStorage, moment: str) -> None:
    publish(storage, full_report(report_run(report_date=YESTERDAY)), html)
    key = f"runs/dt={YESTERDAY}/run_id=run-1/summary.json"
    storage.files[key] = json.dumps(json.loads(storage.files[key]) | {"started_at": moment}).encode()
    assert find_previous(storage, TODAY) is None


@pytest.mark.parametrize(
    "made_at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)]
)
def test_a_clock_at_either_end_of_time_publishes(storage: MemoryStorage, made_at: datetime) -> None:
    run = replace(report_run(report_date=made_at.date()), now=made_at)
    assert publish(storage, full_report(run), html).reason.exit_code == 0


def test_an_object_without_checksum_is_passed_over(storage: MemoryStorage) -> None:
    publish(storage, full_report(report_run(report_date=YESTERDAY)), html)
    key = "runs/dt=2026-11-21/run_id=run-1/summary.json"
    storage.files[key] = storage.files[key].replace(b'"sha256"', b'"md5"')
    assert find_previous(storage, TODAY) is None


def test_the_html_is_told_the_date_before(storage: MemoryStorage) -> None:
    publish(storage, full_report(report_run(report_date=YESTERDAY)), html)
    publish(storage, full_report(previous=find_previous(storage, TODAY)), html)
    assert storage.files["latest/report.html"] == b"<p>3 keys since 2026-11-21"


def test_the_manifest_names_the_folder_of_all_dates(storage: MemoryStorage) -> None:
    publish(storage, full_report(report_run(report_date=YESTERDAY)), html)
    publish(storage, full_report(), html)
    assert storage.json("manifests/quicksight.json")["fileLocations"] == [
        {"URIPrefixes": ["s3://bucket/prefix/csv/keys/"]}
    ]


def test_files_of_other_columns_are_not_in_the_manifest(storage: MemoryStorage) -> None:
    publish(storage, full_report(report_run(report_date=date(2026, 11, 20))), html)
    wider = sample_schema(tags=("Owner",))
    for day in (YESTERDAY, TODAY, TODAY):
        report = sample_report(
            account(MANAGEMENT), account(PROD), account(DEV), run=report_run(report_date=day), schema=wider
        )
        publish(storage, report, html)
    assert storage.json("manifests/quicksight.json")["fileLocations"] == [
        {
            "URIs": [
                "s3://bucket/prefix/csv/keys/dt=2026-11-21/keys-2026-11-21.csv",
                "s3://bucket/prefix/csv/keys/dt=2026-11-22/keys-2026-11-22.csv",
            ]
        }
    ]


def test_the_manifest_names_no_more_files_than_quicksight_takes(storage: MemoryStorage) -> None:
    storage.files |= {f"csv/keys/dt=2020-{number:04}/k.csv": b"" for number in range(1000)}
    publish(storage, full_report(), html)
    location = json.loads(storage.files["manifests/quicksight.json"])["fileLocations"][0]
    assert len(location["URIs"]) == 1000
    assert location["URIs"][-1] == f"s3://bucket/prefix/{KEYS_CSV}"


def test_a_latest_summary_of_unknown_columns_starts_the_manifest_anew(storage: MemoryStorage) -> None:
    storage.files["latest/summary.json"] = b'{"report_date":"2026-01-01"}'
    publish(storage, full_report(), html)
    location = json.loads(storage.files["manifests/quicksight.json"])["fileLocations"][0]
    assert location == {"URIs": [f"s3://bucket/prefix/{KEYS_CSV}"]}


def test_a_folder_holds_one_file_for_each_dataset_and_date(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    publish(storage, full_report(report_run(report_date=YESTERDAY)), html)
    publish(storage, full_report(), html)
    assert sorted(path.name for path in (tmp_path / "csv/keys").rglob("*.csv")) == [
        "keys-2026-11-21.csv",
        "keys-2026-11-22.csv",
    ]
    assert find_previous(storage, TODAY) is not None


def test_two_folders_hold_the_same_bytes(tmp_path: Path) -> None:
    publish(FolderStorage(tmp_path / "a"), full_report(), html)
    publish(FolderStorage(tmp_path / "b"), full_report(), html)
    first = {path.relative_to(tmp_path / "a"): path.read_bytes() for path in (tmp_path / "a").rglob("*.*")}
    second = {path.relative_to(tmp_path / "b"): path.read_bytes() for path in (tmp_path / "b").rglob("*.*")}
    assert first.keys() == second.keys()
    assert first == second


def write_lines(table: Table, file: BinaryIO, _options: FormatOptions) -> None:
    file.write(b"row\n" * len(table.rows))


def test_a_third_format_needs_one_more_row_only(storage: MemoryStorage) -> None:
    formats = (*FORMATS, replace(CSV, name="lines", write=write_lines))
    publish(storage, full_report(), html, formats)
    document = json.loads(json.dumps(schema_document(sample_schema(), formats)))
    assert storage.files["lines/keys/dt=2026-11-22/keys-2026-11-22.lines"] == b"row\n" * 3
    assert list(document["datasets"][0]["glue"]) == ["csv", "parquet", "lines"]
