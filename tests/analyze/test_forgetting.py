"""What the analysis lets go of between accounts is found again, and found the same."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from bench.snapshot import write_snapshot
from bench.world import World
from job.analyze import engine
from job.analyze.answers.capabilities import load_capabilities
from job.analyze.evaluation import compiled
from job.analyze.principals.members import RoleMember
from job.analyze.verdict import PrincipalVerdicts
from job.pipeline.loading import LoadedSnapshot, load_snapshot
from job.snapshot.files import SnapshotFiles
from job.storage.folder import FolderStorage

ACCOUNTS = 15


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snapshot")
    write_snapshot(World(size=ACCOUNTS, seed=3), folder)
    return folder


def loaded(files: SnapshotFiles) -> LoadedSnapshot:
    return load_snapshot(files, load_capabilities())


def verdicts(snapshot: Path) -> dict[str, tuple[PrincipalVerdicts, ...]]:
    files = SnapshotFiles(FolderStorage(snapshot), "")
    analysis = loaded(files).intake.analysis
    return {each: analysis.verdicts(each) for each in files.account_ids()}


def test_verdicts_are_the_same_when_everything_is_forgotten_after_each_account(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembering = verdicts(snapshot)
    monkeypatch.setattr(engine, "_KEPT_NODES", 0)
    monkeypatch.setattr(compiled, "_KEPT_POLICIES", 0)
    forgetting = verdicts(snapshot)
    assert sum(map(len, remembering.values())) > ACCOUNTS
    assert {each: [str(v) for v in found] for each, found in forgetting.items()} == {
        each: [str(v) for v in found] for each, found in remembering.items()
    }


def roles_alive() -> int:
    return sum(isinstance(each, RoleMember) for each in gc.get_objects())


def test_all_accounts_are_free_at_once_when_the_analysis_is_over(snapshot: Path) -> None:
    gc.collect()
    before = roles_alive()
    gc.disable()
    try:
        files = SnapshotFiles(FolderStorage(snapshot), "")
        analysis = loaded(files).intake.analysis
        for account_id in files.account_ids():
            analysis.verdicts(account_id)
        assert roles_alive() > before + ACCOUNTS
        analysis.forget()
        assert roles_alive() == before
    finally:
        gc.enable()
