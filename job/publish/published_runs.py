"""The complete runs that a destination holds."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import orjson

from job.errors import PublishError, SnapshotError
from job.publish.layout import (
    RUNS,
    dataset_key,
    parse_run_summary_key,
    run_folder,
    run_readings_key,
    run_summary_key,
)
from job.report.accounts.coverage import Coverage
from job.report.comparison.previous import PreviousRun
from job.report.comparison.readings_file import parse_readings
from job.report.rows.published_tables import api_calls_of, parse_previous, unread_accounts
from job.snapshot.model import Json, JsonObject
from job.storage.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRun:
    """A complete run whose files were put in place: how well it covered, and its files' checksums.

    `started_at` is the run's own clock; `key_columns` are those of its `keys`.
    """

    report_date: date
    run_id: str
    include_inactive: bool
    coverage: Coverage
    checksums: dict[str, str]
    started_at: datetime
    key_columns: tuple[str, ...] = ()

    @property
    def is_ahead(self) -> bool:
        """Whether its date had not come when it was made."""
        return is_ahead(self.report_date, self.started_at)

    def yields_to(self, report_date: date, made_at: datetime) -> bool:
        """Whether a report made later, with a date that had come, goes before this one: its date is wrong."""
        return self.is_ahead and self.started_at < made_at and not is_ahead(report_date, made_at)


def is_ahead(report_date: date, made_at: datetime) -> bool:
    """Whether a report is of a date that has come nowhere on Earth when it is made."""
    return report_date.toordinal() > made_at.astimezone(UTC).toordinal() + 1


def read_or_refuse(storage: Storage, key: str) -> bytes | None:
    """A file of the destination; one that cannot be read stops the publishing."""
    try:
        return storage.read(key)
    except SnapshotError as error:
        raise PublishError(str(error)) from error


def list_or_refuse(storage: Storage, prefix: str) -> list[str]:
    """Keys of the destination; when they cannot be listed, nothing is published."""
    try:
        return list(storage.list(prefix))
    except SnapshotError as error:
        raise PublishError(str(error)) from error


def runs_of(storage: Storage, day: date) -> Iterator[PublishedRun]:
    """The runs of a date that put their files in place."""
    for found, run_id in _summaries(storage, run_folder(day)):
        run = read_run(storage, found, run_id)
        if run is not None:
            yield run


def find_previous(storage: Storage, report_date: date) -> PreviousRun | None:
    """The last complete report of an earlier date, with all that was known before it.

    Its files must be what its summary says they are: when two runs of one date wrote at the same time, or one
    was killed while it replaced another's files, that date is passed over and an earlier one taken. So is a
    report that was dated ahead of its clock, if one with a true date was made after it.

    The cost is a listing and three files (a summary, the `accounts` CSV, the last readings), and a summary
    for each run that is passed over. No older report is read: the last readings go as far back as it takes.
    """
    earlier = [found for found in _summaries(storage, RUNS) if found[0] < report_date]
    ahead: tuple[PublishedRun, PreviousRun] | None = None
    for day, run_id in sorted(earlier, reverse=True):
        run = read_run(storage, day, run_id)
        if run is None or (ahead and run.is_ahead):
            continue
        if ahead and not ahead[0].yields_to(run.report_date, run.started_at):
            break
        previous = _read_report(storage, run)
        if previous is not None and not run.is_ahead:
            return previous
        ahead = (run, previous) if previous is not None else ahead
    return ahead[1] if ahead else None


def _summaries(storage: Storage, prefix: str) -> Iterator[tuple[date, str]]:
    return filter(None, map(parse_run_summary_key, list_or_refuse(storage, prefix)))


def read_run(storage: Storage, day: date, run_id: str) -> PublishedRun | None:
    """A run by its summary; None when there is none, it put nothing in place or cannot be understood."""
    run = parse_run(read_json(storage, run_summary_key(day, run_id)))
    return None if run is None else replace(run, report_date=day, run_id=run_id)


def parse_run(summary: JsonObject | None) -> PublishedRun | None:
    """The run that a summary is of; None when it put nothing in place or cannot be understood."""
    match summary:
        case {
            "run_id": str(run_id),
            "report_date": str(day),
            "started_at": str(started_at),
            "published": True,
            "include_inactive": bool(include_inactive),
            "coverage": {
                "complete": int(complete),
                "partial": int(partial),
                "failed": int(failed),
                "skipped": int(skipped),
                "inactive": int(inactive),
            },
            "objects": list(objects),
        }:
            times = _times(day, started_at)
            return times and PublishedRun(
                report_date=times[0],
                run_id=run_id,
                include_inactive=include_inactive,
                coverage=Coverage(
                    complete=complete, partial=partial, failed=failed, skipped=skipped, inactive=inactive
                ),
                checksums=dict(_checksums(objects)),
                started_at=times[1],
                key_columns=_key_columns(summary),
            )
    return None


def _key_columns(summary: JsonObject | None) -> tuple[str, ...]:
    match summary:
        case {"columns": {"keys": list(columns)}}:
            return tuple(str(column) for column in columns)
    return ()


def _times(day: str, started_at: str) -> tuple[date, datetime] | None:
    try:
        return date.fromisoformat(day), datetime.fromisoformat(started_at).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _checksums(objects: list[Json]) -> Iterator[tuple[str, str]]:
    for written in objects:
        match written:
            case {"key": str(key), "sha256": str(sha256)}:
                yield key, sha256


def _read_report(storage: Storage, run: PublishedRun) -> PreviousRun | None:
    accounts = _read_unchanged(storage, run, dataset_key("csv", "accounts", run.report_date))
    if accounts is None:
        return None
    previous = _read_readings(storage, run, accounts) or _read_keys(storage, run, accounts)
    return previous and replace(previous, key_columns=run.key_columns, unread=unread_accounts(accounts))


def _read_readings(storage: Storage, run: PublishedRun, accounts: bytes) -> PreviousRun | None:
    """What the run handed on; None for a run that did not yet, or did in a form that is not known here."""
    packed = _read_unchanged(storage, run, run_readings_key(run.report_date, run.run_id))
    if packed is None:
        return None
    try:
        with gzip.open(io.BytesIO(packed)) as lines:
            return parse_readings(lines, api_calls_of(accounts))
    except (SnapshotError, OSError):
        return None


def _read_keys(storage: Storage, run: PublishedRun, accounts: bytes) -> PreviousRun | None:
    keys = _read_unchanged(storage, run, dataset_key("csv", "keys", run.report_date))
    if keys is None:
        return None
    return parse_previous(
        run_id=run.run_id,
        report_date=run.report_date,
        include_inactive=run.include_inactive,
        keys=keys,
        accounts=accounts,
    )


def _read_unchanged(storage: Storage, run: PublishedRun, key: str) -> bytes | None:
    """The file that the run wrote; None when it is gone or another's."""
    file = read_or_refuse(storage, key)
    if file is None or hashlib.sha256(file).hexdigest() != run.checksums.get(key):
        return None
    return file


def read_json(storage: Storage, key: str) -> JsonObject | None:
    """A JSON object of the destination; None when there is none or it is something else."""
    try:
        parsed = orjson.loads(read_or_refuse(storage, key) or b"null")
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None
