"""CSV after RFC 4180: UTF-8 without a byte order mark, lines ended by LF, a header even when empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from job.report.formats.arrow import Cells, record_batches, text_array
from job.report.formats.file_format import FileFormat, FormatOptions
from job.report.schema.cell_text import csv_text
from job.report.schema.columns import AnyColumn, ColumnType
from job.report.schema.dataset import Table

if TYPE_CHECKING:
    from arro3.core import Array


def write_csv(table: Table, file: BinaryIO, options: FormatOptions) -> None:
    """Write the header and every row; an absent value is an empty field."""
    from arro3.core import DataType  # noqa: PLC0415 - only to write
    from arro3.io import write_csv as write_arrow  # noqa: PLC0415 - as above

    def array(column: AnyColumn, cells: Cells) -> Array:
        return text_array(cells, column.type, csv_text(column, formula_guard=options.formula_guard))

    write_arrow(record_batches(table, array, lambda _column: DataType.string()), file)


CSV = FileFormat(
    name="csv",
    content_type="text/csv; charset=utf-8",
    write=write_csv,
    # Athena's reader of CSV takes no empty number, and reads dates and timestamps as numbers:
    # https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
    glue_types=dict.fromkeys(ColumnType, "string"),
)
