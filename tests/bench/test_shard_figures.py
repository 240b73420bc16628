"""What runs in shards would take and cost: computed by hand, beside what `bench.shards` computes."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from bench.measure import Usage
from bench.shards import Effort, Stages, Task, cost, effort, table

TASK = Task(vcpus=1, gigabytes=4)
AN_HOUR = 0.03238 + 4 * 0.00356
EFFORT = Effort(organization=0.001, reading=0.02, reporting=0.03)


def stages(accounts: int, *cpu: float) -> Stages:
    organization, reading, report = (Usage(wall=9, cpu=each, peak_bytes=1, exit_code=0) for each in cpu)
    return Stages(accounts=accounts, organization=organization, reading=reading, report=report)


def test_what_a_process_takes_to_start_counts_for_no_account() -> None:
    found = effort(stages(100, 1.1, 3, 4), stages(600, 1.6, 13, 19))
    assert astuple(found) == pytest.approx(astuple(EFFORT))


def test_one_task_reads_accounts_while_the_organization_loads() -> None:
    of_one = cost(EFFORT, 10_000, 1, TASK)
    assert of_one.seconds == pytest.approx(30 + 200 + 300)
    assert of_one.dollars == pytest.approx(530 / 3600 * AN_HOUR)


def test_shards_wait_for_the_organization_and_each_task_has_its_start() -> None:
    of_four = cost(EFFORT, 10_000, 4, TASK)
    organization, share, report = 30 + 125, 30 + 50, 30 + 300
    assert of_four.seconds == pytest.approx(organization + share + report)
    assert of_four.dollars == pytest.approx((organization + 4 * share + report) / 3600 * AN_HOUR)


def test_fargate_bills_a_minute_at_least() -> None:
    of_sixteen = cost(EFFORT, 10_000, 16, TASK)
    assert of_sixteen.dollars == pytest.approx((155 + 16 * 60 + 330) / 3600 * AN_HOUR)


def test_where_the_processor_does_not_decide_the_answers_of_iam_do() -> None:
    quick = Effort(organization=0, reading=0.001, reporting=0.03)
    assert cost(quick, 64_000, 1, TASK).seconds == pytest.approx(30 + 800 + 1920)
    assert cost(quick, 64_000, 1, TASK, 10).seconds == pytest.approx(30 + 3600 + 1920)


def test_a_row_says_how_large_the_task_is() -> None:
    _, _, *rows = table(EFFORT)
    assert rows[0] == "| 10,000 | 1 vCPU, 3 GB | 9 min, $0.0063 | 9 min, $0.0096 | 9 min, $0.017 |"
    assert rows[1].startswith("| 50,000 | 2 vCPU, 12 GB | ")
