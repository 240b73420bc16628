from __future__ import annotations

from pathlib import Path

import pytest

from bench.faults import Rule, as_json
from bench.measure import Endpoint
from bench.world import World
from tests.faults.fault_runs import outcome, run_job, start_job, truth, wait_for_accounts

pytestmark = pytest.mark.long("whole runs against an AWS that is slow and refuses for a while")

IAM = ("iam:*", "sts:*")
EVERYTHING = ("iam:*", "sts:*", "organizations:*", "tagging:*")
PASSING = {
    "an internal error of every call once": Rule(kind="error", operations=IAM, times=1),
    "an organization that is unwell": Rule(
        kind="error", operations=("organizations:*",), code="ServiceException", times=2
    ),
    "a service that is unavailable twice": Rule(
        kind="error", operations=IAM, status=503, code="ServiceUnavailable", times=2
    ),
    "a connection reset after the work was done": Rule(kind="reset", operations=EVERYTHING, times=1),
    "an answer cut short": Rule(kind="truncate", operations=EVERYTHING, times=1),
    "throttling": Rule(kind="error", operations=IAM, status=400, code="Throttling", times=3),
    "an organization that throttles": Rule(
        kind="error", operations=("organizations:*",), status=400, code="TooManyRequestsException", times=3
    ),
    "empty pages with a token": Rule(
        kind="empty_page", operations=("*:List*", "*:GetResources", "iam:GetAccount*")
    ),
    "a listing that fails in the middle once": Rule(
        kind="error",
        operations=("organizations:ListAccounts",),
        later_pages=True,
        times=1,
        code="ServiceException",
    ),
    "a session that expires after its first call": Rule(
        kind="expire", operations=("iam:*",), skip=1, times=1
    ),
    "a tagging service that refuses": Rule(
        kind="error", operations=("tagging:*",), status=400, code="AccessDeniedException"
    ),
}


@pytest.mark.parametrize("rule", PASSING.values(), ids=PASSING.keys())
def test_what_passes_costs_no_row(rule: Rule, aws: Endpoint, world: World, tmp_path: Path) -> None:
    aws.faults(as_json([rule]))

    done = run_job(aws, tmp_path)

    assert done.not_complete() == {}
    assert done.rows == truth(world)
    assert done.exit_code == 0
    assert aws.stats()["faults"]


def test_answers_of_ten_seconds_hold_up_nothing_but_themselves(
    aws: Endpoint, world: World, tmp_path: Path
) -> None:
    aws.faults(
        as_json(
            [Rule(kind="slow", operations=("iam:ListAccessKeys",), accounts=world.active_ids[:3], times=1)]
        )
    )

    done = run_job(aws, tmp_path)

    assert done.rows == truth(world)
    assert done.exit_code == 0


def test_all_sessions_ending_in_the_middle_cost_no_row(aws: Endpoint, world: World, tmp_path: Path) -> None:
    process = start_job(aws, tmp_path)
    wait_for_accounts(tmp_path, 3)
    aws.expire_sessions()

    process.wait(120)

    assert outcome(tmp_path, process.returncode, "").rows == truth(world)
    assert process.returncode == 0
