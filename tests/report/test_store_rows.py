from __future__ import annotations

import json
from dataclasses import replace

import pytest

from job.analyze.verdict import (
    AdminAccess,
    Evidence,
    Hop,
    PrincipalVerdicts,
    StoreAccess,
    StoreOpening,
    Verdict,
)
from job.policy_file.company_policy import NO_POLICY, Policy, Sensitive
from job.report.schema.columns import Value
from tests.report.report_samples import (
    DEV,
    PAYROLL,
    PAYROLL_ACCESS,
    PROD,
    access_key,
    account,
    report_run,
    sample_report,
    user,
    verdicts,
)

COUNTS = ("keys_direct", "keys_through_roles", "keys_as_administrators")
THROUGH_ROLE = replace(PAYROLL_ACCESS, via=("role:arn:aws:iam::111111111111:role/reader",))
AS_ADMINISTRATOR = replace(PAYROLL_ACCESS, via=("admin",))
AS_BOTH = replace(PAYROLL_ACCESS, via=("admin", "direct"))
BY_STORE_TAG = Policy(sensitive=Sensitive(store_tags={"DataClassification": frozenset({"Restricted"})}))
BY_OTHER_TAG = Policy(sensitive=Sensitive(store_tags={"DataClassification": frozenset({"Confidential"})}))
BY_ACCOUNT_TAG = Policy(sensitive=Sensitive(account_tags={"Environment": frozenset({"prod"})}))


def records(
    dataset: str,
    *answers: PrincipalVerdicts,
    shares: int = 1,
    policy: Policy = NO_POLICY,
    store: StoreOpening = PAYROLL,
) -> list[dict[str, Value]]:
    """The rows of a dataset when two accounts have a user each, one with two active keys and one without."""
    report = sample_report(
        account(
            PROD,
            user("ci", access_key(), access_key("AKIA00000000000000A2"), access_key("A3", active=False)),
        ),
        account(DEV, user("dev", access_key("AKIA00000000000000B1"))),
        verdicts=answers,
        run=report_run(policy=policy),
        stores=(store,),
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
        (AdminAccess.ESCALATES, AS_BOTH, [0, 0, 2]),
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
    assert records("access", verdicts("ci", stores=(AS_BOTH,))) == []
    assert records("access", verdicts("ci", admin=AdminAccess.DIRECT, stores=(PAYROLL_ACCESS,))) == []


def test_a_direct_administrators_access_to_another_account_is_its_own() -> None:
    elsewhere = replace(PAYROLL_ACCESS, store_account_id=DEV)
    rows = records("access", verdicts("ci", admin=AdminAccess.DIRECT, stores=(elsewhere,)))
    assert [row["store_account_id"] for row in rows] == [DEV, DEV]


def test_access_tells_the_way_to_the_reader_and_what_the_store_says_apart_from_the_callers_policies() -> None:
    own = Evidence(
        attached_to="bucket payroll",
        policy_name="bucket policy",
        policy_arn=None,
        index=1,
        sid="Readers",
        effect="Allow",
        actions=("s3:GetObject",),
        resources=("arn:aws:s3:::payroll/*",),
        conditions="",
    )
    user_hop = Hop(kind="user", name="arn:aws:iam::111111111111:user/ci", by="")
    role_hop = Hop(kind="role", name="arn:aws:iam::111111111111:role/reader", by="role:x")
    access = replace(
        THROUGH_ROLE,
        path=(user_hop, role_hop, *PAYROLL_ACCESS.path),
        evidence=(replace(own, attached_to="role reader", policy_name="read"), own),
    )
    row = records("access", verdicts("ci", stores=(access,)))[0]
    assert json.loads(str(row["path"])) == [
        {"kind": "user", "name": user_hop.name, "by": ""},
        {"kind": "role", "name": role_hop.name, "by": "role:x"},
    ]
    (told,) = json.loads(str(row["store_statements"]))
    assert (told["attached_to"], told["statement_sid"]) == ("bucket payroll", "Readers")


def test_of_a_user_who_reads_as_itself_no_way_is_told() -> None:
    row = records("access", verdicts("ci", stores=(PAYROLL_ACCESS,)))[0]
    assert (row["path"], row["store_statements"]) == (None, None)


def test_without_stores_both_datasets_are_empty() -> None:
    report = sample_report(account(PROD, user("ci", access_key())), verdicts=(verdicts("ci"),))
    assert (len(report.table("stores").rows), len(report.table("access").rows)) == (0, 0)


def untagged(access: StoreAccess) -> StoreAccess:
    return replace(access, store_tags=None)


@pytest.mark.parametrize(
    ("policy", "tags", "expected"),
    [
        (NO_POLICY, PAYROLL.store.tags, None),
        (BY_STORE_TAG, PAYROLL.store.tags, True),
        (BY_OTHER_TAG, PAYROLL.store.tags, False),
        (BY_STORE_TAG, {}, False),
        (BY_STORE_TAG, None, None),
        (BY_ACCOUNT_TAG, None, True),
    ],
)
def test_the_policy_file_says_which_stores_are_sensitive_in_each_dataset_alike(
    policy: Policy, tags: dict[str, str] | None, expected: Value
) -> None:
    store = replace(PAYROLL, store=replace(PAYROLL.store, tags=tags))
    answer = verdicts("ci", stores=(replace(PAYROLL_ACCESS, store_tags=tags),))
    told = {
        row["sensitive"]
        for dataset in ("stores", "access")
        for row in records(dataset, answer, policy=policy, store=store)
    }
    assert told == {expected}


def test_a_store_is_as_sensitive_as_its_own_account_not_that_of_the_key() -> None:
    answer = verdicts("dev", account_id=DEV, stores=(untagged(PAYROLL_ACCESS),))
    (row,) = records("access", answer, policy=BY_ACCOUNT_TAG)
    assert (row["account_id"], row["store_account_id"], row["sensitive"]) == (DEV, PROD, True)


def test_a_store_of_an_account_that_was_not_listed_is_of_unknown_sensitivity() -> None:
    elsewhere = replace(PAYROLL_ACCESS, store_account_id="999999999999")
    rows = records("access", verdicts("ci", stores=(elsewhere,)), policy=BY_ACCOUNT_TAG)
    assert [row["sensitive"] for row in rows] == [None, None]


@pytest.mark.parametrize(
    ("policy", "keys"), [(BY_STORE_TAG, 2), (BY_ACCOUNT_TAG, 2), (BY_OTHER_TAG, 0), (NO_POLICY, 0)]
)
@pytest.mark.parametrize(
    "answer",
    [
        verdicts("ci", stores=(AS_ADMINISTRATOR,)),
        verdicts("ci", admin=AdminAccess.DIRECT, stores=(PAYROLL_ACCESS,)),
    ],
    ids=["becomes administrator", "is administrator"],
)
def test_access_lists_administrators_for_sensitive_stores_alone(
    answer: PrincipalVerdicts, policy: Policy, keys: int
) -> None:
    assert len(records("access", answer, policy=policy)) == keys
    (store,) = records("stores", answer, policy=policy)
    assert store["keys_as_administrators"] == 2


def test_keys_name_the_sensitive_stores_that_they_read() -> None:
    stores = (
        replace(PAYROLL_ACCESS, store_name="wages"),
        PAYROLL_ACCESS,
        replace(PAYROLL_ACCESS, store_name="open", store_tags={"DataClassification": "Public"}),
        replace(PAYROLL_ACCESS, store_name="untold", store_tags=None),
        replace(PAYROLL_ACCESS, store_name="unclear", verdict=Verdict.UNKNOWN),
    )
    rows = records("keys", verdicts("ci", stores=stores), policy=BY_STORE_TAG)
    assert {row["user_name"]: row["sensitive_stores"] for row in rows} == {
        "ci": ("payroll", "wages"),
        "dev": (),
    }


def test_without_a_policy_file_no_key_names_a_sensitive_store() -> None:
    rows = records("keys", verdicts("ci", stores=(PAYROLL_ACCESS,)))
    assert {row["sensitive_stores"] for row in rows} == {()}
