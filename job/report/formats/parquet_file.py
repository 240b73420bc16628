"""Parquet with real dates, timestamps, integers and booleans; lists and maps are the text of the CSV, uncut.

arro3 is imported only when a file is written. Timestamps have milliseconds: Athena reads no finer ones
(https://docs.aws.amazon.com/athena/latest/ug/data-types.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from job.report.columns import Column, ColumnType, Row, Value
from job.report.formats.file_format import FileFormat, FormatOptions
from job.report.table import Table
from job.report.values import TEXT_OF, remembering

if TYPE_CHECKING:
    from arro3.core import Array, DataType, RecordBatch, Schema

_BATCH_ROWS = 10_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def write_parquet(table: Table, file: BinaryIO, _options: FormatOptions) -> None:
    """Write the rows in batches, so that no more than one is held."""
    from arro3.core import RecordBatchReader  # noqa: PLC0415 - only who writes Parquet pays for loading it
    from arro3.io import write_parquet as write_arrow  # noqa: PLC0415 - as above

    schema = _arrow_schema(table.schema.columns)
    reader = RecordBatchReader.from_batches(schema, _batches(table, schema))
    write_arrow(reader, file, compression="zstd(3)", skip_arrow_metadata=True)


def _batches(table: Table, schema: Schema) -> Iterator[RecordBatch]:
    from arro3.core import RecordBatch  # noqa: PLC0415 - as in write_parquet

    rows = iter(table.rows)
    while batch := list(islice(rows, _BATCH_ROWS)):
        yield RecordBatch.from_arrays(_arrays(table.schema.columns, batch), schema=schema)


def _arrays(columns: tuple[Column, ...], rows: list[Row]) -> list[Array]:
    return [_array(column, cells) for column, cells in zip(columns, zip(*rows, strict=True), strict=True)]


def _array(column: Column, cells: tuple[Value, ...]) -> Array:
    from arro3.core import Array, DataType  # noqa: PLC0415 - as in write_parquet

    match column.type:
        case ColumnType.INT:
            return Array(cells, type=DataType.int64())
        case ColumnType.BOOLEAN:
            return Array(cells, type=DataType.bool())
        case ColumnType.DATE:
            return Array(list(map(_day, cells)), type=DataType.int32()).cast(_arrow_type(column.type))
        case ColumnType.TIMESTAMP:
            return Array(list(map(_millisecond, cells)), type=DataType.int64()).cast(_arrow_type(column.type))
        case _:
            texts = map(remembering(TEXT_OF[column.type]), cells)
            return Array(list(texts), type=DataType.string())


def _day(value: Value) -> int | None:
    return value.toordinal() - _EPOCH_DAY if isinstance(value, date) else None


def _millisecond(value: Value) -> int | None:
    if not isinstance(value, datetime):
        return None
    return int(value.astimezone(UTC).replace(microsecond=0).timestamp()) * 1000


def _arrow_schema(columns: tuple[Column, ...]) -> Schema:
    from arro3.core import Field, Schema  # noqa: PLC0415 - as in write_parquet

    return Schema([Field(column.name, _arrow_type(column.type)) for column in columns])


def _arrow_type(kind: ColumnType) -> DataType:
    from arro3.core import DataType  # noqa: PLC0415 - as in write_parquet

    kinds: Mapping[ColumnType, Callable[[], DataType]] = {
        ColumnType.INT: DataType.int64,
        ColumnType.BOOLEAN: DataType.bool,
        ColumnType.DATE: DataType.date32,
        ColumnType.TIMESTAMP: lambda: DataType.timestamp("ms", tz="UTC"),
    }
    return kinds.get(kind, DataType.string)()


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
