"""Rules that lead to another principal of the account: its credentials, its trust, or one newly made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from job.analyze.administrator import standing_of
from job.analyze.context import Overlay
from job.analyze.directory import ALLOW_ALL, Member, PolicyRef, RoleMember, UserMember
from job.analyze.force import Force
from job.analyze.grants import Certainty
from job.analyze.graph import Edge, Node
from job.analyze.methods import Way
from job.analyze.needs import Need
from job.analyze.rules_own import Change, boundary_off, boundary_put, grant_to, role_drop_deny, versions_of
from job.analyze.steps import (
    GIVEN,
    NOT_HELD,
    Grantable,
    Held,
    Step,
    attach,
    grantable,
    joint,
    mfa_context,
    roles_besides,
    users_besides,
)
from job.analyze.subject import Attachment, Subject
from job.analyze.trust import ASSUME_ROLE, admission, candidates, role_overlay, without_identity
from job.analyze.world import World

OtherRule = Callable[[Step, Way], Iterable[Edge]]
_ENABLE_DEVICE = Need(("iam:enablemfadevice",), None, ("iam:EnableMFADevice",))
_CREATE_DEVICE = Need(
    ("iam:createvirtualmfadevice",),
    ("arn:${partition}:iam::${account}:mfa/*",),
    ("iam:CreateVirtualMFADevice",),
)
_MAX_KEYS = 2  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html


def toward(step: Step, node: Node) -> Node:
    """The node, or the account's administrator when it certainly is one."""
    if node.subject is not None and standing_of(step.world, node.subject).certainty is Certainty.CERTAIN:
        return step.graph.administrator(node.account_id)
    return node


def user_credentials(step: Step, way: Way) -> Iterable[Edge]:
    """E18 to E21: an access key or a password of another user."""
    for user in users_besides(step):
        held = step.on_member(way.needs[0], user)
        if held.certainty is not Certainty.NEVER:
            held = held.and_(step.others(way.needs[1:], user.arn)).at_best(_room(way, held, user))
        if held.certainty is not Certainty.NEVER:
            yield step.edge(way, step.graph.member(user), held)
            yield from _with_mfa(step, way, user, held)


def _with_mfa(step: Step, way: Way, user: UserMember, held: Held) -> Iterable[Edge]:
    """The other user's session with MFA, where a device can be enrolled for it too (E16)."""
    enrolled = step.on_member(_ENABLE_DEVICE, user).and_(step.anywhere(_CREATE_DEVICE)).and_(held)
    if enrolled.certainty is not Certainty.NEVER:
        changes = {"mfa": lambda subject: replace(subject, context=mfa_context(subject.context))}
        target = step.graph.changed(step.graph.member(user), changes)
        yield replace(step.edge(way, toward(step, target), enrolled), methods=(way.method, "E16"))


def _room(way: Way, held: Held, user: UserMember) -> Certainty:
    """Whether the user is in the state that the action asks for; unread states leave it open."""
    action = held.witness[0].lower() if held.witness else ""
    if action == "iam:createaccesskey":
        if user.keys is None:
            return Certainty.CERTAIN if len(way.needs) > 1 else Certainty.POSSIBLE
        full = user.keys >= _MAX_KEYS
        return Certainty.CERTAIN if full == (len(way.needs) > 1) else Certainty.NEVER
    if action in ("iam:createloginprofile", "iam:updateloginprofile"):
        return _password(action, user, needs_mfa_reset=False)
    return Certainty.CERTAIN


def _password(action: str, user: UserMember, *, needs_mfa_reset: bool) -> Certainty:
    if user.mfa_active and not needs_mfa_reset:
        return Certainty.NEVER
    if user.password_enabled is None or user.mfa_active is None:
        return Certainty.POSSIBLE
    fits = user.password_enabled == (action == "iam:updateloginprofile")
    return Certainty.CERTAIN if fits else Certainty.NEVER


def mfa_reset(step: Step, way: Way) -> Iterable[Edge]:
    """E17: another user's device is taken away, then the password set."""
    for user in users_besides(step):
        if user.mfa_active is False:
            continue
        held = step.on_member(way.needs[0], user)
        for need in way.needs[1:]:
            then = step.on_member(need, user)
            action = then.witness[0].lower() if then.witness else ""
            held = held.and_(then.at_best(_password(action, user, needs_mfa_reset=True)))
        if held.certainty is not Certainty.NEVER:
            yield step.edge(way, step.graph.member(user), held)


def user_grant(step: Step, way: Way) -> Iterable[Edge]:
    """E27: more rights for another user, then its access key."""
    for user in users_besides(step):
        entry = step.others(way.needs[1:], user.arn)
        if entry.certainty is Certainty.NEVER:
            continue
        for change in grant_to(step, way, user):
            yield _changed(step, way, step.graph.member(user), change, entry)


def _changed(step: Step, way: Way, base: Node, change: Change, entry: Held) -> Edge:
    target = step.graph.changed(base, {change.name: change.apply})
    return step.edge(way, toward(step, target), change.held.and_(entry))


_ROLE_CHANGES: dict[str, Callable[[Step, Way, Member], Iterable[Change]]] = {
    "role_grant": grant_to,
    "role_boundary_off": boundary_off,
    "role_boundary_put": boundary_put,
    "role_drop_deny": role_drop_deny,
    "policy_version": lambda step, way, member: versions_of(step, way, step.world.subject(member)),
    "default_version": lambda step, way, member: versions_of(step, way, step.world.subject(member)),
}


def change_role(step: Step, way: Way) -> Iterable[Edge]:
    """E08, E09, E12, E13, E15, E28, E29 and E01, E02: another role is changed, then entered."""
    change = _ROLE_CHANGES[way.rule]
    rewriting = any("iam:updateassumerolepolicy" in n.actions for n in way.needs[1:])
    if any("sts:assumerole" in n.actions for n in way.needs[1:]):
        way_needs = tuple(n for n in way.needs if "sts:assumerole" not in n.actions)
    else:
        way_needs = way.needs
    for role in roles_besides(step):
        changes = list(change(step, way, role))
        if not changes:
            continue
        entry = rewritten(step, role, way_needs[-1]) if rewriting else entered(step, role)
        if entry.certainty is not Certainty.NEVER:
            for one in changes:
                yield _changed(step, way, step.graph.member(role), one, entry)


def entered(step: Step, role: RoleMember) -> Held:
    """Into a role as its trust policy stands."""
    found = admission(step.world, step.rights, role)
    shown = ("sts:AssumeRole", role.arn, ()) if found.certainty is not Certainty.NEVER else None
    return Held(found.certainty, found.evidence, shown, found.open_keys)


def rewritten(step: Step, role: RoleMember, need: Need) -> Held:
    """Into a role whose trust policy it rewrites to name itself."""
    held = step.on_member(need, role)
    if held.certainty is Certainty.NEVER or step.subject.kind == "root":
        return NOT_HELD
    return held.and_(Held(_unhindered(step, role)))


def _unhindered(step: Step, role: RoleMember) -> Certainty:
    """Whether sts:AssumeRole gets past denies and ceilings when the trust policy names the caller itself."""
    force = step.rights.force(ASSUME_ROLE, role_overlay(step.world, role), role.account_id)
    return without_identity(force, step.subject).certainty(role.arn)


def trust_rewrite(step: Step, way: Way) -> Iterable[Edge]:
    """E24: the trust policy of another role is rewritten."""
    for role in roles_besides(step):
        held = rewritten(step, role, way.needs[0])
        if held.certainty is not Certainty.NEVER:
            yield step.edge(way, step.graph.member(role), held)


def assume(step: Step, way: Way) -> Iterable[Edge]:
    """E25, E39: roles anywhere in the organization that let it in."""
    for role in candidates(step.world, step.rights):
        held = entered(step, role)
        if held.certainty is not Certainty.NEVER:
            edge = step.edge(way, step.graph.member(role), held, by=f"role:{role.arn}")
            yield replace(edge, methods=("E25", "E39")) if _made_by_organizations(step, role) else edge


def _made_by_organizations(step: Step, role: RoleMember) -> bool:
    """Whether it is the role that Organizations makes in new accounts for the management account."""
    management = step.world.organization.management_account_id
    return role.name == "OrganizationAccountAccessRole" and step.subject.account_id == management


def federation(step: Step, way: Way) -> Iterable[Edge]:
    """E30, E31: an identity provider that a role trusts is taken over."""
    for role in step.world.directory.federated.get(step.subject.account_id, ()):
        for provider in step.world.directory.trusted(role.trust).federated:
            held = step.on(way.needs[0], provider)
            if held.certainty is not Certainty.NEVER:
                held = held.and_(step.others(way.needs[1:])).at_best(_federated(role))
                yield step.edge(way, step.graph.member(role), held)


def _federated(role: RoleMember) -> Certainty:
    """A trust policy with conditions on the token leaves open whether the taken provider can meet them."""
    return Certainty.POSSIBLE if any(s.conditions for s in role.trust.statements) else Certainty.CERTAIN


def new_user(step: Step, way: Way) -> Iterable[Edge]:
    """E23: a user is made, given rights and keys."""
    yield from _new_principal(step, way, "user")


def new_role(step: Step, way: Way) -> Iterable[Edge]:
    """E26: a role is made that trusts the caller, and given rights."""
    if step.subject.kind != "root":
        yield from _new_principal(step, way, "role")


# Paths that AWS keeps for service-linked roles and Identity Center:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_RESERVED = tuple(
    f"!arn:${{partition}}:iam::${{account}}:role/{p}/*" for p in ("aws-reserved", "aws-service-role")
)


def _new_principal(step: Step, way: Way, kind: str) -> Iterable[Edge]:
    template = (f"arn:${{partition}}:iam::${{account}}:{kind}/*", *_RESERVED)
    for boundary, overlay in _new_boundaries(step, way):
        for given, forces in _givings(step, way, overlay):
            found = joint([*forces, *_later(step, way, overlay)], template, step)
            if found.certainty is Certainty.NEVER or found.witness is None:
                continue
            arn = found.witness[1]
            held = found.and_(given.held)
            shown = Held(held.certainty, held.evidence, (way.needs[0].spelled[0], arn, overlay))
            subject = _fresh(step, kind, arn, given.policies, boundary)
            node = step.graph.made(subject, f"{kind} {given.label} {boundary.arn if boundary else ''}")
            yield step.edge(way, toward(step, node), shown.and_(_others_by_need(step, way)))


def _others_by_need(step: Step, way: Way) -> Held:
    """Needs on resources of their own (`on`), such as the group that a new user joins."""
    return step.others(n for n in way.needs if n.on is not None)


def _new_boundaries(step: Step, way: Way) -> Iterable[tuple[PolicyRef | None, Overlay]]:
    """No boundary if the action may be used without one, else those that it may be used with."""
    absent = (("iam:permissionsboundary", ()),)
    force = step.rights.force(way.needs[0].actions[0], absent)
    if force.allows:
        yield None, absent
    if "iam:permissionsboundary" in step.rights.force(way.needs[0].actions[0]).condition_keys:
        for ref in step.world.directory.own_policies(step.entry):
            yield ref, (("iam:permissionsboundary", (ref.arn or "",)),)


def _givings(step: Step, way: Way, overlay: Overlay) -> Iterable[tuple[Grantable, list[Force]]]:
    """What the new principal can be given: a policy, or membership of a group that has some."""
    for need in way.needs[1:]:
        for action in need.actions:
            if action in ("iam:putuserpolicy", "iam:putrolepolicy"):
                own = PolicyRef("a policy of its own", None, ALLOW_ALL)
                yield Grantable(GIVEN, (own,)), [step.rights.force(action, overlay)]
            elif action in ("iam:attachuserpolicy", "iam:attachrolepolicy"):
                for given in grantable(
                    step, Need((action,), None, (action,)), None, _sample(step, action), overlay
                ):
                    arn = given.policies[0].arn or ""
                    told = (*overlay, ("iam:policyarn", (arn,)))
                    yield given, [step.rights.force(action, told)]
            elif action == "iam:addusertogroup":
                yield from _groups(step, need)


def _groups(step: Step, need: Need) -> Iterable[tuple[Grantable, list[Force]]]:
    bare = Need(need.actions, None, need.spelled)
    for group, policies in step.entry.groups.items():
        held = step.on(bare, step.entry.group_arns.get(group, ""))
        if held.certainty is not Certainty.NEVER and policies:
            yield Grantable(held, policies), []


def _sample(step: Step, action: str) -> str:
    """A resource on which attaching is allowed at all: the policy, not the principal, is in question here."""
    kind = "user" if "user" in action else "role"
    template = (f"arn:${{partition}}:iam::${{account}}:{kind}/*",)
    found = joint([step.rights.force(action)], template, step)
    return found.witness[1] if found.witness else ""


def _later(step: Step, way: Way, overlay: Overlay) -> list[Force]:
    """The needs on the new principal itself: making it, and taking its credentials."""
    own = [n for n in way.needs if n.on is None and not any(_gives(a) for a in n.actions)]
    return [_any_force(step, n, overlay) for n in own]


def _gives(action: str) -> bool:
    return action.startswith(("iam:attach", "iam:put", "iam:add"))


def _any_force(step: Step, need: Need, overlay: Overlay) -> Force:
    held = (step.rights.force(a, overlay) for a in need.actions)
    return next((f for f in held if f.allows), step.rights.force(need.actions[0], overlay))


def _fresh(
    step: Step, kind: str, arn: str, policies: tuple[PolicyRef, ...], boundary: PolicyRef | None
) -> Subject:
    world: World = step.world
    base = world.administrator(step.subject.account_id)
    place = "user" if kind == "user" else f"role {arn.rpartition('/')[2]}"
    return Subject(
        arn=arn,
        account_id=base.account_id,
        partition=base.partition,
        unique_id="",
        name=arn.rpartition("/")[2],
        kind=kind,
        identity=attach(policies, place),
        boundary=Attachment(boundary.policy, "boundary", boundary.name, boundary.arn) if boundary else None,
        scps=base.scps,
        context=base.context.having({"aws:principalarn": (arn,)}),
    )


OTHER_RULES: dict[str, OtherRule] = {
    "user_credentials": user_credentials,
    "mfa_reset": mfa_reset,
    "user_grant": user_grant,
    "role_grant": change_role,
    "role_boundary_off": change_role,
    "role_boundary_put": change_role,
    "role_drop_deny": change_role,
    "policy_version": change_role,
    "default_version": change_role,
    "trust_rewrite": trust_rewrite,
    "assume": assume,
    "federation": federation,
    "new_user": new_user,
    "new_role": new_role,
}
