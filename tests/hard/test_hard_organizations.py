"""No policy can stop the report: it comes, with a row for each key, in bounded time and memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.hard import HARD_ORGANIZATIONS
from bench.hard_organization import BYSTANDER, MANAGEMENT, MEMBER, Hard
from tests.hard.hard_reports import PATIENCE, Reported, report

#: Bytes that a hard organization may take beside what an easy one takes.
ALLOWANCE = 300 * 2**20
NAMES = [make().name for make in HARD_ORGANIZATIONS]


@pytest.fixture(scope="module")
def easy(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    return report(Hard(name="easy"), tmp_path_factory.mktemp("easy"))


@pytest.mark.parametrize("make", HARD_ORGANIZATIONS, ids=NAMES)
def test_a_hard_organization_is_within_what_aws_lets_in(make: Callable[[], Hard]) -> None:
    assert list(make().oversized()) == []


@pytest.mark.long("policies that are as much work as AWS lets in, each in a process that is watched")
@pytest.mark.parametrize("make", HARD_ORGANIZATIONS, ids=NAMES)
def test_a_hard_organization_is_reported_with_a_row_for_each_key(
    make: Callable[[], Hard], easy: Reported, tmp_path: Path
) -> None:
    hard = make()
    found = report(hard, tmp_path)
    more = found.peak_bytes - easy.peak_bytes
    figures = f"{found.seconds:.1f} s (easy {easy.seconds:.1f} s), {more / 2**20:+.0f} MiB"
    print(f"{hard.name}: {figures}, {found.rows}")  # noqa: T201 - shown with -rP
    assert found.exit_code is not None, f"no report in {PATIENCE} s: {figures}"
    assert found.rows.keys() == {(MANAGEMENT, BYSTANDER), *((MEMBER, user) for user in hard.users)}
    assert found.rows[MANAGEMENT, BYSTANDER] == "direct"
    assert more < ALLOWANCE
