from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from job.analyze.verdict import AdminAccess, Verdict
from job.report.schema.columns import Value
from tests.report.report_samples import (
    CAPABILITIES,
    DEV,
    OWN,
    PROD,
    READ_AT,
    access_key,
    account,
    capability,
    full_report,
    listed,
    moment,
    organization,
    records,
    report_run,
    root_user,
    sample_report,
    sample_schema,
    user,
    verdicts,
)


def test_every_active_key_of_users_and_root_is_a_row_in_order() -> None:
    rows = records(full_report())
    assert [(row["account_id"], row["user_name"], row["access_key_id"]) for row in rows] == [
        (PROD, "<root_account>", None),
        (PROD, "ci", "AKIA00000000000000A1"),
        (DEV, "dev", "AKIA00000000000000B1"),
    ]


def test_inactive_keys_are_rows_only_when_asked_for() -> None:
    rows = records(full_report(report_run(include_inactive=True)))
    assert [(row["access_key_id"], row["key_status"]) for row in rows if row["user_name"] == "ci"] == [
        ("AKIA00000000000000A1", "Active"),
        ("AKIA00000000000000A2", "Inactive"),
    ]


def test_keys_of_one_user_are_sorted_by_creation_then_id() -> None:
    keys = (
        access_key("AKIAC", created="2026-02-01"),
        access_key("AKIAB", created="2026-01-01"),
        access_key("AKIAA", created="2026-02-01"),
        access_key("AKIAD", created=None),
    )
    rows = records(sample_report(account(PROD, user("ci", *keys))))
    assert [row["access_key_id"] for row in rows] == ["AKIAD", "AKIAB", "AKIAA", "AKIAC"]


def test_a_row_says_who_and_where() -> None:
    row = records(full_report())[1]
    told = {
        "report_date": date(2026, 11, 22),
        "run_id": "run-1",
        "schema_version": 1,
        "collected_at": READ_AT,
        "credential_report_at": datetime(2026, 11, 22, tzinfo=UTC),
        "organization_id": "o-example",
        "account_name": "Shop",
        "account_email": "shop@example.com",
        "account_state": "ACTIVE",
        "is_management_account": False,
        "ou_id": "ou-2",
        "ou_path": "Root/Prod/Team A",
        "ou_level_1": "Prod",
        "ou_level_2": "Team A",
        "ou_level_3": None,
        "ou_level_5": None,
        "account_tags": {"Environment": "prod", "Owner": "shop"},
        "principal_type": "iam_user",
        "user_arn": "arn:aws:iam::111111111111:user/ci",
        "user_path": "/",
        "user_created_at": moment("2020-01-01"),
        "user_tags": {},
        "user_groups": ("readers", "writers"),
        "console_password": True,
        "mfa_active": False,
        "permissions_boundary_arn": None,
        "tag_environment": "prod",
        "tag_data_classification": None,
    }
    assert {name: row[name] for name in told} == told


def test_a_row_says_how_old_a_key_is_and_when_it_was_used() -> None:
    row = records(full_report())[1]
    assert row["key_age_days"] == 21
    assert row["days_since_last_used"] == 2
    assert row["key_last_used_service"] == "s3"
    assert row["key_last_used_region"] is None
    assert row["never_used"] is False


def test_a_key_never_used_is_not_one_whose_use_is_unknown() -> None:
    keys = (
        access_key("AKIAA", used=None),
        access_key("AKIAB", used=None, use_read=False),
    )
    never, unknown = records(sample_report(account(PROD, user("ci", *keys))))
    assert (never["never_used"], never["days_since_last_used"]) == (True, None)
    assert (unknown["never_used"], unknown["days_since_last_used"]) == (None, None)


def test_a_key_made_after_the_reading_is_no_day_old() -> None:
    rows = records(sample_report(account(PROD, user("ci", access_key(created="2026-12-24")))))
    assert rows[0]["key_age_days"] == 0


def test_a_key_of_unknown_creation_has_no_age() -> None:
    rows = records(sample_report(account(PROD, user("ci", access_key(created=None)))))
    assert rows[0]["key_age_days"] is None


def test_ages_count_to_the_run_when_the_reading_has_no_moment() -> None:
    whole = replace(account(PROD, user("ci", access_key())), collected_at=None)
    rows = records(sample_report(whole))
    assert (rows[0]["collected_at"], rows[0]["key_age_days"]) == (None, 21)


def test_the_root_users_key_has_no_id_and_no_path() -> None:
    row = records(full_report())[0]
    assert row["principal_type"] == "root"
    assert (row["access_key_id"], row["user_path"], row["user_tags"]) == (None, None, None)


def test_verdicts_are_cells() -> None:
    row = records(full_report())[1]
    assert row["policies"] == (
        "group readers/arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        "user/inline:own",
    )
    assert (row["s3_read"], row["s3_read_via"], row["s3_read_reason"]) == ("all", ("direct",), "ok")
    assert (row["rds_read"], row["rds_read_via"]) == ("none", ())
    assert (row["can_read_s3"], row["can_read_rds"]) == (True, False)
    assert (row["admin_access"], row["is_admin"], row["can_become_admin"]) == ("none", False, False)
    assert (row["limited_by"], row["analysis_status"], row["analysis_note"]) == (
        ("boundary", "scp"),
        "complete",
        None,
    )


def leak_row(*, known_leaked: bool | None) -> dict[str, Value]:
    answers = verdicts("ci", capability("s3_read", Verdict.ALL), known_leaked=known_leaked)
    return records(sample_report(account(PROD, user("ci", access_key())), verdicts=(answers,)))[0]


def test_a_leaked_key_is_critical() -> None:
    row = leak_row(known_leaked=True)
    assert (row["known_leaked"], row["risk_level"]) == (True, "critical")
    assert row["risk_reasons"] == ("known_leaked", "password_without_mfa", "reads_all")
    assert row["recommended_action"] == "deactivate"


def test_a_key_that_did_not_leak_or_of_which_it_is_not_known_is_judged_by_what_it_does() -> None:
    rows = [leak_row(known_leaked=False), leak_row(known_leaked=None)]
    assert [row["known_leaked"] for row in rows] == [False, None]
    assert {(row["risk_level"], row["risk_reasons"]) for row in rows} == {
        ("medium", ("password_without_mfa", "reads_all"))
    }


def test_conditional_is_yes_and_unknown_is_neither() -> None:
    answers = verdicts(
        "ci",
        capability("s3_read", Verdict.CONDITIONAL),
        capability("rds_read", Verdict.UNKNOWN),
        admin=AdminAccess.CONDITIONAL,
    )
    row = records(sample_report(account(PROD, user("ci", access_key())), verdicts=(answers,)))[0]
    assert (row["can_read_s3"], row["can_read_rds"]) == (True, None)
    assert (row["is_admin"], row["can_become_admin"]) == (False, True)


def test_an_unknown_administrator_is_neither_yes_nor_no() -> None:
    answers = verdicts("ci", admin=AdminAccess.UNKNOWN)
    row = records(sample_report(account(PROD, user("ci", access_key())), verdicts=(answers,)))[0]
    assert (row["is_admin"], row["can_become_admin"], row["risk_level"]) == (None, None, "medium")


def test_a_key_without_analysis_keeps_its_row_with_everything_unknown() -> None:
    row = records(sample_report(account(PROD, user("ci", access_key()))))[0]
    assert row["analysis_status"] == "failed"
    assert {row["admin_access"], *(row[each.id] for each in CAPABILITIES)} == {"unknown"}
    assert (row["is_admin"], row["can_read_s3"], row["reachable_roles"]) == (None, None, None)
    assert row["known_leaked"] is None
    assert (row["risk_level"], row["risk_reasons"]) == (
        "medium",
        ("analysis_unknown", "password_without_mfa"),
    )


def test_a_capability_without_verdict_is_unknown() -> None:
    answers = replace(verdicts("ci"), capabilities={})
    row = records(sample_report(account(PROD, user("ci", access_key())), verdicts=(answers,)))[0]
    assert (row["s3_read"], row["s3_read_via"], row["can_read_s3"]) == ("unknown", None, None)


def test_a_users_own_capability_has_its_columns_at_the_end() -> None:
    answers = verdicts("ci", capability("orders_read", Verdict.SOME, ("direct",), "why"))
    report = sample_report(
        account(PROD, user("ci", access_key())), verdicts=(answers,), schema=sample_schema((OWN,))
    )
    assert list(records(report)[0].items())[-3:] == [
        ("orders_read", "some"),
        ("orders_read_via", ("direct",)),
        ("orders_read_reason", "why"),
    ]


def test_notes_are_one_text() -> None:
    answers = replace(verdicts("ci"), status="partial", notes=("no SCPs", "no RCPs"))
    row = records(sample_report(account(PROD, user("ci", access_key())), verdicts=(answers,)))[0]
    assert row["analysis_note"] == "no SCPs; no RCPs"


def test_what_was_not_read_of_a_user_is_null() -> None:
    bare = replace(user("ci", access_key()), credentials=None)
    row = records(sample_report(replace(account(PROD, bare), identities_read=False)))[0]
    assert (row["user_tags"], row["console_password"], row["mfa_active"]) == (None, None, None)


def test_a_slash_in_the_name_of_a_unit_is_no_step() -> None:
    within = organization(listed(PROD, "Shop", "R/D"))
    row = records(sample_report(account(PROD, user("ci", access_key())), within=within))[0]
    assert (row["ou_path"], row["ou_level_1"]) == ("Root/R%2FD", "R/D")


def test_the_original_tools_path_is_understood() -> None:
    shop = replace(listed(PROD, "Shop"), ou_path=None, ou_text="OU=root,OU=Prod,OU=Team A")
    row = records(sample_report(account(PROD, user("ci", access_key())), within=organization(shop)))[0]
    assert (row["ou_id"], row["ou_path"], row["ou_level_2"]) == (None, "root/Prod/Team A", "Team A")


def test_an_account_that_the_organization_does_not_list_keeps_its_rows() -> None:
    within = replace(organization(), management_account_id=None)
    row = records(sample_report(account(PROD, user("ci", access_key())), within=within))[0]
    assert (row["account_id"], row["account_name"], row["account_tags"], row["ou_path"]) == (
        PROD,
        None,
        None,
        None,
    )
    assert row["is_management_account"] is None
    assert row["tag_environment"] is None


def test_a_unit_without_name_is_told_by_its_id() -> None:
    shop = listed(PROD, "Shop", "Prod")
    assert shop.ou_path is not None
    nameless = replace(shop, ou_path=tuple(replace(unit, name=None) for unit in shop.ou_path))
    row = records(sample_report(account(PROD, user("ci", access_key())), within=organization(nameless)))[0]
    assert row["ou_path"] == "ou-0/ou-1"


def test_two_root_keys_are_two_rows() -> None:
    keys = (access_key(None, created="2019-01-01"), access_key(None, created="2020-01-01"))
    rows = records(sample_report(account(PROD, root=root_user(*keys))))
    assert [row["key_created_at"] for row in rows] == [moment("2019-01-01"), moment("2020-01-01")]
