from __future__ import annotations

from pathlib import Path

import pytest

from bench.faults import BAD_REPORTS, GOOD_REPORTS, Rule, as_json, denied
from bench.measure import Endpoint
from bench.world import World
from tests.faults.fault_runs import of_users, run_job, truth

pytestmark = pytest.mark.long("whole runs against an AWS that is slow and refuses")

PUBLISHED_WITH_GAPS = 3


def test_an_account_without_the_role_is_named_and_costs_only_its_own_rows(
    aws: Endpoint, world: World, tmp_path: Path
) -> None:
    gone = world.active_ids[2:4]
    aws.faults(as_json([denied(("sts:AssumeRole",), gone)]))

    outcome = run_job(aws, tmp_path)

    assert outcome.rows == truth(world, without=gone)
    assert outcome.not_complete() == dict.fromkeys(gone, "failed")
    assert {outcome.accounts[each]["failed_code"] for each in gone} == {"AccessDenied"}
    assert {outcome.accounts[each]["failed_step"] for each in gone} == {"AssumeRole"}
    assert outcome.exit_code == PUBLISHED_WITH_GAPS


@pytest.mark.parametrize(
    "rule",
    [
        denied(("iam:GetAccountAuthorizationDetails",), ("000028234546",)),
        Rule(
            kind="error",
            operations=("iam:GetAccountAuthorizationDetails",),
            accounts=("000028234546",),
            status=400,
            code="ValidationError",
        ),
    ],
    ids=["denied", "refused"],
)
def test_an_account_without_details_keeps_its_rows(
    rule: Rule, aws: Endpoint, world: World, tmp_path: Path
) -> None:
    aws.faults(as_json([rule]))

    outcome = run_job(aws, tmp_path)

    assert outcome.rows == truth(world)
    assert outcome.not_complete() == {"000028234546": "partial"}
    assert outcome.accounts["000028234546"]["failed_step"] == "GetAccountAuthorizationDetails"
    assert outcome.exit_code == PUBLISHED_WITH_GAPS


def test_an_account_whose_keys_may_not_be_listed_keeps_a_row_for_each_reported_key(
    aws: Endpoint, world: World, tmp_path: Path
) -> None:
    account_id = world.active_ids[3]
    aws.faults(as_json([denied(("iam:ListAccessKeys",), (account_id,))]))

    outcome = run_job(aws, tmp_path)

    reported = sorted(row.user_name for row in outcome.rows if row.account_id == account_id)
    assert reported == sorted(row.user_name for row in truth(world) if row.account_id == account_id)
    assert outcome.not_complete() == {account_id: "partial"}
    assert outcome.accounts[account_id]["failures"] == "ListAccessKeys:AccessDenied"


def test_last_uses_that_may_not_be_read_cost_no_row(aws: Endpoint, world: World, tmp_path: Path) -> None:
    aws.faults(as_json([denied(("iam:GetAccessKeyLastUsed",), world.active_ids)]))

    outcome = run_job(aws, tmp_path)

    assert {row.access_key_id for row in outcome.rows} == {row.access_key_id for row in truth(world)}


@pytest.mark.parametrize("operations", [("iam:GenerateCredentialReport", "iam:GetCredentialReport")])
def test_a_report_that_is_denied_costs_only_the_root_users_row(
    operations: tuple[str, ...], aws: Endpoint, world: World, tmp_path: Path
) -> None:
    account_id = world.active_ids[11]
    aws.faults(as_json([denied(operations, (account_id,))]))

    outcome = run_job(aws, tmp_path)

    assert of_users(outcome.rows) == of_users(truth(world))
    assert outcome.not_complete() == {account_id: "partial"}


def test_a_report_that_never_comes_costs_only_the_root_users_row(
    aws: Endpoint, world: World, tmp_path: Path
) -> None:
    account_id = world.active_ids[11]
    aws.faults(as_json([Rule(kind="never", operations=("iam:*CredentialReport",), accounts=(account_id,))]))

    outcome = run_job(aws, tmp_path, REPORT_CREDENTIAL_REPORT_TIMEOUT="3")

    assert of_users(outcome.rows) == of_users(truth(world))
    assert outcome.not_complete() == {account_id: "partial"}


def test_every_kind_of_garbage_for_a_report_costs_no_users_row(
    aws: Endpoint, world: World, tmp_path: Path
) -> None:
    spoiled = dict(zip(world.active_ids[1:], BAD_REPORTS, strict=False))
    aws.faults(
        as_json(
            [
                Rule(
                    kind="report", operations=("iam:GetCredentialReport",), accounts=(account,), detail=detail
                )
                for account, detail in spoiled.items()
            ]
        )
    )

    outcome = run_job(aws, tmp_path)

    assert of_users(outcome.rows) == of_users(truth(world))
    assert outcome.unexplained() == []
    assert {spoiled[each] for each in outcome.not_complete()} >= set(BAD_REPORTS) - {
        "bad_dates",
        "duplicate_user",
        "foreign",
        "only_header",
    }
    assert "Traceback" not in outcome.log


@pytest.mark.parametrize("kind", GOOD_REPORTS)
def test_an_unusual_report_is_read_whole(kind: str, aws: Endpoint, world: World, tmp_path: Path) -> None:
    rule = Rule(
        kind="report", operations=("iam:GetCredentialReport",), accounts=world.active_ids, detail=kind
    )
    aws.faults(as_json([rule]))

    outcome = run_job(aws, tmp_path)

    assert of_users(outcome.rows) == of_users(truth(world))


def test_an_organization_that_may_not_be_listed_is_told_in_one_line(aws: Endpoint, tmp_path: Path) -> None:
    aws.faults(
        as_json(
            [Rule(kind="error", operations=("organizations:*",), status=400, code="AccessDeniedException")]
        )
    )

    outcome = run_job(aws, tmp_path)

    assert outcome.exit_code == 1
    assert outcome.rows == frozenset()
    assert "AccessDeniedException" in outcome.log
    assert "Traceback" not in outcome.log
