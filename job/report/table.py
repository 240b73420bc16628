"""A dataset with its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from job.report.columns import Row, Value
from job.report.schema import DatasetSchema


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
