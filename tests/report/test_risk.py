from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.policy_file.company_policy import USUAL, Thresholds
from job.report.risk.assessment import assess
from job.report.risk.rules import ACTIONS, CONDITIONS, LEVELS, RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What the rules look at, and nothing else."""

    is_root: bool
    is_active: bool
    in_management_account: bool | None
    admin_access: str
    reads: frozenset[str]
    age_days: int | None
    idle_days: int | None
    never_used: bool | None
    password_without_mfa: bool
    reachable_accounts: int | None
    analysis_complete: bool
    known_leaked: bool | None
    thresholds: Thresholds = USUAL


HARMLESS = Key(
    is_root=False,
    is_active=True,
    in_management_account=False,
    admin_access="none",
    reads=frozenset({"none"}),
    age_days=10,
    idle_days=1,
    never_used=False,
    password_without_mfa=False,
    reachable_accounts=1,
    analysis_complete=True,
    known_leaked=False,
)
DAYS = st.none() | st.integers(0, 4000)
KEYS = st.builds(
    Key,
    is_root=st.booleans(),
    is_active=st.booleans(),
    in_management_account=st.none() | st.booleans(),
    admin_access=st.sampled_from(["direct", "escalates", "conditional", "unknown", "none"]),
    reads=st.frozensets(st.sampled_from(["all", "some", "conditional", "unknown", "none"])),
    age_days=DAYS,
    idle_days=DAYS,
    never_used=st.none() | st.booleans(),
    password_without_mfa=st.booleans(),
    reachable_accounts=st.none() | st.integers(1, 9),
    analysis_complete=st.booleans(),
    known_leaked=st.none() | st.booleans(),
)


def test_a_young_used_key_that_can_do_nothing_is_low() -> None:
    risk = assess(HARMLESS)
    assert (risk.level, risk.reasons, risk.action) == ("low", (), "review")


def test_an_active_root_key_is_critical_and_to_be_deleted() -> None:
    risk = assess(replace(HARMLESS, is_root=True, admin_access="direct"))
    assert (risk.level, risk.reasons, risk.action) == ("critical", ("root_key",), "delete")


def test_an_inactive_root_key_is_still_high() -> None:
    risk = assess(replace(HARMLESS, is_root=True, is_active=False))
    assert (risk.level, risk.action) == ("high", "delete")


def test_a_key_that_aws_found_in_public_is_critical_and_to_be_deactivated() -> None:
    risk = assess(replace(HARMLESS, known_leaked=True))
    assert (risk.level, risk.reasons, risk.action) == ("critical", ("known_leaked",), "deactivate")


def test_the_other_keys_of_an_administrator_that_leaked_are_told_by_both_rules() -> None:
    risk = assess(replace(HARMLESS, known_leaked=True, admin_access="direct"))
    assert (risk.level, risk.reasons, risk.action) == ("critical", ("admin", "known_leaked"), "deactivate")


def test_an_inactive_key_is_leaked_no_more() -> None:
    assert "known_leaked" not in assess(replace(HARMLESS, is_active=False, known_leaked=True)).reasons


def test_whether_a_key_leaked_raises_nothing_while_it_is_not_known() -> None:
    assert assess(replace(HARMLESS, known_leaked=None)).reasons == ()


@pytest.mark.parametrize("admin", ["direct", "escalates"])
def test_an_administrators_young_key_in_use_is_high(admin: str) -> None:
    risk = assess(replace(HARMLESS, admin_access=admin))
    assert (risk.level, risk.reasons, risk.action) == ("high", ("admin",), "replace_with_role")


@pytest.mark.parametrize("admin", ["direct", "escalates"])
def test_an_administrators_old_key_is_critical(admin: str) -> None:
    risk = assess(replace(HARMLESS, admin_access=admin, age_days=90))
    assert (risk.level, risk.reasons, risk.action) == (
        "critical",
        ("admin", "admin_old", "old"),
        "replace_with_role",
    )


def test_an_administrators_unused_key_is_critical_and_to_be_deactivated() -> None:
    risk = assess(replace(HARMLESS, admin_access="direct", age_days=100, idle_days=90))
    assert (risk.level, risk.action) == ("critical", "deactivate")


def test_an_administrator_of_the_management_account_is_critical() -> None:
    risk = assess(replace(HARMLESS, admin_access="escalates", in_management_account=True))
    assert (risk.level, risk.reasons) == (
        "critical",
        ("admin", "admin_management_account", "management_account"),
    )


def test_an_administrators_key_of_unknown_use_is_critical() -> None:
    assert (
        assess(replace(HARMLESS, admin_access="direct", idle_days=None, never_used=None)).level == "critical"
    )


@pytest.mark.parametrize(("age", "level"), [(10, "medium"), (90, "high")], ids=["young", "old"])
def test_a_conditional_administrator_is_medium_and_high_when_old(age: int, level: str) -> None:
    risk = assess(replace(HARMLESS, admin_access="conditional", age_days=age))
    assert (risk.level, risk.action) == (level, "replace_with_role")


@pytest.mark.parametrize(
    ("reads", "age", "level"),
    [("all", 10, "medium"), ("all", 90, "high"), ("some", 10, "low"), ("conditional", 90, "medium")],
)
def test_a_key_that_reads_data_should_be_a_role(reads: str, age: int, level: str) -> None:
    risk = assess(replace(HARMLESS, reads=frozenset({reads, "none"}), age_days=age))
    assert (risk.level, risk.action) == (level, "replace_with_role")


def test_a_key_that_reads_all_and_is_unused_is_high_and_to_be_deactivated() -> None:
    risk = assess(replace(HARMLESS, reads=frozenset({"all"}), age_days=100, idle_days=95))
    assert (risk.level, risk.action) == ("high", "deactivate")


def test_an_old_key_never_used_is_to_be_deleted() -> None:
    risk = assess(replace(HARMLESS, age_days=90, idle_days=None, never_used=True))
    assert (risk.level, risk.reasons, risk.action) == ("medium", ("never_used_old", "old"), "delete")


def test_a_young_key_never_used_is_low() -> None:
    assert assess(replace(HARMLESS, age_days=89, idle_days=None, never_used=True)).level == "low"


def test_a_key_not_used_for_ninety_days_is_to_be_deactivated() -> None:
    risk = assess(replace(HARMLESS, age_days=95, idle_days=90))
    assert (risk.level, risk.reasons, risk.action) == ("medium", ("old", "unused"), "deactivate")


def test_an_old_key_in_use_is_to_be_rotated() -> None:
    assert assess(replace(HARMLESS, age_days=90)).action == "rotate"
    assert assess(replace(HARMLESS, age_days=365)).level == "medium"


def test_an_inactive_key_is_to_be_deleted() -> None:
    assert assess(replace(HARMLESS, is_active=False)).level == "low"
    assert assess(replace(HARMLESS, is_active=False, admin_access="direct")).level == "medium"
    assert assess(replace(HARMLESS, is_active=False, admin_access="direct")).action == "delete"


@given(KEYS)
def test_the_unknown_is_never_low(key: Key) -> None:
    unsure = replace(key, admin_access="unknown")
    assert assess(unsure).level != "low"
    assert assess(replace(key, analysis_complete=False)).level != "low"
    assert assess(replace(key, reads=frozenset({"unknown"}))).level != "low"


@given(KEYS)
def test_an_active_key_of_unknown_age_or_use_is_never_low(key: Key) -> None:
    active = replace(key, is_active=True)
    assert assess(replace(active, age_days=None)).level != "low"
    assert assess(replace(active, never_used=None)).level != "low"


@given(KEYS)
def test_more_power_is_never_less_risk(key: Key) -> None:
    weaker = assess(replace(key, admin_access="none"))
    stronger = assess(replace(key, admin_access="direct"))
    assert LEVELS.index(stronger.level) >= LEVELS.index(weaker.level)


@given(KEYS, st.integers(0, 4000))
def test_more_age_is_never_less_risk(key: Key, more: int) -> None:
    young = replace(key, age_days=100)
    older = replace(key, age_days=100 + more)
    assert LEVELS.index(assess(older).level) >= LEVELS.index(assess(young).level)


@given(KEYS)
def test_level_and_action_come_from_the_reasons(key: Key) -> None:
    risk = assess(key)
    rows = [rule for rule in RULES if rule.id in risk.reasons]
    assert risk.level in {"low", *(rule.level for rule in rows)}
    assert risk.action in {"review", *(rule.action for rule in rows)}


def test_the_table_speaks_of_known_conditions_levels_and_actions_only() -> None:
    assert {name for rule in RULES for name in rule.when} == set(CONDITIONS)
    assert {rule.level for rule in RULES} == set(LEVELS)
    assert {rule.action for rule in RULES} == set(ACTIONS)
    assert len({rule.id for rule in RULES}) == len(RULES)
