"""The registered task, run by its image with its own rights, reports the truth; with fewer it does not."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from proofs import MISSED_IN, NOT_ENFORCED, Proof
from task_runs import problems

from job.permissions import MEMBER, ORGANIZATION, TASK

TRUTH = list(csv.DictReader(Path(__file__).with_name("true_keys.csv").read_text().splitlines()))
ON_THE_FIRST_DAY = [{**row, "change": ""} for row in TRUTH]

# Reads in one call a hundred accounts' tags, which ListTagsForResource gives one by one.
SAVES_CALLS = {"tag:GetResources"}

ROLES = sorted({each.action for each in (*TASK, *ORGANIZATION)} - NOT_ENFORCED - SAVES_CALLS)


def test_the_first_run_reports_the_true_rows(proof: Proof) -> None:
    assert problems(proof.yesterday, ON_THE_FIRST_DAY) == {}
    assert len(proof.yesterday.keys) == len(TRUTH)


def test_the_next_day_compares_with_the_first(proof: Proof) -> None:
    assert problems(proof.today, TRUTH) == {}
    assert len(proof.today.keys) == len(TRUTH)


def test_every_account_is_read_through_the_role_that_the_module_made(proof: Proof) -> None:
    assert {row["coverage"] for row in proof.today.accounts} == {"complete"}
    assert [row["role_used"] for row in proof.today.accounts] == [
        f"arn:aws:iam::{row['account_id']}:role/security/iam-access-key-report-reader"
        for row in proof.today.accounts
    ]
    assert len(proof.today.accounts) == 12


def test_the_log_tells_metrics_that_the_alarms_watch(proof: Proof) -> None:
    (line,) = (json.loads(line) for line in proof.today.log.splitlines() if '"run.measured"' in line)
    assert line["Coverage"] == 100
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "IamAccessKeyReport"


@pytest.mark.parametrize("action", ROLES)
def test_without_any_one_permission_of_its_roles_the_task_fails_or_tells_less(
    proof: Proof, action: str
) -> None:
    assert problems(proof.lacking[action], TRUTH) != {}


@pytest.mark.parametrize("action", sorted(SAVES_CALLS))
def test_one_permission_only_saves_calls(proof: Proof, action: str) -> None:
    assert problems(proof.lacking[action], TRUTH) == {}


@pytest.mark.parametrize("action", sorted(each.action for each in MEMBER))
def test_without_any_one_permission_of_a_member_role_its_account_is_told_less_of(
    proof: Proof, action: str
) -> None:
    account_id = MISSED_IN[action]
    coverage = {row["account_id"]: row["coverage"] for row in proof.lacking_in_members.accounts}
    assert account_id in problems(proof.lacking_in_members, TRUTH) or coverage[account_id] != "complete"


def test_accounts_whose_role_has_every_permission_are_reported_all_the_same(proof: Proof) -> None:
    untouched = {row["account_id"] for row in TRUTH} - set(MISSED_IN.values())
    assert untouched & problems(proof.lacking_in_members, TRUTH).keys() == set()


def test_a_run_that_could_not_read_every_account_ends_with_its_own_code(proof: Proof) -> None:
    assert proof.lacking_in_members.code == 3
