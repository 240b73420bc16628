"""What can be done to a user or role: policies given, rewritten, taken away, a boundary replaced.

Each rule asks what one principal, the step's, can do to a target, which may be itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product

from job.analyze.escalation.console_sessions import console_session
from job.analyze.escalation.federation_tokens import federated_session
from job.analyze.escalation.free_names import joint
from job.analyze.escalation.graph import Node, with_identity
from job.analyze.escalation.held import Held
from job.analyze.escalation.leaving import leave_organization
from job.analyze.escalation.methods import Way
from job.analyze.escalation.mfa_sessions import mfa_session, plain_session
from job.analyze.escalation.own_names import take_name
from job.analyze.escalation.own_tags import tag_principal
from job.analyze.escalation.policy_grants import Grantable, grantable, known_boundaries
from job.analyze.escalation.renaming import on_group, on_member
from job.analyze.escalation.steps import Step, attach, place_of
from job.analyze.escalation.targets import Change, ChangeRule, Target
from job.analyze.escalation.through_services import through_service
from job.analyze.evaluation.applicable import ApplicableStatements
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Overlay
from job.analyze.principals.administrator import administrator_arn, lifts
from job.analyze.principals.directory import ALLOW_ALL
from job.analyze.principals.members import Member, PolicyRef, UserMember

_MOST_NAMES_TAKEN = 16
_MAX_VERSIONS = 5  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_DELETE_VERSION = Need(("iam:deletepolicyversion",), None, ("iam:DeletePolicyVersion",))
_JOINED = "joins "


def _giving(step: Step, way: Way, given: Grantable, place: str) -> Change:
    """More identity policies; one that also denies may be better left where it is."""
    denies = any(step.world.policies.compiled(ref.policy).denies for ref in given.policies)
    name = f"+{given.label} at {place}"
    attachments = attach(given.policies, place)
    return Change(
        name, lambda subject: with_identity(subject, *attachments), given.held, way, name if denies else ""
    )


def grant(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E03, E04, E08, E09: policies put on or attached to the user or role itself."""
    place = place_of(target.subject)
    for given in grantable(step, way.needs[0], target.member, target.member.arn, _bounded(target)):
        yield _giving(step, way, given, place)
        yield from _overwriting(step, way, target, given.held, place)


def _bounded(target: Target) -> Overlay:
    """What a request tells of the target's boundary where it is no longer the one that was read."""
    before, now = target.member.boundary, target.subject.boundary
    if (before.arn if before else None) == (now.arn if now else None):
        return ()
    return (("iam:permissionsboundary", (now.arn,) if now and now.arn else ()),)


def group_grant(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E05, E06: on a group that the user is in, or has been put into."""
    joined = (c.removeprefix(_JOINED) for c in target.changes if c.startswith(_JOINED))
    for group in (*_groups(target.member), *sorted(joined)):
        for given in grantable(step, way.needs[0], None, _group_arn(step, group)):
            yield _giving(step, way, given, f"group {group}")
            yield from _overwriting(step, way, target, given.held, f"group {group}")


def _overwriting(step: Step, way: Way, target: Target, held: Held, place: str) -> Iterable[Change]:
    """A policy put in a place takes that of an inline policy of its name, and so its Deny away.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html
    """
    if ":put" not in way.needs[0].actions[0]:
        return
    for attachment in target.subject.identity:
        own = attachment.arn is None and attachment.attached_to == place
        if own and step.world.policies.compiled(attachment.policy).denies:
            yield Change(f"={place}:{attachment.name}", _overwritten(attachment), held, way)


def _overwritten(old: Attachment) -> Callable[[Subject], Subject]:
    new = Attachment(ALLOW_ALL, old.attached_to, old.name, None)

    def apply(subject: Subject) -> Subject:
        return replace(subject, identity=tuple(new if a is old else a for a in subject.identity))

    return apply


def join_group(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E07: into a group that the user is not in."""
    for group, policies in step.entry.groups.items():
        if group not in _groups(target.member):
            held = on_group(step, way.needs[0], step.entry.group_arns.get(group, ""))
            if held.certainty is not Certainty.NEVER:
                given = _giving(step, way, Grantable(held, policies), f"group {group}")
                yield replace(given, name=_JOINED + group)
    if step.rights.may & way.masks[0]:
        for group in _names_for_groups(step, way):
            made = partial(Step.on, need=_CREATE_GROUP, resource=_group_arn(step, group))
            held = step.on(way.needs[0], _group_arn(step, group)).and_(step.with_help(made))
            if held.certainty is not Certainty.NEVER:
                yield Change(_JOINED + group, lambda subject: subject, held, way)


_CREATE_GROUP = Need(("iam:creategroup",), None, ("iam:CreateGroup",))
_GIVE_TO_GROUP = ("iam:putgrouppolicy", "iam:attachgrouppolicy")
_GROUP = "arn:${partition}:iam::${account}:group/"


class _GroupNames(dict[tuple[tuple[Node, ...], Way], Sequence[str]]):
    """Names of groups that can be made and joined, by who helps with it and the way."""


def _names_for_groups(step: Step, way: Way) -> Sequence[str]:
    """Names, with a path, of groups that can be made and joined, best those that can be given policies."""
    known, key = step.rights.kept.of(_GroupNames), (step.helpers, way)
    if key not in known:
        known[key] = tuple(dict.fromkeys(_find_names_for_groups(step, way)))
    return known[key]


def _find_names_for_groups(step: Step, way: Way) -> Iterable[str]:
    joining = [step.rights.applicable(action) for action in way.needs[0].actions]
    creating = _those_who_may(step, _CREATE_GROUP.actions)
    giving = _those_who_may(step, _GIVE_TO_GROUP) if creating else []
    taken = {name.lower() for name in step.entry.groups}
    for created, more in product(creating, (*([one] for one in giving), [])):
        making, template = [*joining, created], [f"{_GROUP}*"]
        for _ in range(_MOST_NAMES_TAKEN):
            found = joint([*making, *more], template, step).witness
            if found is None:
                break
            name = found[1].rpartition("/")[2]
            if name and name.lower() not in taken:
                yield found[1].partition(":group/")[2]
                break
            template += [f"!{_GROUP}{place}{name}" for place in ("", "*/")]


def _those_who_may(step: Step, actions: Iterable[str]) -> list[ApplicableStatements]:
    """What is said of each action to a step, or to its helpers, as far as they may use it somewhere."""
    asked = [step.rights, *(step.graph.rights(helper) for helper in step.helpers)]
    bit = step.world.index.bit
    return [rights.applicable(a) for rights in asked for a in actions if bit(a) & rights.may]


def _group_arn(step: Step, group: str) -> str:
    """The ARN of a group, or of one that is yet to be made under this path and name."""
    subject = step.subject
    made = f"arn:{subject.partition}:iam::{subject.account_id}:group/{group}"
    return step.entry.group_arns.get(group, made)


def _groups(member: Member) -> tuple[str, ...]:
    return member.groups if isinstance(member, UserMember) else ()


def versions(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E01, E02: another version of a customer managed policy that the target has, as policy or boundary."""
    subject = target.subject
    attached = (*subject.identity, *((subject.boundary,) if subject.boundary else ()))
    for arn in dict.fromkeys(a.arn for a in attached):
        policy = step.entry.policies.get(arn) if arn else None
        if arn is None or policy is None or ":aws:policy/" in arn:
            continue
        held = step.on(way.needs[0], arn)
        if held.certainty is Certainty.NEVER:
            continue
        if way.rule == "policy_version":
            if policy.versions >= _MAX_VERSIONS:
                held = held.and_(step.with_help(partial(Step.on, need=_DELETE_VERSION, resource=arn)))
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

    return Change(name, apply, held, way, f"={arn}")


def _swapped(attachment: Attachment, arn: str, ref: PolicyRef) -> Attachment:
    return (
        Attachment(ref.policy, attachment.attached_to, ref.name, arn) if attachment.arn == arn else attachment
    )


_BOUNDARY, _BOUNDARY_KEY = "boundary", "iam:permissionsboundary"


def boundary_off(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E10, E12: the boundary is deleted."""
    if target.subject.boundary is not None:
        held = on_member(step, way.needs[0], target.member, _bounded(target))
        if held.certainty is not Certainty.NEVER:
            yield Change(f"{_BOUNDARY} off", _unbounded, held, way, _BOUNDARY, last=True)


def _unbounded(subject: Subject) -> Subject:
    return replace(subject, boundary=None)


def boundary_put(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E11, E13: the boundary is replaced by one that `iam:PermissionsBoundary` permits.

    Where there is none, one is put if policies may only be given under it.
    """
    asked = _is_boundary_asked_for(step)
    if target.subject.boundary is None and not asked:
        return
    for ref, held in boundaries(step, way.needs[0], target.member, every=asked):
        boundary = Attachment(ref.policy, "boundary", ref.name, ref.arn)
        widest = ref.arn == administrator_arn(step.subject.partition)
        yield Change(f"{_BOUNDARY} {ref.arn}", _bounding(boundary), held, way, _BOUNDARY, last=widest)


class _AsksForBoundary(dict[str, bool]):
    pass


def _is_boundary_asked_for(step: Step) -> bool:
    """Whether anybody in the account may do something only under a certain boundary."""
    entry, world = step.entry, step.world
    known = world.kept.of(_AsksForBoundary)
    found = known.get(entry.id)
    if found is None:
        members = (*entry.users.values(), *entry.roles.values())
        listed = (*(m.policies for m in members), *entry.groups.values())
        found = any(_BOUNDARY_KEY in ref.policy.condition_keys for refs in listed for ref in refs)
        known[entry.id] = found
    return found


def _bounding(boundary: Attachment) -> Callable[[Subject], Subject]:
    return lambda subject: replace(subject, boundary=boundary)


def boundaries(
    step: Step, need: Need, member: Member, *, every: bool = False
) -> Iterable[tuple[PolicyRef, Held]]:
    """The policies that may be put as a member's boundary: AdministratorAccess, else those known."""
    directory = step.world.directory
    widest = directory.managed_ref(f"arn:{step.subject.partition}:iam::aws:policy/AdministratorAccess")
    known = known_boundaries(step, need.actions[0])
    for ref in (*((widest,) if widest else ()), *known):
        held = on_member(step, need, member, _boundary_overlay(ref))
        if held.certainty is not Certainty.NEVER:
            yield ref, held
            if ref is widest and held.certainty is Certainty.CERTAIN and not every:
                return


def _boundary_overlay(ref: PolicyRef) -> Overlay:
    return (("iam:permissionsboundary", (ref.arn or "",)),)


def drop_deny(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E14, E15: a policy that carries a Deny is taken away from the target."""
    wanted = set(way.needs[0].actions)
    for attachment in target.subject.identity:
        if not step.world.policies.compiled(attachment.policy).denies:
            continue
        for lift in lifts(step.world, step.world.rights(target.subject), attachment):
            if lift.action.lower() in wanted:
                overlay = (("iam:policyarn", (lift.policy_arn,)),) if lift.policy_arn else ()
                need = Need((lift.action.lower(),), None, (lift.action,))
                if lift.resource == target.member.arn:
                    held = on_member(step, need, target.member, overlay)
                else:
                    held = on_group(step, need, lift.resource, overlay)
                if held.certainty is not Certainty.NEVER:
                    yield _dropping(step, lift.action, attachment, held, way)


def _dropping(step: Step, action: str, attachment: Attachment, held: Held, way: Way) -> Change:
    leaving = action == "iam:RemoveUserFromGroup"

    def apply(subject: Subject) -> Subject:
        kept = tuple(
            a
            for a in subject.identity
            if not (a.attached_to == attachment.attached_to and (leaving or _same_policy(a, attachment)))
        )
        return replace(subject, identity=kept)

    place = attachment.attached_to
    name = f"-{place}" if leaving else f"-{place}:{attachment.name}"
    allows = leaving or step.world.policies.compiled(attachment.policy).allows
    return Change(name, apply, held, way, name if allows else "")


def _same_policy(one: Attachment, other: Attachment) -> bool:
    return (one.name, one.arn) == (other.name, other.arn)


USER_RULES: Mapping[str, ChangeRule] = {
    "self_grant": grant,
    "group_grant": group_grant,
    "join_group": join_group,
    "policy_version": versions,
    "default_version": versions,
    "user_boundary_off": boundary_off,
    "user_boundary_put": boundary_put,
    "user_drop_deny": drop_deny,
    "mfa_session": mfa_session,
    "plain_session": plain_session,
    "console_session": console_session,
    "federated_session": federated_session,
    "take_name": take_name,
    "tag_principal": tag_principal,
    "through_service": through_service,
    "leave_organization": leave_organization,
}
"""The rules that change a user."""
ROLE_RULES: Mapping[str, ChangeRule] = {
    "role_grant": grant,
    "policy_version": versions,
    "default_version": versions,
    "role_boundary_off": boundary_off,
    "role_boundary_put": boundary_put,
    "role_drop_deny": drop_deny,
    "tag_principal": tag_principal,
    "through_service": through_service,
    "leave_organization": leave_organization,
}
"""The rules that change a role; AWS's own roles can't be changed."""
