"""CSV after RFC 4180: UTF-8 without a byte order mark, lines ended by LF, a header even when empty."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

from job.report.columns import ColumnType
from job.report.formats.file_format import FileFormat, FormatOptions
from job.report.table import Table
from job.report.values import csv_text, remembering


def write_csv(table: Table, file: BinaryIO, options: FormatOptions) -> None:
    """Write the header and every row; an absent value is an empty field."""
    guard = options.formula_guard
    texts = [remembering(csv_text(column, formula_guard=guard)) for column in table.schema.columns]
    lines = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(table.schema.names)
    writer.writerows([text(cell) for text, cell in zip(texts, row, strict=True)] for row in table.rows)
    lines.detach()


CSV = FileFormat(
    name="csv",
    content_type="text/csv; charset=utf-8",
    write=write_csv,
    # Athena's reader of CSV takes no empty number, and reads dates and timestamps as numbers:
    # https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
    glue_types=dict.fromkeys(ColumnType, "string"),
)
