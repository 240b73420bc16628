"""Rules by which a principal changes its own rights: more policies, fewer denies, no boundary, MFA."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from job.analyze.changes import (
    Change,
    adding,
    boundary_off,
    boundary_put,
    drop_deny,
    grant_to,
    versions_of,
)
from job.analyze.granting import grantable
from job.analyze.grants import Certainty
from job.analyze.members import Member, RoleMember
from job.analyze.methods import Way
from job.analyze.needs import Need
from job.analyze.steps import Step, attach, mfa_context
from job.analyze.subject import Subject

_JOINED = "+group "


OwnRule = Callable[[Step, Way, Member | None], Iterable[Change]]


def self_grant(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E03, E04: on the user itself."""
    if member is not None and member.kind == "user":
        yield from grant_to(step, way, member)


def group_grant(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E05, E06: on a group that the user is in."""
    joined = (c.removeprefix(_JOINED) for c in step.node.changes if c.startswith(_JOINED))
    for group in (*_groups(member), *sorted(joined)):
        for given in grantable(step, way.needs[0], None, step.entry.group_arns.get(group, "")):
            yield adding(f"+{given.label}", attach(given.policies, f"group {group}"), given.held, way)


def join_group(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E07: into a group that the user is not in."""
    if member is None or member.kind != "user":
        return
    for group, policies in step.entry.groups.items():
        if group not in _groups(member):
            held = step.on(way.needs[0], step.entry.group_arns.get(group, ""))
            if held.certainty is not Certainty.NEVER:
                yield adding(_JOINED + group, attach(policies, f"group {group}"), held, way)


def _groups(member: Member | None) -> tuple[str, ...]:
    return getattr(member, "groups", ()) if member is not None and member.kind == "user" else ()


def policy_version(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E01, E02 on what is attached to the principal itself."""
    if member is not None and len(way.needs) == 1:
        yield from versions_of(step, way, step.subject)


def user_boundary_off(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E10 on itself."""
    if member is not None and member.kind == "user":
        yield from boundary_off(step, way, member)


def user_boundary_put(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """E11 on itself."""
    if member is not None and member.kind == "user":
        yield from boundary_put(step, way, member)


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
    # GetSessionToken needs no permission, and no policy stops it:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
    if held.certainty is not Certainty.NEVER:
        yield Change("mfa", lambda subject: replace(subject, context=mfa_context(subject.context)), held, way)


_PRINCIPAL_TAG = "aws:principaltag/"


def tag_principal(step: Step, way: Way, member: Member | None) -> Iterable[Change]:
    """X11: a tag of its own is set to what a condition on `aws:PrincipalTag` asks for."""
    if member is None or (isinstance(member, RoleMember) and member.fixed):
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
        if isinstance(member, RoleMember) and not member.fixed and len(way.needs) == 1:
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
