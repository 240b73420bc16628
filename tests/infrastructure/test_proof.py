"""The registered task, run by its image with its own rights, reports the truth; with fewer it does not."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from proofs import HUB, MEMBER, MISSED_IN, NOT_ENFORCED, Proof
from task_runs import problems

from job.permissions import ORGANIZATION, TASK

TRUTH = list(csv.DictReader(Path(__file__).with_name("true_keys.csv").read_text().splitlines()))
ON_THE_FIRST_DAY = [{**row, "change": ""} for row in TRUTH]

# It reads a hundred accounts' tags in one call. Without it they are asked for one by one: the rows are the
# same, and the calls are many. What proves it is therefore the number of calls.
IN_BULK = "tag:GetResources"

# What is new is told after everything is published.
NEWS = "sns:Publish"

ROLES = sorted({each.action for each in (*TASK, *ORGANIZATION)} - NOT_ENFORCED - {IN_BULK, NEWS, HUB})

# The walk down the tree of units is one step in the log, named by the first of its two calls.
LOGGED_AS = {"organizations:ListAccountsForParent": "ListOrganizationalUnitsForParent"}
OPTIONAL = sorted(each.action for each in ORGANIZATION if each.optional)


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
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Deployment"]]
    assert line["Deployment"] == "iam-access-key-report"


@pytest.mark.parametrize("action", ROLES)
def test_without_any_one_permission_of_its_roles_the_task_fails_or_tells_less(
    proof: Proof, action: str
) -> None:
    assert problems(proof.lacking[action], TRUTH) != {}


def test_without_the_topic_everything_is_published_and_the_log_says_what_was_not_sent(proof: Proof) -> None:
    lacking = proof.lacking[NEWS]
    assert (proof.yesterday.calls["Publish"], proof.today.calls["Publish"]) == (0, 1)
    assert problems(lacking, TRUTH) == {}
    lines = [json.loads(line) for line in lacking.log.splitlines() if "notification.failed" in line]
    assert [(line["level"], "sns:Publish" in line["note"]) for line in lines] == [("warning", True)]


def hub_failures(log: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.splitlines() if "security_hub.failed" in line]


def test_with_security_hub_on_critical_and_high_keys_are_sent(proof: Proof) -> None:
    urgent = [row for row in proof.with_hub.keys if row["open_risk_level"] in ("critical", "high")]
    assert (proof.findings_before, proof.findings) == (0, len(urgent))
    assert len(urgent) > 0
    assert problems(proof.with_hub, TRUTH) == {}
    assert hub_failures(proof.with_hub.log) == []


def test_without_its_permission_nothing_is_sent_to_security_hub_and_the_log_says_so(proof: Proof) -> None:
    lacking = proof.lacking[HUB]
    assert problems(lacking, TRUTH) == {}
    assert [(line["level"], HUB in line["note"]) for line in hub_failures(lacking.log)] == [("warning", True)]


def test_without_tags_in_bulk_every_account_is_asked_for_its_own(proof: Proof) -> None:
    lacking = proof.lacking[IN_BULK]
    assert (proof.today.calls["GetResources"], proof.today.calls["ListTagsForResource"]) == (1, 0)
    assert lacking.calls["ListTagsForResource"] == len(proof.today.accounts) == 12
    assert problems(lacking, TRUTH) == {}


def test_where_there_are_no_tags_in_bulk_the_rows_are_true_all_the_same(proof: Proof) -> None:
    assert problems(proof.one_by_one, TRUTH) == {}
    assert proof.one_by_one.calls["ListTagsForResource"] == 12


def test_a_task_that_reads_the_organization_itself_needs_no_other_role(
    organization_read_by_the_task: dict[str, Any],
) -> None:
    accounts = organization_read_by_the_task["Accounts"]
    assert organization_read_by_the_task["Failures"] == []
    assert len(accounts) == 12
    assert {account["Tags"]["DataClassification"] for account in accounts} == {"Internal", "Confidential"}
    assert {account["OU"] for account in accounts} == {
        "OU=root",
        "OU=root,OU=Security",
        "OU=root,OU=Workloads",
    }


@pytest.mark.parametrize("action", OPTIONAL)
def test_the_log_names_the_call_that_was_refused_and_what_the_report_does_without_it(
    proof: Proof, action: str
) -> None:
    lines = [json.loads(line) for line in proof.lacking[action].log.splitlines() if "call_failed" in line]
    assert {line["operation"] for line in lines} == {LOGGED_AS.get(action, action.partition(":")[2])}
    assert {line["level"] for line in lines} == {"warning"}
    assert all(line["effect"] for line in lines)


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
