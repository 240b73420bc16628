"""Ways of which several principals of an account do a part each: what one of them can't do, another does.

One has a trust policy name another, or a service to which another passes the role; several make the calls of
one way between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from job.analyze.escalation.changers import REWRITE, Changers, Changing
from job.analyze.escalation.graph import NO_EDGES, Arrival, Edge, Edges, Graph, Node
from job.analyze.escalation.held import NOT_HELD, Held
from job.analyze.escalation.renaming import on_member
from job.analyze.escalation.steps import Step, roles_besides, step_of
from job.analyze.language.certainty import Certainty
from job.analyze.principals.members import RoleMember
from job.analyze.principals.trust import let_in


class JointWays:
    """Such ways of those whom a search has come to by now; what is found stays, under who goes it first."""

    def __init__(
        self,
        graph: Graph,
        changing: Changing,
        changers: Changers,
        start: Node,
        arrivals: Mapping[Node, Arrival],
    ) -> None:
        self._graph = graph
        self._changing = changing
        self._changers = changers
        self._start = start
        self._arrivals = arrivals
        self._found: dict[Node, list[Edge]] = {}
        self._joined: dict[str, tuple[Certainty, tuple[Node, ...], tuple[Edge, ...]]] = {}

    def edges(self, node: Node) -> Edges:
        """Those that a node goes first."""
        return Edges(self._found[node]) if node in self._found else NO_EDGES

    def _principals(self, account_id: str) -> tuple[Node, ...]:
        listed = (node for node in self._arrivals if node.account_id == account_id)
        return tuple(node for node in listed if node.kind in ("user", "role"))

    def named(self, account_id: str, level: Certainty) -> Iterable[Node]:
        """Who gets into roles whose trust another that was come to rewrites to name it.

        Only where RCPs shut outsiders out: elsewhere a rewritten trust lets somebody in anyway.
        """
        if not self._graph.world.policies.rcps(account_id):
            return
        named = self._principals(account_id)
        for maker in self._changers.rewriters[account_id]:
            step = step_of(self._graph, maker, self._changers.helpers(maker))
            for role in roles_besides(step):
                node = self._naming(step, role, named, level)
                if node is not None:
                    yield node

    def _naming(self, step: Step, role: RoleMember, named: Sequence[Node], level: Certainty) -> Node | None:
        """Who gets into one role by a trust that a step rewrites; None for nobody new."""
        target = self._graph.member(role)
        held = NOT_HELD if target in self._arrivals else on_member(step, REWRITE, role)
        if held.certainty.both(self._arrivals[step.node].certainty) > level:
            return None
        for node in named:
            rights = self._graph.rights(node)
            certainty = max(held.certainty, let_in(self._graph.world, rights, role))
            if certainty <= level and node is not step.node:
                edge = Edge(
                    target=target,
                    certainty=certainty,
                    methods=("E24",),
                    by=("escalation:E24",),
                    evidence=held.evidence,
                    shown=step.shown(held),
                    open_keys=held.open_keys,
                    actors=(step.node,),
                )
                self._found.setdefault(node, []).append(edge)
                return node
        return self._passing(step, role, held, named, level)

    def _passing(
        self, step: Step, role: RoleMember, trusting: Held, named: Iterable[Node], level: Certainty
    ) -> Node | None:
        """Who passes a role to a service that a step has its trust name; None for nobody new."""
        for node in named:
            if node is not step.node:
                passer = step_of(self._graph, node, self._changers.helpers(node))
                found = [
                    replace(edge, actors=(*edge.actors, step.node))
                    for edge in self._changing.passing(passer, "E24", role, trusting)
                    if edge.certainty <= level and edge.target not in self._arrivals
                ]
                if found:
                    self._found.setdefault(node, []).extend(found)
                    return node
        return None

    def joined(self, account_id: str, level: Certainty) -> Iterable[Node]:
        """Who of an account goes ways to somebody new of which others do a part."""
        among = self._principals(account_id)
        before = self._joined.get(account_id)
        if len(among) < 2 or (before is not None and before[:2] == (level, among)):
            return
        known = before[2] if before is not None and before[1] == among else None
        edges = tuple(self._graph.together(among)) if known is None else known
        self._joined[account_id] = level, among, edges
        for edge in edges:
            doing = sorted(edge.actors, key=lambda node: node is self._start)
            certainty = max(edge.certainty, *(self._arrivals[node].certainty for node in doing))
            if certainty <= level and edge.target not in self._arrivals:
                node, *others = doing
                found = replace(edge, certainty=certainty, actors=tuple(others))
                self._found.setdefault(node, []).append(found)
                yield node
