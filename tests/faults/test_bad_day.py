from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.faults import HeavyProfile, as_json, heavy
from bench.measure import options_of, stand_in
from bench.world import World
from tests.faults.fault_runs import Outcome, of_users, run_job, start_job, truth, without_keys

pytestmark = pytest.mark.long("an organization in which everything goes wrong, read for minutes")

WORLD = World(size=300, users_median=2, roles_median=8)
SMALLER_WORLD = World(size=80, users_median=2, roles_median=8)
KILLED_AFTER = (3.0, 6.0, 2.0, 9.0)
PUBLISHED_WITH_GAPS = 3
PATIENCE = {"REPORT_CREDENTIAL_REPORT_TIMEOUT": "30"}


def bad_day(world: World, profile: HeavyProfile, folder: Path, kills: Sequence[float] = ()) -> Outcome:
    with stand_in(*options_of(world), "--latency", "0.3") as endpoint:
        endpoint.faults(as_json(profile.rules))
        for seconds in kills:
            process = start_job(endpoint, folder, REPORT_RUN_ID="a-bad-day", **PATIENCE)
            time.sleep(seconds)
            process.kill()
            process.wait(10)
        return run_job(endpoint, folder, REPORT_RUN_ID="a-bad-day", **PATIENCE)


def users_with_reported_keys(world: World, accounts: tuple[str, ...]) -> set[tuple[str, str]]:
    return {
        (account.id, user.name)
        for account in map(world.account, accounts)
        for user in account.users
        if any(key.active for key in user.keys[:2]) and not user.unreported
    }


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("world", "kills"),
    [(WORLD, ()), (SMALLER_WORLD, KILLED_AFTER)],
    ids=["in one go", "killed again and again"],
)
def test_on_a_bad_day_rows_are_the_truth_less_what_cannot_be_read_and_that_is_named(
    world: World, kills: Sequence[float], tmp_path: Path
) -> None:
    profile = heavy(world)

    outcome = bad_day(world, profile, tmp_path, kills)

    coverage = outcome.not_complete()
    assert "Traceback" not in outcome.log
    assert outcome.exit_code == PUBLISHED_WITH_GAPS, outcome.log[-2000:]
    assert {name for name, value in coverage.items() if value == "failed"} == set(profile.unreadable)
    assert {name: outcome.accounts[name]["failures"] for name in coverage if name not in profile.known} == {}
    listed = without_keys(outcome.rows, profile.no_keys)
    assert of_users(listed) == of_users(truth(world, without=(*profile.unreadable, *profile.no_keys)))
    assert outcome.unexplained() == []
    assert users_with_reported_keys(world, profile.no_keys) <= {
        (row.account_id, row.user_name) for row in outcome.rows
    }
