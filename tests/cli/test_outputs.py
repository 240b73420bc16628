from __future__ import annotations

import os
from pathlib import Path

from job.cli.outputs import file_problems, folder_problems


def test_a_file_that_can_be_written_has_nothing_against_it(tmp_path: Path) -> None:
    (tmp_path / "old.csv").touch()
    assert list(file_problems("-o", str(tmp_path / "new.csv"))) == []
    assert list(file_problems("-o", str(tmp_path / "old.csv"), [None, "s3://bucket/tags.json"])) == []
    assert list(file_problems("-o", str(tmp_path / "a" / "new.csv"))) == []
    assert list(file_problems("-o", "s3://bucket/keys.csv")) == []
    assert list(file_problems("-o", None)) == []
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (problem,) = file_problems("-o", str(tmp_path / "pipe"))
    assert problem.endswith(
        ": no regular file, but a pipe or device, which cannot be replaced as a whole: name a file"
    )


def test_the_input_by_another_path_is_the_input_still(tmp_path: Path) -> None:
    (tmp_path / "tags.json").touch()
    (tmp_path / "link.json").symlink_to("tags.json")
    (problem,) = file_problems("-o", str(tmp_path / "link.json"), [str(tmp_path / "." / "tags.json")])
    assert problem.endswith(": the same file is read, and would be lost: name another one")


def test_where_nothing_can_be_written_the_system_says_why() -> None:
    (problem,) = file_problems("-o", "/proc/keys.csv")
    assert problem.startswith("-o: /proc/keys.csv: nothing can be written there (")


def test_a_name_that_the_system_does_not_take_is_told(tmp_path: Path) -> None:
    (problem,) = file_problems("-o", str(tmp_path / ("x" * 300)))
    assert "nothing can be written there (File name too long)" in problem


def test_a_folder_to_be_made_or_in_a_bucket_has_nothing_against_it(tmp_path: Path) -> None:
    assert list(folder_problems("--snapshot", str(tmp_path / "a" / "b"))) == []
    assert list(folder_problems("--snapshot", "s3://bucket/snapshot")) == []
    assert list(folder_problems("--snapshot", None)) == []
