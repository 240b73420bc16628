"""Rows kept small: findings repeat the same policies, so a compressed block is a fraction of their size."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator

from job.report.columns import Row

_BLOCK_ROWS = 2_000


class PackedRows:
    """Rows to be added once and gone through any number of times."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._open: list[Row] = []
        self._count = 0

    def add(self, row: Row) -> None:
        """Add a row behind the others."""
        self._open.append(row)
        self._count += 1
        if len(self._open) == _BLOCK_ROWS:
            self._close()

    def extend(self, rows: PackedRows) -> None:
        """Add rows that are packed already behind these."""
        self._close()
        self._blocks += rows._blocks
        self._open = list(rows._open)
        self._count += len(rows)

    def _close(self) -> None:
        if self._open:
            self._blocks.append(zlib.compress(pickle.dumps(self._open), level=1))
            self._open = []

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        for block in self._blocks:
            yield from pickle.loads(zlib.decompress(block))  # noqa: S301 - our own bytes, never out of this process
        yield from self._open
