"""The forms that changes give to one principal: all that add, one or none of those that exclude each other.

Where there are too many combinations, what all changes together could leave at most is one form more: a
principal that has every allow of any of them and no deny that one of them takes away. No form can do what it
can't, so that is proved; what it can do is conceivable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from math import prod

from job.analyze.condition_sets.asked_values import ranked
from job.analyze.escalation.graph import Edge, Graph, Node
from job.analyze.escalation.held import Held
from job.analyze.escalation.limits import FORMS
from job.analyze.escalation.steps import step_of
from job.analyze.escalation.targets import Change
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context
from job.analyze.language.document import Effect, Policy, Statement
from job.analyze.principals.administrator import standing_of

LEVELS = (Certainty.CERTAIN, Certainty.POSSIBLE, Certainty.CONCEIVABLE)
MOST_FORMS = 24
"""Forms of one principal that are told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A change with the node that makes it."""

    actor: Node
    change: Change

    @property
    def makers(self) -> tuple[Node, ...]:
        """All who have a part in it."""
        return (self.actor, *self.change.held.helpers)


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """Where changes of a principal lead, and how, as far as that is asked for."""

    target: Node
    edge: Callable[[], Edge]


def forms(graph: Graph, target: Node, made: Sequence[Made]) -> Iterable[Form]:
    """Where changes lead: to an administrator, for each that is enough alone; else to what all others make.

    Those that exclude each other make several forms; what only adds is part of each.
    """
    rest = list[Made]()
    for one in made:
        alone = graph.changed(target, {one.change.name: one.change.apply})
        standing = (
            Certainty.NEVER if alone.subject is None else standing_of(graph.world, alone.subject).certainty
        )
        if standing is Certainty.NEVER:
            rest.append(one)
        else:
            goal = graph.administrator(target.account_id)
            held = one.change.held.at_best(standing)
            yield Form(goal, partial(_edge, graph, target, goal, [one], held))
    for certainty in LEVELS:
        among = [one for one in rest if one.change.certainty <= certainty]
        if any(one.change.certainty is certainty for one in among):
            for some in _combined(among):
                yield together(graph, target, some)


def too_many(made: Iterable[Made]) -> bool:
    """Whether not every combination of the changes becomes a form."""
    slots = _slots(made).values()
    return len(slots) > 1 and prod(map(len, slots)) > MOST_FORMS


def _slots(made: Iterable[Made]) -> Mapping[str, Sequence[Made | None]]:
    slots: dict[str, list[Made | None]] = {}
    for one in made:
        if one.change.slot:
            slots.setdefault(one.change.slot, [None]).append(one)
    return slots


def _combined(made: Sequence[Made]) -> Iterable[Sequence[Made]]:
    """The changes that can be made together: all without a slot, and one or none for each slot."""
    adding = [one for one in made if not one.change.slot]
    slots = _slots(made)
    if too_many(made):
        listed = [[one for one in alternatives if one is not None] for alternatives in slots.values()]
        alone = ([one] for alternatives in listed for one in alternatives)
        chosen: Iterable[Sequence[Made | None]] = [[], *alone, *ranked(listed)]
    else:
        chosen = product(*slots.values())
    for choice in chosen:
        some = [*adding, *(one for one in choice if one is not None)]
        if some:
            yield some


def together(graph: Graph, target: Node, made: Sequence[Made]) -> Form:
    """Where several changes of one principal lead together."""
    node = graph.changed(target, {one.change.name: one.change.apply for one in made})
    goal = node
    if node.subject is not None and standing_of(graph.world, node.subject).certainty is Certainty.CERTAIN:
        goal = graph.administrator(target.account_id)
    return Form(goal, partial(_edge_of_all, graph, target, goal, made))


def _edge_of_all(graph: Graph, target: Node, goal: Node, made: Sequence[Made]) -> Edge:
    held = Held(Certainty.CERTAIN)
    for one in made:
        held = held.and_(one.change.held)
    edge = _edge(graph, target, goal, made, held)
    return replace(edge, by_only=partial(_only, graph, target, made))


def _only(graph: Graph, target: Node, made: Sequence[Made], some: frozenset[str]) -> Edge:
    return together(graph, target, [one for one in made if one.change.way.method in some]).edge()


def _edge(graph: Graph, target: Node, goal: Node, made: Sequence[Made], held: Held) -> Edge:
    methods = tuple(dict.fromkeys(m for one in made for m in (one.change.way.method,)))
    first = made[0]
    unseen = "; ".join(dict.fromkeys(filter(None, (one.change.way.unseen for one in made))))
    return Edge(
        target=goal,
        certainty=held.certainty.both(Certainty.POSSIBLE) if unseen else held.certainty,
        methods=methods,
        by=tuple(f"escalation:{m}" for m in methods),
        evidence=held.evidence,
        unseen=unseen,
        shown=step_of(graph, first.actor).shown(first.change.held),
        open_keys=held.open_keys,
        actors=tuple(dict.fromkeys(n for one in made for n in one.makers if n is not target)),
    )


def is_taken(change: Change, target: Node) -> bool:
    """Whether a change that excludes this one was made, and this one is not the last of all."""
    return not change.last and any(name.startswith(change.slot) for name in target.changes)


_AT_MOST = "at most"


def at_most(graph: Graph, base: Node, made: Sequence[Made]) -> Edge:
    """What any combination of changes of a principal could leave at most: that is conceivable."""
    changes = [one.change for one in made]
    names = {change.name: _unchanged for change in changes}
    node = graph.changed(base, {**names, _AT_MOST: partial(_widest, changes=changes)})
    first = made[0]
    held = Held(Certainty.CONCEIVABLE, first.change.held.evidence, first.change.held.witness)
    edge = _edge(graph, base, node, [first], held)
    actors = tuple(dict.fromkeys(n for one in made for n in one.makers if n.key[:2] != base.key[:2]))
    return replace(edge, unseen=FORMS, actors=actors)


def _unchanged(subject: Subject) -> Subject:
    return subject


def _widest(subject: Subject, *, changes: Iterable[Change]) -> Subject:
    """A subject that can do whatever it could after any of the changes, in any order."""
    listed = list(changes)
    known = None
    while known != (known := _content(subject)):
        for change in listed:
            subject = _wider(subject, change.apply(subject))
    return subject


_Place = tuple[str, str, str | None, tuple[Statement, ...]]


def _content(subject: Subject) -> tuple[frozenset[_Place], Context, bool]:
    return frozenset(map(_place, subject.identity)), subject.context, subject.boundary is None


def _place(attachment: Attachment) -> _Place:
    """What an attachment is, for comparing it: the same policy in the same place."""
    return attachment.attached_to, attachment.name, attachment.arn, attachment.policy.statements


def _wider(one: Subject, other: Subject) -> Subject:
    """The allows of both, and the denies that both have in common."""
    mine, theirs = ({_place(a): a for a in s.identity} for s in (one, other))
    both = [a if _place(a) in mine and _place(a) in theirs else _without_denies(a) for a in one.identity]
    both += [_without_denies(a) for place, a in theirs.items() if place not in mine]
    identity = {_place(a): a for a in both}
    same = _boundary(one) == _boundary(other)
    return replace(
        one,
        identity=tuple(identity.values()),
        boundary=one.boundary if same else None,
        scps=one.scps if one.scps == other.scps else (),
        context=_common(one.context, other.context),
        left=one.left or other.left,
    )


def _boundary(subject: Subject) -> _Place | None:
    return None if subject.boundary is None else _place(subject.boundary)


def _without_denies(attachment: Attachment) -> Attachment:
    statements = attachment.policy.statements
    allows = tuple(s for s in statements if s.effect is not Effect.DENY)
    if len(allows) == len(statements):
        return attachment
    return Attachment(Policy(b"", allows), attachment.attached_to, attachment.name, attachment.arn)


def _common(one: Context, other: Context) -> Context:
    """What both know; any value where they differ."""
    if one == other:
        return one
    keys = {*one.known, *other.known, *one.absent, *other.absent}
    opened = frozenset(key for key in keys if one.lookup(key) != other.lookup(key))
    context = one
    for family in one.closed_prefixes:
        if family not in other.closed_prefixes or any(key.startswith(family) for key in opened):
            known = {key: values for key, values in context.known.items() if key.startswith(family)}
            context = context.with_any(family).having(known)
    return context.having({}, opened=opened)
