"""Who leads to whom: the search prefers certain ways, then short ones, and tells the way back."""

from __future__ import annotations

import pytest

from job.analyze.grants import Certainty
from job.analyze.graph import Edge, Graph, Node, reachable, role_of, route, with_identity
from tests.analyze.analyze_samples import ACCOUNT, account, attachment, role, subject, world

CERTAIN, POSSIBLE, CONCEIVABLE, NEVER = Certainty


def node(name: str) -> Node:
    return Node(("member", name), "user", name, ACCOUNT, subject(name=name))


A, B, C, D = (node(name) for name in "abcd")
Ways = dict[str, list[tuple[Node, Certainty]]]


def graph(ways: Ways) -> Graph:
    def expand(_: Graph, start: Node) -> list[Edge]:
        return [Edge(target, certainty, ("E",), ("e",)) for target, certainty in ways.get(start.name, [])]

    return Graph(world(), expand)


@pytest.fixture(autouse=True)
def no_edges_from_before() -> None:
    A.edges = B.edges = C.edges = D.edges = None


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        ({}, {"a": CERTAIN}),
        ({"a": [(B, CERTAIN)], "b": [(C, CERTAIN)]}, {"a": CERTAIN, "b": CERTAIN, "c": CERTAIN}),
        ({"a": [(B, POSSIBLE)], "b": [(C, CERTAIN)]}, {"a": CERTAIN, "b": POSSIBLE, "c": POSSIBLE}),
        ({"a": [(B, CERTAIN)], "b": [(C, CONCEIVABLE)]}, {"a": CERTAIN, "b": CERTAIN, "c": CONCEIVABLE}),
        ({"a": [(B, POSSIBLE)], "b": [(C, CONCEIVABLE)]}, {"a": CERTAIN, "b": POSSIBLE, "c": CONCEIVABLE}),
        ({"a": [(B, NEVER)]}, {"a": CERTAIN}),
        ({"a": [(B, CERTAIN)], "b": [(A, CERTAIN)]}, {"a": CERTAIN, "b": CERTAIN}),
        (
            {"a": [(B, CERTAIN), (C, POSSIBLE)], "b": [(C, CERTAIN)]},
            {"a": CERTAIN, "b": CERTAIN, "c": CERTAIN},
        ),
    ],
)
def test_each_node_is_reached_as_certainly_as_its_best_way(
    ways: Ways, expected: dict[str, Certainty]
) -> None:
    arrivals = reachable(graph(ways), A)
    assert {n.name: arrival.certainty for n, arrival in arrivals.items()} == expected


def test_a_certain_detour_is_told_rather_than_a_doubtful_short_way() -> None:
    arrivals = reachable(graph({"a": [(C, POSSIBLE), (B, CERTAIN)], "b": [(C, CERTAIN)]}), A)
    assert [(n.name, e.target.name) for n, e in route(arrivals, C)] == [("a", "b"), ("b", "c")]


def test_of_certain_ways_the_shortest_is_told() -> None:
    ways = {"a": [(B, CERTAIN), (C, CERTAIN)], "b": [(D, CERTAIN)], "c": [(B, CERTAIN)]}
    arrivals = reachable(graph(ways), A)
    assert [(n.name, e.target.name) for n, e in route(arrivals, D)] == [("a", "b"), ("b", "d")]


def test_the_way_to_the_start_has_no_steps() -> None:
    assert route(reachable(graph({}), A), A) == []


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
    tree = Graph(place, lambda _, __: ())
    members = tree.members_of_organization()
    assert [m.account_id for m in members.members] == [ACCOUNT]
    assert tree.members_of_organization() is members


def test_only_a_role_session_has_a_role() -> None:
    place = world()
    tree = Graph(place, lambda _, __: ())
    assert role_of(place, A) is None
    assert role_of(place, tree.member(role([]))) is None
    assert role_of(place, tree.administrator(ACCOUNT)) is None


def test_a_forgetful_graph_makes_its_nodes_again() -> None:
    tree = Graph(world(), lambda _, __: ())
    before = tree.administrator(ACCOUNT)
    assert len(tree) == 1
    tree.forget()
    assert len(tree) == 0
    assert tree.administrator(ACCOUNT) is not before
