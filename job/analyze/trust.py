"""Who gets into a role: the trust policy on one side, the caller's own policies on the other.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from job.analyze.aws_rules import ASSUME_ROLE
from job.analyze.conditions import HOLDS, Truth, evaluate
from job.analyze.context import Context, Overlay, resource_tags
from job.analyze.directory import ALLOW_ALL
from job.analyze.force import Force
from job.analyze.globs import EVERYTHING
from job.analyze.grants import Certainty, Grant
from job.analyze.members import RoleMember
from job.analyze.naming import Naming, named, session_prefix
from job.analyze.policy import Effect, Policy, Statement
from job.analyze.rights import BOUNDARY, Rights
from job.analyze.subject import Attachment, Subject
from job.analyze.verdict import Evidence, Layer
from job.analyze.world import World

_DECIDED = {
    Truth.HOLDS: Certainty.CERTAIN,
    Truth.OPEN: Certainty.POSSIBLE,
    Truth.UNKNOWN: Certainty.CONCEIVABLE,
}


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a caller gets into a role, and the statements that say so."""

    certainty: Certainty
    evidence: tuple[Evidence, ...] = ()
    open_keys: frozenset[str] = frozenset()


REFUSED = Admission(Certainty.NEVER)


def candidates(world: World, rights: Rights) -> Iterable[RoleMember]:
    """The roles whose trust policy may let the subject in, each once."""
    subject, directory = rights.subject, world.directory
    found: dict[str, RoleMember] = {}
    for name in (subject.arn, subject.unique_id):
        found.update((r.arn, r) for r in directory.by_name.get(name, ()))
    found.update((r.arn, r) for r in directory.by_session.get(session_prefix(subject), ()))
    if rights.left & world.index.bit(ASSUME_ROLE):
        found.update((r.arn, r) for r in directory.by_account.get(subject.account_id, ()))
        found.update((r.arn, r) for r in directory.anyone)
    else:
        found.update((r.arn, r) for r in directory.anyone if r.account_id == subject.account_id)
    found.pop(subject.arn, None)
    return found.values()


def role_overlay(world: World, role: RoleMember) -> Overlay:
    """What a request's context says of a role as the resource."""
    return (*world.resource_overlay(role.account_id), *resource_tags(role.tags))


def admission(world: World, rights: Rights, role: RoleMember, told: Overlay = ()) -> Admission:
    """Whether the subject can assume the role now; the root user never can.

    In one account a trust policy that names the caller itself is enough; one that names the account, or a
    role of another account, needs the caller's own policies to allow it too.
    """
    if told:
        return _admission(world, rights, role, told)
    found = rights.memo.get(role)
    if not isinstance(found, Admission):
        found = rights.memo[role] = _admission(world, rights, role, ())
    return found


def _admission(world: World, rights: Rights, role: RoleMember, told: Overlay) -> Admission:
    subject = rights.subject
    if subject.kind == "root":
        return REFUSED
    trust = _trust_of(world, role, rights, told)
    if trust.certainty is Certainty.NEVER:
        return REFUSED
    force = _asking(world, rights, role, told)
    best = _combined(trust, force, role)
    if trust.named and subject.account_id == role.account_id and best.certainty is not Certainty.CERTAIN:
        alone = _combined(trust, without_identity(force, subject), role, own=False)
        best = min(best, alone, key=lambda a: a.certainty)
    return best


def _asking(world: World, rights: Rights, role: RoleMember, told: Overlay = ()) -> Force:
    """The caller's side; the role's tags are looked at only where a condition asks for them."""
    account = world.resource_overlay(role.account_id)
    force = rights.force(ASSUME_ROLE, (*account, *told), role.account_id)
    if any("resourcetag/" in key for key in force.condition_keys):
        return rights.force(ASSUME_ROLE, (*role_overlay(world, role), *told), role.account_id)
    return force


def _trust_of(world: World, role: RoleMember, rights: Rights, told: Overlay = ()) -> _Trust:
    """The trust policy's answer; one without conditions answers alike for every role that has it."""
    subject = rights.subject
    if any(s.conditions for s in role.trust.statements):
        return _trust(role.trust, subject, subject.context.told((*role_overlay(world, role), *told)))
    found = rights.memo.get(role.trust)
    if not isinstance(found, _Trust):
        found = rights.memo[role.trust] = _trust(role.trust, subject, subject.context)
    return found


def held_back_by(world: World, rights: Rights) -> frozenset[Layer]:
    """The layers without which the subject would get into a role that names it."""
    found = rights.memo.get(held_back_by)
    if not isinstance(found, frozenset):
        refused = (
            r for r in candidates(world, rights) if admission(world, rights, r).certainty is Certainty.NEVER
        )
        found = frozenset(layer for role in refused for layer in _holding_back(world, rights, role))
        rights.memo[held_back_by] = found
    return found


def _holding_back(world: World, rights: Rights, role: RoleMember) -> Iterable[Layer]:
    trust = _trust_of(world, role, rights)
    if trust.certainty is Certainty.NEVER:
        if any(c.key.startswith("aws:multifactorauth") for s in role.trust.statements for c in s.conditions):
            context = _with_mfa(rights.subject.context.told(role_overlay(world, role)))
            if _trust(role.trust, rights.subject, context).certainty is not Certainty.NEVER:
                yield Layer.MFA
    elif rights.can_be_narrowed or world.library.rcps(role.account_id):
        force = _asking(world, rights, role)
        named = trust.named and rights.subject.account_id == role.account_id
        blocked = (without_identity(force, rights.subject) if named else force).decide(role.arn).blocked_by
        if blocked:
            yield Layer(blocked)


def _with_mfa(context: Context) -> Context:
    return context.having({"aws:multifactorauthpresent": ("true",), "aws:multifactorauthage": ("1",)})


_NAMED = Attachment(ALLOW_ALL, "trust", "", None)
_ANYTHING = Grant(_NAMED, ALLOW_ALL.statements[0], HOLDS, EVERYTHING, EVERYTHING)


@dataclass(frozen=True, slots=True)
class _Trust:
    certainty: Certainty
    named: bool
    statement: Statement | None
    open_keys: frozenset[str]


def _combined(trust: _Trust, force: Force, role: RoleMember, *, own: bool = True) -> Admission:
    certainty = max(trust.certainty, force.certainty(role.arn))
    if certainty is Certainty.NEVER or trust.statement is None:
        return REFUSED
    own_side = force.decide(role.arn)
    mine = tuple(g.evidence(ASSUME_ROLE) for g in own_side.allowed_by) if own else ()
    place = Attachment(role.trust, f"trust {role.name}", "", None)
    theirs = place.evidence(trust.statement, ASSUME_ROLE)
    return Admission(certainty, (*mine, theirs), trust.open_keys | own_side.open_keys)


def without_identity(force: Force, subject: Subject) -> Force:
    """The same request when a resource policy names the caller: only denies and ceilings are left.

    An implicit deny of a user's boundary does not limit what a resource policy grants that user
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html).
    """
    ceilings = force.ceilings
    if subject.kind == "user":
        ceilings = tuple(c for c in ceilings if c.name != BOUNDARY)
    return Force(allows=(_ANYTHING,), failed=(), ceilings=ceilings, denies=force.denies)


def _trust(trust: Policy, subject: Subject, context: Context) -> _Trust:
    """The trust policy's own answer, at its best: named before account, certain before open."""
    allowed, denied, keys = list[tuple[Certainty, int, Statement]](), Certainty.NEVER, frozenset[str]()
    for statement in trust.statements:
        naming, truth, open_keys = _applies(statement, subject, context)
        if naming is Naming.NOT or truth is Truth.FAILS:
            continue
        keys |= open_keys
        if statement.effect is not Effect.DENY:
            allowed.append((_DECIDED[truth], -naming, statement))
        if statement.effect is not Effect.ALLOW:
            denied = min(denied, _DECIDED[truth])
    if not allowed or denied is Certainty.CERTAIN:
        return _Trust(Certainty.NEVER, named=False, statement=None, open_keys=frozenset())
    certainty, closeness, statement = min(allowed, key=lambda a: a[:2])
    floor = Certainty.CERTAIN if denied is Certainty.NEVER else denied
    itself = closeness == -Naming.ITSELF
    return _Trust(max(certainty, floor), itself, statement, keys)


def _applies(
    statement: Statement, subject: Subject, context: Context
) -> tuple[Naming, Truth, frozenset[str]]:
    if ASSUME_ROLE not in statement.actions:
        return Naming.NOT, Truth.FAILS, frozenset()
    if statement.unclear:
        return Naming.ACCOUNT, Truth.UNKNOWN, frozenset()
    naming, sure = named(statement.principals, subject, statement.effect)
    if naming is Naming.NOT:
        return Naming.NOT, Truth.FAILS, frozenset()
    outcome = evaluate(statement.conditions, context, variables=statement.variables)
    truth = outcome.truth if sure else max(outcome.truth, Truth.OPEN)
    return naming, truth, outcome.open_keys
