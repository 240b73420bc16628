from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.install.locks import LOCKS, ROOT, asked_by_the_project, read_lock, unmet

NAMES = sorted(path.stem for path in LOCKS.glob("*.txt"))
PINNED = {
    "job": asked_by_the_project(),
    "demo": asked_by_the_project("demo"),
    "dev": asked_by_the_project("demo", "dev"),
}
RECIPES = [
    *(ROOT / "Makefile").read_text().splitlines(),
    *(ROOT / "docker" / "Dockerfile").read_text().splitlines(),
    *(line for path in (ROOT / ".ci").iterdir() for line in path.read_text().splitlines()),
]
LOCKED = "--no-deps --only-binary :all: --require-hashes"
INSTALLATIONS = [
    line.strip() for line in RECIPES if re.search(r"(?<!not )\binstall --quiet|\) \$\(LOCKED\)", line)
]


def requires(name: str) -> list[str]:
    return metadata.requires(name) or []


def versions(name: str) -> dict[str, set[str]]:
    pins = read_lock(LOCKS / f"{name}.txt")
    return {each.name: {pin.version for pin in pins if pin.name == each.name} for each in pins}


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_lock_is_one_version_with_its_hashes(name: str) -> None:
    assert all(pin.hashes for pin in read_lock(LOCKS / f"{name}.txt"))


@pytest.mark.parametrize(
    "line", ["--index-url file:///index", "coverage>=7", "coverage==7.17.3", "# coverage"]
)
def test_a_line_that_is_no_pin_with_hashes_is_found(line: str, tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text(line + "\n")
    with pytest.raises(ValueError, match="not a pin with hashes"):
        read_lock(tmp_path / "lock.txt")


@pytest.mark.parametrize("name", PINNED)
def test_a_lock_gives_whatever_its_packages_ask_for_with_every_extra(name: str) -> None:
    assert unmet(read_lock(LOCKS / f"{name}.txt"), PINNED[name], requires) == []


def test_an_extra_that_a_lock_lost_is_found() -> None:
    pins = read_lock(LOCKS / "dev.txt")
    for pin in pins:
        pin.requirement.extras -= {"toml"}
    assert sorted(unmet(pins, PINNED["dev"], requires)) == ["coverage[toml]>=7.10", "coverage[toml]>=7.10.6"]


def test_a_package_that_a_lock_lost_is_found() -> None:
    pins = [pin for pin in read_lock(LOCKS / "job.txt") if pin.name != "six"]
    assert unmet(pins, PINNED["job"], requires) == ["six>=1.5"]


@pytest.mark.parametrize("name", ["demo", "job"])
def test_the_same_versions_run_in_the_image_in_the_demo_and_in_the_tests(name: str) -> None:
    assert versions(name).items() <= versions("dev").items()


def test_the_build_backend_of_the_lock_is_the_one_the_project_asks_for() -> None:
    (backend,) = read_lock(LOCKS / "build.txt")
    asked = re.search(r'(?m)^requires = \["(.+)"\]$', (ROOT / "pyproject.toml").read_text())
    assert asked is not None
    assert backend.version in Requirement(asked[1]).specifier


def test_the_demo_installs_no_tool_of_a_developer() -> None:
    names = {pin.name for pin in read_lock(LOCKS / "demo.txt")}
    assert names.isdisjoint(
        {"cfn-lint", "docker", "duckdb", "mypy", "playwright", "pytest", "ruff", "setuptools", "uv"}
    )
    assert "moto" in names


def test_nothing_is_installed_but_from_a_lock_as_it_is_or_from_this_folder() -> None:
    assert len(INSTALLATIONS) == 10
    assert [
        line
        for line in INSTALLATIONS
        if LOCKED not in line and "$(LOCKED)" not in line and "--no-index" not in line
    ] == []


def test_the_backend_that_builds_the_project_is_the_installed_one() -> None:
    builds = [line for line in RECIPES if "--editable" in line or "pip wheel" in line]
    assert len(builds) == 2
    assert all("--no-index --no-build-isolation" in line for line in builds)
