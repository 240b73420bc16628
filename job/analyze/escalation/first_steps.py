"""What a key does first on its ways: steps that lead on, changes of whom it enters joined to the entry."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from job.analyze.escalation.closure import Closure
from job.analyze.escalation.graph import SERVICE, Edge, Node
from job.analyze.language.certainty import Certainty


def first_steps(
    closure: Closure, goals: Mapping[Node, Certainty] | Iterable[Node], level: Certainty
) -> list[Edge]:
    """What the start does first on the ways to some of the goals, at this level.

    A step leads on if the rest of the way does without the start, or with a change that the start makes of
    whom it enters: that is told as one step, by the names of both.
    """
    start = closure.start
    leading = closure.leading_to(goals, level)
    found = list[Edge]()
    for edge in closure.edges(start):
        if edge.certainty > level or edge.actors:
            continue
        if edge.target in leading:
            found.append(edge)
            continue
        found += (joined_step(edge, change) for change in _changing(closure, edge, leading, level))
    return found


def _changing(closure: Closure, edge: Edge, leading: Container[Node], level: Certainty) -> Iterable[Edge]:
    """The changes by the start of whom an edge leads to, if need be by a service, that lead on."""

    def leads(node: Node) -> bool:
        return node in leading or closure.may_lead_alone(node)

    served = (e.target for e in closure.edges(edge.target) if e.certainty <= level)
    for entered in served if edge.target.kind == SERVICE else (edge.target,):
        for change in closure.changed.get(entered) or closure.changed_by_start(entered, level, leads):
            made = closure.start in change.actors and change.certainty <= level
            if made and (change.target in leading or closure.leads_alone(change.target, level)):
                yield change


# What a change and the entry after it are called together: by the change's rule and the entry's method.
_PAIRS = {
    ("E08", "E25"): "E28",
    ("E09", "E25"): "E28",
    ("E01", "E25"): "E28",
    ("E08", "E24"): "E29",
    ("E09", "E24"): "E29",
    ("E01", "E24"): "E29",
    ("E03", "E18"): "E27",
    ("E04", "E18"): "E27",
    ("E03", "E19"): "E27",
    ("E04", "E19"): "E27",
}
_NEW = {"E23", "E26"}


def joined_step(entry: Edge, change: Edge) -> Edge:
    """An entry and a change of whom it enters as one step."""
    methods = tuple(dict.fromkeys(n for m in change.methods for n in _names(m, entry.methods)))
    return replace(
        change,
        certainty=entry.certainty.both(change.certainty),
        methods=methods,
        by=tuple(f"escalation:{m}" for m in methods),
        evidence=tuple(dict.fromkeys((*change.evidence, *entry.evidence))),
        unseen="; ".join(dict.fromkeys(filter(None, (change.unseen, entry.unseen)))),
        open_keys=change.open_keys | entry.open_keys,
        shown=change.shown or entry.shown,
    )


def _names(change: str, entries: Iterable[str]) -> Iterable[str]:
    for entry in entries:
        if entry in _NEW:
            yield entry
        else:
            yield _PAIRS.get((change, entry), change)
