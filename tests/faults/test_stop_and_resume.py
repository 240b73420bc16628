from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.measure import Endpoint, options_of, stand_in
from bench.world import World
from tests.faults.fault_runs import (
    accounts_done,
    download,
    outcome,
    run_job,
    start_job,
    truth,
    wait_for_accounts,
)

pytestmark = pytest.mark.long("runs killed at random moments, and read again")

KILLS = 20
BUCKET_KILLS = 5
BUCKET = "reports"
LONGEST = 4.0
RUN_ID = "stopped-and-resumed"


@pytest.fixture(scope="module")
def slow_world() -> World:
    return World(size=40, users_median=1, roles_median=8)


@pytest.fixture(scope="module")
def running_slow_aws(slow_world: World) -> Iterator[Endpoint]:
    with stand_in(*options_of(slow_world), "--latency", "0.4") as endpoint:
        yield endpoint


@pytest.fixture
def slow_aws(running_slow_aws: Endpoint) -> Endpoint:
    running_slow_aws.reset()
    return running_slow_aws


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_run_killed_at_any_moment_is_completed_by_the_next(
    seed: int, slow_aws: Endpoint, slow_world: World, tmp_path: Path
) -> None:
    moment = random.Random(seed).uniform(0.1, LONGEST)  # noqa: S311 - a moment, not a secret
    process = start_job(slow_aws, tmp_path, REPORT_RUN_ID=RUN_ID)
    time.sleep(moment)
    process.kill()
    process.wait(10)

    resumed = run_job(slow_aws, tmp_path, REPORT_RUN_ID=RUN_ID)

    assert resumed.rows == truth(slow_world)
    assert resumed.not_complete() == {}
    assert resumed.exit_code == 0


@pytest.mark.parametrize("seed", range(100, 100 + BUCKET_KILLS))
def test_a_run_into_a_bucket_killed_at_any_moment_is_completed_by_the_next(
    seed: int, slow_aws: Endpoint, slow_world: World, tmp_path: Path
) -> None:
    moment = random.Random(seed).uniform(0.5, LONGEST)  # noqa: S311 - a moment, not a secret
    process = start_job(slow_aws, tmp_path, REPORT_RUN_ID=RUN_ID, REPORT_BUCKET=BUCKET)
    time.sleep(moment)
    process.kill()
    process.wait(10)

    done = run_job(slow_aws, tmp_path, REPORT_RUN_ID=RUN_ID, REPORT_BUCKET=BUCKET)

    download(slow_aws, BUCKET, tmp_path)
    published = outcome(tmp_path, done.exit_code, done.log)
    assert published.rows == truth(slow_world)
    assert published.not_complete() == {}
    assert published.exit_code == 0


def test_a_resumed_run_reads_no_account_twice(slow_aws: Endpoint, slow_world: World, tmp_path: Path) -> None:
    process = start_job(slow_aws, tmp_path, REPORT_RUN_ID=RUN_ID)
    wait_for_accounts(tmp_path, 10)
    process.kill()
    process.wait(10)
    done = accounts_done(tmp_path)
    slow_aws.reset()

    resumed = run_job(slow_aws, tmp_path, REPORT_RUN_ID=RUN_ID)

    assert slow_aws.stats()["calls"]["sts:AssumeRole"] <= len(slow_world.active_ids) - done
    assert resumed.rows == truth(slow_world)


def test_a_run_told_to_stop_saves_what_it_has_and_says_so(
    slow_aws: Endpoint, slow_world: World, tmp_path: Path
) -> None:
    process = start_job(slow_aws, tmp_path, REPORT_RUN_ID=RUN_ID)
    wait_for_accounts(tmp_path, 10)
    process.send_signal(signal.SIGTERM)

    exit_code = process.wait(30)
    resumed = run_job(slow_aws, tmp_path, REPORT_RUN_ID=RUN_ID)

    assert exit_code == 128 + signal.SIGTERM
    assert resumed.rows == truth(slow_world)
    assert resumed.exit_code == 0


def test_a_run_stopped_before_it_began_leaves_nothing(slow_aws: Endpoint, tmp_path: Path) -> None:
    process = start_job(slow_aws, tmp_path)
    time.sleep(0.05)
    process.send_signal(signal.SIGTERM)

    assert process.wait(30) in {-signal.SIGTERM, 128 + signal.SIGTERM}
    assert list(tmp_path.rglob("summary.json")) == []
