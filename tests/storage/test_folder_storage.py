from __future__ import annotations

import io
from pathlib import Path

import pytest

from job.errors import PublishError, SnapshotError
from job.storage.storage import Storage, open_storage


def _no_client() -> None:
    raise AssertionError("a folder needs no S3 client")


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "out"), _no_client)  # type: ignore[arg-type]  # never called


def test_what_was_written_is_read_and_listed(storage: Storage, tmp_path: Path) -> None:
    storage.write("b/two.csv", b"2", content_type="text/csv")
    storage.write("b/one.csv", b"1")
    assert storage.read("b/two.csv") == b"2"
    assert list(storage.list("b/")) == ["b/one.csv", "b/two.csv"]
    assert list(storage.list("b/t")) == ["b/two.csv"]
    assert storage.url("b/two.csv") == str(tmp_path / "out" / "b" / "two.csv")


def test_a_file_is_replaced_whole(storage: Storage) -> None:
    storage.write("a", b"long before")
    storage.write("a", b"now")
    assert storage.read("a") == b"now"
    assert list(storage.list("")) == ["a"]


def test_a_file_that_is_missing_is_none(storage: Storage) -> None:
    storage.write("a", b"")
    assert storage.read("b") is None
    assert storage.read("a/b") is None
    assert list(storage.list("nothing/")) == []


def test_files_left_unfinished_by_a_killed_run_are_not_listed(storage: Storage, tmp_path: Path) -> None:
    storage.write("a/done", b"")
    (tmp_path / "out" / "a" / ".unfinished-x").write_bytes(b"half")
    assert list(storage.list("a/")) == ["a/done"]


def test_a_folder_that_cannot_be_made_is_told_with_the_files_path(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    with pytest.raises(PublishError, match=r"out/a/b cannot be written: "):
        storage.write("a/b", b"")


def test_a_file_that_cannot_take_its_name_leaves_nothing_behind(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "out" / "a").mkdir(parents=True)
    with pytest.raises(PublishError, match=r"out/a cannot be written: Is a directory"):
        storage.write("a", b"data")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]


def test_a_file_that_cannot_be_read_is_told(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "out" / "a").mkdir(parents=True)
    with pytest.raises(SnapshotError, match=r"out/a cannot be read: Is a directory"):
        storage.read("a")


@pytest.mark.parametrize("name", ["s" * 300, "loop"])
def test_a_folder_that_cannot_be_opened_is_told_instead_of_being_empty(
    storage: Storage, tmp_path: Path, name: str
) -> None:
    storage.write("a", b"")
    (tmp_path / "out" / "loop").symlink_to("loop")
    with pytest.raises(SnapshotError, match=rf"out/{name} cannot be listed: .* (long|links)"):
        list(storage.list(f"{name}/"))


def test_a_write_that_is_broken_off_leaves_nothing_behind(storage: Storage, tmp_path: Path) -> None:
    class Stopped(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise SystemExit(size)

    with pytest.raises(SystemExit):
        storage.write("a/b", Stopped())
    assert list((tmp_path / "out" / "a").iterdir()) == []
