"""Everything that a key comes to control: whom it enters, whom it changes, until nothing is new.

What was gained stays, since credentials are in hand and a change can be taken back; so the set only grows.
Where values exclude each other, a tag's or a policy's versions, they are several forms of one principal,
never a sum in one request.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from job.analyze.escalation.changers import Changers, Changing
from job.analyze.escalation.forms import LEVELS, MOST_FORMS, Form, Made, at_most, forms, is_taken, too_many
from job.analyze.escalation.graph import ACTING, NO_EDGES, Arrival, Edge, Edges, Graph, Node, merged_edges
from job.analyze.escalation.joint_ways import JointWays
from job.analyze.escalation.steps import step_of
from job.analyze.escalation.targets import Change
from job.analyze.language.certainty import Certainty

# Searches from forms that the search itself did not need: they tell of more first steps, never of less.
_MOST_ONWARD = 4


class _Pending:
    """Nodes that are to be looked at, in order, each once."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._queue = deque(nodes)
        self._waiting = set(self._queue)

    def __bool__(self) -> bool:
        return bool(self._queue)

    def add(self, nodes: Iterable[Node]) -> None:
        """The nodes, as far as they do not wait yet."""
        for node in nodes:
            if node not in self._waiting:
                self._waiting.add(node)
                self._queue.append(node)

    def take(self) -> Node:
        """The node that waits longest."""
        node = self._queue.popleft()
        self._waiting.discard(node)
        return node


class Closure:
    """The search from one node; `arrivals` tells how each node was first come to."""

    def __init__(
        self, graph: Graph, changing: Changing, start: Node, unchanged: tuple[str, ...] = ()
    ) -> None:
        self.start = start
        self._unchanged = unchanged
        self.arrivals: dict[Node, Arrival] = {}
        self.changed: dict[Node, Edges] = {}
        self._graph = graph
        self._changing = changing
        self._changers = Changers(graph, changing)
        self._joint = JointWays(graph, changing, self._changers, start, self.arrivals)
        self._asked: dict[tuple[Node, Node, tuple[Node, ...]], tuple[Change, ...]] = {}
        self._formed: dict[Node, frozenset[tuple[str, Certainty]]] = {}
        self._alone: dict[Node, Certainty] = {}
        self._by_start: dict[tuple[Node, Certainty], Sequence[Form]] = {}
        self._looked: dict[Node, Edges] = {}
        self._forms: dict[tuple[str, ...], int] = {}
        self._all_made: dict[tuple[str, ...], dict[str, Made]] = {}
        self._administered: dict[str, Certainty] = {}
        self._steps_left: dict[tuple[frozenset[Node], Certainty], Mapping[Node, int]] = {}
        self._come_to(start, Arrival(Certainty.CERTAIN, None, None))
        for level in LEVELS:
            self._close(level)

    @property
    def apart(self) -> Sequence[str]:
        """The accounts that none who was come to administers, where too many were to help each other."""
        accounts = {node.account_id for node in self.arrivals} - self._administered.keys()
        return sorted(filter(self._changers.are_apart, accounts))

    def edges(self, node: Node) -> Iterable[Edge]:
        """The ways out of a node that the search looked at: its own, then changes made to it."""
        return chain.from_iterable(self._edges_of(node))

    def _edges_of(self, node: Node) -> Iterable[Edges]:
        yield self._looked.get(node, NO_EDGES)
        yield self.changed.get(node, NO_EDGES)
        yield self._joint.edges(node)

    def _look(self, node: Node, level: Certainty) -> Edges:
        """The ways out of a node; only those into other accounts where all of its own is come to anyway.

        Where all others are, too, they add nothing either.
        """
        is_principal = node.member is not None or node.key[0] == ACTING or bool(node.changes)
        is_governed = is_principal and self._governed(node, level)
        is_subject = is_governed or (node.kind == "account" and node.subject is not None)
        if is_subject and self._is_everything_administered():
            found = self._looked.get(node) or self._graph.inward(node)
        elif is_governed:
            found = self._looked.get(node) or self._graph.outward(node)
        else:
            found = self._graph.edges(node, self._changers.helpers(node))
        self._looked[node] = found
        return found

    def onward(self, node: Node) -> Closure:
        """The search from another node, without further changes to the start's principal."""
        return Closure(self._graph, self._changing, node, unchanged=self.start.key[:2])

    def way_on(self, edge: Edge, goals: frozenset[Node], level: Certainty) -> Sequence[Edge]:
        """The shortest way from where an edge leads to one of the goals, over what this search found."""
        steps_left = self._steps_left.get((goals, level))
        if steps_left is None:
            steps_left = self._steps_left[goals, level] = self._steps_to(goals, level)
        node, steps = edge.target, list[Edge]()
        while steps_left.get(node):
            left = steps_left[node] - 1
            on = (e for e in self.edges(node) if e.certainty <= level)
            following = next(e for e in on if steps_left.get(e.target) == left)
            steps.append(following)
            node = following.target
        return steps

    def leading_to(self, goals: Iterable[Node], level: Certainty) -> Container[Node]:
        """The nodes from which some of the goals is come to at this level, without the start's doing."""
        found = (g for g in goals if g in self.arrivals and self.arrivals[g].certainty <= level)
        return self._steps_to(found, level, without=self.start)

    def _steps_to(
        self, goals: Iterable[Node], level: Certainty, without: Node | None = None
    ) -> Mapping[Node, int]:
        """How many steps each node but the start is from the nearest goal, without somebody's help."""
        steps = dict.fromkeys(goals, 0)
        others = [n for n, a in self.arrivals.items() if a.certainty <= level and n is not self.start]
        before: dict[Node, list[Node]] = {}
        direct, ends = list[Node](), frozenset(steps)
        for node in others:
            ways = [found.leading(level) for found in self._edges_of(node)]
            if any(way.leads_to(ends, without) for way in ways):
                direct.append(node)
            else:
                for target in chain.from_iterable(way.targets(without) for way in ways):
                    before.setdefault(target, []).append(node)
        for node in direct:
            steps.setdefault(node, 1)
        queue = deque(steps)
        while queue:
            node = queue.popleft()
            for earlier in before.get(node, ()):
                if earlier not in steps:
                    steps[earlier] = steps[node] + 1
                    queue.append(earlier)
        return steps

    def _close(self, level: Certainty) -> None:
        pending = _Pending(node for node in self.arrivals if self._has_ways(node, level))
        self._change(self.start, level, pending)
        self._arrive(self.start, self.changed.get(self.start, ()), level, pending)
        is_closed = False
        while not is_closed:
            self._spread(pending, level)
            for node in list(self.arrivals):
                self._change(node, level, pending)
                self._arrive(node, self.changed.get(node, ()), level, pending)
            for account_id in list(self._changers.rewriters):
                if not self._is_administered(account_id, level):
                    self._arrive_jointly(self._joint.named(account_id, level), level, pending)
            accounts = () if pending else dict.fromkeys(node.account_id for node in self.arrivals)
            for account_id in accounts:
                if not self._is_administered(account_id, level):
                    self._arrive_jointly(self._joint.joined(account_id, level), level, pending)
            for account_id in () if pending else accounts:
                if not self._is_administered(account_id, level):
                    pending.add(self._changers.join(account_id))
            is_closed = not pending

    def _spread(self, pending: _Pending, level: Certainty) -> None:
        """Look at the ways out of all who are pending, and of all whom they lead to.

        Whoever is governed comes last: by then it may be known that nothing outside is left to come to.
        """
        governed = deque[Node]()
        while pending or governed:
            node = pending.take() if pending else governed.popleft()
            is_governed = node.member is not None and self._governed(node, level)
            if pending and is_governed and node not in self._looked:
                governed.append(node)
                continue
            if not is_governed:
                pending.add(one for one in self._changers.settle(node.account_id) if one is not node)
            self._arrive(node, self._look(node, level), level, pending)

    def _has_ways(self, node: Node, level: Certainty) -> bool:
        """Whether a node that was looked at has ways out at this level; open for one that was not."""
        looked = self._looked.get(node)
        return looked is None or level in looked.certainties

    def _arrive(self, node: Node, edges: Iterable[Edge], level: Certainty, pending: _Pending) -> None:
        arrivals = self.arrivals
        for edge in edges:
            target = edge.target
            if target in arrivals or edge.certainty > level or target.key[:2] == self._unchanged:
                continue
            if not self._adds_nothing(node, target, level):
                certainty = level.both(arrivals[node].certainty)
                self._come_to(target, Arrival(certainty, node, edge))
                pending.add((target,))

    def _arrive_jointly(self, nodes: Iterable[Node], level: Certainty, pending: _Pending) -> None:
        for node in nodes:
            self._arrive(node, self._joint.edges(node), level, pending)

    def _adds_nothing(self, node: Node, target: Node, level: Certainty) -> bool:
        """Whether somebody is governed, and no name that others know; what the start enters is told."""
        if target.member is None or node is self.start or not self._governed(target, level):
            return False
        return node.kind != "account" or self._is_everything_administered()

    def _come_to(self, node: Node, arrival: Arrival) -> None:
        """Keep how a node was come to."""
        self.arrivals[node] = arrival
        self._forms[node.key[:2]] = self._forms.get(node.key[:2], 0) + 1
        if node.kind == "account" or node.subject is None:
            if node.subject is not None and not node.key[2:]:
                self._administered[node.account_id] = arrival.certainty
        elif not self._governed(node, arrival.certainty):
            self._changers.add(node)

    def _change(self, target: Node, level: Certainty, pending: _Pending) -> None:
        """Make what all who were come to can make of a principal, where that is more than before."""
        if target.key[:2] == self._unchanged or target.member is None or self._governed(target, level):
            return
        pending.add(self._changers.settle(target.account_id))
        if not self._changers.able(target.account_id):
            return
        made, left_out = self._made(target, self._actors(target, level), level)
        found = {**made, **left_out}
        names = frozenset((name, one.change.certainty) for name, one in found.items())
        if names != self._formed.get(target, frozenset()):
            self._formed[target] = names
            self._all_made.setdefault(target.key[:2], {}).update(found)
            edges = merged_edges(form.edge() for form in forms(self._graph, target, tuple(made.values())))
            if left_out or too_many(made.values()):
                edges.append(self._at_most(target))
            self.changed[target] = Edges(edges)

    def _at_most(self, target: Node) -> Edge:
        """What all changes that any form of a principal was open to could leave of it together."""
        known = tuple(self._all_made[target.key[:2]].values())
        return at_most(self._graph, self._graph.unchanged(target), known)

    def _made(
        self, target: Node, actors: Iterable[Node], level: Certainty
    ) -> tuple[dict[str, Made], dict[str, Made]]:
        """The changes of a target at their most certain, and those left out since it has forms enough.

        Each form of a principal changes itself alone.
        """
        made: dict[str, Made] = {}
        left_out: dict[str, Made] = {}
        full = self._forms.get(target.key[:2], 0) > MOST_FORMS
        for actor in actors:
            if actor is not target and actor.key[:2] == target.key[:2]:
                continue
            come = self.arrivals[actor].certainty
            for change in self._changes(actor, target):
                certainty = come.both(change.certainty)
                if certainty > level or change.name in target.changes:
                    continue
                if change.slot and is_taken(change, target):
                    continue
                kept = left_out if change.slot and full else made
                known = kept.get(change.name)
                if known is None or certainty < known.change.certainty:
                    kept[change.name] = Made(actor, replace(change, held=change.held.at_best(come)))
        return made, left_out

    def changed_by_start(
        self, target: Node, level: Certainty, wanted: Callable[[Node], bool]
    ) -> Iterable[Edge]:
        """What the start alone makes of somebody whom it enters, also where it needs to no more.

        Only what is wanted of it is made out: most of it leads nowhere.
        """
        rights = self._graph.rights(self.start)
        if (
            target.member is None
            or target.account_id != self.start.account_id
            or not self._changing.able(self._graph.world, rights)
        ):
            return ()
        found = self._by_start.get((target, level))
        if found is None:
            made, _ = self._made(target, (self.start,), level)
            found = self._by_start[target, level] = tuple(forms(self._graph, target, tuple(made.values())))
        return merged_edges(form.edge() for form in found if wanted(form.target))

    def may_lead_alone(self, node: Node) -> bool:
        """Whether a form of somebody that the search did not need is still looked at by itself."""
        return node not in self.arrivals and (node in self._alone or len(self._alone) < _MOST_ONWARD)

    def leads_alone(self, node: Node, level: Certainty) -> bool:
        """Whether a form of somebody that the search did not need comes to an administrator by itself."""
        if not self.may_lead_alone(node):
            return False
        found = self._alone.get(node)
        if found is None:
            arrivals = self.onward(node).arrivals
            goals = (a.certainty for n, a in arrivals.items() if n.kind == "account")
            found = self._alone[node] = min(goals, default=Certainty.NEVER)
        return found <= level

    def _governed(self, target: Node, level: Certainty) -> bool:
        """Whether changes add nothing: whoever administers the account is come to as certainly."""
        return target is not self.start and self._is_administered(target.account_id, level)

    def _is_administered(self, account_id: str, level: Certainty) -> bool:
        """Whether somebody who administers the account is come to as certainly."""
        return self._administered.get(account_id, Certainty.NEVER) <= level

    def _is_everything_administered(self) -> bool:
        """Whether the administrators of all accounts that were read are come to, as certainly as anybody."""
        return 0 < len(self._graph.world.directory.accounts) == len(self._administered)

    def _actors(self, target: Node, level: Certainty) -> Iterable[Node]:
        """Who may change a principal: all who were come to, until one of them administers the account.

        What the start changes of itself is told as its first step in any case.
        """
        able = self._changers.able(target.account_id)
        if self._is_administered(target.account_id, level):
            return tuple(node for node in able if node is target)
        return able

    def _changes(self, actor: Node, target: Node) -> tuple[Change, ...]:
        helpers = self._changers.helpers(actor)
        found = self._asked.get((actor, target, helpers))
        if found is None:
            step = step_of(self._graph, actor, helpers)
            found = self._asked[actor, target, helpers] = tuple(self._changing(step, target))
        return found
