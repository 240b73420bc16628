from __future__ import annotations

from pathlib import Path

import pytest

from job.errors import SettingsError, SnapshotError
from job.pipeline.connections import Connections
from job.pipeline.places import split_file
from job.settings.load import load_settings

ORGANIZATION = '{"Accounts": []}'


@pytest.fixture
def connections() -> Connections:
    return Connections(load_settings({}, destination_required=False))


@pytest.mark.parametrize(
    ("location", "parts"),
    [
        ("s3://bucket/a/b.json", ("s3://bucket/a", "b.json")),
        ("s3://bucket/b.json", ("s3://bucket", "b.json")),
        ("folder/b.json", ("folder", "b.json")),
        ("b.json", (".", "b.json")),
        ("/b.json", ("/", "b.json")),
    ],
)
def test_a_file_is_a_folder_and_a_name(location: str, parts: tuple[str, str]) -> None:
    assert split_file(location) == parts


def test_what_was_written_is_read(tmp_path: Path, connections: Connections) -> None:
    connections.write_file(str(tmp_path / "a" / "b.json"), b"{}", "application/json")
    assert connections.read_file(str(tmp_path / "a" / "b.json")) == b"{}"


def test_a_missing_file_is_named(tmp_path: Path, connections: Connections) -> None:
    with pytest.raises(SettingsError, match=r"nothing\.json: no such file"):
        connections.read_file(str(tmp_path / "nothing.json"))


def test_a_folder_without_a_snapshot_is_refused(tmp_path: Path, connections: Connections) -> None:
    with pytest.raises(SnapshotError, match="no snapshot there"):
        connections.snapshot(str(tmp_path))


def test_accounts_alone_are_a_snapshot(tmp_path: Path, connections: Connections) -> None:
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "012345678901.json").write_text("{}")
    opened = connections.snapshot(str(tmp_path))
    assert list(opened.files.account_ids()) == ["012345678901"]
    assert (opened.date, opened.run_id) == (None, None)


def test_the_place_of_a_runs_snapshot_tells_date_and_run(tmp_path: Path, connections: Connections) -> None:
    folder = tmp_path / "snapshots" / "dt=2026-11-22" / "run_id=r-1"
    folder.mkdir(parents=True)
    (folder / "organization.json").write_text(ORGANIZATION)
    opened = connections.snapshot(f"{folder}/")
    assert (opened.date, opened.run_id) == ("2026-11-22", "r-1")


def test_a_folder_that_is_named_for_no_day_tells_none(tmp_path: Path, connections: Connections) -> None:
    folder = tmp_path / "dt=2026-13-45" / "run_id=r-1"
    folder.mkdir(parents=True)
    (folder / "organization.json").write_text(ORGANIZATION)
    opened = connections.snapshot(str(folder))
    assert (opened.date, opened.run_id) == (None, "r-1")


def test_a_runs_output_stands_for_its_newest_snapshot(tmp_path: Path, connections: Connections) -> None:
    for day in ("2026-11-21", "2026-11-22"):
        folder = tmp_path / "snapshots" / f"dt={day}" / "run_id=r-1"
        folder.mkdir(parents=True)
        (folder / "organization.json").write_text(ORGANIZATION)
    opened = connections.snapshot(str(tmp_path))
    assert opened.date == "2026-11-22"
    assert opened.files.read_organization() == {"Accounts": []}
