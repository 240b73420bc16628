"""Parquet with real dates, timestamps, integers and booleans; lists and maps are the text of the CSV, uncut.

Timestamps have milliseconds: Athena reads no finer ones
(https://docs.aws.amazon.com/athena/latest/ug/data-types.html).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, BinaryIO

from job.report.formats.arrow import Cells, record_batches, text_array
from job.report.formats.file_format import FileFormat, FormatOptions
from job.report.schema.cell_text import TEXT_OF
from job.report.schema.columns import AnyColumn, ColumnType, Value
from job.report.schema.dataset import Table

if TYPE_CHECKING:
    from arro3.core import Array, DataType

_EPOCH_DAY = date(1970, 1, 1).toordinal()


def write_parquet(table: Table, file: BinaryIO, _options: FormatOptions) -> None:
    """Write every row, and the columns' types even when there is none."""
    from arro3.io import write_parquet as write_arrow  # noqa: PLC0415 - only to write

    batches = record_batches(table, _array, _arrow_type)
    write_arrow(batches, file, compression="zstd(3)", skip_arrow_metadata=True)


def _array(column: AnyColumn, cells: Cells) -> Array:
    from arro3.core import Array, DataType  # noqa: PLC0415 - only to write

    match column.type:
        case ColumnType.INT:
            return Array(cells, type=DataType.int64())
        case ColumnType.BOOLEAN:
            return Array(cells, type=DataType.bool())
        case ColumnType.DATE:
            return Array(list(map(_day, cells)), type=DataType.int32()).cast(_arrow_type(column))
        case ColumnType.TIMESTAMP:
            return Array(list(map(_millisecond, cells)), type=DataType.int64()).cast(_arrow_type(column))
        case _:
            return text_array(cells, column.type, TEXT_OF[column.type])


def _day(value: Value) -> int | None:
    return value.toordinal() - _EPOCH_DAY if isinstance(value, date) else None


def _millisecond(value: Value) -> int | None:
    if not isinstance(value, datetime):
        return None
    return int(value.astimezone(UTC).replace(microsecond=0).timestamp()) * 1000


def _arrow_type(column: AnyColumn) -> DataType:
    from arro3.core import DataType  # noqa: PLC0415 - only to write

    kinds: Mapping[ColumnType, Callable[[], DataType]] = {
        ColumnType.INT: DataType.int64,
        ColumnType.BOOLEAN: DataType.bool,
        ColumnType.DATE: DataType.date32,
        ColumnType.TIMESTAMP: lambda: DataType.timestamp("ms", tz="UTC"),
    }
    return kinds.get(column.type, DataType.string)()


PARQUET = FileFormat(
    name="parquet",
    content_type="application/vnd.apache.parquet",
    write=write_parquet,
    glue_types={
        ColumnType.STRING: "string",
        ColumnType.LIST: "string",
        ColumnType.MAP: "string",
        ColumnType.INT: "bigint",
        ColumnType.BOOLEAN: "boolean",
        ColumnType.DATE: "date",
        ColumnType.TIMESTAMP: "timestamp",
    },
)
