from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from job.analyze.verdict import AdminAccess, PrincipalVerdicts, Verdict
from job.report.comparison.previous import PreviousRun
from job.report.rows.build import Report
from job.snapshot.model import Account, AccountRun
from tests.report.report_samples import (
    PROD,
    access_key,
    account,
    as_previous,
    as_previous_by_tables,
    capability,
    full_report,
    listed,
    moment,
    organization,
    records,
    report_run,
    root_user,
    sample_report,
    user,
    verdicts,
    without_report,
)

YESTERDAY = date(2026, 11, 21)
SHOP = organization(listed(PROD, "Shop"))


def yesterday(
    *accounts: Account, verdicts: tuple[PrincipalVerdicts, ...] = (), include_inactive: bool = False
) -> PreviousRun:
    run = report_run(run_id="run-0", report_date=YESTERDAY, include_inactive=include_inactive)
    return as_previous(sample_report(*accounts, verdicts=verdicts, within=SHOP, run=run))


def today(
    *accounts: Account,
    previous: PreviousRun,
    verdicts: tuple[PrincipalVerdicts, ...] = (),
    include_inactive: bool = False,
) -> Report:
    run = report_run(include_inactive=include_inactive)
    return sample_report(*accounts, verdicts=verdicts, within=SHOP, previous=previous, run=run)


def told(report: Report) -> list[tuple[object, ...]]:
    names = ("access_key_id", "change", "capability", "before", "after")
    return [tuple(row[name] for name in names) for row in records(report, "changes")]


def test_the_first_report_knows_no_changes() -> None:
    report = full_report()
    assert records(report, "changes") == []
    assert {(row["first_seen_date"], row["change"]) for row in records(report)} == {(None, None)}


def test_the_same_keys_again_are_unchanged_and_first_seen_in_the_first_report() -> None:
    first = full_report(report_run(run_id="run-0", report_date=YESTERDAY))
    report = full_report(previous=as_previous(first))
    assert records(report, "changes") == []
    assert {(row["first_seen_date"], row["change"]) for row in records(report)} == {(YESTERDAY, "unchanged")}


def test_the_first_date_is_handed_on() -> None:
    first = full_report(report_run(run_id="run-0", report_date=date(2026, 11, 1)))
    second = full_report(report_run(report_date=YESTERDAY), previous=as_previous(first))
    third = full_report(previous=as_previous(second))
    assert {row["first_seen_date"] for row in records(third)} == {date(2026, 11, 1)}


def test_a_key_made_since_is_new() -> None:
    previous = yesterday(account(PROD, user("ci")))
    report = today(account(PROD, user("ci", access_key("AKIAA", created="2026-11-23"))), previous=previous)
    assert told(report) == [("AKIAA", "new", None, None, "Active")]
    assert [(row["first_seen_date"], row["change"]) for row in records(report)] == [
        (date(2026, 11, 22), "new")
    ]


def test_an_older_key_that_was_not_reported_was_inactive_and_is_activated() -> None:
    previous = yesterday(account(PROD, user("ci", access_key("AKIAA", active=False))))
    report = today(account(PROD, user("ci", access_key("AKIAA"))), previous=previous)
    assert told(report) == [("AKIAA", "activated", None, "Inactive", "Active")]
    assert records(report)[0]["change"] == "changed"


def test_an_older_key_that_the_tables_of_a_report_did_not_hold_was_inactive_and_is_activated() -> None:
    run = report_run(run_id="run-0", report_date=YESTERDAY)
    before = sample_report(account(PROD, user("ci", access_key("AKIAA", active=False))), within=SHOP, run=run)
    after = account(PROD, user("ci", access_key("AKIAA")))
    report = today(after, previous=as_previous_by_tables(before))
    assert told(report) == [("AKIAA", "activated", None, "Inactive", "Active")]
    assert records(report)[0]["change"] == "changed"


def test_a_root_key_whose_id_becomes_known_stays_the_key_it_was() -> None:
    previous = yesterday(account(PROD, root=root_user(access_key(None, created=None))))
    known = account(PROD, root=root_user(access_key("AKIAROOT", created=None)))
    assert [row["change"] for row in records(today(known, previous=previous))] == ["unchanged"]


def test_an_older_key_is_new_when_inactive_ones_were_reported_too() -> None:
    previous = yesterday(account(PROD, user("ci")), include_inactive=True)
    report = today(account(PROD, user("ci", access_key("AKIAA"))), previous=previous)
    assert told(report) == [("AKIAA", "new", None, None, "Active")]


def test_a_reported_key_that_was_switched_on_is_activated() -> None:
    previous = yesterday(account(PROD, user("ci", access_key("AKIAA", active=False))), include_inactive=True)
    report = today(account(PROD, user("ci", access_key("AKIAA"))), previous=previous)
    assert told(report) == [("AKIAA", "activated", None, "Inactive", "Active")]


def test_a_key_switched_off_is_deactivated_and_not_gone() -> None:
    previous = yesterday(account(PROD, user("ci", access_key("AKIAA"))))
    report = today(account(PROD, user("ci", access_key("AKIAA", active=False))), previous=previous)
    assert told(report) == [("AKIAA", "deactivated", None, "Active", "Inactive")]
    assert records(report) == []


def test_an_inactive_key_that_the_last_report_left_out_is_no_change() -> None:
    inactive = account(PROD, user("ci", access_key("AKIAA", active=False)))
    report = today(inactive, previous=yesterday(inactive), include_inactive=True)
    assert told(report) == []
    assert [(row["first_seen_date"], row["change"]) for row in records(report)] == [
        (date(2026, 11, 22), None)
    ]


def test_a_key_that_no_longer_exists_is_gone() -> None:
    previous = yesterday(account(PROD, user("ci", access_key("AKIAA"))))
    report = today(account(PROD, user("ci")), previous=previous)
    assert told(report) == [("AKIAA", "gone", None, "Active", None)]
    row = records(report, "changes")[0]
    assert (row["previous_report_date"], row["previous_run_id"]) == (YESTERDAY, "run-0")
    assert (row["account_id"], row["account_name"], row["user_name"]) == (PROD, "Shop", "ci")
    assert row["key_created_at"] == moment("2026-11-01")


def test_a_key_is_not_gone_because_its_account_was_not_read() -> None:
    previous = yesterday(account(PROD, user("ci", access_key("AKIAA"))))
    assert told(today(previous=previous)) == []


def test_a_key_is_not_gone_because_some_keys_were_not_read() -> None:
    previous = yesterday(account(PROD, root=root_user(access_key(None))))
    assert told(today(without_report(account(PROD)), previous=previous)) == []


def test_keys_of_an_account_that_could_not_be_read_before_are_not_called_new() -> None:
    report = today(account(PROD, user("ci", access_key())), previous=yesterday())
    assert told(report) == []
    assert [(row["first_seen_date"], row["change"]) for row in records(report)] == [
        (date(2026, 11, 22), None)
    ]


def test_a_verdict_that_rises_is_gained_and_one_that_falls_is_lost() -> None:
    same = account(PROD, user("ci", access_key("AKIAA")))
    before = verdicts("ci", capability("rds_read", Verdict.ALL), capability("secrets", Verdict.SOME))
    after = verdicts(
        "ci",
        capability("rds_read", Verdict.CONDITIONAL),
        capability("s3_read", Verdict.SOME),
        capability("secrets", Verdict.SOME),
        admin=AdminAccess.ESCALATES,
    )
    report = today(same, previous=yesterday(same, verdicts=(before,)), verdicts=(after,))
    assert told(report) == [
        ("AKIAA", "gained", "admin_access", "none", "escalates"),
        ("AKIAA", "gained", "s3_read", "none", "some"),
        ("AKIAA", "lost", "rds_read", "all", "conditional"),
    ]
    assert records(report)[0]["change"] == "changed"


def test_to_know_or_no_longer_know_a_verdict_is_no_change() -> None:
    same = account(PROD, user("ci", access_key()))
    known = (verdicts("ci", capability("s3_read", Verdict.ALL)),)
    assert told(today(same, previous=yesterday(same), verdicts=known)) == []
    assert told(today(same, previous=yesterday(same, verdicts=known))) == []


def test_a_first_use_after_ninety_days_of_silence_is_told() -> None:
    previous = yesterday(account(PROD, user("ci", access_key("AKIAA", used="2026-08-01"))))
    report = today(account(PROD, user("ci", access_key("AKIAA", used="2026-11-21"))), previous=previous)
    assert told(report) == [
        ("AKIAA", "used_after_silence", None, "2026-08-01T00:00:00Z", "2026-11-21T00:00:00Z")
    ]


def test_a_first_use_ever_counts_from_the_keys_creation() -> None:
    previous = yesterday(account(PROD, user("ci", access_key("AKIAA", created="2026-01-01", used=None))))
    report = today(
        account(PROD, user("ci", access_key("AKIAA", created="2026-01-01", used="2026-11-21"))),
        previous=previous,
    )
    assert told(report) == [("AKIAA", "used_after_silence", None, None, "2026-11-21T00:00:00Z")]


def test_ninety_days_themselves_are_no_silence() -> None:
    previous = yesterday(account(PROD, user("ci", access_key(used="2026-08-23"))))
    assert told(today(account(PROD, user("ci", access_key(used="2026-11-21"))), previous=previous)) == []


def test_an_unknown_last_use_before_is_no_silence() -> None:
    previous = yesterday(account(PROD, user("ci", access_key(used=None, use_read=False))))
    assert told(today(account(PROD, user("ci", access_key())), previous=previous)) == []


def test_a_root_key_without_id_is_the_same_key_by_its_creation() -> None:
    before = account(PROD, root=root_user(access_key(None, created="2019-01-01")))
    after = account(
        PROD, root=root_user(access_key(None, created="2019-01-01"), access_key(None, created="2026-11-23"))
    )
    report = today(after, previous=yesterday(before))
    assert [row["change"] for row in records(report)] == ["unchanged", "new"]


def test_two_root_keys_of_unknown_creation_stay_two_keys() -> None:
    same = account(PROD, root=root_user(access_key(None, created=None), access_key(None, created=None)))
    report = today(same, previous=yesterday(same))
    assert [row["change"] for row in records(report)] == ["unchanged", "unchanged"]
    assert told(report) == []


@pytest.mark.parametrize("include_inactive", [True, False])
def test_of_two_such_root_keys_one_that_is_switched_off_is_deactivated(*, include_inactive: bool) -> None:
    before = account(PROD, root=root_user(access_key(None, created=None), access_key(None, created=None)))
    after = account(
        PROD,
        root=root_user(access_key(None, created=None, active=False), access_key(None, created=None)),
    )
    previous = yesterday(before, include_inactive=include_inactive)
    report = today(after, previous=previous, include_inactive=include_inactive)
    assert told(report) == [(None, "deactivated", None, "Active", "Inactive")]


def test_an_inactive_root_key_that_was_not_reported_takes_no_number() -> None:
    same = account(
        PROD,
        root=root_user(access_key(None, created=None, active=False), access_key(None, created=None)),
    )
    assert [row["change"] for row in records(today(same, previous=yesterday(same)))] == ["unchanged"]


def test_a_key_whose_creation_was_not_read_is_new() -> None:
    previous = yesterday(account(PROD, user("ci")))
    report = today(account(PROD, user("ci", access_key("AKIAA", created=None))), previous=previous)
    assert told(report) == [("AKIAA", "new", None, None, "Active")]


def test_a_user_with_a_formula_for_a_name_is_found_again_in_a_guarded_file() -> None:
    same = account(PROD, user("=cmd", access_key()))
    first = sample_report(same, within=SHOP, run=report_run(report_date=YESTERDAY))
    report = today(same, previous=as_previous_by_tables(first, formula_guard=True))
    assert [row["change"] for row in records(report)] == ["unchanged"]


def test_a_previous_report_without_keys_or_moments_is_read() -> None:
    bare = replace(account(PROD, user("ci")), collected_at=None)
    report = today(account(PROD, user("ci", access_key("AKIAA"))), previous=yesterday(bare))
    assert told(report) == [("AKIAA", "new", None, None, "Active")]


def test_changes_of_a_skipped_account_are_none() -> None:
    previous = yesterday(account(PROD, user("ci", access_key())))
    run = report_run(accounts={PROD: AccountRun(skipped="left out")})
    assert told(sample_report(within=SHOP, previous=previous, run=run)) == []
