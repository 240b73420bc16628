"""Rules that lead to another principal of the account: its credentials, its trust, or one newly made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from job.analyze.escalation.console_sessions import password, signed_in
from job.analyze.escalation.entering import entered_by_federation, entered_freely, session_of, told_of_choice
from job.analyze.escalation.graph import Edge
from job.analyze.escalation.held import Held
from job.analyze.escalation.issuers import issuer
from job.analyze.escalation.methods import Way
from job.analyze.escalation.renaming import on_member
from job.analyze.escalation.rules_new import new_role, new_user
from job.analyze.escalation.sessions import PLAIN, Choice, sessions
from job.analyze.escalation.steps import Step, roles_besides, users_besides
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Overlay, merged
from job.analyze.principals.members import RoleMember, UserMember
from job.analyze.principals.trust import Admission, admission, asked_by, candidates
from job.analyze.principals.trust_policy import role_overlay

OtherRule = Callable[[Step, Way], Iterable[Edge]]
_MAX_KEYS = 2  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html


def user_credentials(step: Step, way: Way) -> Iterable[Edge]:
    """E18 to E21: an access key or a password of another user."""
    for user in users_besides(step, way.needs[0]):
        held = on_member(step, way.needs[0], user)
        for need in way.needs[1:]:
            held = held.and_(on_member(step, need, user)) if held.certainty is not Certainty.NEVER else held
        held = held.at_best(_room(way, held, user))
        if held.certainty is not Certainty.NEVER:
            by_password = "loginprofile" in way.needs[0].actions[0]
            yield step.edge(
                way, signed_in(step.graph, user) if by_password else step.graph.member(user), held
            )


def _room(way: Way, held: Held, user: UserMember) -> Certainty:
    """Whether the user is in the state that the action asks for; unread states leave it open."""
    action = held.witness[0].lower() if held.witness else ""
    if action == "iam:createaccesskey":
        if user.keys is None:
            return Certainty.CERTAIN if len(way.needs) > 1 else Certainty.POSSIBLE
        full = user.keys >= _MAX_KEYS
        return Certainty.CERTAIN if full == (len(way.needs) > 1) else Certainty.NEVER
    if action == "iam:createloginprofile" and len(way.needs) > 1:
        return _password("iam:updateloginprofile", user)
    if action in ("iam:createloginprofile", "iam:updateloginprofile"):
        return _password(action, user)
    return Certainty.CERTAIN


def _password(action: str, user: UserMember) -> Certainty:
    if user.mfa_active:
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
        held = on_member(step, way.needs[0], user)
        if held.certainty is not Certainty.NEVER:
            held = held.and_(password(step, user, past_mfa=True))
        if held.certainty is not Certainty.NEVER:
            yield step.edge(way, signed_in(step.graph, user), held)


def mfa_device(step: Step, way: Way) -> Iterable[Edge]:
    """E17: a device is added to those of another user, then the password set: any of them lets it in.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
    """
    enabling, *others, setting = way.needs
    for user in users_besides(step, enabling, setting):
        held = on_member(step, enabling, user)
        for need in others if held.certainty is not Certainty.NEVER else ():
            held = held.and_(step.anywhere(need))
        if held.certainty is not Certainty.NEVER:
            held = held.and_(password(step, user, past_mfa=True))
        if held.certainty is not Certainty.NEVER:
            yield step.edge(way, signed_in(step.graph, user, with_mfa=True), held)


def _entered(step: Step, role: RoleMember) -> Iterable[tuple[Choice, Held]]:
    """The sessions of a role as its trust policy stands, if need be after its tags were changed."""
    found = [(choice, _held(role, choice, one)) for choice, one in sessions(step.world, step.rights, role)]
    if not any(held.certainty is Certainty.CERTAIN for _, held in found):
        best = min((held.certainty for _, held in found), default=Certainty.NEVER)
        now = merged(role_overlay(step.world, role), PLAIN.told)
        for told, tagged in step.taggings(role, asked_by(step.world, step.rights, role), now):
            other = admission(step.world, step.rights, role, told)
            held = tagged.and_(_held(role, PLAIN, other, told))
            if held.certainty < best:
                found.append((PLAIN, held))
                best = held.certainty
    return found


def _held(role: RoleMember, choice: Choice, found: Admission, tags: Overlay = ()) -> Held:
    told = merged(choice.told, tags) if choice.label or tags else ()
    shown = ("sts:AssumeRole", role.arn, told) if found.certainty is not Certainty.NEVER else None
    return Held(found.certainty, found.evidence, shown, found.open_keys)


def trust_rewrite(step: Step, way: Way) -> Iterable[Edge]:
    """E24: the trust policy of another role is rewritten, to name itself or somebody outside."""
    for role in roles_besides(step):
        held = on_member(step, way.needs[0], role)
        if held.certainty is not Certainty.NEVER:
            yield from entered_freely(step, way, step.graph.member(role), role, held)


def assume(step: Step, way: Way) -> Iterable[Edge]:
    """E25, E39: roles anywhere in the organization that let it in."""
    return _assuming(step, way, candidates(step.world, step.rights))


def assume_elsewhere(step: Step, way: Way) -> Iterable[Edge]:
    """The same, of other accounts."""
    own, listed = step.subject.account_id, candidates(step.world, step.rights)
    return _assuming(step, way, (role for role in listed if role.account_id != own))


def _assuming(step: Step, way: Way, roles: Iterable[RoleMember]) -> Iterable[Edge]:
    for role in roles:
        for choice, held in _entered(step, role):
            if held.certainty is not Certainty.NEVER:
                session = session_of(step, step.graph.member(role), role, choice)
                edge = told_of_choice(step.edge(way, session, held, by=f"role:{role.arn}"), choice)
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
                held = held.and_(step.others(way.needs[1:]))
                yield from entered_by_federation(step, way, role, provider, held)


OTHER_RULES: dict[str, OtherRule] = {
    "user_credentials": user_credentials,
    "mfa_reset": mfa_reset,
    "mfa_device": mfa_device,
    "trust_rewrite": trust_rewrite,
    "assume": assume,
    "federation": federation,
    "issuer": issuer,
    "new_user": new_user,
    "new_role": new_role,
}
