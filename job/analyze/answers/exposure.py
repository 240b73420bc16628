"""What a key comes by that no verdict counts: credentials that may lead on, and what is only worth knowing.

The methods are those of the table whose ways lead to no principal. They change no verdict: they are findings
of their own, under the names of `TOLD_APART`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from job.analyze.answers.wording import hops, policy_hops
from job.analyze.escalation.graph import Arrival, Edge, Graph, Node, route
from job.analyze.escalation.held import NOT_HELD, Held
from job.analyze.escalation.methods import Method, Way
from job.analyze.escalation.renaming import on_member
from job.analyze.escalation.steps import Step, on_others, users_besides
from job.analyze.evaluation.compiled import union_of
from job.analyze.evaluation.needs import Met, better, capped, met
from job.analyze.language.certainty import Certainty
from job.analyze.verdict import (
    CREDENTIALS,
    INFORMATION,
    Finding,
    Hop,
    Layer,
    Verdict,
    Witness,
    cause_of,
    joined,
)

_NEVER = Certainty.NEVER


@dataclass(frozen=True, slots=True)
class Exposed:
    """One way that a principal has by itself: how much of it, by which statements, by which request."""

    method: Method
    way: Way
    verdict: Verdict
    held: Held

    @property
    def kind(self) -> str:
        """Which of the names of `TOLD_APART` it is told under."""
        return CREDENTIALS if self.method.section == "credentials" else INFORMATION


class Exposures:
    """What is told apart of each key; that of each node is found once."""

    def __init__(self, graph: Graph, methods: Iterable[Method]) -> None:
        self._graph = graph
        self._told = tuple((m, w) for m in methods for w in m.ways if not w.leads_on)
        self._whole = union_of(mask for _, way in self._told for mask in way.masks)
        self._opened: dict[int, tuple[tuple[Method, Way], ...]] = {}
        self._found: dict[Node, tuple[Exposed, ...]] = {}

    def forget(self) -> None:
        """Drops what was found; it is found again when asked for."""
        self._opened.clear()
        self._found.clear()

    def findings(self, node: Node, arrivals: Mapping[Node, Arrival]) -> Iterable[Finding]:
        """One for each cause, by the principals that the key becomes, nearest first.

        Nothing is told of an account that the key comes to administer as surely: there it may do everything.
        Of a principal further on, only what adds to those before it in the same account is told.
        """
        known: dict[tuple[str, str], Verdict] = {}
        administered: dict[str, Certainty] = {}
        for found, arrival in arrivals.items():
            if found.kind == "account":
                administered.setdefault(found.account_id, arrival.certainty)
        for found, arrival in arrivals.items():
            exposed = self.of(found) if arrival.certainty < administered.get(found.account_id, _NEVER) else ()
            causes: dict[tuple[object, ...], list[Exposed]] = {}
            for one in exposed:
                if self._adds(one, found, capped(one.verdict, arrival.certainty), known):
                    causes.setdefault((one.kind, *cause_of(one.held.evidence)), []).append(one)
            if causes:
                steps = tuple(e for _, e in route(arrivals, found))
                for group in causes.values():
                    needed = self._without_idle_changes(steps, group)
                    yield self._finding(node, found, arrival, needed, group)

    def _without_idle_changes(self, steps: tuple[Edge, ...], group: Sequence[Exposed]) -> tuple[Edge, ...]:
        """The steps, where the last is several changes to oneself and one is enough, with that one."""
        by_only = steps[-1].by_only if steps else None
        if by_only is not None and len(steps[-1].methods) > 1:
            wanted = {(one.way, one.verdict) for one in group}
            for method in steps[-1].methods:
                only = by_only(frozenset((method,)))
                if wanted <= {(one.way, one.verdict) for one in self.of(only.target)}:
                    return (*steps[:-1], only)
        return steps

    def _finding(
        self, start: Node, found: Node, arrival: Arrival, steps: Sequence[Edge], group: Sequence[Exposed]
    ) -> Finding:
        best = min(group, key=lambda one: _ORDER.index(one.verdict))
        ways = {one.method.id: one for one in group}
        evidence = joined(e for one in group for e in one.held.evidence)
        return Finding(
            capability=best.kind,
            verdict=capped(best.verdict, arrival.certainty).value,
            data_class="credentials" if best.kind == CREDENTIALS else "",
            methods=tuple(ways),
            path=(
                *hops(start, steps),
                *policy_hops(evidence),
                Hop(kind="data", name="; ".join(one.way.title for one in ways.values()), by=""),
            ),
            evidence=tuple(dict.fromkeys((*(e for s in steps for e in s.evidence), *evidence))),
            narrowed_by=Layer.CONDITION if best.held.open_keys.union(*(e.open_keys for e in steps)) else None,
            witness=self._witness(found, best, steps),
            note="; ".join(dict.fromkeys((*_needed(steps), *_said(ways)))),
        )

    def _witness(self, found: Node, best: Exposed, steps: Sequence[Edge]) -> Witness | None:
        """The request of a principal as it stands; for a changed one, the request that changes it."""
        if not found.changes:
            return self._step(found).witness(best.held)
        return next((e.witness for e in steps if e.witness is not None), None)

    def _step(self, node: Node) -> Step:
        entry = self._graph.world.directory.accounts[node.account_id]
        return Step(self._graph, node, self._graph.rights(node), entry)

    @staticmethod
    def _adds(one: Exposed, found: Node, verdict: Verdict, known: dict[tuple[str, str], Verdict]) -> bool:
        """Whether it says more of its method than was said; some of this may be other than some of that."""
        place = (found.account_id, one.way.method)
        before = known.get(place, Verdict.NONE)
        if better(verdict, before):
            known[place] = verdict
            return True
        return verdict is before is Verdict.SOME and not found.changes

    def of(self, node: Node) -> tuple[Exposed, ...]:
        """What a principal has of it by itself."""
        found = self._found.get(node)
        if found is None:
            found = self._found[node] = tuple(self._of(node)) if node.subject is not None else ()
        return found

    def _of(self, node: Node) -> Iterable[Exposed]:
        rights = self._graph.rights(node)
        listed = self._open(rights.may & self._whole)
        if listed:
            step = self._step(node)
            for method, way in listed:
                one = _exposed(step, method, way)
                if one.verdict is not Verdict.NONE:
                    yield one

    def _open(self, actions: int) -> tuple[tuple[Method, Way], ...]:
        """The ways with an action for each need among these bits: many principals have the same."""
        found = self._opened.get(actions)
        if found is None:
            found = self._opened[actions] = tuple(one for one in self._told if one[1].open_to(actions))
        return found


def _exposed(step: Step, method: Method, way: Way) -> Exposed:
    verdict, held = _on_others(step, way) if way.rule == "user_information" else _anywhere(step, way)
    if way.rule == "key_information" and step.subject.kind == "role":
        verdict = Verdict.NONE
    if way.unseen:
        verdict = capped(verdict, Certainty.POSSIBLE)
    return Exposed(method, way, verdict, held)


def _anywhere(step: Step, way: Way) -> tuple[Verdict, Held]:
    """All needs, each on resources of its own kinds."""
    return _together([met(need, step.rights, step.world.index) for need in way.needs])


def _together(found: Sequence[Met]) -> tuple[Verdict, Held]:
    """What all needs of a way come to; the first one says how much."""
    first, certainty = found[0], max(m.certainty for m in found)
    grants = ((m, g) for m in found for g in m.reach.grants)
    shown = None if first.reach.witness is None else (first.action, first.reach.witness, ())
    held = Held(
        certainty,
        tuple(dict.fromkeys(g.evidence(m.action.lower()) for m, g in grants)),
        shown,
        frozenset(k for m in found for k in m.reach.open_keys),
    )
    return capped(first.verdict, certainty), held


def _on_others(step: Step, way: Way) -> tuple[Verdict, Held]:
    """Its one need on other users of the account, of which only some are asked for one by one."""
    need = way.needs[0]
    verdict, held = _together([on_others(step, need)])
    if verdict is Verdict.NONE or not any(users_besides(step)):
        return Verdict.NONE, held
    if verdict not in (Verdict.SOME, Verdict.CONDITIONAL):
        return verdict, held
    best = NOT_HELD
    for user in users_besides(step):
        held = on_member(step, need, user)
        best = held if held.certainty < best.certainty else best
        if best.certainty is Certainty.CERTAIN:
            break
    return capped(Verdict.SOME, best.certainty), best


_ORDER = tuple(Verdict)


def _needed(steps: Iterable[Edge]) -> Iterable[str]:
    """What must exist on the way there."""
    return (f"needs {edge.unseen}" for edge in steps if edge.unseen)


def _said(ways: Mapping[str, Exposed]) -> Iterable[str]:
    """What must exist for a method, and what else the table says of it."""
    for name, one in ways.items():
        if one.way.unseen:
            yield f"{name}: needs {one.way.unseen}"
        if one.way.note:
            yield f"{name}: {one.way.note}"
