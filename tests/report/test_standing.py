from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.policy_file.company_policy import AccountScope, KeyScope, PolicyException, Thresholds
from job.report.risk.assessment import Risk, assess, standing
from job.report.risk.rules import LEVELS, RULES
from tests.report.test_risk import HARMLESS, Key

TODAY = date(2026, 11, 29)
RULE_IDS = [rule.id for rule in RULES]
LEVEL_OF = {rule.id: rule.level for rule in RULES}
OLD_ADMIN = assess(replace(HARMLESS, admin_access="direct", age_days=100))


def excepting(*rules: str, id_: str = "SEC-1", expires: date = TODAY) -> PolicyException:
    return PolicyException(
        line=1,
        id=id_,
        accounts=AccountScope(),
        keys=KeyScope(),
        rules=frozenset(rules),
        reason="vendor",
        owner=None,
        expires=expires,
    )


RISKS = st.sets(st.sampled_from(RULE_IDS)).map(
    lambda reasons: Risk(
        level=max((LEVEL_OF[each] for each in reasons), key=LEVELS.index, default="low"),
        reasons=tuple(sorted(reasons)),
        action="review",
    )
)
EXCEPTIONS = st.lists(
    st.builds(
        lambda rules, days: excepting(*rules, expires=date(2026, 11, days)),
        st.sets(st.sampled_from(RULE_IDS), min_size=1),
        st.integers(27, 30),
    ),
    max_size=4,
)


@pytest.mark.parametrize(
    ("rules", "status", "open_level"),
    [
        ((), "open", "critical"),
        (("old",), "open", "critical"),
        (("admin_old",), "accepted", "high"),
        (("admin_old", "admin"), "accepted", "low"),
        (("admin_old", "admin", "old"), "accepted", None),
    ],
)
def test_what_no_exception_names_stays_open_with_its_own_level(
    rules: tuple[str, ...], status: str, open_level: str | None
) -> None:
    assert OLD_ADMIN.reasons == ("admin", "admin_old", "old")
    stands = standing(OLD_ADMIN, [excepting(*rules)], TODAY)
    assert (stands.status, stands.open_level) == (status, open_level)


def test_a_new_rule_of_the_same_level_opens_an_accepted_key() -> None:
    leaked = assess(replace(HARMLESS, admin_access="direct", age_days=100, known_leaked=True))
    everything = excepting("admin_old", "admin", "old")
    assert standing(OLD_ADMIN, [everything], TODAY).status == "accepted"
    assert standing(leaked, [everything], TODAY).status == "open"
    assert standing(leaked, [everything], TODAY).open_level == "critical"


def test_a_key_that_no_rule_applies_to_is_open_and_low() -> None:
    stands = standing(assess(HARMLESS), [excepting("old")], TODAY)
    assert (stands.status, stands.open_level, stands.exception) == ("open", "low", None)


@given(risk=RISKS, exceptions=EXCEPTIONS)
def test_the_open_level_is_that_of_the_highest_rule_that_no_exception_names(
    risk: Risk, exceptions: list[PolicyException]
) -> None:
    stands = standing(risk, exceptions, TODAY)
    holding = [each.rules for each in exceptions if each.expires >= TODAY]
    left = {reason for reason in risk.reasons if not any(reason in rules for rules in holding)}
    assert set(stands.accepted) == set(risk.reasons) - left
    assert all(LEVELS.index(LEVEL_OF[reason]) <= LEVELS.index(stands.open_level or "low") for reason in left)
    assert (stands.open_level is None) == (bool(risk.reasons) and not left)
    assert stands.status == "open" or risk.level not in {LEVEL_OF[reason] for reason in left}


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        (replace(HARMLESS, age_days=30), "old"),
        (replace(HARMLESS, age_days=200), "very_old"),
        (replace(HARMLESS, idle_days=10), "unused"),
    ],
)
def test_an_accounts_own_thresholds_decide(facts: Key, rule: str) -> None:
    here = replace(facts, thresholds=Thresholds(old=30, very_old=200, unused=10))
    assert rule in assess(here).reasons
    assert rule not in assess(facts).reasons
