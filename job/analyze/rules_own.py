"""Rules by which a principal changes its own rights: more policies, fewer denies, no boundary, MFA."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from job.analyze.administrator import lifts
from job.analyze.context import Overlay
from job.analyze.directory import ALLOW_ALL, Member, PolicyRef
from job.analyze.grants import Certainty
from job.analyze.graph import with_identity
from job.analyze.methods import Way
from job.analyze.needs import Need
from job.analyze.steps import Held, Step, attach, grantable, mfa_context, place_of
from job.analyze.subject import Attachment, Subject

_JOINED = "+group "
_MAX_VERSIONS = 5  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_DELETE_VERSION = Need(("iam:deletepolicyversion",), None, ("iam:DeletePolicyVersion",))
_SESSION = Need(("sts:getsessiontoken",), None, ("sts:GetSessionToken",))


@dataclass(frozen=True, slots=True)
class Change:
    """Something a principal can do to somebody: its name, what the subject is afterwards, and why it can."""

    name: str
    apply: Callable[[Subject], Subject]
    held: Held
    way: Way


OwnRule = Callable[[Step, Way, Member | None], Iterable[Change]]


def grant_to(step: Step, way: Way, member: Member) -> Iterable[Change]:
    """Policies put on or attached to a user or role."""
    place = place_of(step.world.subject(member))
    for given in grantable(step, way.needs[0], member, member.arn):
        yield _adding(f"+{given.label}", attach(given.policies, place), given.held, way)


def self_grant(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E03, E04: on the user itself."""
    if member is not None and member.kind == "user":
        yield from grant_to(step, way, member)


def group_grant(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E05, E06: on a group that the user is in."""
    joined = (c.removeprefix(_JOINED) for c in step.node.changes if c.startswith(_JOINED))
    for group in (*_groups(member), *sorted(joined)):
        for given in grantable(step, way.needs[0], None, step.entry.group_arns.get(group, "")):
            yield _adding(f"+{given.label}", attach(given.policies, f"group {group}"), given.held, way)


def join_group(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E07: into a group that the user is not in."""
    if member is None or member.kind != "user":
        return
    for group, policies in step.entry.groups.items():
        if group not in _groups(member):
            held = step.on(way.needs[0], step.entry.group_arns.get(group, ""))
            if held.certainty is not Certainty.NEVER:
                yield _adding(_JOINED + group, attach(policies, f"group {group}"), held, way)


def _groups(member: Member | None) -> tuple[str, ...]:
    return getattr(member, "groups", ()) if member is not None and member.kind == "user" else ()


def _adding(name: str, attachments: tuple[Attachment, ...], held: Held, way: Way) -> Change:
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
                Held(Certainty.CERTAIN)
                if len(policy.versions) < _MAX_VERSIONS
                else step.on(_DELETE_VERSION, arn)
            )
            held = held.and_(room)
            if held.certainty is not Certainty.NEVER:
                yield _rewriting(f"={arn}", arn, PolicyRef(policy.name, arn, ALLOW_ALL), held, way)
        else:
            for version, document in policy.versions.items():
                if version != policy.default_version:
                    ref = PolicyRef(policy.name, arn, step.world.directory.parse(document))
                    yield _rewriting(f"={arn}@{version}", arn, ref, held, way)


def policy_version(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E01, E02 on what is attached to the principal itself."""
    if member is not None and len(way.needs) == 1:
        yield from versions_of(step, way, step.subject)


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


def user_boundary_off(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E10 on itself."""
    if member is not None and member.kind == "user":
        yield from boundary_off(step, way, member)


def user_boundary_put(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E11 on itself."""
    if member is not None and member.kind == "user":
        yield from boundary_put(step, way, member)


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


def user_drop_deny(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E14 on itself."""
    if member is not None and member.kind == "user":
        yield from drop_deny(step, way, step.subject)


def mfa_session(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E16: a virtual device of its own, then a session that was opened with it."""
    if member is None or member.kind != "user":
        return
    if step.subject.context.lookup("aws:multifactorauthpresent") == ("true",):
        return
    held = step.on_member(way.needs[0], member)
    for need in way.needs[1:]:
        held = held.and_(step.anywhere(need))
    # GetSessionToken needs no permission; only a deny stops it:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
    refused = any(
        g.outcome.truth == 0 and g.sure.is_everything
        for _, g in step.rights.force(_SESSION.actions[0]).denies
    )
    if held.certainty is not Certainty.NEVER and not refused:
        yield Change("mfa", lambda subject: replace(subject, context=mfa_context(subject.context)), held, way)


_PRINCIPAL_TAG = "aws:principaltag/"


def tag_principal(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """X11: a tag of its own is set to what a condition on `aws:PrincipalTag` asks for."""
    if member is None:
        return
    action = "iam:TagUser" if member.kind == "user" else "iam:TagRole"
    need = Need((action.lower(),), None, (action,))
    for key, value in sorted(set(_asked_tags(step.subject))):
        told = ((f"aws:requesttag/{key}", (value,)), ("aws:tagkeys", (key,)))
        held = step.on_member(need, member, told)
        if held.certainty is not Certainty.NEVER:
            yield Change(f"tag:{key}={value}", _tagging(key, value), held, way)


def _asked_tags(subject: Subject) -> Iterable[tuple[str, str]]:
    """The principal tags, with a value each, that the subject's policies ask for."""
    attached = (*subject.identity, *((subject.boundary,) if subject.boundary else ()))
    for condition in (c for a in attached for s in a.policy.statements for c in s.conditions):
        if condition.key.startswith(_PRINCIPAL_TAG) and "not" not in condition.operator:
            for value in condition.values:
                yield condition.name[len(_PRINCIPAL_TAG) :], value.replace("*", "x").replace("?", "x")


def _tagging(key: str, value: str) -> Callable[[Subject], Subject]:
    known = {_PRINCIPAL_TAG + key.lower(): (value,)}
    return lambda subject: replace(subject, context=subject.context.having(known))


def role_itself(rule: Callable[[Step, Way, Member], Iterable[Change]]) -> OwnRule:
    """A rule about roles, for a role session about its own role."""

    def own(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
        if member is not None and member.kind == "role" and len(way.needs) == 1:
            yield from rule(step, way, member)

    return own


def role_drop_deny(step: Step, way: Way, member: Member) -> Iterable[Change]:
    """E15 on a role."""
    yield from drop_deny(step, way, step.world.subject(member))


OWN_RULES: dict[str, OwnRule] = {
    "self_grant": self_grant,
    "group_grant": group_grant,
    "join_group": join_group,
    "policy_version": policy_version,
    "default_version": policy_version,
    "user_boundary_off": user_boundary_off,
    "user_boundary_put": user_boundary_put,
    "user_drop_deny": user_drop_deny,
    "mfa_session": mfa_session,
    "tag_principal": tag_principal,
    "role_grant": role_itself(grant_to),
    "role_boundary_off": role_itself(boundary_off),
    "role_boundary_put": role_itself(boundary_put),
    "role_drop_deny": role_itself(role_drop_deny),
}
