"""The formats that every dataset is written as. A new format is one more row."""

from __future__ import annotations

from job.report.formats.csv_file import CSV
from job.report.formats.file_format import FileFormat
from job.report.formats.parquet_file import PARQUET

FORMATS: tuple[FileFormat, ...] = (CSV, PARQUET)


def format_named(name: str) -> FileFormat:
    """The format of that name."""
    return next(file_format for file_format in FORMATS if file_format.name == name)
