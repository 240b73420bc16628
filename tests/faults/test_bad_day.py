from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.faults import HeavyProfile, as_json, heavy
from bench.measure import Endpoint, stand_in
from bench.world import World
from tests.faults.fault_runs import Outcome, of_users, run_job, truth, without_keys


@pytest.fixture(scope="module")
def large_world() -> World:
    return World(size=300)


@pytest.fixture(scope="module")
def profile(large_world: World) -> HeavyProfile:
    return heavy(large_world)


@pytest.fixture(scope="module")
def outcome(profile: HeavyProfile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with stand_in("--accounts", "300", "--latency", "0.3") as endpoint:
        endpoint.faults(as_json(profile.rules))
        yield run_bad_day(endpoint, tmp_path_factory.mktemp("bad-day"))


def run_bad_day(endpoint: Endpoint, folder: Path) -> Outcome:
    return run_job(endpoint, folder, REPORT_CREDENTIAL_REPORT_TIMEOUT="30")


@pytest.mark.timeout(900)
@pytest.mark.xdist_group("bad-day")
def test_rows_are_the_truth_less_the_accounts_that_cannot_be_read(
    outcome: Outcome, profile: HeavyProfile, large_world: World
) -> None:
    unlisted = profile.no_keys
    expected = truth(large_world, without=(*profile.unreadable, *unlisted))
    assert of_users(without_keys(outcome.rows, unlisted)) == of_users(expected)


@pytest.mark.xdist_group("bad-day")
def test_every_account_that_cannot_be_read_is_named_with_its_reason(
    outcome: Outcome, profile: HeavyProfile
) -> None:
    failed = {name for name, coverage in outcome.not_complete().items() if coverage == "failed"}
    assert failed == set(profile.unreadable)
    assert outcome.unexplained() == []


@pytest.mark.xdist_group("bad-day")
def test_only_accounts_with_something_missing_are_partial(outcome: Outcome, profile: HeavyProfile) -> None:
    partial = {name for name, coverage in outcome.not_complete().items() if coverage == "partial"}
    assert partial <= set(profile.incomplete)


@pytest.mark.xdist_group("bad-day")
def test_keys_that_may_not_be_listed_are_reported_without_their_ids(
    outcome: Outcome, profile: HeavyProfile, large_world: World
) -> None:
    users = {(row.account_id, row.user_name) for row in outcome.rows if row.account_id in profile.no_keys}
    reported = {
        (account.id, user.name)
        for account in map(large_world.account, profile.no_keys)
        for user in account.users
        if any(key.active for key in user.keys[:2]) and not user.unreported
    }
    assert reported <= users


@pytest.mark.xdist_group("bad-day")
def test_the_run_is_published_with_gaps(outcome: Outcome) -> None:
    assert outcome.exit_code == 3
    assert "Traceback" not in outcome.log
