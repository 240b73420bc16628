"""A dataset, and one with its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from job.report.schema.columns import AnyColumn, Row, Value

SCHEMA_VERSION = 1
"""Major version of all columns: it goes up when one is renamed, moved or dropped, or means something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSchema:
    """One dataset: its name, what a row is, and its columns in their order."""

    name: str
    meaning: str
    columns: tuple[AnyColumn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, the header of its CSV."""
        return tuple(column.name for column in self.columns)


class Rows(Protocol):
    """Rows in the report's order, to go through any number of times without holding all at once."""

    def __len__(self) -> int:
        """How many there are."""

    def __iter__(self) -> Iterator[Row]:
        """From the first to the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of one dataset; cells are in the order of `schema.columns`."""

    schema: DatasetSchema
    rows: Rows

    def records(self) -> Iterator[dict[str, Value]]:
        """Each row by column name."""
        names = self.schema.names
        return (dict(zip(names, row, strict=True)) for row in self.rows)

    def cells(self, column: AnyColumn) -> Iterator[Value]:
        """The cells of one column."""
        place = self.schema.names.index(column.name)
        return (row[place] for row in self.rows)
