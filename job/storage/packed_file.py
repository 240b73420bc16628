"""A large file kept compressed in memory: for a container that may write to no disk and has little memory."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BUFFER_BYTES = 1 << 20


class PackedFile:
    """Bytes to be written once from begin to end, and then read any number of times.

    CSV of many findings is about a twentieth of its size.
    """

    def __init__(self) -> None:
        self._packed = b""
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Checksum of what was written, in hexadecimal."""
        return self._digest.hexdigest()

    @contextmanager
    def writer(self) -> Iterator[BinaryIO]:
        """For writing while the block lasts; what was written can be read after it."""
        packed = io.BytesIO()
        with (
            gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as packing,
            io.BufferedWriter(_Counting(self, packing), _BUFFER_BYTES) as writer,
        ):
            yield writer
        self._packed = packed.getvalue()

    def reader(self) -> BinaryIO:
        """For reading, from the begin and from wherever it is told to seek."""
        packed = gzip.GzipFile(fileobj=io.BytesIO(self._packed), mode="rb")
        return io.BufferedReader(packed, _BUFFER_BYTES)

    def count(self, data: ReadableBuffer) -> int:
        """Take bytes into size and checksum; answers how many they are."""
        self._digest.update(data)
        length = memoryview(data).nbytes
        self.size += length
        return length


class _Counting(io.RawIOBase):
    """Hands on what it is given, and has it counted."""

    def __init__(self, file: PackedFile, packing: gzip.GzipFile) -> None:
        super().__init__()
        self._file = file
        self._packing = packing

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        self._packing.write(data)
        return self._file.count(data)
