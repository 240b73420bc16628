"""Every way from one principal to the next: the catalogue's methods run through their rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache

from job.analyze.administrator import standing_of
from job.analyze.changes import Change
from job.analyze.grants import Certainty
from job.analyze.graph import Edge, Graph, Node
from job.analyze.members import Member
from job.analyze.methods import Method, Way
from job.analyze.needs import Need, narrowing
from job.analyze.rights import Rights
from job.analyze.rules_others import OTHER_RULES, assume
from job.analyze.rules_own import OWN_RULES
from job.analyze.rules_services import SERVICE_RULES, generic_held_back, organization
from job.analyze.steps import Held, Step
from job.analyze.trust import ASSUME_ROLE, held_back_by
from job.analyze.verdict import Layer, cause_of, joined
from job.analyze.world import World

_RULES = {**OTHER_RULES, **SERVICE_RULES}


@lru_cache(maxsize=2048)
def _open_ways(ways: tuple[Way, ...], actions: int) -> tuple[Way, ...]:
    """The ways with an action for each need among these bits; a trust policy may be enough by itself."""
    return tuple(w for w in ways if w.rule == "assume" or w.open_to(actions))


def expander(methods: Iterable[Method]) -> Callable[[Graph, Node], Iterable[Edge]]:
    """The function that finds a node's edges by these methods."""
    ways = tuple(way for method in methods for way in method.ways if way.leads_on)
    entering = tuple(w for w in ways if w.rule == "assume")
    organizing = tuple(w for w in ways if w.rule == "organization")

    def expand(graph: Graph, node: Node) -> Iterable[Edge]:
        entry = graph.world.directory.accounts[node.account_id]
        step = Step(graph, node, graph.rights(node), entry)
        if node.kind == "account":
            return _merged(
                [*_everybody(step), *_by(step, entering, assume), *_by(step, organizing, organization)]
            )
        own = standing_of(graph.world, step.subject)
        edges = list[Edge]()
        if own.certainty is not Certainty.NEVER:
            edges.append(Edge(graph.administrator(node.account_id), own.certainty, (), (), own.evidence))
        if own.certainty is Certainty.CERTAIN:
            return _merged([*edges, *_by(step, entering, assume)])
        if own.certainty is Certainty.CONCEIVABLE and step.rights.unread:
            return edges
        # A trust policy that names the caller is enough without a policy of its own.
        possible = _open_ways(ways, step.rights.may)
        edges += _own_edges(step, possible)
        for way in possible:
            rule = _RULES.get(way.rule)
            if rule is not None:
                edges += rule(step, way)
        return _merged(e for e in edges if e.target is not node)

    return expand


def _by(step: Step, ways: Iterable[Way], rule: Callable[[Step, Way], Iterable[Edge]]) -> Iterable[Edge]:
    for way in ways:
        yield from rule(step, way)


def _everybody(step: Step) -> Iterable[Edge]:
    """An account's administrator acts as any of its principals; those that others name make a difference."""
    directory, account_id = step.world.directory, step.subject.account_id
    users = {u.arn: u for u in step.entry.users.values()}
    if step.node.key[2:]:
        return
    for arn in sorted(directory.named_from.get(account_id, ())):
        member = step.entry.roles.get(arn) or users.get(arn)
        if member is not None:
            yield Edge(step.graph.member(member), Certainty.CERTAIN, (), ())
    if _spares_principals(step):
        yield Edge(step.graph.administrator(account_id, any_name=True), Certainty.POSSIBLE, (), ())


def _spares_principals(step: Step) -> bool:
    """Whether a guardrail speaks of principals by ARN."""
    levels = (*step.subject.scps, *step.world.library.rcps(step.subject.account_id))
    statements = (s for level in levels for a in level.attachments for s in a.policy.statements)
    return any(c.key == "aws:principalarn" for s in statements for c in s.conditions)


def _own_edges(step: Step, ways: Iterable[Way]) -> Iterable[Edge]:
    """The node's changes to itself: each that alone makes an administrator, and all the others together."""
    member = _member(step)
    rest = list[Change]()
    for way in ways:
        rule = OWN_RULES.get(way.rule)
        for change in rule(step, way, member) if rule else ():
            if change.name in step.node.changes:
                continue
            alone = step.graph.changed(step.node, {change.name: change.apply})
            made = standing_of(step.world, alone.subject).certainty if alone.subject else Certainty.NEVER
            if made is Certainty.NEVER:
                rest.append(change)
            else:
                target = step.graph.administrator(step.node.account_id)
                yield step.edge(way, target, change.held.at_best(made))
    for certainty in (Certainty.CERTAIN, Certainty.POSSIBLE, Certainty.CONCEIVABLE):
        among = [c for c in rest if c.held.certainty <= certainty]
        if among and any(c.held.certainty is certainty for c in among):
            yield _together(step, among)


def _together(step: Step, changes: list[Change]) -> Edge:
    target = step.graph.changed(step.node, {c.name: c.apply for c in changes})
    held = Held(Certainty.CERTAIN)
    for change in changes:
        held = held.and_(change.held)
    methods = tuple(dict.fromkeys(c.way.method for c in changes))
    return replace(
        step.edge(changes[0].way, target, held),
        methods=methods,
        by=tuple(f"escalation:{m}" for m in methods),
        by_only=lambda some: _together(step, [c for c in changes if c.way.method in some]),
    )


_PASS_ROLE = Need(("iam:passrole",), None, ("iam:PassRole",))


def held_back(world: World, rights: Rights, ways: Iterable[Way]) -> frozenset[Layer]:
    """The layers that narrow what identity policies speak of as a whole way, or a role's trust."""
    layers = held_back_by(world, rights)
    if not rights.can_be_narrowed or not rights.spoken:
        return layers
    passing = world.index.bit("iam:passrole") & rights.spoken
    for way in _open_ways(tuple(ways), rights.spoken):
        if passing or way.rule != "pass_role":
            for need in (*way.needs, _PASS_ROLE) if way.rule == "pass_role" else way.needs:
                layers = narrowing(need, rights, world.index, layers)
            if way.rule in ("trust_rewrite", "new_role"):
                force = rights.force(ASSUME_ROLE)
                layers |= {layer for layer, _ in force.denies} | {c.layer for c in force.ceilings}
    if passing:
        layers = narrowing(_PASS_ROLE, rights, world.index, layers) | generic_held_back(world, rights)
    return layers


def _member(step: Step) -> Member | None:
    subject = step.subject
    if subject.kind == "user":
        return step.entry.users.get(subject.name)
    return step.entry.roles.get(subject.arn)


def _merged(edges: Iterable[Edge]) -> list[Edge]:
    """One edge for one cause: the same target through the same statements, whatever the methods."""
    found: dict[tuple[object, ...], Edge] = {}
    for edge in edges:
        key = (edge.target.key, edge.certainty, cause_of(edge.evidence), bool(edge.unseen))
        known = found.get(key)
        if known is None:
            found[key] = edge
            continue
        found[key] = replace(
            known,
            methods=tuple(dict.fromkeys((*known.methods, *edge.methods))),
            by=tuple(dict.fromkeys((*known.by, *edge.by))),
            evidence=joined((*known.evidence, *edge.evidence)),
            unseen="; ".join(dict.fromkeys(filter(None, (known.unseen, edge.unseen)))),
            witness=known.witness or edge.witness,
        )
    return list(found.values())
