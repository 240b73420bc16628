"""A large file kept compressed in memory: for a container that may write to no disk and has little memory."""

from __future__ import annotations

import hashlib
import io
import zlib
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_BLOCK_BYTES = 1 << 20


class PackedFile(io.RawIOBase):
    """Bytes to be written once from begin to end, and then read any number of times.

    CSV of many findings is about a twentieth of its size.
    """

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[bytes] = []
        self._starts: list[int] = []
        self._opened: tuple[int, bytes] = (-1, b"")
        self._position = 0
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Checksum of what was written, in hexadecimal."""
        return self._digest.hexdigest()

    def writer(self) -> io.BufferedWriter:
        """For writing; flushed by `detach()`, which leaves this file open."""
        return io.BufferedWriter(self, _BLOCK_BYTES)

    def reader(self) -> io.BufferedReader:
        """For reading, from the begin; to be left by `detach()`, which leaves this file open."""
        self._position = 0
        return io.BufferedReader(self, _BLOCK_BYTES)

    def writable(self) -> bool:
        """It is."""
        return True

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is, for reading."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Add behind the end, wherever reading stands."""
        block = bytes(data)
        self._blocks.append(zlib.compress(block, level=1))
        self._starts.append(self.size)
        self._digest.update(block)
        self.size += len(block)
        return len(block)

    def readinto(self, target: WriteableBuffer, /) -> int:
        """Read what is left of one block, or as much as there is room for."""
        view = memoryview(target).cast("B")
        if self._position >= self.size:
            return 0
        number = bisect_right(self._starts, self._position) - 1
        block = self._block(number)
        offset = self._position - self._starts[number]
        count = min(len(view), len(block) - offset)
        view[:count] = block[offset : offset + count]
        self._position += count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move reading."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Where reading stands."""
        return self._position

    def _block(self, number: int) -> bytes:
        if self._opened[0] != number:
            self._opened = (number, zlib.decompress(self._blocks[number]))
        return self._opened[1]
