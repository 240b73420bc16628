"""Rows as columns for arro3, which writes the files, a batch at a time so that no more is held.

arro3 is imported only when a file is written: who asks a question of a snapshot does not pay for loading it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from job.report.schema.columns import AnyColumn, ColumnType, Value
from job.report.schema.dataset import Table

if TYPE_CHECKING:
    from arro3.core import Array, DataType, RecordBatchReader

Cells: TypeAlias = "Sequence[Value]"

_BATCH_ROWS = 10_000


def record_batches(
    table: Table, array_of: Callable[[AnyColumn, Cells], Array], type_of: Callable[[AnyColumn], DataType]
) -> RecordBatchReader:
    """The rows as a stream of batches; there is one even when there are no rows."""
    from arro3.core import Field, RecordBatch, RecordBatchReader, Schema  # noqa: PLC0415 - only to write

    columns = table.schema.columns
    schema = Schema([Field(column.name, type_of(column)) for column in columns])

    def batches() -> Iterator[RecordBatch]:
        rows = iter(table.rows)
        batch = list(islice(rows, _BATCH_ROWS))
        while True:
            cells = zip(*batch, strict=True) if batch else [()] * len(columns)
            arrays = [array_of(column, own) for column, own in zip(columns, cells, strict=True)]
            yield RecordBatch.from_arrays(arrays, schema=schema)
            batch = list(islice(rows, _BATCH_ROWS))
            if not batch:
                return

    return RecordBatchReader.from_batches(schema, batches())


def text_array(cells: Cells, kind: ColumnType, text_of: Callable[[Value], str | None]) -> Array:
    """The cells of a column as text. Equal ones are written once: an account's are in each of its rows.

    Maps cannot be looked up by their content; an account's is the very same object in its rows.
    """
    from arro3.core import Array, DataType  # noqa: PLC0415 - only to write

    keys: Sequence[object] = list(map(id, cells)) if kind is ColumnType.MAP else cells
    known: Mapping[object, Value] = dict(zip(keys, cells, strict=True))
    texts = {key: text_of(cell) for key, cell in known.items()}
    return Array(list(map(texts.__getitem__, keys)), type=DataType.string())
