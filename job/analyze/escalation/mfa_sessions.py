"""Sessions that a user opens of itself: with an MFA device of its own, or without MFA."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from string import ascii_lowercase

from job.analyze.escalation.graph import Edge, with_identity
from job.analyze.escalation.held import Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.renaming import on_member
from job.analyze.escalation.steps import Step, mfa_context
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import issued_now
from job.analyze.language.document import parse_policy
from job.analyze.principals.asked_next import asked_over, spares_sessions_next
from job.analyze.principals.asked_of_callers import ISSUED, MFA_PRESENT
from job.analyze.principals.world import World

_SESSION = "sts:getsessiontoken"


def mfa_session(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E16: a virtual device for the user, then a session of its own that was opened with it."""
    if target.subject.context.lookup(MFA_PRESENT) == ("true",):
        return
    held = on_member(step, way.needs[0], target.member)
    for need in way.needs[1:] if held.certainty is not Certainty.NEVER else ():
        held = held.and_(step.with_help(partial(Step.anywhere, need=need)))
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
        g.outcome.certainty is Certainty.CERTAIN and g.sure.is_everything
        for _, g in rights.applicable(_SESSION).denies
    )


# All of IAM but iam:PassRole, which is no call, and the only one with such a beginning:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
_IAM_CALLS = ("iam:pu*", *(f"iam:{letter}*" for letter in ascii_lowercase if letter != "p"))
# What a session that was opened without MFA may not call:
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
_WITHOUT_MFA = Attachment(
    parse_policy(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Deny",
                "Action": [*_IAM_CALLS, "sts:AssumeRoot", "sts:GetFederationToken", "sts:GetSessionToken"],
                "Resource": "*",
            },
        }
    ),
    "session",
    "GetSessionToken without MFA",
    None,
)


def asks_for_session(world: World, rights: Rights) -> bool:
    """Whether a session of its own makes a difference to a user's requests, or to what they come to.

    Its requests speak of MFA and of when it was opened, which those of an access key do not.
    """
    subject = rights.subject
    return subject.kind in ("user", "root") and (
        rights.asks_for_mfa or spares_sessions_next(world, subject) or ISSUED in asked_over(world, subject)
    )


_LABEL = "session without MFA"


def plain_session(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X19: a session without MFA, whose requests say so: a condition that the key be there then holds."""
    if step.subject is target.subject and _may_open(step):
        yield Change(_LABEL, _without_mfa, _OPENED, way, "session")


def session_of_root(step: Step, way: Way) -> Iterable[Edge]:
    """The same for the root user, whose session is one of the root user."""
    if step.node.kind == "root" and _may_open(step):
        yield step.edge(way, step.graph.changed(step.node, {_LABEL: _without_mfa}), _OPENED)


_OPENED = Held(Certainty.CERTAIN, (), ("sts:GetSessionToken", "*", ()))


def _may_open(step: Step) -> bool:
    if step.subject.context.lookup(MFA_PRESENT) in (("true",), ("false",)):
        return False
    return asks_for_session(step.world, step.rights) and not _session_refused(step.rights)


def _without_mfa(subject: Subject) -> Subject:
    context = issued_now(subject.context).having({MFA_PRESENT: ("false",)})
    return replace(with_identity(subject, _WITHOUT_MFA), context=context)
