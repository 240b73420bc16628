"""Signing in to the console: by a password that was set, with an MFA device that was added.

What is done there is done in a session: its requests say whether there was MFA, and when it was opened, of
which those of an access key say nothing.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from job.analyze.escalation.graph import Graph, Node
from job.analyze.escalation.held import NOT_HELD, Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.mfa_sessions import asks_for_session
from job.analyze.escalation.renaming import on_member
from job.analyze.escalation.steps import Step, mfa_context
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import issued_now
from job.analyze.principals.asked_of_callers import MFA_PRESENT
from job.analyze.principals.members import UserMember

_ENABLE = "iam:enablemfadevice"
_WITHOUT_MFA, _WITH_MFA = "session in the console", "session with MFA"


def _need(action: str) -> Need:
    return Need((action.lower(),), None, (action,))


_CREATE, _UPDATE = _need("iam:CreateLoginProfile"), _need("iam:UpdateLoginProfile")
# What sets a password, by whether the user has one:
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
_SETTING = (
    (False, (_CREATE,)),
    (True, (_UPDATE,)),
    (True, (_CREATE, _need("iam:DeleteLoginProfile"))),
)


def password(step: Step, user: UserMember, *, past_mfa: bool = False) -> Held:
    """Setting a user's password, with which one then signs in; `past_mfa` if its devices are no hindrance."""
    if user.mfa_active and not past_mfa:
        return NOT_HELD
    best, has = NOT_HELD, user.password_enabled
    is_open = has is None or user.mfa_active is None
    for on_one_that_has, needs in _SETTING:
        if has is None or has == on_one_that_has:
            held = on_member(step, needs[0], user)
            for need in needs[1:]:
                held = held.and_(on_member(step, need, user))
            best = min(best, held, key=lambda one: one.certainty)
    return best.at_best(Certainty.POSSIBLE) if is_open else best


def signed_in(graph: Graph, user: UserMember, *, with_mfa: bool = False) -> Node:
    """A user in the console; as its key where that makes no difference."""
    node = graph.member(user)
    if with_mfa:
        return graph.changed(node, {_WITH_MFA: _having_mfa})
    if node.subject is None or not asks_for_session(graph.world, graph.rights(node)):
        return node
    return graph.changed(node, {_WITHOUT_MFA: _having_none})


def _having_mfa(subject: Subject) -> Subject:
    return replace(subject, context=mfa_context(subject.context))


def _having_none(subject: Subject) -> Subject:
    return replace(subject, context=issued_now(subject.context).having({MFA_PRESENT: ("false",)}))


def console_session(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X24, E16: the user's own sign-in; it can add a passkey there, and then sign in with it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_fido.html
    """
    user, own = target.member, target.subject
    if step.subject is not own or not isinstance(user, UserMember):
        return
    if own.context.lookup(MFA_PRESENT) in (("true",), ("false",)):
        return
    with_mfa = _ENABLE in way.needs[0].actions
    if not with_mfa and not asks_for_session(step.world, step.rights):
        return
    held = password(step, user)
    if with_mfa and held.certainty is not Certainty.NEVER:
        held = on_member(step, way.needs[0], user).and_(held)
    if held.certainty is not Certainty.NEVER:
        name, apply = (_WITH_MFA, _having_mfa) if with_mfa else (_WITHOUT_MFA, _having_none)
        yield Change(name, apply, held, way, "session")
