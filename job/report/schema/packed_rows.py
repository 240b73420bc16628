"""Rows and lines kept small: they repeat the same words, a compressed block is a fraction of their size."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from job.report.schema.columns import Row

Item = TypeVar("Item")

_BLOCK_ITEMS = 2_000


class _Packed(Generic[Item]):
    """Items to be added once and gone through any number of times."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._open: list[Item] = []
        self._count = 0

    def add(self, item: Item) -> None:
        """Add one behind the others."""
        self._open.append(item)
        self._count += 1
        if len(self._open) == _BLOCK_ITEMS:
            self._close()

    def add_all(self, items: Iterable[Item]) -> None:
        """Add them behind the others."""
        for item in items:
            self.add(item)

    def extend(self, items: _Packed[Item]) -> None:
        """Add those that are packed already behind these."""
        self._close()
        self._blocks += items._blocks
        self._open = list(items._open)
        self._count += len(items)

    def _close(self) -> None:
        if self._open:
            self._blocks.append(zlib.compress(pickle.dumps(self._open), level=1))
            self._open = []

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        for block in self._blocks:
            yield from pickle.loads(zlib.decompress(block))  # noqa: S301 - our own bytes, never out of this process
        yield from self._open


class PackedRows(_Packed[Row]):
    """Rows of a table."""


class PackedLines(_Packed[bytes]):
    """Lines of a file."""
