"""Whether a key is an administrator or can become one: the verdict, its first steps, its findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from job.analyze.answers.wording import hop, hops, policy_hops, sample_request, texts, with_openings
from job.analyze.escalation.closure import Closure
from job.analyze.escalation.first_steps import first_steps
from job.analyze.escalation.graph import Edge, Graph, Node, route
from job.analyze.escalation.methods import Method
from job.analyze.escalation.ways import held_back
from job.analyze.language.certainty import Certainty
from job.analyze.principals.administrator import Standing
from job.analyze.verdict import AdminAccess, Finding, Layer, cause_of

_ESCALATED = {
    Certainty.CERTAIN: AdminAccess.ESCALATES,
    Certainty.POSSIBLE: AdminAccess.CONDITIONAL,
    Certainty.CONCEIVABLE: AdminAccess.UNKNOWN,
    Certainty.NEVER: AdminAccess.NONE,
}
_NEVER = Certainty.NEVER


# Ways of one kind, by the same statements, that are told one by one; they differ in whom they reach.
_TOLD = 8


def _some_of_each(edges: Iterable[Edge]) -> Iterable[tuple[Edge, int]]:
    """The first ways of each kind, the last of them with how many more there are."""
    kinds: dict[tuple[object, ...], list[Edge]] = {}
    for edge in edges:
        kinds.setdefault((edge.methods, edge.certainty, cause_of(edge.evidence)), []).append(edge)
    for alike in kinds.values():
        *others, last = alike[:_TOLD]
        yield from ((edge, 0) for edge in others)
        yield last, len(alike) - len(others) - 1


@dataclass(frozen=True, slots=True)
class Administration:
    """The answer about administration; `limited_by` is what keeps a key from it that gets nowhere."""

    access: AdminAccess
    via: tuple[str, ...]
    reason: str
    limited_by: tuple[Layer, ...]
    findings: tuple[Finding, ...]


class Administrations:
    """The answers about administration of each key."""

    def __init__(self, graph: Graph, methods: Iterable[Method]) -> None:
        self._graph = graph
        self._ways = tuple(way for method in methods for way in method.ways if way.leads_on)

    def of(self, own: Standing, closure: Closure) -> Administration:
        """The answer for a key, given what its principal is by itself and all that it comes to control."""
        node, arrivals = closure.start, closure.arrivals
        if own.certainty is Certainty.CERTAIN:
            finding = self._as_it_stands(node, own)
            return Administration(AdminAccess.DIRECT, ("direct",), texts(own.evidence), (), (finding,))
        best = min((a.certainty for n, a in arrivals.items() if n.kind == "account"), default=Certainty.NEVER)
        if best is Certainty.NEVER:
            return self._none(node, own)
        goals = [n for n, a in arrivals.items() if n.kind == "account" and a.certainty is best]
        edges = self._first_steps(closure, goals, best)
        via = tuple(sorted({by for e in edges for by in (e.by or ("direct",))}))
        findings = tuple(self._escalation(closure, e, goals, more) for e, more in _some_of_each(edges))
        reason = with_openings(findings[0].evidence, edges[0].open_keys, edges[0].unseen) if edges else ""
        return Administration(_ESCALATED[best], via, reason, (), findings)

    def _first_steps(self, closure: Closure, goals: Sequence[Node], best: Certainty) -> Sequence[Edge]:
        """What it does first; changes of itself on the way count only where nothing leads there without."""
        node = closure.start
        leading = first_steps(closure, goals, best)
        edges = [e for e in leading if e.target.key[:2] != node.key[:2]]
        edges = edges or [self._without_idle_changes(closure, e, goals, best) for e in leading]
        return edges or [route(closure.arrivals, goals[0])[0][1]]

    def _none(self, node: Node, own: Standing) -> Administration:
        held = held_back(self._graph.world, self._graph.rights(node), self._ways)
        layers = tuple(sorted({*own.limited_by, *held}))
        return Administration(
            AdminAccess.NONE, (), f"blocked by {', '.join(layers)}" if layers else "", layers, ()
        )

    def _without_idle_changes(
        self, closure: Closure, edge: Edge, goals: Sequence[Node], best: Certainty
    ) -> Edge:
        """The edge with the methods that it needs, and with those of which it needs any one."""
        by_only, methods = edge.by_only, frozenset(edge.methods)
        if by_only is None or len(methods) == 1:
            return edge

        def leads(some: frozenset[str]) -> bool:
            if not some:
                return False
            only = by_only(some)
            if only.target in goals:
                return only.certainty <= best
            onward = closure.onward(only.target)
            reached = (a.certainty for n, a in onward.arrivals.items() if n.kind == "account")
            return max(only.certainty, min(reached, default=_NEVER)) <= best

        needed = frozenset(m for m in methods if not leads(methods - {m}))
        if not leads(needed):
            needed |= frozenset(m for m in methods - needed if leads(needed | {m}))
        return by_only(needed) if leads(needed) else edge

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

    def _escalation(self, closure: Closure, edge: Edge, goals: Sequence[Node], more: int) -> Finding:
        best = closure.arrivals[goals[0]].certainty
        steps = (edge, *closure.way_on(edge, frozenset(goals), best))
        unseen = "; ".join(dict.fromkeys(filter(None, (e.unseen for e in steps))))
        return Finding(
            capability="admin_access",
            verdict=_ESCALATED[best].value,
            data_class="",
            methods=edge.methods,
            path=hops(closure.start, steps),
            evidence=tuple(dict.fromkeys(e for one in steps for e in one.evidence)),
            narrowed_by=Layer.CONDITION if edge.open_keys else None,
            witness=edge.witness or sample_request(self._graph, closure.start),
            note="; ".join(
                filter(
                    None, (f"needs {unseen}" * bool(unseen), f"{more} more ways of this kind" * bool(more))
                )
            ),
        )
