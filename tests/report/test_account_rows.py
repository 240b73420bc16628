from __future__ import annotations

from dataclasses import replace

from job.snapshot.model import AccountRun, Failure
from job.snapshot.parse import parse_account
from tests.report.report_samples import (
    DEV,
    MANAGEMENT,
    PROD,
    access_key,
    account,
    full_report,
    listed,
    organization,
    records,
    report_run,
    root_user,
    sample_report,
    user,
    without_report,
)

DENIED = Failure(step="AssumeRole", code="AccessDenied", message="is not authorized")


def test_every_account_of_the_organization_is_a_row() -> None:
    rows = records(full_report(), "accounts")
    assert [(row["account_id"], row["coverage"]) for row in rows] == [
        (MANAGEMENT, "complete"),
        (PROD, "complete"),
        (DEV, "complete"),
    ]
    assert [row["is_management_account"] for row in rows] == [True, False, False]


def test_an_account_whose_report_is_only_a_header_has_no_count_of_keys() -> None:
    header = "user,arn,access_key_1_active\n"
    torn = parse_account(
        PROD, {"AuthorizationDetails": {}, "AccessKeys": [], "CredentialReport": {"Content": header}}
    )
    (row,) = records(sample_report(torn, within=organization(listed(PROD, "Shop"))), "accounts")
    told = ("coverage", "failed_step", "failed_code", "keys", "active_keys")
    assert [row[name] for name in told] == ["partial", "CredentialReport", "Malformed", None, None]


def test_an_account_counts_all_its_keys_and_the_reported_ones() -> None:
    row = records(full_report(), "accounts")[1]
    assert {name: row[name] for name in ("users", "keys", "active_keys", "reported_keys")} == {
        "users": 1,
        "keys": 3,
        "active_keys": 2,
        "reported_keys": 2,
    }


def test_an_account_without_keys_has_zero_keys() -> None:
    row = records(full_report(), "accounts")[0]
    assert (row["users"], row["keys"], row["active_keys"], row["reported_keys"]) == (0, 0, 0, 0)


def test_an_account_that_failed_has_no_count_at_all() -> None:
    run = report_run(accounts={PROD: AccountRun(failure=DENIED, role_arn="arn:role", api_calls=1, retries=0)})
    row = records(sample_report(within=organization(listed(PROD, "Shop")), run=run), "accounts")[0]
    assert (row["coverage"], row["failed_step"], row["failed_code"]) == (
        "failed",
        "AssumeRole",
        "AccessDenied",
    )
    assert (row["users"], row["keys"], row["active_keys"], row["reported_keys"]) == (None, None, None, None)
    assert (row["coverage_note"], row["failures"]) == ("is not authorized", ("AssumeRole:AccessDenied",))
    assert (row["role_used"], row["api_calls"], row["retries"], row["seconds"]) == ("arn:role", 1, 0, None)


def test_an_account_of_which_only_failures_were_kept_has_failed() -> None:
    bare = replace(without_report(account(PROD)), identities_read=False, failures=(DENIED,))
    row = records(sample_report(bare, within=organization(listed(PROD, "Shop"))), "accounts")[0]
    assert (row["coverage"], row["failed_code"], row["users"], row["keys"], row["reported_keys"]) == (
        "failed",
        "AccessDenied",
        None,
        None,
        None,
    )


def test_an_account_nobody_spoke_of_was_not_read() -> None:
    row = records(sample_report(within=organization(listed(PROD, "Shop"))), "accounts")[0]
    assert (row["coverage"], row["coverage_note"], row["failed_step"]) == ("failed", "not read", None)


def test_a_suspended_account_is_skipped() -> None:
    within = organization(listed(PROD, "Shop", state="SUSPENDED"))
    row = records(sample_report(within=within), "accounts")[0]
    assert (row["coverage"], row["coverage_note"], row["keys"]) == (
        "skipped",
        "account state SUSPENDED",
        None,
    )


def test_an_account_left_out_by_a_setting_says_so() -> None:
    run = report_run(accounts={PROD: AccountRun(skipped="REPORT_EXCLUDE_ACCOUNTS")})
    row = records(sample_report(within=organization(listed(PROD, "Shop")), run=run), "accounts")[0]
    assert (row["coverage"], row["coverage_note"]) == ("skipped", "REPORT_EXCLUDE_ACCOUNTS")


def test_an_account_without_credential_report_is_partial_and_its_keys_not_counted() -> None:
    whole = without_report(account(PROD, user("ci", access_key())))
    row = records(sample_report(whole, within=organization(listed(PROD, "Shop"))), "accounts")[0]
    assert (row["coverage"], row["keys"], row["active_keys"], row["reported_keys"]) == (
        "partial",
        None,
        None,
        1,
    )
    assert row["coverage_note"] == "missing: credential report, some access keys"


def test_a_user_whose_keys_could_not_be_listed_makes_the_account_partial() -> None:
    whole = account(PROD, replace(user("ci"), keys=None), root=root_user())
    row = records(sample_report(whole, within=organization(listed(PROD, "Shop"))), "accounts")[0]
    assert (row["coverage"], row["users"], row["keys"]) == ("partial", 1, None)


def test_an_unknown_last_use_makes_the_account_partial() -> None:
    whole = account(PROD, user("ci", access_key(used=None, use_read=False)))
    row = records(sample_report(whole, within=organization(listed(PROD, "Shop"))), "accounts")[0]
    assert (row["coverage"], row["coverage_note"]) == ("partial", "missing: last use of 1 access keys")


def test_a_failed_step_makes_the_account_partial() -> None:
    failures = (Failure(step="B", code="Throttling", message=""), DENIED)
    whole = replace(account(PROD), failures=failures)
    row = records(sample_report(whole, within=organization(listed(PROD, "Shop"))), "accounts")[0]
    assert (row["coverage"], row["failed_step"]) == ("partial", "B")
    assert row["failures"] == ("AssumeRole:AccessDenied", "B:Throttling")


def test_steps_that_failed_for_single_users_are_told_with_their_names() -> None:
    failures = tuple(
        Failure(step=step, code="AccessDenied", message="", user=name)
        for step, name in (("ListAccessKeys", "guarded"), ("GetUser", "guarded"))
    )
    whole = replace(account(PROD, user("ci", access_key())), failures=failures)
    row = records(sample_report(whole, within=organization(listed(PROD, "Shop"))), "accounts")[0]
    assert row["coverage_note"] == (
        "missing: GetUser of guarded (AccessDenied), ListAccessKeys of guarded (AccessDenied)"
    )


def test_of_many_users_whose_steps_failed_ten_are_named() -> None:
    failures = tuple(
        Failure(step="GetUser", code="AccessDenied", message="", user=f"u{number:02}") for number in range(12)
    )
    row = records(
        sample_report(replace(account(PROD), failures=failures), within=organization(listed(PROD, "Shop"))),
        "accounts",
    )[0]
    assert str(row["coverage_note"]).endswith("GetUser of u09 (AccessDenied), 2 more such steps")


def test_the_effort_of_an_account_is_told_in_whole_seconds() -> None:
    run = report_run(accounts={PROD: AccountRun(role_arn="arn", api_calls=7, retries=2, seconds=1.2)})
    row = records(
        sample_report(account(PROD), within=organization(listed(PROD, "Shop")), run=run), "accounts"
    )[0]
    assert (row["role_used"], row["api_calls"], row["retries"], row["seconds"]) == ("arn", 7, 2, 2)


def test_an_account_from_a_snapshot_made_no_calls_in_this_run() -> None:
    row = records(full_report(), "accounts")[0]
    assert (row["role_used"], row["api_calls"], row["seconds"]) == (None, None, None)
