"""The table of escalation methods as it is loaded."""

from __future__ import annotations

import pytest

from job.analyze.action_table import action_index
from job.analyze.methods import RULE_ACTIONS, TELLING_RULES, Way, actions_of_methods, load_methods
from job.analyze.rules_others import OTHER_RULES
from job.analyze.rules_own import OWN_RULES
from job.analyze.rules_services import SERVICE_RULES

INDEX = action_index(actions_of_methods())
METHODS = load_methods(INDEX)


def way_needing(*actions: str) -> Way:
    masks = tuple(INDEX.bit(a) for a in actions)
    return Way(method="E00", rule="x", needs=(), services=(), unseen="", note="", title="", masks=masks)


def test_methods_are_loaded_once() -> None:
    assert load_methods(INDEX) is METHODS


def test_each_method_has_an_id_of_its_own() -> None:
    assert len({m.id for m in METHODS}) == len(METHODS)


def test_each_way_bears_the_id_of_its_method() -> None:
    assert [(m.id, w.method) for m in METHODS for w in m.ways if w.method != m.id] == []


def test_each_need_is_about_known_actions() -> None:
    assert [(w.method, w.needs) for m in METHODS for w in m.ways if not all(w.masks)] == []


def test_each_rule_of_the_table_is_written_and_each_written_one_is_used() -> None:
    written = {*OWN_RULES, *OTHER_RULES, *SERVICE_RULES, *TELLING_RULES}
    assert {w.rule for m in METHODS for w in m.ways} == written


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
