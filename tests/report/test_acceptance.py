"""What a policy file makes of a whole report: columns, counts, thresholds, and what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from job.policy_file.policy_parser import parse_policy
from job.report.risk.credential_rules import CREDENTIAL_RULES
from job.report.risk.rules import RULES
from job.report.rows.build import Report
from job.report.schema.columns import Value
from job.report.summary import summarize
from job.snapshot.model import CredentialKind
from tests.report.report_samples import (
    PASSWORD,
    PROD,
    TODAY,
    account,
    full_report,
    report_run,
    sample_report,
    user,
    verdicts,
)

RULE_IDS = frozenset(rule.id for rule in (*RULES, *CREDENTIAL_RULES))
FILE = f"""
[thresholds]
old = 10
[[thresholds.override]]
accounts = ["{PROD}"]
very_old = 20000
[[thresholds.override]]
ou = "Root/Nowhere"
old = 5
[[exception]]
id = "SEC-1"
accounts = ["{PROD}"]
users = ["c?"]
rules = ["reads_all_old", "never_used_old"]
reason = "vendor"
owner = "team"
expires = 2026-11-22
[[exception]]
id = "SEC-2"
users = ["dev"]
rules = ["old"]
reason = "gone"
expires = 2026-11-21
[[exception]]
id = "SEC-3"
users = ["nobody"]
rules = ["old"]
reason = "nobody"
expires = 2027-01-01
[[exception]]
id = "SEC-4"
users = ["dev"]
rules = ["root_key"]
reason = "not needed"
expires = 2027-01-01
[owner]
tags = ["Owner"]
"""


def reported(file: str, day: date = TODAY, *, shares: int = 1) -> Report:
    return full_report(
        report_run(policy=parse_policy(file.encode(), RULE_IDS), report_date=day), shares=shares
    )


def row_of(report: Report, user_name: str) -> dict[str, Value]:
    return next(row for row in report.table("keys").records() if row["user_name"] == user_name)


def test_a_key_tells_its_exception_and_what_stays_open() -> None:
    row = row_of(reported(FILE), "ci")
    told = (
        "risk_level",
        "risk_status",
        "exception_id",
        "exception_expires",
        "accepted_reasons",
        "open_risk_level",
    )
    assert {name: row[name] for name in told} == {
        "risk_level": "high",
        "risk_status": "accepted",
        "exception_id": "SEC-1",
        "exception_expires": TODAY,
        "accepted_reasons": ("reads_all_old",),
        "open_risk_level": "medium",
    }


def test_the_day_after_its_end_an_exception_no_longer_counts() -> None:
    row = row_of(reported(FILE, date(2026, 11, 23)), "ci")
    assert (row["risk_status"], row["exception_id"], row["open_risk_level"]) == ("open", None, "high")


def test_without_a_policy_file_everything_is_open() -> None:
    rows = list(full_report().table("keys").records())
    assert {row["risk_status"] for row in rows} == {"open"}
    assert {row["owner"] for row in rows} == {row["exception_id"] for row in rows} == {None}
    assert [row["open_risk_level"] for row in rows] == [row["risk_level"] for row in rows]


def test_thresholds_are_those_of_the_keys_account() -> None:
    report = reported(FILE)
    assert "very_old" not in str(row_of(report, "ci")["risk_reasons"])
    assert "very_old" in str(row_of(report, "dev")["risk_reasons"])


def test_headline_numbers_count_what_is_open_and_what_is_accepted_stands_beside() -> None:
    before, after = summarize(reported("[thresholds]\nold = 10\n")), summarize(reported(FILE))
    assert isinstance(before["counts"], dict)
    assert isinstance(after["counts"], dict)
    assert before["counts"]["risk"] == {"low": 0, "medium": 1, "high": 1, "critical": 1}
    assert after["counts"]["risk"] == {"low": 0, "medium": 2, "high": 0, "critical": 1}
    assert after["counts"]["accepted"] == {"low": 0, "medium": 0, "high": 1, "critical": 0}


@pytest.mark.parametrize("shares", [1, 2, 3])
def test_the_summary_tells_what_has_expired_and_what_is_about_nothing(shares: int) -> None:
    policy = summarize(reported(FILE, shares=shares))["policy"]
    assert isinstance(policy, dict)
    assert isinstance(policy["exceptions"], list)
    exceptions = [each for each in policy["exceptions"] if isinstance(each, dict)]
    states = [(each["id"], each["state"], each["keys"]) for each in exceptions]
    assert states == [
        ("SEC-1", "holds", 1),
        ("SEC-2", "expired", 1),
        ("SEC-3", "unmatched", 0),
        ("SEC-4", "not_needed", 0),
    ]
    assert policy["remarks"] == [
        "line 7: thresholds.override: no account matches, or an earlier override is about it",
        "line 18: exception SEC-2: expired on 2026-11-21, and no longer counts",
        "line 24: exception SEC-3: no reported key or credential matches",
        "line 30: exception SEC-4: none of its rules applies to what it is about any more",
    ]


def test_what_to_do_says_how_by_who_probably_uses_the_key() -> None:
    row = row_of(full_report(), "ci")
    assert (row["probable_user"], row["probable_user_sign"]) == ("person", "console password")
    assert "IAM Identity Center" in str(row["action_how"])


@pytest.mark.parametrize("shares", [1, 3])
def test_tags_that_nothing_has_are_told(shares: int) -> None:
    file = (
        '[owner]\ntags = ["Owner", "Onwer"]\n'
        '[sensitive]\naccount_tags = { Nothing = ["Secret"] }\nstore_tags = { Nothing = ["Secret"] }\n'
    )
    policy = summarize(reported(file, shares=shares))["policy"]
    assert isinstance(policy, dict)
    assert policy["remarks"] == [
        "line 1: owner.tags: no user of a reported key or credential, and no account of one, has Onwer",
        "line 3: sensitive.account_tags: no account has Nothing with one of these values",
    ]


OF_CREDENTIALS = """
[[exception]]
id = "SEC-5"
users = ["ci"]
credentials = ["console_password"]
rules = ["password_without_mfa"]
reason = "hardware tokens arrive in January"
expires = 2026-11-22
[[exception]]
id = "SEC-6"
credentials = ["ACCA1234567890EXAMPLE"]
rules = ["old"]
reason = "vendor"
expires = 2027-01-01
[[exception]]
id = "SEC-7"
credentials = ["ssh_public_key"]
rules = ["old"]
reason = "nobody has one"
expires = 2027-01-01
[owner]
tags = ["team"]
"""
API_KEY = replace(
    PASSWORD, kind=CredentialKind.SERVICE_SPECIFIC, id="ACCA1234567890EXAMPLE", service="bedrock"
)


def with_credentials(day: date = TODAY, *, shares: int = 1) -> Report:
    """A user without a key, with a password and an API key, and no MFA device."""
    whole = account(PROD, user("ci", tags={"team": "blue"}))
    return sample_report(
        replace(whole, other_credentials=(PASSWORD, API_KEY)),
        verdicts=(verdicts("ci"),),
        run=report_run(policy=parse_policy(OF_CREDENTIALS.encode(), RULE_IDS), report_date=day),
        shares=shares,
    )


def told_of_credentials(report: Report) -> list[tuple[Value, ...]]:
    names = ("risk_level", "risk_status", "exception_id", "exception_expires", "accepted_reasons")
    rows = report.table("credentials").records()
    return [tuple(row[name] for name in (*names, "open_risk_level")) for row in rows]


def test_a_credential_tells_its_exception_as_a_key_does() -> None:
    assert told_of_credentials(with_credentials()) == [
        ("high", "accepted", "SEC-5", TODAY, ("password_without_mfa",), None),
        ("medium", "open", None, None, (), "medium"),
    ]


def test_the_day_after_the_end_of_its_exception_a_credential_is_open() -> None:
    told = told_of_credentials(with_credentials(date(2026, 11, 23)))
    assert told[0] == ("high", "open", None, None, (), "high")


@pytest.mark.parametrize("shares", [1, 2])
def test_the_summary_counts_open_and_accepted_credentials_beside_keys(shares: int) -> None:
    summary = summarize(with_credentials(shares=shares))
    assert isinstance(summary["counts"], dict)
    assert isinstance(summary["policy"], dict)
    assert isinstance(summary["policy"]["exceptions"], list)
    assert summary["counts"]["credentials"] == {
        "credentials": 2,
        "risk": {"low": 0, "medium": 1, "high": 0, "critical": 0},
        "accepted": {"low": 0, "medium": 0, "high": 1, "critical": 0},
    }
    exceptions = [each for each in summary["policy"]["exceptions"] if isinstance(each, dict)]
    assert [(each["id"], each["state"], each["keys"], each["credentials"]) for each in exceptions] == [
        ("SEC-5", "holds", 0, 1),
        ("SEC-6", "not_needed", 0, 0),
        ("SEC-7", "unmatched", 0, 0),
    ]
    assert summary["policy"]["remarks"] == [
        "line 9: exception SEC-6: none of its rules applies to what it is about any more",
        "line 15: exception SEC-7: no reported key or credential matches",
    ]
