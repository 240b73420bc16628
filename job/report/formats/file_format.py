"""What a file format is to the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from job.report.rows.build import Report
from job.report.schema.columns import ColumnType
from job.report.schema.dataset import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatOptions:
    """What a person may choose: the formula guard is for those who open CSV in a spreadsheet."""

    formula_guard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """A format: its folder and suffix, its media type, how it is written and its types in AWS Glue.

    `write` puts the same bytes into the file for the same table, wherever and whenever it is called.
    """

    name: str
    content_type: str
    write: Callable[[Table, BinaryIO, FormatOptions], None]
    glue_types: Mapping[ColumnType, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFormat:
    """A format that tells of a whole report in one packed file a date: `NAME/dt=D/FILE-D.jsonl.gz`.

    `lines` are the same bytes for the same report.
    """

    name: str
    file: str
    lines: Callable[[Report], Iterable[bytes]]
