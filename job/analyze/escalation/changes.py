"""What can be done to a user or role: policies given, rewritten, taken away, a boundary replaced, tags, MFA.

Each rule asks what one principal, the step's, can do to a target, which may be itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from job.analyze.condition_sets.asked_values import asked_values
from job.analyze.condition_sets.key_values import SOME_TEXT
from job.analyze.escalation.graph import Node, with_identity
from job.analyze.escalation.limits import TAG_VALUES
from job.analyze.escalation.methods import Way
from job.analyze.escalation.policy_grants import Grantable, grantable, known_boundaries
from job.analyze.escalation.steps import Held, Step, attach, joint, mfa_context, place_of
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.service_changes import change_in
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context, Overlay, Presence
from job.analyze.language.document import Condition, Effect, Statement, parse_policy
from job.analyze.principals.administrator import administrator_arn, lifts
from job.analyze.principals.directory import ALLOW_ALL
from job.analyze.principals.members import Member, PolicyRef, UserMember
from job.analyze.principals.tag_variables import tag_values
from job.analyze.principals.trust import candidates
from job.analyze.service_reference.action_table import listed_services
from job.analyze.service_reference.services import actions_of_service

_MOST_NAMES_TAKEN = 16
_MAX_VERSIONS = 5  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_DELETE_VERSION = Need(("iam:deletepolicyversion",), None, ("iam:DeletePolicyVersion",))
_SESSION = "sts:getsessiontoken"
_JOINED = "joins "


@dataclass(frozen=True, slots=True)
class Change:
    """Something a principal can do to somebody: its name, what the subject is afterwards, and why it can.

    Changes of one `slot` exclude each other, and one that is not made may serve better than any; a `last`
    one, which leaves as much as any, may follow the others of its slot.
    """

    name: str
    apply: Callable[[Subject], Subject]
    held: Held
    way: Way
    slot: str = ""
    last: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a change is about: the user or role, and what it is by now."""

    member: Member
    subject: Subject
    changes: frozenset[str]


ChangeRule = Callable[[Step, Way, Target], Iterable[Change]]


def target_of(node: Node) -> Target | None:
    """A node as the target of changes; None where it is no user or role."""
    if node.member is None or node.subject is None:
        return None
    return Target(node.member, node.subject, node.changes)


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
            held = step.on(way.needs[0], step.entry.group_arns.get(group, ""))
            if held.certainty is not Certainty.NEVER:
                given = _giving(step, way, Grantable(held, policies), f"group {group}")
                yield replace(given, name=_JOINED + group)
    if step.world.index.bit("iam:creategroup") & step.rights.may:
        for group in dict.fromkeys(_names_for_groups(step, way)):
            held = step.on(way.needs[0], _group_arn(step, group)).and_(
                step.on(_CREATE_GROUP, _group_arn(step, group))
            )
            if held.certainty is not Certainty.NEVER:
                yield Change(_JOINED + group, lambda subject: subject, held, way)


_CREATE_GROUP = Need(("iam:creategroup",), None, ("iam:CreateGroup",))
_GIVE_TO_GROUP = ("iam:putgrouppolicy", "iam:attachgrouppolicy")
_GROUP = "arn:${partition}:iam::${account}:group/"


def _names_for_groups(step: Step, way: Way) -> Iterable[str]:
    """Names, with a path, of groups that can be made and joined, best those that can be given policies."""
    making = [step.rights.applicable(action) for action in (*way.needs[0].actions, *_CREATE_GROUP.actions)]
    taken = {name.lower() for name in step.entry.groups}
    for more in (*([step.rights.applicable(action)] for action in _GIVE_TO_GROUP), []):
        template = [f"{_GROUP}*"]
        for _ in range(_MOST_NAMES_TAKEN):
            found = joint([*making, *more], template, step).witness
            if found is None:
                break
            name = found[1].rpartition("/")[2]
            if name and name.lower() not in taken:
                yield found[1].partition(":group/")[2]
                break
            template += [f"!{_GROUP}{place}{name}" for place in ("", "*/")]


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

    return Change(name, apply, held, way, f"={arn}")


def _swapped(attachment: Attachment, arn: str, ref: PolicyRef) -> Attachment:
    return (
        Attachment(ref.policy, attachment.attached_to, ref.name, arn) if attachment.arn == arn else attachment
    )


_BOUNDARY, _BOUNDARY_KEY = "boundary", "iam:permissionsboundary"


def boundary_off(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E10, E12: the boundary is deleted."""
    if target.subject.boundary is not None:
        held = step.on_member(way.needs[0], target.member, _bounded(target))
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
        held = step.on_member(need, member, _boundary_overlay(ref))
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
                about = lift.resource == target.member.arn
                held = (
                    step.on_member(need, target.member, overlay)
                    if about
                    else step.on(need, lift.resource, overlay)
                )
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


_MFA_PRESENT = "aws:multifactorauthpresent"


def mfa_session(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E16: a virtual device for the user, then a session of its own that was opened with it."""
    if target.subject.context.lookup(_MFA_PRESENT) == ("true",):
        return
    held = step.on_member(way.needs[0], target.member)
    for need in way.needs[1:]:
        held = held.and_(step.anywhere(need))
    if held.certainty is not Certainty.NEVER and not _session_refused(step.world.rights(target.subject)):
        yield Change(
            "session with MFA",
            lambda subject: replace(subject, context=mfa_context(subject.context)),
            held,
            way,
            "session",
        )


def _session_refused(rights: Rights) -> bool:
    """GetSessionToken needs no permission; only a deny stops it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
    """
    return any(
        g.outcome.certainty == 0 and g.sure.is_everything for _, g in rights.applicable(_SESSION).denies
    )


# What a session that was opened without MFA may not call:
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
_WITHOUT_MFA = Attachment(
    parse_policy(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Deny",
                "Action": ["iam:*", "sts:AssumeRoot", "sts:GetFederationToken", "sts:GetSessionToken"],
                "Resource": "*",
            },
        }
    ),
    "session",
    "GetSessionToken without MFA",
    None,
)


def plain_session(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X19: a session without MFA, whose requests say so: a condition that the key be there then holds."""
    if step.subject is not target.subject or not step.rights.asks_for_mfa:
        return
    if target.subject.context.lookup(_MFA_PRESENT) in (("true",), ("false",)):
        return
    if not _session_refused(step.rights):
        held = Held(Certainty.CERTAIN, (), ("sts:GetSessionToken", "*", ()))
        yield Change("session without MFA", _without_mfa, held, way, "session")


def _without_mfa(subject: Subject) -> Subject:
    context = subject.context.having({_MFA_PRESENT: ("false",)}, opened=frozenset(("aws:tokenissuetime",)))
    return replace(with_identity(subject, _WITHOUT_MFA), context=context)


_VIA_SERVICE = "aws:viaawsservice"
_CALLED_VIA = ("aws:calledvia", "aws:calledviafirst", "aws:calledvialast")
_THROUGH = frozenset((_VIA_SERVICE, *_CALLED_VIA))
# What is called by others, and calls nobody.
_CALLS_NOBODY = frozenset(("iam", "organizations", "s3", "sts"))


def asks_for_services(subject: Subject) -> bool:
    """Whether a statement over the subject asks which service calls on its behalf, or whether one does."""
    attached = (*subject.identity, *((subject.boundary,) if subject.boundary else ()))
    levels = (a for level in subject.scps for a in level.attachments)
    return any(not a.policy.condition_keys.isdisjoint(_THROUGH) for a in (*attached, *levels))


def through_service(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X21: a service that it has do something, which then calls others with its rights.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    """
    subject = target.subject
    if step.subject is not subject or not asks_for_services(subject):
        return
    if subject.context.lookup(_VIA_SERVICE) == ("true",):
        return
    named = sorted(set(_services_named(subject)))
    calling = list[tuple[str, Held]]()
    for name in named or sorted(set(listed_services()) - _CALLS_NOBODY):
        service = name if named else f"{name}.amazonaws.com"
        change = change_in(step.rights, actions_of_service(service))
        if change.certainty <= Certainty.POSSIBLE:
            evidence = tuple(g.evidence(change.action.lower()) for g in change.reach.grants)
            shown = None if change.reach.witness is None else (change.action, change.reach.witness, ())
            calling.append((service, Held(change.certainty, evidence, shown, change.reach.open_keys)))
            if not named:
                break
    if calling:
        held = min((held for _, held in calling), key=lambda one: one.certainty)
        services = [service for service, _ in calling]
        yield Change(f"through {', '.join(services)}", _called_by(services), held, way, "through ")


def _services_named(subject: Subject) -> Iterable[str]:
    conditions = (c for s in _statements(subject) for c in s.conditions if c.key in _CALLED_VIA)
    return (v.lower() for c in conditions for v in c.values if "*" not in v and "?" not in v and "$" not in v)


def _called_by(services: Sequence[str]) -> Callable[[Subject], Subject]:
    """As the one service that calls; of several it is open which."""
    told: dict[str, tuple[str, ...]] = {_VIA_SERVICE: ("true",)}
    if len(services) == 1:
        told |= dict.fromkeys(_CALLED_VIA, tuple(services))
    opened = frozenset[str]() if len(services) == 1 else frozenset(_CALLED_VIA)
    return lambda subject: replace(subject, context=subject.context.having(told, opened=opened))


_PRINCIPAL_TAG = "aws:principaltag/"


def tag_principal(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X11: a tag of the target is set to what a condition on `aws:PrincipalTag` asks for, or taken away."""
    asked_of, filled_in = asked_tags(target.subject, step)
    yield from _filling(step, way, target, filled_in)
    owner = "User" if target.member.kind == "user" else "Role"
    for key, asked in asked_of.items():
        name = f"tag {key.lower()}="
        tagged = list[Held]()
        for value in sorted(asked.values, key=lambda v: (v is None, v or "")):
            action = f"iam:Untag{owner}" if value is None else f"iam:Tag{owner}"
            need = Need((action.lower(),), None, (action,))
            told: Overlay = (("aws:tagkeys", (key,)),)
            if value is not None:
                told = ((f"aws:requesttag/{key.lower()}", (value,)), *told)
            held = step.on_member(need, target.member, told)
            if held.certainty is not Certainty.NEVER:
                tagged.append(held)
                yield Change(f"{name}{value}", _tagging(key, value), held, way, name)
        if tagged and not asked.complete:
            held = tagged[0].at_best(Certainty.CONCEIVABLE)
            yield Change(f"{name} any", _tagging_any(key), held, replace(way, unseen=TAG_VALUES), name)


_FILLING = "tags filled in"


def _filling(step: Step, way: Way, target: Target, keys: Iterable[str]) -> Iterable[Change]:
    """Tags that the target lacks and variables ask for, all that may be set: one text serves as another."""
    owner = "User" if target.member.kind == "user" else "Role"
    need = Need((f"iam:tag{owner.lower()}",), None, (f"iam:Tag{owner}",))
    given, certain = list[str](), Held(Certainty.CERTAIN)
    for key in sorted(keys):
        told: Overlay = ((f"aws:requesttag/{key.lower()}", (SOME_TEXT,)), ("aws:tagkeys", (key,)))
        held = step.on_member(need, target.member, told)
        if held.certainty is not Certainty.NEVER:
            given.append(_PRINCIPAL_TAG + key.lower())
            certain = certain.and_(held)
    if given:
        yield Change(_FILLING, _filled(given), certain, way, _FILLING)


def _filled(keys: Iterable[str]) -> Callable[[Subject], Subject]:
    def apply(subject: Subject) -> Subject:
        absent = {key: (SOME_TEXT,) for key in keys if subject.context.lookup(key) is Presence.ABSENT}
        return replace(subject, context=subject.context.having(absent))

    return apply


@dataclass(frozen=True, slots=True)
class PrincipalTag:
    """The values that could serve, None for no such tag; unless `complete`, others may serve better."""

    values: frozenset[str | None]
    complete: bool = True

    def or_(self, other: PrincipalTag) -> PrincipalTag:
        """The values of both."""
        return PrincipalTag(self.values | other.values, self.complete and other.complete)


def asked_tags(subject: Subject, step: Step) -> tuple[Mapping[str, PrincipalTag], frozenset[str]]:
    """The principal tags that policies over the subject ask for, each with values that could serve.

    Beside them those that variables ask for and that it lacks: there any text may serve. None stands
    for no such tag, which is what a negated condition may ask for, or a Deny of a value.
    """
    found: dict[str, PrincipalTag] = {}
    asking: dict[str, list[tuple[Condition, bool]]] = {}

    def add(key: str, tag: PrincipalTag) -> None:
        found[key] = found[key].or_(tag) if key in found else tag

    filled_in = set[str]()
    elsewhere = [role.arn for role in candidates(step.world, step.rights)]
    for statement in _statements(subject):
        for condition in statement.conditions:
            if condition.key.startswith(_PRINCIPAL_TAG):
                denied = statement.effect is not Effect.ALLOW
                asking.setdefault(condition.name[len(_PRINCIPAL_TAG) :], []).append((condition, denied))
        for told in tag_values(statement, step.entry, subject.context, elsewhere):
            if told.values or not told.complete:
                add(told.key, PrincipalTag(told.values, told.complete))
            if subject.context.lookup(_PRINCIPAL_TAG + told.key.lower()) is Presence.ABSENT:
                filled_in.add(told.key)
    for key, listed in asking.items():
        add(key, _serving(listed, subject.context))
    return found, frozenset(filled_in)


def _serving(listed: Iterable[tuple[Condition, bool]], context: Context) -> PrincipalTag:
    """What conditions tell apart; a value that none of them names only where one asks for another."""
    asked = asked_values((condition, context) for condition, _ in listed)
    values: set[str | None] = set(asked.named)
    if any(denied or c.operator == "null" or "not" in c.operator for c, denied in listed):
        values |= {None, *asked.others}
    return PrincipalTag(frozenset(values), asked.complete)


def _statements(subject: Subject) -> Iterable[Statement]:
    attached = (*subject.identity, *((subject.boundary,) if subject.boundary else ()))
    levels = (a for level in subject.scps for a in level.attachments)
    return (s for a in (*attached, *levels) for s in a.policy.statements)


def _tagging(key: str, value: str | None) -> Callable[[Subject], Subject]:
    name = _PRINCIPAL_TAG + key.lower()

    def apply(subject: Subject) -> Subject:
        known = {} if value is None else {name: (value,)}
        absent = frozenset((name,)) if value is None else frozenset[str]()
        context: Context = subject.context.having(known, absent)
        return replace(subject, context=context)

    return apply


def _tagging_any(key: str) -> Callable[[Subject], Subject]:
    opened = _PRINCIPAL_TAG + key.lower()

    def apply(subject: Subject) -> Subject:
        known = subject.context.known.items()
        kept = {k: v for k, v in known if k.startswith(_PRINCIPAL_TAG) and k != opened}
        return replace(subject, context=subject.context.with_any(_PRINCIPAL_TAG).having(kept))

    return apply


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
    "tag_principal": tag_principal,
    "through_service": through_service,
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
}
"""The rules that change a role; AWS's own roles can't be changed."""
