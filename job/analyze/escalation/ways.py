"""Every way from one principal to the next, and every change that one can make, by the methods' rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from job.analyze.escalation.asked_names import acting, acting_under_guardrails
from job.analyze.escalation.changes import ROLE_RULES, USER_RULES
from job.analyze.escalation.federation_tokens import token_of_root
from job.analyze.escalation.graph import Edge, Graph, Node, merged_edges
from job.analyze.escalation.held import Held
from job.analyze.escalation.methods import Method, Way
from job.analyze.escalation.mfa_sessions import asks_for_session, session_of_root
from job.analyze.escalation.passing_roles import PASS_ROLE
from job.analyze.escalation.renaming import on_member
from job.analyze.escalation.rules_new import made_newly
from job.analyze.escalation.rules_others import OTHER_RULES, assume, assume_elsewhere
from job.analyze.escalation.rules_services import (
    SERVICE_RULES,
    generic_held_back,
    organization,
    pass_newly_trusting,
)
from job.analyze.escalation.steps import Step, roles_besides, step_of
from job.analyze.escalation.targets import Change, target_of
from job.analyze.escalation.through_services import asks_for_services
from job.analyze.evaluation.aws_rules import ASSUME_ROLE
from job.analyze.evaluation.compiled import union_of
from job.analyze.evaluation.needs import narrowing
from job.analyze.evaluation.rights import Rights
from job.analyze.language.certainty import Certainty
from job.analyze.principals.administrator import standing_of
from job.analyze.principals.members import RoleMember
from job.analyze.principals.trust import held_back_by, let_in
from job.analyze.principals.world import World
from job.analyze.verdict import Layer

_RULES = {**OTHER_RULES, **SERVICE_RULES}
_NEW = frozenset(("new_user", "new_role"))
# Rules whose needs different callers may meet: they are separate requests. Where it matters which user they
# are about, the one who has all of the actions may have them for different ones.
_ABOUT_USERS = frozenset(("user_credentials", "mfa_reset", "mfa_device"))
_SHARED = _ABOUT_USERS | {"organization", "pass_role", "use_role"}
_SESSIONS = frozenset(("mfa_session", "console_session"))
# Users and roles of an account from which on not each of them is looked at for what is known anyway.
_LARGE = 200


@lru_cache(maxsize=2048)
def _open_ways(ways: tuple[Way, ...], actions: int) -> tuple[Way, ...]:
    """The ways with an action for each need among these bits.

    A trust policy may be enough by itself, and what a new principal is given may come from another.
    """
    return tuple(w for w in ways if w.rule == "assume" or w.open_to(actions) or _makes(w, actions))


def _makes(way: Way, actions: int) -> bool:
    return way.rule in _NEW and bool(way.masks[0] & actions)


class Entering:
    """The ways by which a principal leads to others as they are."""

    def __init__(self, methods: Sequence[Method]) -> None:
        listed = (way for method in methods for way in method.ways if way.leads_on)
        self._ways = tuple(way for way in listed if way.rule in _RULES)
        self._assuming = tuple(w for w in self._ways if w.rule == "assume")
        self._shared = tuple(w for w in self._ways if w.rule in _SHARED and len(w.callers) > 1)
        self._organizing = tuple(w for w in self._ways if w.rule == "organization")
        self._opening = tuple(w for m in methods for w in m.ways if w.rule == "plain_session")
        self._of_root = tuple(w for m in methods for w in m.ways if w.rule == "federated_session")
        self._changing = ChangingBy(methods)

    def __call__(self, graph: Graph, node: Node, helpers: tuple[Node, ...] = ()) -> Iterable[Edge]:
        """A node's edges; an administrator's lead out of its account only."""
        step = step_of(graph, node, helpers)
        if node.kind == "account":
            return merged_edges(
                [
                    *_everybody(step),
                    *_by(step, self._assuming, assume_elsewhere),
                    *_by(step, self._organizing, organization),
                ]
            )
        own = standing_of(graph.world, step.subject)
        edges = [*_by(step, self._opening, session_of_root), *_by(step, self._of_root, token_of_root)]
        if own.certainty is not Certainty.NEVER:
            edges.append(Edge(graph.administrator(node.account_id), own.certainty, (), (), own.evidence))
        if own.certainty is Certainty.CERTAIN:
            return merged_edges([*edges, *_by(step, self._assuming, assume)])
        if own.certainty is Certainty.CONCEIVABLE and step.rights.unread:
            return edges
        step = replace(step, few=self._makes_itself(step))
        open_ways = _open_ways(self._ways, step.rights.may)
        for way in open_ways:
            edges += _RULES[way.rule](step, way)
        edges += self._by_new_trust(step, open_ways)
        return merged_edges(e for e in edges if e.target is not node)

    def _by_new_trust(self, step: Step, ways: Iterable[Way]) -> Iterable[Edge]:
        """Roles that a service is let into, since nobody else gets in whom their trust policy could name."""
        passes = step.rights.may & step.world.index.bit("iam:passrole")
        if not passes or not step.world.policies.rcps(step.subject.account_id):
            return
        for way in ways:
            if way.rule == "trust_rewrite":
                for role in roles_besides(step):
                    held = on_member(step, way.needs[0], role)
                    yield from self._changing.passing(step, way.method, role, held)
            elif way.rule == "new_role":
                for node, member, held in made_newly(step, way, "role"):
                    if isinstance(member, RoleMember):
                        yield from self._changing.passing(step, way.method, member, held, node)

    def _makes_itself(self, step: Step) -> bool:
        """Whether one change of its own surely makes it an administrator, where knowing that saves work."""
        entry = step.entry
        if len(entry.users) + len(entry.roles) < _LARGE or not self._changing.able(step.world, step.rights):
            return False
        for change in self._changing(step, step.node):
            if change.held.certainty is Certainty.CERTAIN:
                alone = change.apply(step.subject)
                if standing_of(step.world, alone).certainty is Certainty.CERTAIN:
                    return True
        return False

    def together(self, graph: Graph, nodes: Sequence[Node]) -> Iterable[Edge]:
        """The ways that several principals of an account go together, where none of them goes it alone."""
        passing_bit = graph.world.index.bit("iam:passrole")
        party = [step_of(graph, node) for node in nodes]
        for way in _open_ways(self._shared, union_of(one.rights.may for one in party)):
            asked = union_of(way.masks)
            able = tuple(one for one in party if one.rights.may & asked)
            if way.rule == "pass_role":
                passing = [one for one in able if one.rights.may & passing_bit]
                alone = not passing or _goes_alone(way, passing)
            else:
                alone = way.rule not in _ABOUT_USERS and _goes_alone(way, able)
            if len(able) > 1 and not alone:
                yield from _RULES[way.rule](replace(able[0], party=able), way)

    def outward(self, graph: Graph, node: Node) -> Iterable[Edge]:
        """A node's edges into other accounts, as whoever administers its own may use it."""
        step = step_of(graph, node)
        yield from _itself(step)
        leaving = (*_by(step, self._assuming, assume_elsewhere), *_by(step, self._organizing, organization))
        yield from merged_edges(e for e in leaving if e.target.account_id != node.account_id)

    def inward(self, graph: Graph, node: Node) -> Iterable[Edge]:
        """Whom an account's administrator can be, and whether others are it, where no more is to come to."""
        step = step_of(graph, node)
        if node.kind != "account":
            yield from _itself(step)
        elif not node.key[2:]:
            yield from acting_under_guardrails(step)
            yield from _under_any_name(step)


def _goes_alone(way: Way, among: Iterable[Step]) -> bool:
    """Whether one of them has an action for each need, which no deny may take away."""
    return any(way.open_to(one.rights.may & ~one.rights.doubtful) for one in among)


class ChangingBy:
    """The changes that principals can make to users and roles."""

    def __init__(self, methods: Sequence[Method]) -> None:
        # A change and an entry together are a consequence, no rule (`first_steps.joined_step`).
        ways = [w for m in methods for w in m.ways if len(w.needs) < 2 or w.rule in _SESSIONS]
        self._ways = {
            "user": tuple(w for w in ways if w.rule in USER_RULES),
            "role": tuple(w for w in ways if w.rule in ROLE_RULES),
        }
        self._passing = tuple(w for m in methods for w in m.ways if w.rule == "pass_role")
        self._mask = union_of(m for listed in self._ways.values() for w in listed for m in w.masks)

    def able(self, world: World, rights: Rights, /) -> bool:
        """Whether a principal may change anybody, or its own session."""
        return (
            bool(rights.may & self._mask)
            or asks_for_session(world, rights)
            or asks_for_services(world, rights)
        )

    def passing(
        self, step: Step, method: str, role: RoleMember, trusting: Held, made: Node | None = None, /
    ) -> Iterable[Edge]:
        """The ways into a role that a method has trust a service, where naming callers there is no use."""
        may = step.rights.may
        if trusting.certainty is Certainty.NEVER or not may & step.world.index.bit("iam:passrole"):
            return
        if let_in(step.world, step.rights, role) is Certainty.CERTAIN:
            return
        for way in _open_ways(self._passing, may):
            for edge in pass_newly_trusting(step, way, role, trusting, made):
                yield replace(edge, methods=(method, *edge.methods), by=(f"escalation:{method}",))

    def __call__(self, step: Step, node: Node, /) -> Iterable[Change]:
        """What a principal can make of a user or role; nobody changes AWS's own roles."""
        target = target_of(node)
        if target is None or (isinstance(target.member, RoleMember) and target.member.fixed):
            return
        rules = USER_RULES if target.member.kind == "user" else ROLE_RULES
        own = step.rights.may
        helping = union_of(step.graph.rights(helper).may for helper in step.helpers)
        for way in _open_ways(self._ways[target.member.kind], own | helping):
            if helping and way.masks and not way.masks[0] & own:
                continue
            yield from rules[way.rule](step, way, target)


def _by(step: Step, ways: Iterable[Way], rule: Callable[[Step, Way], Iterable[Edge]]) -> Iterable[Edge]:
    for way in ways:
        yield from rule(step, way)


def _itself(step: Step) -> Iterable[Edge]:
    """A principal that is an administrator of its account as it stands."""
    own = standing_of(step.world, step.subject)
    if own.certainty is not Certainty.NEVER:
        administrator = step.graph.administrator(step.subject.account_id)
        yield Edge(administrator, own.certainty, (), (), own.evidence)


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
    yield from acting(step)
    yield from _under_any_name(step)


def _under_any_name(step: Step) -> Iterable[Edge]:
    if _spares_principals(step):
        anybody = step.graph.administrator(step.subject.account_id, any_name=True)
        yield Edge(anybody, Certainty.POSSIBLE, (), ())


def _spares_principals(step: Step) -> bool:
    """Whether a guardrail speaks of principals by ARN."""
    levels = (*step.subject.scps, *step.world.policies.rcps(step.subject.account_id))
    statements = (s for level in levels for a in level.attachments for s in a.policy.statements)
    return any(c.key == "aws:principalarn" for s in statements for c in s.conditions)


def held_back(world: World, rights: Rights, ways: Iterable[Way]) -> frozenset[Layer]:
    """The layers that narrow what identity policies speak of as a whole way, or a role's trust."""
    layers = held_back_by(world, rights)
    if not rights.can_be_narrowed or not rights.spoken:
        return layers
    passing = world.index.bit("iam:passrole") & rights.spoken
    for way in _open_ways(tuple(ways), rights.spoken):
        if passing or way.rule != "pass_role":
            for need in (*way.needs, PASS_ROLE) if way.rule == "pass_role" else way.needs:
                layers = narrowing(need, rights, world.index, layers)
            if way.rule in ("trust_rewrite", "new_role"):
                applicable = rights.applicable(ASSUME_ROLE)
                layers |= {layer for layer, _ in applicable.denies} | {c.layer for c in applicable.ceilings}
    if passing:
        layers = narrowing(PASS_ROLE, rights, world.index, layers) | generic_held_back(world, rights)
    return layers
