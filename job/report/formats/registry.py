"""The formats of every dataset, and those of a whole report. A new format is one more row."""

from __future__ import annotations

from job.report.formats.csv_file import CSV
from job.report.formats.file_format import FileFormat, ReportFormat
from job.report.formats.ocsf import OCSF
from job.report.formats.parquet_file import PARQUET

FORMATS: tuple[FileFormat, ...] = (CSV, PARQUET)
REPORT_FORMATS: tuple[ReportFormat, ...] = (OCSF,)


def format_named(name: str) -> FileFormat:
    """The format of that name."""
    return next(file_format for file_format in FORMATS if file_format.name == name)
