"""The complete runs that a destination holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import orjson

from job.errors import PublishError, SnapshotError
from job.publish.layout import RUNS, dataset_key, parse_run_summary_key, run_folder, run_summary_key
from job.report.coverage import Coverage
from job.report.previous import PreviousRun, parse_previous
from job.snapshot.model import Json, JsonObject
from job.storage.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRun:
    """A complete run whose files were put in place: how well it covered, and its files' checksums."""

    report_date: date
    run_id: str
    include_inactive: bool
    coverage: Coverage
    checksums: dict[str, str]


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
    """The last complete report of an earlier date.

    Its files must be what its summary says they are: when two runs of one date wrote at the same time, or one
    was killed while it replaced another's files, that date is passed over and an earlier one taken.
    """
    earlier = [found for found in _summaries(storage, RUNS) if found[0] < report_date]
    for day, run_id in sorted(earlier, reverse=True):
        run = read_run(storage, day, run_id)
        previous = _read_report(storage, run) if run is not None else None
        if previous is not None:
            return previous
    return None


def _summaries(storage: Storage, prefix: str) -> Iterator[tuple[date, str]]:
    return filter(None, map(parse_run_summary_key, list_or_refuse(storage, prefix)))


def read_run(storage: Storage, day: date, run_id: str) -> PublishedRun | None:
    """A run by its summary; None when there is none, it put nothing in place or cannot be understood."""
    match read_json(storage, run_summary_key(day, run_id)):
        case {
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
            return PublishedRun(
                report_date=day,
                run_id=run_id,
                include_inactive=include_inactive,
                coverage=Coverage(
                    complete=complete, partial=partial, failed=failed, skipped=skipped, inactive=inactive
                ),
                checksums=dict(_checksums(objects)),
            )
    return None


def _checksums(objects: list[Json]) -> Iterator[tuple[str, str]]:
    for written in objects:
        match written:
            case {"key": str(key), "sha256": str(sha256)}:
                yield key, sha256


def _read_report(storage: Storage, run: PublishedRun) -> PreviousRun | None:
    keys = _read_unchanged(storage, run, dataset_key("csv", "keys", run.report_date))
    accounts = _read_unchanged(storage, run, dataset_key("csv", "accounts", run.report_date))
    if keys is None or accounts is None:
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
