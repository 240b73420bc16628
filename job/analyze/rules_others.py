"""Rules that lead to another principal of the account: its credentials, its trust, or one newly made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from job.analyze.aws_rules import ASSUME_ROLE
from job.analyze.changes import Change, boundary_off, boundary_put, grant_to, versions_of
from job.analyze.grants import Certainty
from job.analyze.graph import Edge, Node
from job.analyze.members import Member, RoleMember, UserMember
from job.analyze.methods import Way
from job.analyze.needs import Need
from job.analyze.rules_new import new_role, new_user
from job.analyze.rules_own import role_drop_deny
from job.analyze.steps import (
    NOT_HELD,
    Held,
    Step,
    mfa_context,
    roles_besides,
    toward,
    users_besides,
)
from job.analyze.trust import admission, candidates, role_overlay, without_identity

OtherRule = Callable[[Step, Way], Iterable[Edge]]
_ENABLE_DEVICE = Need(("iam:enablemfadevice",), None, ("iam:EnableMFADevice",))
_CREATE_DEVICE = Need(
    ("iam:createvirtualmfadevice",),
    ("arn:${partition}:iam::${account}:mfa/*",),
    ("iam:CreateVirtualMFADevice",),
)
_MAX_KEYS = 2  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html


def user_credentials(step: Step, way: Way) -> Iterable[Edge]:
    """E18 to E21: an access key or a password of another user."""
    for user in users_besides(step, way.needs[0]):
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
    for user in users_besides(step, *way.needs):
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
    for user in users_besides(step, *way.needs):
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
        entry = rewritten(step, role, way_needs[-1]) if rewriting else entered(step, role)
        if entry.certainty is not Certainty.NEVER:
            for one in change(step, way, role):
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
