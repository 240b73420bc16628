"""The table of escalation methods as it is loaded."""

from __future__ import annotations

import pytest

from job.analyze.escalation.changes import ROLE_RULES, USER_RULES
from job.analyze.escalation.methods import RULE_ACTIONS, TELLING_RULES, Way, actions_of_methods, load_methods
from job.analyze.escalation.rules_others import OTHER_RULES
from job.analyze.escalation.rules_services import SERVICE_RULES
from job.analyze.service_reference.action_table import action_index

INDEX = action_index(actions_of_methods())
METHODS = load_methods(INDEX)
CONSEQUENCES = ("E27", "E28", "E29")  # a change, then an entry: joined by the closure


def way_needing(*actions: str) -> Way:
    masks = tuple(INDEX.bit(a) for a in actions)
    return Way(
        method="E00", rule="x", needs=(), services=(), unseen="", note="", title="", masks=masks, callers=()
    )


def test_methods_are_loaded_once() -> None:
    loaded = load_methods(INDEX)
    assert load_methods(INDEX) is loaded


def test_each_method_has_an_id_of_its_own() -> None:
    assert len({m.id for m in METHODS}) == len(METHODS)


def test_each_way_bears_the_id_of_its_method() -> None:
    assert [(m.id, w.method) for m in METHODS for w in m.ways if w.method != m.id] == []


def test_each_need_is_about_known_actions() -> None:
    assert [(w.method, w.needs) for m in METHODS for w in m.ways if not all(w.masks)] == []


def test_each_rule_of_the_table_is_written_and_each_written_one_is_used() -> None:
    written = {*USER_RULES, *ROLE_RULES, *OTHER_RULES, *SERVICE_RULES, *TELLING_RULES}
    ways = [w for m in METHODS if m.id not in CONSEQUENCES for w in m.ways]
    assert {w.rule for w in ways} == written


def test_a_consequence_of_two_steps_is_a_method_that_no_rule_of_its_own_finds() -> None:
    told = {m.id: {len(w.needs) for w in m.ways} for m in METHODS if m.id in CONSEQUENCES}
    assert told == {method: {2} for method in CONSEQUENCES}


@pytest.mark.parametrize("action", ["iam:CreatePolicyVersion", "lambda:CreateFunction", *RULE_ACTIONS])
def test_actions_that_rules_ask_for_are_told(action: str) -> None:
    assert action in actions_of_methods()


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (["iam:passrole", "lambda:createfunction"], True),
        (["iam:passrole"], False),
        (["lambda:createfunction"], False),
        ([], False),
    ],
)
def test_a_way_is_open_to_those_that_have_an_action_for_each_need(held: list[str], *, expected: bool) -> None:
    way = way_needing("iam:passrole", "lambda:createfunction")
    assert way.open_to(sum(INDEX.bit(a) for a in held)) is expected


def test_a_way_without_needs_is_open_to_all() -> None:
    assert way_needing().open_to(0)
