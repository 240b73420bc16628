"""The locks installed by their recipes from an index that holds a younger release of every locked package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.install.locks import LOCKS, ROOT, read_lock
from tests.install.made_up_index import YOUNGER, made_up_locks

pytestmark = pytest.mark.long("installs every lock twice, with the oldest pip and a new one")

INSTALLERS = ("oldest", "newest")
PIPS = ROOT / "build" / "pips"
ENVIRONMENTS = {
    ".venv": ("build", "demo", "dev"),
    ".venv/infrastructure": ("infrastructure",),
    "build/action-data": ("action-data",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """A clone of the project whose locks name the wheels of the made-up index, and one pip."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, which reaches the made-up index alone."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def empty_environment(self, name: str) -> Path:
        """Make an environment without any package."""
        assert self.run(sys.executable, "-m", "venv", "--without-pip", name).returncode == 0
        return self.folder / name

    def versions(self, environment: str) -> dict[str, str]:
        """What is installed in one of its environments."""
        (packages,) = (self.folder / environment).glob("lib/python*/site-packages")
        found = metadata.distributions(path=[str(packages)])
        return {canonicalize_name(each.metadata["Name"]): each.version for each in found}


def pinned(*locks: str) -> dict[str, str]:
    """The versions that these locks give here."""
    pins = [pin for lock in locks for pin in read_lock(LOCKS / f"{lock}.txt")]
    return {pin.name: pin.version for pin in pins if pin.applies}


def clone_with(pip: str, folder: Path) -> Clone:
    """Make a clone that installs with this pip."""
    assert (PIPS / pip / "pip").is_dir(), "`make test` installs it"
    made_up_locks(LOCKS, folder / "index", folder / "requirements")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    environment = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": (folder / "index").as_uri(),
        "PIP_NO_CACHE_DIR": "1",
        "PYTHONPATH": str(PIPS / pip),
    }
    return Clone(folder=folder, environment=environment)


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Clone]:
    """One for each pip."""
    return {pip: clone_with(pip, tmp_path_factory.mktemp(pip)) for pip in INSTALLERS}


@pytest.fixture(scope="module")
def made(clones: Mapping[str, Clone]) -> Mapping[str, subprocess.CompletedProcess[str]]:
    """How the environments of demo, tests, scanner and table of actions were made, by each pip."""
    targets = [f"{environment}/.installed" for environment in ENVIRONMENTS]
    return {pip: clone.run("make", *targets, f"PYTHON={sys.executable}") for pip, clone in clones.items()}


@pytest.mark.parametrize("pip", INSTALLERS)
def test_every_environment_is_installed_completely(
    made: Mapping[str, subprocess.CompletedProcess[str]], pip: str
) -> None:
    assert made[pip].returncode == 0, made[pip].stderr
    assert made[pip].stdout.count("No broken requirements found.") == 4


@pytest.mark.parametrize("pip", INSTALLERS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_exactly_the_locked_versions_come(
    clones: Mapping[str, Clone],
    made: Mapping[str, subprocess.CompletedProcess[str]],
    pip: str,
    environment: str,
) -> None:
    assert made[pip].returncode == 0, made[pip].stderr
    versions = clones[pip].versions(environment)
    assert versions.items() >= pinned(*ENVIRONMENTS[environment]).items()
    assert YOUNGER not in versions.values()


@pytest.mark.parametrize("pip", INSTALLERS)
def test_the_locked_backend_installs_the_project_itself(
    clones: Mapping[str, Clone], made: Mapping[str, subprocess.CompletedProcess[str]], pip: str
) -> None:
    assert made[pip].returncode == 0, made[pip].stderr
    assert "iam-access-key-report" in clones[pip].versions(".venv")


@pytest.mark.parametrize("pip", INSTALLERS)
def test_the_image_gets_exactly_the_locked_versions(clones: Mapping[str, Clone], pip: str) -> None:
    clone = clones[pip]
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text().replace("\\\n", "")
    found = re.search(r"(?m)^RUN (python -m venv .*requirements/job\.txt.*)$", dockerfile)
    assert found is not None
    base = clone.empty_environment("base")
    (base / "bin" / "pip").write_text(f'#!/bin/sh\nexec {base}/bin/python -m pip "$@"\n')
    (base / "bin" / "pip").chmod(0o755)
    command = found[1].replace("/opt/job", f"{clone.folder}/opt/job")
    done = clone.run("sh", "-c", command, PATH=f"{base / 'bin'}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert clone.versions("opt/job") == pinned("job")
    assert clone.versions("base") == pinned("build")


def test_resolving_a_lock_that_lost_its_extras_meets_the_younger_release(clones: Mapping[str, Clone]) -> None:
    clone = clones["oldest"]
    text = (clone.folder / "requirements" / "dev.txt").read_text()
    (clone.folder / "resolved.txt").write_text(re.sub(r"(?m)^([\w-]+)\[.*\]", r"\1", text))
    words = ("install", "--dry-run", "--require-hashes", "--requirement", "resolved.txt")
    done = clone.run(f"{clone.empty_environment('empty')}/bin/python", "-m", "pip", *words)
    assert done.returncode != 0
    assert "must have their versions pinned with ==" in done.stderr
    assert "coverage[toml]>=7.10.6" in done.stderr
