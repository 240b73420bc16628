"""What a role's trust policy by itself says of a caller: whom it names, and on which conditions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from job.analyze.condition_sets.blocks import Block, Cell
from job.analyze.evaluation.aws_rules import ASSUME_ROLE
from job.analyze.evaluation.joint_decision import bear_on_one_another, told_apart
from job.analyze.evaluation.rights import keys_asked
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import UNKNOWN, Outcome, evaluate
from job.analyze.language.context import Context, Lookup, Overlay, merged, resource_tags
from job.analyze.language.document import Effect, Policy, Statement
from job.analyze.principals.members import RoleMember
from job.analyze.principals.principal_element import Naming, named
from job.analyze.principals.world import World

_NO_TAGS: Overlay = (("aws:resourcetag/", ()), ("iam:resourcetag/", ()))


@dataclass(frozen=True, slots=True)
class TrustAnswer:
    """The answer at its best; `named` says how the policy speaks of the caller."""

    certainty: Certainty
    named: Naming
    statement: Statement | None
    open_keys: frozenset[str]


_REFUSED = TrustAnswer(Certainty.NEVER, named=Naming.NOT, statement=None, open_keys=frozenset())


def role_overlay(world: World, role: RoleMember, subject: Subject | None = None) -> Overlay:
    """What a request's context says of a role as the resource, asked by a subject."""
    known = world.kept.of(_Overlays)
    found = known.get(role)
    if found is None:
        told = merged(world.resource_overlay(role.account_id), _NO_TAGS, resource_tags(role.tags))
        found = known[role] = told
    if subject is not None and subject.left:
        return merged(found, world.resource_overlay(role.account_id, subject))
    return found


class _Overlays(dict[RoleMember, Overlay]):
    pass


def trust_answer(
    world: World, role: RoleMember, subject: Subject, told: Overlay = (), action: str = ASSUME_ROLE
) -> TrustAnswer:
    """What the trust policy of a role says of a caller, with what the request tells.

    It is the same for all whom the policy names alike and whose requests have the same values of its keys.
    """
    depends = _depends_on(world, role.trust)
    context = subject.context
    if depends.keys:
        given = merged(role_overlay(world, role, subject), told)
        context = context.about(depends.keys).told(tuple(one for one in given if depends.asks(one[0])))
    caller = subject if depends.may_name(subject) else subject.account_id
    key = (role.trust, action, caller, tuple(map(context.lookup, depends.keys)))
    known = world.kept.of(_Answers)
    found = known.get(key)
    if found is None:
        found = known[key] = answer_in(role.trust, subject, context, action)
    return found


class _Answers(dict[tuple[Policy, str, Subject | str, tuple[Lookup, ...]], TrustAnswer]):
    pass


@dataclass(frozen=True, slots=True)
class _DependsOn:
    """What a trust policy's answers depend on: the names in it, and its conditions' keys and variables."""

    names: frozenset[str]
    sessions: bool
    keys: frozenset[str]

    def may_name(self, subject: Subject) -> bool:
        """Whether it may speak of somebody itself."""
        itself = subject.arn in self.names or subject.unique_id in self.names
        return itself or (self.sessions and subject.kind == "role")

    def asks(self, key: str) -> bool:
        """Whether a key, or some of a family (`…/`), is asked for."""
        return key in self.keys or (key.endswith("/") and any(one.startswith(key) for one in self.keys))


class _AllDependsOn(dict[Policy, _DependsOn]):
    pass


def _depends_on(world: World, trust: Policy) -> _DependsOn:
    known = world.kept.of(_AllDependsOn)
    found = known.get(trust)
    if found is None:
        listed = (s.principals.names.get("aws", ()) for s in trust.statements if s.principals)
        names = frozenset(name for one in listed for name in one)
        sessions = any(":assumed-role/" in name for name in names)
        keys = frozenset(key for s in trust.statements for key in keys_asked(s))
        found = known[trust] = _DependsOn(names, sessions, keys)
    return found


@dataclass(frozen=True, slots=True)
class _Applying:
    """A statement that names the caller, with how its conditions stand.

    It is not `sure` where the caller may choose a session's name that the statement does not mean.
    """

    statement: Statement
    naming: Naming
    outcome: Outcome
    sure: bool = True

    @property
    def block(self) -> Block:
        """Its conditions."""
        return self.statement.conditions, self.statement.variables

    @property
    def certainty(self) -> Certainty:
        """How surely it speaks of the caller's request."""
        truth = self.outcome.certainty
        return truth if self.sure else truth.both(Certainty.POSSIBLE)


def answer_in(trust: Policy, subject: Subject, context: Context, action: str = ASSUME_ROLE) -> TrustAnswer:
    """The trust policy's own answer, at its best: named before account, certain before open."""
    listed = (_applying(statement, subject, context, action) for statement in trust.statements)
    applying = [one for one in listed if one is not None]
    allows = [one for one in applying if one.statement.effect is not Effect.DENY]
    denies = [one for one in applying if one.statement.effect is not Effect.ALLOW]
    if not allows or any(one.certainty is Certainty.CERTAIN for one in denies):
        return _REFUSED
    best = min(allows, key=lambda one: (one.certainty, -one.naming))
    certainty = max(one.certainty for one in (best, *denies))
    if certainty is Certainty.POSSIBLE:
        certainty = _together(allows, denies, best.naming, context)
    if certainty is Certainty.NEVER:
        return _REFUSED
    keys = frozenset[str]().union(*(one.outcome.open_keys for one in applying))
    return TrustAnswer(certainty, best.naming, best.statement, keys)


def statements_of(
    trust: Policy, subject: Subject, context: Context, action: str
) -> tuple[Sequence[tuple[Statement, Outcome]], Sequence[tuple[Statement, Outcome]]]:
    """The statements that may let the caller in, and those that surely speak of it and may keep it out."""
    listed = (_applying(statement, subject, context, action) for statement in trust.statements)
    applying = [one for one in listed if one is not None]
    allows = [one for one in applying if one.statement.effect is not Effect.DENY]
    denies = [one for one in applying if one.statement.effect is not Effect.ALLOW and one.sure]
    told = ([(one.statement, one.outcome) for one in some] for some in (allows, denies))
    return next(told), next(told)


def _together(
    allows: Sequence[_Applying], denies: Sequence[_Applying], naming: Naming, context: Context
) -> Certainty:
    """What statements that may hold, one by one, say together; what is proved is so for those named alike."""
    asked = [one.block for one in (*allows, *denies) if one.outcome.certainty is Certainty.POSSIBLE]
    blocks = tuple(dict.fromkeys(asked))
    if len(blocks) == len(asked) and not bear_on_one_another(blocks, context):
        return Certainty.POSSIBLE
    cells = told_apart(blocks, context)
    if cells is None:
        return Certainty.POSSIBLE
    places = {block: place for place, block in enumerate(blocks)}

    def held(one: _Applying, bits: int) -> bool:
        place = places.get(one.block)
        return one.outcome.certainty is Certainty.CERTAIN if place is None else bool(bits >> place & 1)

    def may_pass(cell: Cell) -> bool:
        unclear = any(one.outcome.certainty is Certainty.CONCEIVABLE for one in allows)
        allowed = unclear or any(held(one, cell.holds | cell.doubtful) for one in allows)
        return allowed and not any(one.sure and held(one, cell.holds) for one in denies)

    def passes(cell: Cell) -> bool:
        allowed = any(held(one, cell.holds) for one in allows if one.naming is naming)
        return allowed and not any(held(one, cell.holds | cell.doubtful) for one in denies)

    if not any(map(may_pass, cells)):
        return Certainty.NEVER
    return Certainty.CERTAIN if all(map(passes, cells)) else Certainty.POSSIBLE


def _applying(statement: Statement, subject: Subject, context: Context, action: str) -> _Applying | None:
    """The statement, unless it surely does not speak of the caller's request."""
    if action not in statement.actions:
        return None
    if statement.unclear:
        return _Applying(statement, Naming.ACCOUNT, UNKNOWN)
    naming, sure = named(statement.principals, subject, statement.effect)
    if naming is Naming.NOT:
        return None
    outcome = evaluate(statement.conditions, context, variables=statement.variables)
    return None if outcome.certainty is Certainty.NEVER else _Applying(statement, naming, outcome, sure)
