from __future__ import annotations

from dataclasses import replace

import pytest

from job.analyze.verdict import AdminAccess, PrincipalVerdicts, StoreAccess, Verdict
from job.report.schema.columns import Value
from tests.report.report_samples import (
    DEV,
    PAYROLL,
    PAYROLL_ACCESS,
    PROD,
    access_key,
    account,
    sample_report,
    user,
    verdicts,
)

COUNTS = ("keys_direct", "keys_through_roles", "keys_as_administrators")
THROUGH_ROLE = replace(PAYROLL_ACCESS, via=("role:arn:aws:iam::111111111111:role/reader",))
AS_ADMINISTRATOR = replace(PAYROLL_ACCESS, via=("admin",))


def records(dataset: str, *answers: PrincipalVerdicts, shares: int = 1) -> list[dict[str, Value]]:
    """The rows of a dataset when two accounts have a user each, one with two active keys and one without."""
    report = sample_report(
        account(
            PROD,
            user("ci", access_key(), access_key("AKIA00000000000000A2"), access_key("A3", active=False)),
        ),
        account(DEV, user("dev", access_key("AKIA00000000000000B1"))),
        verdicts=answers,
        stores=(PAYROLL,),
        shares=shares,
    )
    return list(report.table(dataset).records())


def counted(*answers: PrincipalVerdicts, shares: int = 1) -> list[Value]:
    (row,) = records("stores", *answers, shares=shares)
    return [row[name] for name in COUNTS]


@pytest.mark.parametrize("shares", [1, 2])
def test_keys_of_all_accounts_are_counted_once_each(shares: int) -> None:
    answers = (
        verdicts("ci", stores=(PAYROLL_ACCESS,)),
        verdicts("dev", account_id=DEV, stores=(THROUGH_ROLE,)),
    )
    assert counted(*answers, shares=shares) == [2, 1, 0]


@pytest.mark.parametrize(
    ("admin", "access", "expected"),
    [
        (AdminAccess.NONE, AS_ADMINISTRATOR, [0, 0, 2]),
        (AdminAccess.DIRECT, PAYROLL_ACCESS, [0, 0, 2]),
        (AdminAccess.ESCALATES, PAYROLL_ACCESS, [2, 0, 0]),
        (AdminAccess.NONE, replace(PAYROLL_ACCESS, verdict=Verdict.UNKNOWN), [0, 0, 0]),
        (AdminAccess.NONE, replace(PAYROLL_ACCESS, verdict=Verdict.CONDITIONAL), [2, 0, 0]),
    ],
)
def test_administrators_are_counted_apart_and_the_unknown_not_at_all(
    admin: AdminAccess, access: StoreAccess, expected: list[Value]
) -> None:
    assert counted(verdicts("ci", admin=admin, stores=(access,))) == expected


def test_a_store_that_nobody_reads_has_a_row_too() -> None:
    (row,) = records("stores")
    assert (row["store_name"], row["other_accounts"], row["open_to_all"]) == ("payroll", (DEV,), False)
    assert [row[name] for name in COUNTS] == [0, 0, 0]


def test_access_has_a_row_a_key_and_none_for_administrators() -> None:
    rows = records("access", verdicts("ci", stores=(PAYROLL_ACCESS,)))
    assert [(row["access_key_id"], row["store_name"], row["verdict"], row["via"]) for row in rows] == [
        (access_key().access_key_id, "payroll", "all", ("direct",)),
        ("AKIA00000000000000A2", "payroll", "all", ("direct",)),
    ]
    assert records("access", verdicts("ci", stores=(AS_ADMINISTRATOR,))) == []
    assert records("access", verdicts("ci", admin=AdminAccess.DIRECT, stores=(PAYROLL_ACCESS,))) == []


def test_a_direct_administrators_access_to_another_account_is_its_own() -> None:
    elsewhere = replace(PAYROLL_ACCESS, store_account_id=DEV)
    rows = records("access", verdicts("ci", admin=AdminAccess.DIRECT, stores=(elsewhere,)))
    assert [row["store_account_id"] for row in rows] == [DEV, DEV]


def test_without_stores_both_datasets_are_empty() -> None:
    report = sample_report(account(PROD, user("ci", access_key())), verdicts=(verdicts("ci"),))
    assert (len(report.table("stores").rows), len(report.table("access").rows)) == (0, 0)
