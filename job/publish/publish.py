"""Put a report at its destination: the dated files first, then the copies, and the run's summary last.

The copies in latest/ are of the newest date. Two reports leave them as they are: one that read nothing, while
they are of one that read something; and one of an older date. A report that was dated ahead of its clock by
mistake holds them against no later run with a true date, which says so.

Whoever finds `runs/dt=D/run_id=R/summary.json` finds everything that it lists. Every file is replaced as a
whole, and publishing the same report again writes the same bytes, so running it again repairs a killed run.

Two runs of one date at the same time may each replace some of the other's files. The state machine refuses
the second, and a scheduler that delivers twice names one run id, over nearly the same accounts: either
one's files are good. The rows carry their run id and each summary the SHA-256 of its files, so a mixture
can be told; the next date's comparison does, and takes an earlier report then
(`published_runs.find_previous`). No lock is taken: a killed run would leave it behind, and the next run of
the date puts everything in order.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from job.publish.layout import (
    LATEST_HTML,
    LATEST_KEYS,
    LATEST_SUMMARY,
    QUICKSIGHT_MANIFEST,
    dataset_key,
    html_key,
    report_file_key,
    run_readings_key,
    run_summary_key,
)
from job.publish.manifest import next_manifest
from job.publish.published_runs import PublishedRun, is_ahead, parse_run, read_json, read_run, runs_of
from job.report.formats.file_format import FileFormat, FormatOptions
from job.report.formats.registry import FORMATS, REPORT_FORMATS
from job.report.html.html_input import HtmlInput
from job.report.rows.build import Report
from job.report.schema.dataset import Table
from job.report.summary import ExitReason, PublishedObject, exit_reason, finish, summarize, summary_bytes
from job.snapshot.model import JsonObject
from job.storage.packed_file import PackedFile
from job.storage.storage import Storage

_HTML_TYPE = "text/html; charset=utf-8"
_JSON_TYPE = "application/json"
_GZIP_TYPE = "application/gzip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What became of a report: how the run ends, its summary as written, and what was left as it was."""

    reason: ExitReason
    summary: JsonObject
    notes: tuple[str, ...]


def publish(
    storage: Storage,
    report: Report,
    render_html: Callable[[HtmlInput], bytes],
    formats: Iterable[FileFormat] = FORMATS,
) -> Publication:
    """Publish a report, unless a better one of its date is there: then only its own summary is written."""
    better = _better_run(storage, report)
    if better is not None:
        return _decline(storage, report, better)
    writer = _Writer(storage=storage)
    summary = summarize(report)
    html = render_html(html_input(report, summary))
    files = _write_datasets(writer, report, formats)
    writer.write(html_key(report.run.report_date), html, _HTML_TYPE)
    for each in REPORT_FORMATS:
        key = report_file_key(each.name, each.file, report.run.report_date)
        writer.write_packed(key, _pack_lines(each.lines(report)))
    readings = run_readings_key(report.run.report_date, report.run.run_id)
    writer.write_packed(readings, _pack_lines(report.readings))
    latest = read_json(storage, LATEST_SUMMARY)
    copies = _judge_latest(latest, report)
    if copies.are_replaced:
        keys = files[dataset_key("csv", "keys", report.run.report_date)]
        _write_copies(writer, report, keys, html, latest)
    reason = exit_reason(report.coverage, report.run.minimum_coverage, published=True)
    written = finish(summary, reason, writer.objects, copies.notes)
    if copies.are_replaced:
        storage.write(LATEST_SUMMARY, summary_bytes(written), _JSON_TYPE)
    _write_run_summary(storage, report, written)
    return Publication(reason=reason, summary=written, notes=copies.notes)


def html_input(report: Report, summary: JsonObject) -> HtmlInput:
    """The report as the HTML page takes it."""
    return HtmlInput(
        schema=report.schema,
        keys=report.table("keys"),
        accounts=report.table("accounts"),
        findings=report.table("findings"),
        changes=report.table("changes"),
        stores=report.table("stores"),
        access=report.table("access"),
        credentials=report.table("credentials"),
        summary=summary,
        previous_report_date=report.previous.report_date if report.previous else None,
    )


def _better_run(storage: Storage, report: Report) -> PublishedRun | None:
    """A run of the date that covered more, unless it was dated ahead by mistake, before the date had come."""
    day, now = report.run.report_date, report.run.now
    runs = (run for run in runs_of(storage, day) if not run.yields_to(day, now))
    return next((run for run in runs if report.coverage.is_worse_than(run.coverage)), None)


def _decline(storage: Storage, report: Report, better: PublishedRun) -> Publication:
    """Say in the run's own summary that nothing was replaced; a better run of that id keeps its own."""
    note = (
        f"not published: run {better.run_id} of the same date read {better.coverage.complete} accounts "
        f"completely, this one {report.coverage.complete}"
    )
    reason = ExitReason.WORSE_THAN_PUBLISHED
    written = finish(summarize(report), reason, [], [note])
    if read_run(storage, report.run.report_date, report.run.run_id) is None:
        _write_run_summary(storage, report, written)
    return Publication(reason=reason, summary=written, notes=(note,))


def _write_run_summary(storage: Storage, report: Report, summary: JsonObject) -> None:
    key = run_summary_key(report.run.report_date, report.run.run_id)
    storage.write(key, summary_bytes(summary), _JSON_TYPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Writes files and keeps the list of them."""

    storage: Storage
    objects: list[PublishedObject] = field(default_factory=list)

    def write(self, key: str, data: bytes, content_type: str) -> None:
        """Write a file that is no table."""
        self.storage.write(key, data, content_type)
        self.objects.append(
            PublishedObject(
                key=key,
                dataset=None,
                format=key.rpartition(".")[2],
                rows=None,
                bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
            )
        )

    def write_packed(self, key: str, file: PackedFile) -> None:
        """Write a compressed file that is no table."""
        with file.reader() as reader:
            self.storage.write(key, reader, _GZIP_TYPE)
        self.objects.append(
            PublishedObject(
                key=key, dataset=None, format="jsonl.gz", rows=None, bytes=file.size, sha256=file.sha256
            )
        )

    def write_table(self, key: str, written: _WrittenTable) -> None:
        """Write a table's file."""
        with written.file.reader() as reader:
            self.storage.write(key, reader, written.format.content_type)
        self.objects.append(
            PublishedObject(
                key=key,
                dataset=written.table.schema.name,
                format=written.format.name,
                rows=len(written.table.rows),
                bytes=written.file.size,
                sha256=written.file.sha256,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _WrittenTable:
    """A table in one format, ready to be put anywhere."""

    table: Table
    format: FileFormat
    file: PackedFile

    @classmethod
    def of(cls, table: Table, file_format: FileFormat, options: FormatOptions) -> _WrittenTable:
        file = PackedFile()
        with file.writer() as writer:
            file_format.write(table, writer, options)
        return cls(table=table, format=file_format, file=file)


def _write_datasets(
    writer: _Writer, report: Report, formats: Iterable[FileFormat]
) -> Mapping[str, _WrittenTable]:
    """Every dataset in every format, one at a time; answers the files by key."""
    options, files = FormatOptions(formula_guard=report.run.formula_guard), dict[str, _WrittenTable]()
    for file_format in formats:
        for table in report.tables:
            key = dataset_key(file_format.name, table.schema.name, report.run.report_date)
            files[key] = _WrittenTable.of(table, file_format, options)
            writer.write_table(key, files[key])
    return files


def _pack_lines(lines: Iterable[bytes]) -> PackedFile:
    """The lines as a compressed file, the same bytes for the same lines."""
    file = PackedFile()
    with file.writer() as writer, gzip.GzipFile(filename="", mode="wb", fileobj=writer, mtime=0) as packed:
        packed.writelines(lines)
    return file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copies:
    """Whether latest/ and manifests/ become this report's, and what is to be said about it."""

    are_replaced: bool
    notes: tuple[str, ...] = ()


def _judge_latest(latest: JsonObject | None, report: Report) -> _Copies:
    run, before = report.run, parse_run(latest)
    newer = _newer_date(latest, report)
    ahead = f"the report is dated {run.report_date}, but made on {run.now:%Y-%m-%d}"
    own = (ahead,) if is_ahead(run.report_date, run.now) else ()
    if report.coverage.is_nothing and before is not None and not before.coverage.is_nothing:
        left = f"latest/ and manifests/ are left to the report of {before.report_date}: no account was read"
        return _Copies(are_replaced=False, notes=(*own, left))
    if newer is None:
        return _Copies(are_replaced=True, notes=own)
    if before is not None and before.yields_to(run.report_date, run.now):
        taken = (
            f"latest/ was of {newer}, a date that had not come when that report was made: it is replaced; "
            f"delete the dt={newer} folders if the date was a mistake"
        )
        return _Copies(are_replaced=True, notes=(taken,))
    return _Copies(
        are_replaced=False, notes=(*own, f"latest/ and manifests/ are left to the report of {newer}")
    )


def _newer_date(latest: JsonObject | None, report: Report) -> str | None:
    """The date of the report in latest/, when this one is older."""
    match latest:
        case {"report_date": str(day)} if day > report.run.report_date.isoformat():
            return day
    return None


def _write_copies(
    writer: _Writer, report: Report, keys: _WrittenTable, html: bytes, latest: JsonObject | None
) -> None:
    table = report.table("keys")
    manifest = next_manifest(writer.storage, report.run.report_date, table.schema.names, latest)
    writer.write_table(LATEST_KEYS, keys)
    writer.write(LATEST_HTML, html, _HTML_TYPE)
    writer.write(QUICKSIGHT_MANIFEST, summary_bytes(manifest), _JSON_TYPE)
