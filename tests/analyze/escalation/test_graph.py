"""Who leads to whom: nodes made once, their edges found when asked for, changes in any order."""

from __future__ import annotations

import pytest

from job.analyze.escalation.graph import Edge, Graph, Node, with_identity
from job.analyze.language.certainty import Certainty
from tests.analyze.analyze_samples import ACCOUNT, account, attachment, subject, world

CERTAIN, POSSIBLE, CONCEIVABLE, NEVER = Certainty


def node(name: str) -> Node:
    return Node(("member", name), "user", name, ACCOUNT, subject(name=name))


A, B = (node(name) for name in "ab")
Ways = dict[str, list[tuple[Node, Certainty]]]


def graph(ways: Ways) -> Graph:
    def expand(_: Graph, start: Node, __: tuple[Node, ...]) -> list[Edge]:
        return [Edge(target, certainty, ("E",), ("e",)) for target, certainty in ways.get(start.name, [])]

    return Graph(world(), expand)


@pytest.fixture(autouse=True)
def no_edges_from_before() -> None:
    A.edges = B.edges = None


def test_edges_are_found_once() -> None:
    tree = graph({"a": [(B, CERTAIN)]})
    assert tree.edges(A) is tree.edges(A)


def test_a_node_for_many_leads_to_each_of_them() -> None:
    many = Node(("many",), "account", "many", "", None, members=(A, B))
    tree = graph({})
    assert [(e.target.name, e.certainty) for e in tree.edges(many)] == [("a", CERTAIN), ("b", CERTAIN)]
    with pytest.raises(TypeError, match="many"):
        tree.rights(many)


def test_a_change_is_made_once_and_in_any_order() -> None:
    tree = graph({})
    one = {"+x": lambda s: with_identity(s, attachment(name="x"))}
    two = {"+y": lambda s: with_identity(s, attachment(name="y"))}
    changed = tree.changed(tree.changed(A, one), two)
    assert changed is tree.changed(tree.changed(A, two), one)
    assert changed is tree.changed(changed, one)
    assert changed.changes == {"+x", "+y"}
    assert changed.subject is not None
    assert sorted(a.name for a in changed.subject.identity) == ["x", "y"]


def test_a_node_for_many_cannot_be_changed() -> None:
    many = Node(("many",), "account", "many", "", None)
    assert graph({}).changed(many, {"+x": lambda s: s}) is many


def test_the_member_accounts_are_all_that_were_read_but_the_management_account() -> None:
    place = world(account(), account("999988887777"))
    tree = Graph(place, lambda *_: ())
    members = tree.members_of_organization()
    assert [m.account_id for m in members.members] == [ACCOUNT]
    assert tree.members_of_organization() is members


def test_a_forgetful_graph_makes_its_nodes_again() -> None:
    tree = Graph(world(), lambda *_: ())
    before = tree.administrator(ACCOUNT)
    assert len(tree) == 1
    tree.forget()
    assert len(tree) == 0
    assert tree.administrator(ACCOUNT) is not before
