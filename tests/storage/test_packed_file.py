from __future__ import annotations

import hashlib
import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from job.storage.folder import FolderStorage
from job.storage.packed_file import PackedFile

BIG = os.urandom(1 << 21) + b"x" * (1 << 22)


def packed(*parts: bytes) -> PackedFile:
    file = PackedFile()
    with file.writer() as writer:
        writer.writelines(parts)
    return file


@given(st.lists(st.binary(max_size=200)))
def test_what_was_written_is_read(parts: list[bytes]) -> None:
    assert packed(*parts).reader().read() == b"".join(parts)


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=1), st.integers(0, 300), st.integers(0, 300))
def test_it_can_be_read_from_anywhere(parts: list[bytes], offset: int, count: int) -> None:
    whole, reader = b"".join(parts), packed(*parts).reader()
    reader.seek(offset)
    assert reader.read(count) == whole[offset : offset + count]


def test_it_can_be_read_again_and_again() -> None:
    file = packed(BIG)
    file.reader().close()
    with file.reader() as first:
        assert first.read() == BIG
    assert file.reader().read() == BIG


def test_it_knows_its_size_and_checksum() -> None:
    file = packed(b"ab", BIG)
    assert file.size == len(BIG) + 2
    assert file.sha256 == hashlib.sha256(b"ab" + BIG).hexdigest()


def test_seeking_finds_the_end_as_a_sender_does_to_learn_the_length() -> None:
    reader = packed(BIG).reader()
    assert reader.seek(0, os.SEEK_END) == len(BIG)
    assert reader.tell() == len(BIG)
    reader.seek(0)
    assert reader.read(4) == BIG[:4]


def test_a_position_counts_from_where_reading_stands() -> None:
    reader = packed(b"abcdef").reader()
    reader.seek(2)
    reader.seek(2, os.SEEK_CUR)
    assert (reader.tell(), reader.read()) == (4, b"ef")


def test_repetition_takes_little_room() -> None:
    file = packed(b"the same words\n" * 100_000)
    assert len(file._packed) < file.size // 50  # noqa: SLF001 - the room it takes is its purpose


def test_a_folder_takes_it(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.write("a/b", packed(BIG).reader())
    assert storage.read("a/b") == BIG
