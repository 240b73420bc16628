"""What a key controls: certain ways before doubtful ones, then short ones, with every change made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from job.analyze.escalation.closure import Closure
from job.analyze.escalation.graph import Arrival, Edge, Graph, Node, route, with_identity
from job.analyze.escalation.held import Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.steps import Step
from job.analyze.escalation.targets import Change
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.principals.members import RoleMember, UserMember
from job.analyze.principals.world import World
from tests.analyze.analyze_samples import ACCOUNT, EVERYTHING, attachment, subject, world

CERTAIN, POSSIBLE, CONCEIVABLE, NEVER = Certainty
GIVING = Way(method="E", rule="x", needs=(), services=(), unseen="", note="", title="", masks=(), callers=())
Ways = Mapping[str, list[tuple[str, Certainty]]]


def member(name: str) -> UserMember:
    return UserMember(
        kind="user",
        arn=f"arn:aws:iam::{ACCOUNT}:user/{name}",
        account_id=ACCOUNT,
        name=name,
        path="/",
        unique_id=name,
        tags={},
        policies=(),
        boundary=None,
        groups=(),
        keys=0,
        password_enabled=False,
        mfa_active=False,
    )


@dataclass
class Town:
    """Principals a, b, c, d with made-up ways between them, and changes by (who makes it, of whom)."""

    ways: Ways
    changes: Mapping[tuple[str, str], list[Change]] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in "abcd":
            self.nodes[name] = Node(("member", name), "user", name, ACCOUNT, subject(name=name), member(name))

    def expand(self, graph: Graph, start: Node, _: tuple[Node, ...]) -> Iterable[Edge]:
        told = "administrator" if start.kind == "account" else "+".join((start.name, *sorted(start.changes)))
        for name, certainty in self.ways.get(told, []):
            target = graph.administrator(ACCOUNT) if name == "administrator" else self.nodes[name]
            yield Edge(target, certainty, ("E",), ("e",))

    def able(self, _: World, rights: Rights, /) -> bool:
        return any(maker == rights.subject.name for maker, _ in self.changes)

    def __call__(self, step: Step, node: Node, /) -> Iterable[Change]:
        return self.changes.get((step.subject.name, node.name), ())

    def passing(
        self, _: Step, _method: str, _role: RoleMember, _held: Held, _made: Node | None = None, /
    ) -> Iterable[Edge]:
        return ()

    def closure(self) -> Closure:
        return Closure(Graph(world(), self.expand), self, self.nodes["a"])

    def come_to(self) -> dict[str, Certainty]:
        return {told(n): arrival.certainty for n, arrival in self.closure().arrivals.items()}


def told(node: Node) -> str:
    name = "administrator" if node.kind == "account" else node.name
    return "+".join((name, *sorted(node.changes)))


def change(
    name: str,
    certainty: Certainty = CERTAIN,
    slot: str = "",
    apply: Callable[[Subject], Subject] | None = None,
) -> Change:
    given = attachment(name=name)
    return Change(name, apply or (lambda s: with_identity(s, given)), Held(certainty), GIVING, slot)


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        ({}, {"a": CERTAIN}),
        ({"a": [("b", CERTAIN)], "b": [("c", CERTAIN)]}, {"a": CERTAIN, "b": CERTAIN, "c": CERTAIN}),
        ({"a": [("b", POSSIBLE)], "b": [("c", CERTAIN)]}, {"a": CERTAIN, "b": POSSIBLE, "c": POSSIBLE}),
        (
            {"a": [("b", CERTAIN)], "b": [("c", CONCEIVABLE)]},
            {"a": CERTAIN, "b": CERTAIN, "c": CONCEIVABLE},
        ),
        (
            {"a": [("b", POSSIBLE)], "b": [("c", CONCEIVABLE)]},
            {"a": CERTAIN, "b": POSSIBLE, "c": CONCEIVABLE},
        ),
        ({"a": [("b", NEVER)]}, {"a": CERTAIN}),
        ({"a": [("b", CERTAIN)], "b": [("a", CERTAIN)]}, {"a": CERTAIN, "b": CERTAIN}),
        (
            {"a": [("b", CERTAIN), ("c", POSSIBLE)], "b": [("c", CERTAIN)]},
            {"a": CERTAIN, "b": CERTAIN, "c": CERTAIN},
        ),
    ],
)
def test_each_node_is_come_to_as_certainly_as_its_best_way(
    ways: Ways, expected: dict[str, Certainty]
) -> None:
    assert Town(ways).come_to() == expected


def test_a_certain_detour_is_told_rather_than_a_doubtful_short_way() -> None:
    town = Town({"a": [("c", POSSIBLE), ("b", CERTAIN)], "b": [("c", CERTAIN)]})
    steps = route(town.closure().arrivals, town.nodes["c"])
    assert [(n.name, e.target.name) for n, e in steps] == [("a", "b"), ("b", "c")]


def test_of_certain_ways_the_shortest_is_told() -> None:
    ways = {"a": [("b", CERTAIN), ("c", CERTAIN)], "b": [("d", CERTAIN)], "c": [("b", CERTAIN)]}
    town = Town(ways)
    steps = route(town.closure().arrivals, town.nodes["d"])
    assert [(n.name, e.target.name) for n, e in steps] == [("a", "b"), ("b", "d")]


def test_the_way_to_the_start_has_no_steps() -> None:
    town = Town({})
    assert route(town.closure().arrivals, town.nodes["a"]) == []


def one_after_another(length: int, *, helped: bool = False) -> dict[Node, Arrival]:
    """A search that came from each node to the next, perhaps with the help of the one before."""
    nodes = [Node(("n", str(at)), "role", str(at), "", None) for at in range(length)]
    return {nodes[0]: Arrival(CERTAIN, None, None)} | {
        node: Arrival(CERTAIN, before, Edge(node, CERTAIN, (), (), actors=(before,) if helped else ()))
        for before, node in pairwise(nodes)
    }


@pytest.mark.parametrize("helped", [False, True])
def test_a_way_may_be_as_long_as_there_are_roles(*, helped: bool) -> None:
    arrivals = one_after_another(3_000, helped=helped)
    *left, goal = arrivals
    assert [node for node, _ in route(arrivals, goal)] == left


def test_somebody_is_changed_only_after_it_was_come_to() -> None:
    changes = {("a", "b"): [change("+x")]}
    assert Town({}, changes).come_to() == {"a": CERTAIN}
    assert Town({"a": [("b", CERTAIN)]}, changes).come_to() == {"a": CERTAIN, "b": CERTAIN, "b++x": CERTAIN}


def test_a_change_opens_ways_that_were_closed() -> None:
    ways = {"a": [("b", CERTAIN)], "b++x": [("c", CERTAIN)]}
    assert Town(ways).come_to() == {"a": CERTAIN, "b": CERTAIN}
    assert Town(ways, {("a", "b"): [change("+x")]}).come_to()["c"] is CERTAIN


def test_a_change_by_somebody_who_is_controlled_later_is_made_as_well() -> None:
    ways = {"a": [("b", CERTAIN), ("c", CERTAIN)], "b++x": [("d", CERTAIN)]}
    town = Town(ways, {("c", "b"): [change("+x")]})
    closure = town.closure()
    assert closure.arrivals[town.nodes["d"]].certainty is CERTAIN
    steps = [(told(n), told(e.target)) for n, e in route(closure.arrivals, town.nodes["d"])]
    assert steps == [("a", "b"), ("a", "c"), ("b", "b++x"), ("b++x", "d")]


def test_a_chain_is_as_certain_as_its_least_certain_change_or_step() -> None:
    ways = {"a": [("b", POSSIBLE)], "b++x": [("c", CERTAIN)], "c++y": [("d", CERTAIN)]}
    changes = {("a", "b"): [change("+x", CERTAIN)], ("b", "c"): [change("+y", CONCEIVABLE)]}
    found = Town(ways, changes).come_to()
    assert (found["b++x"], found["c"], found["c++y"], found["d"]) == (
        POSSIBLE,
        POSSIBLE,
        CONCEIVABLE,
        CONCEIVABLE,
    )


def test_changes_that_only_add_are_made_together() -> None:
    ways = {"a": [("b", CERTAIN)], "b++x++y": [("c", CERTAIN)]}
    assert Town(ways, {("a", "b"): [change("+x"), change("+y")]}).come_to()["c"] is CERTAIN


def test_changes_that_exclude_each_other_are_never_made_together() -> None:
    changes = {("a", "b"): [change("t=1", slot="t"), change("t=2", slot="t")]}
    found = Town({"a": [("b", CERTAIN)]}, changes).come_to()
    assert found.keys() == {"a", "b", "b+t=1", "b+t=2"}


def test_whoever_is_given_everything_administers_the_account() -> None:
    everything = change("+all", apply=lambda s: with_identity(s, attachment(EVERYTHING)))
    assert Town({"a": [("b", CERTAIN)]}, {("a", "b"): [everything]}).come_to()["administrator"] is CERTAIN


def test_what_a_member_becomes_under_control_goes_on_from_there_alone() -> None:
    town = Town({"a": [("b", CERTAIN)], "b": [("c", CERTAIN)]}, {("a", "b"): [change("+x")]})
    onward = town.closure().onward(town.nodes["b"])
    assert {told(n) for n in onward.arrivals} == {"b", "c"}
