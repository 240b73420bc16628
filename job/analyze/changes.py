"""What can be done to a user or role: policies given, rewritten, taken away, a boundary replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from job.analyze.administrator import lifts
from job.analyze.context import Overlay
from job.analyze.directory import ALLOW_ALL
from job.analyze.granting import grantable
from job.analyze.grants import Certainty
from job.analyze.graph import with_identity
from job.analyze.members import Member, PolicyRef
from job.analyze.methods import Way
from job.analyze.needs import Need
from job.analyze.steps import Held, Step, attach, place_of
from job.analyze.subject import Attachment, Subject

_MAX_VERSIONS = 5  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_DELETE_VERSION = Need(("iam:deletepolicyversion",), None, ("iam:DeletePolicyVersion",))


@dataclass(frozen=True, slots=True)
class Change:
    """Something a principal can do to somebody: its name, what the subject is afterwards, and why it can."""

    name: str
    apply: Callable[[Subject], Subject]
    held: Held
    way: Way


def grant_to(step: Step, way: Way, member: Member) -> Iterable[Change]:
    """Policies put on or attached to a user or role."""
    place = place_of(step.world.subject(member))
    for given in grantable(step, way.needs[0], member, member.arn):
        yield adding(f"+{given.label}", attach(given.policies, place), given.held, way)


def adding(name: str, attachments: tuple[Attachment, ...], held: Held, way: Way) -> Change:
    """More identity policies."""
    return Change(name, lambda subject: with_identity(subject, *attachments), held, way)


def versions_of(step: Step, way: Way, subject: Subject) -> Iterable[Change]:
    """E01, E02: another version of a customer managed policy that the subject has, as policy or boundary."""
    attached = (*subject.identity, *((subject.boundary,) if subject.boundary else ()))
    for arn in dict.fromkeys(a.arn for a in attached):
        policy = step.entry.policies.get(arn) if arn else None
        if arn is None or policy is None or ":aws:policy/" in arn:
            continue
        held = step.on(way.needs[0], arn)
        if held.certainty is Certainty.NEVER:
            continue
        if way.rule == "policy_version":
            room = (
                Held(Certainty.CERTAIN) if policy.versions < _MAX_VERSIONS else step.on(_DELETE_VERSION, arn)
            )
            held = held.and_(room)
            if held.certainty is not Certainty.NEVER:
                yield _rewriting(f"={arn}", arn, PolicyRef(policy.ref.name, arn, ALLOW_ALL), held, way)
        else:
            for version, other in policy.others:
                ref = PolicyRef(policy.ref.name, arn, other)
                yield _rewriting(f"={arn}@{version}", arn, ref, held, way)


def _rewriting(name: str, arn: str, ref: PolicyRef, held: Held, way: Way) -> Change:
    def apply(subject: Subject) -> Subject:
        identity = tuple(_swapped(a, arn, ref) for a in subject.identity)
        boundary = _swapped(subject.boundary, arn, ref) if subject.boundary else None
        return replace(subject, identity=identity, boundary=boundary)

    return Change(name, apply, held, way)


def _swapped(attachment: Attachment, arn: str, ref: PolicyRef) -> Attachment:
    return (
        Attachment(ref.policy, attachment.attached_to, ref.name, arn) if attachment.arn == arn else attachment
    )


def boundary_off(step: Step, way: Way, member: Member) -> Iterable[Change]:
    """E10, E12: the boundary is deleted."""
    if member.boundary is not None:
        held = step.on_member(way.needs[0], member)
        if held.certainty is not Certainty.NEVER:
            yield Change("-boundary", lambda subject: replace(subject, boundary=None), held, way)


def boundary_put(step: Step, way: Way, member: Member) -> Iterable[Change]:
    """E11, E13: the boundary is replaced by one that `iam:PermissionsBoundary` permits."""
    if member.boundary is None:
        return
    for ref, held in boundaries(step, way.needs[0], member):
        boundary = Attachment(ref.policy, "boundary", ref.name, ref.arn)
        yield Change(f"^{ref.arn}", _bounding(boundary), held, way)


def _bounding(boundary: Attachment) -> Callable[[Subject], Subject]:
    return lambda subject: replace(subject, boundary=boundary)


def boundaries(step: Step, need: Need, member: Member) -> Iterable[tuple[PolicyRef, Held]]:
    """The policies that may be put as a member's boundary: AdministratorAccess, else those known."""
    directory = step.world.directory
    widest = directory.managed_ref(f"arn:{step.subject.partition}:iam::aws:policy/AdministratorAccess")
    known = directory.own_policies(step.entry)
    for ref in (*((widest,) if widest else ()), *known):
        held = step.on(need, member.arn, _boundary_overlay(ref))
        if held.certainty is not Certainty.NEVER:
            yield ref, held
            if ref is widest and held.certainty is Certainty.CERTAIN:
                return


def _boundary_overlay(ref: PolicyRef) -> Overlay:
    return (("iam:permissionsboundary", (ref.arn or "",)),)


def drop_deny(step: Step, way: Way, subject: Subject) -> Iterable[Change]:
    """E14, E15: a policy that carries a Deny is taken away from the subject."""
    wanted = set(way.needs[0].actions)
    for attachment in subject.identity:
        if not step.world.library.compiled(attachment.policy).denies:
            continue
        for lift in lifts(step.world, step.world.rights(subject), attachment):
            if lift.action.lower() in wanted:
                overlay = (("iam:policyarn", (lift.policy_arn,)),) if lift.policy_arn else ()
                held = step.on(Need((lift.action.lower(),), None, (lift.action,)), lift.resource, overlay)
                if held.certainty is not Certainty.NEVER:
                    yield _dropping(lift.action, attachment, held, way)


def _dropping(action: str, attachment: Attachment, held: Held, way: Way) -> Change:
    leaving = action == "iam:RemoveUserFromGroup"

    def apply(subject: Subject) -> Subject:
        kept = tuple(
            a
            for a in subject.identity
            if not (a.attached_to == attachment.attached_to and (leaving or _same_policy(a, attachment)))
        )
        return replace(subject, identity=kept)

    place = attachment.attached_to
    return Change(f"-{place}" if leaving else f"-{place}:{attachment.name}", apply, held, way)


def _same_policy(one: Attachment, other: Attachment) -> bool:
    return (one.name, one.arn) == (other.name, other.arn)
