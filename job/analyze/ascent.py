"""Whether a key is an administrator or can become one: the verdict, its first steps, its findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from job.analyze.administrator import Standing
from job.analyze.escalation import held_back
from job.analyze.grants import Certainty
from job.analyze.graph import Arrival, Edge, Graph, Node, reachable, route
from job.analyze.methods import Method
from job.analyze.paths import hop, hops, policy_hops, sample_request, texts, with_openings
from job.analyze.verdict import AdminAccess, Finding, Layer

_ESCALATED = {
    Certainty.CERTAIN: AdminAccess.ESCALATES,
    Certainty.POSSIBLE: AdminAccess.CONDITIONAL,
    Certainty.CONCEIVABLE: AdminAccess.UNKNOWN,
    Certainty.NEVER: AdminAccess.NONE,
}
_NEVER = Certainty.NEVER


@dataclass(frozen=True, slots=True)
class Ascent:
    """The answer about administration; `limited_by` is what keeps a key from it that gets nowhere."""

    access: AdminAccess
    via: tuple[str, ...]
    reason: str
    limited_by: tuple[Layer, ...]
    findings: tuple[Finding, ...]


class Ascents:
    """The answers about administration of each key."""

    def __init__(self, graph: Graph, methods: Iterable[Method]) -> None:
        self._graph = graph
        self._ways = tuple(way for method in methods for way in method.ways if way.leads_on)
        self._leads: dict[Node, Mapping[Node, Arrival]] = {}

    def forget(self) -> None:
        """Drops what was found; it is found again when asked for."""
        self._leads.clear()

    def of(self, node: Node, own: Standing, arrivals: Mapping[Node, Arrival]) -> Ascent:
        """The answer for a key, given what its principal is by itself and where it leads."""
        if own.certainty is Certainty.CERTAIN:
            finding = self._as_it_stands(node, own)
            return Ascent(AdminAccess.DIRECT, ("direct",), texts(own.evidence), (), (finding,))
        best = min((a.certainty for n, a in arrivals.items() if n.kind == "account"), default=Certainty.NEVER)
        if best is Certainty.NEVER:
            return self._none(node, own)
        leading = [e for e in self._graph.edges(node) if self._leads_on(node, e) is best]
        # What it does to itself on the way counts only where nothing leads there without it.
        edges = [e for e in leading if e.target.key[:2] != node.key[:2]]
        edges = edges or [self._without_idle_changes(node, e, best) for e in leading]
        via = tuple(sorted({by for e in edges for by in (e.by or ("direct",))}))
        findings = tuple(self._escalation(node, e, best) for e in edges)
        reason = with_openings(findings[0].evidence, edges[0].open_keys, edges[0].unseen) if edges else ""
        return Ascent(_ESCALATED[best], via, reason, (), findings)

    def _none(self, node: Node, own: Standing) -> Ascent:
        held = held_back(self._graph.world, self._graph.rights(node), self._ways)
        layers = tuple(sorted({*own.limited_by, *held}))
        return Ascent(AdminAccess.NONE, (), f"blocked by {', '.join(layers)}" if layers else "", layers, ())

    def _without_idle_changes(self, node: Node, edge: Edge, best: Certainty) -> Edge:
        """The edge with the methods that it needs, and with those of which it needs any one."""
        by_only, methods = edge.by_only, frozenset(edge.methods)
        if by_only is None or len(methods) == 1:
            return edge

        def leads(some: frozenset[str]) -> bool:
            if not some:
                return False
            only = by_only(some)
            arrivals = reachable(self._graph, only.target, as_it_is=True)
            onward = min((a.certainty for n, a in arrivals.items() if n.kind == "account"), default=_NEVER)
            return max(only.certainty, onward) <= best

        needed = frozenset(m for m in methods if not leads(methods - {m}))
        if not leads(needed):
            needed |= frozenset(m for m in methods - needed if leads(needed | {m}))
        only = by_only(needed) if leads(needed) else edge
        return only if self._leads_on(node, only) <= best else edge

    def _leads_on(self, start: Node, edge: Edge) -> Certainty:
        """How certainly an edge leads to an administrator without coming back to its start."""
        if edge.target.kind == "account":
            return edge.certainty
        arrivals = self._leads.get(edge.target)
        if arrivals is None:
            arrivals = self._leads[edge.target] = reachable(self._graph, edge.target)
        goals = [n for n in arrivals if n.kind == "account"]
        free = [arrivals[n].certainty for n in goals if all(s is not start for s, _ in route(arrivals, n))]
        return max(edge.certainty, min(free, default=Certainty.NEVER))

    def _as_it_stands(self, node: Node, own: Standing) -> Finding:
        return Finding(
            capability="admin_access",
            verdict=AdminAccess.DIRECT.value,
            data_class="",
            methods=(),
            path=(hop(node, ""), *policy_hops(own.evidence)),
            evidence=own.evidence,
            narrowed_by=own.limited_by[0] if own.limited_by else None,
            witness=sample_request(self._graph, node),
            note="",
        )

    def _escalation(self, node: Node, edge: Edge, best: Certainty) -> Finding:
        arrivals = self._leads.get(edge.target, {edge.target: Arrival(Certainty.CERTAIN, None, None)})
        goals = [n for n in arrivals if n.kind == "account"]
        goal = min(goals, key=lambda n: (arrivals[n].certainty, len(route(arrivals, n))))
        steps = (edge, *(e for _, e in route(arrivals, goal)))
        unseen = "; ".join(dict.fromkeys(filter(None, (e.unseen for e in steps))))
        return Finding(
            capability="admin_access",
            verdict=_ESCALATED[best].value,
            data_class="",
            methods=edge.methods,
            path=hops(node, steps),
            evidence=tuple(dict.fromkeys(e for one in steps for e in one.evidence)),
            narrowed_by=Layer.CONDITION if edge.open_keys else None,
            witness=edge.witness or sample_request(self._graph, node),
            note=f"needs {unseen}" if unseen else "",
        )
