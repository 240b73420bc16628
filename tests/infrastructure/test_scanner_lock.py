"""The scanner's lock gives what the scanner and its libraries ask for, extras too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata

import pytest
from deployments import missing
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from terraform_runs import REPOSITORY

from tests.install.locks import LOCKS, read_lock, unmet


@pytest.fixture
def asked_for() -> Mapping[str, Sequence[str]]:
    """What each package in the scanner's environment asks for, by its name."""
    folders = [str(path) for path in REPOSITORY.glob(".venv/infrastructure/lib/python*/site-packages")]
    if not folders:
        missing("the scanner's lock", ".ci/infrastructure installs it")
    found = metadata.distributions(path=folders)
    return {canonicalize_name(each.metadata["Name"]): each.requires or () for each in found}


def test_the_scanners_lock_is_complete(asked_for: Mapping[str, Sequence[str]]) -> None:
    pins = read_lock(LOCKS / "infrastructure.txt")
    unmet_here = unmet(pins, [Requirement("checkov")], lambda name: asked_for[canonicalize_name(name)])
    assert unmet_here == []
