"""Sessions that a user opens of itself: with an MFA device of its own, or without MFA."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from job.analyze.escalation.graph import with_identity
from job.analyze.escalation.held import Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.renaming import on_member
from job.analyze.escalation.steps import Step, mfa_context
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.document import parse_policy
from job.analyze.principals.asked_next import spares_sessions_next
from job.analyze.principals.asked_of_callers import MFA_PRESENT
from job.analyze.principals.world import World

_SESSION = "sts:getsessiontoken"


def mfa_session(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E16: a virtual device for the user, then a session of its own that was opened with it."""
    if target.subject.context.lookup(MFA_PRESENT) == ("true",):
        return
    held = on_member(step, way.needs[0], target.member)
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
        g.outcome.certainty is Certainty.CERTAIN and g.sure.is_everything
        for _, g in rights.applicable(_SESSION).denies
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


def asks_for_mfa(world: World, rights: Rights) -> bool:
    """Whether MFA or none makes a difference to a user's requests, or to what they come to."""
    return rights.subject.kind == "user" and (
        rights.asks_for_mfa or spares_sessions_next(world, rights.subject)
    )


def plain_session(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X19: a session without MFA, whose requests say so: a condition that the key be there then holds."""
    if step.subject is not target.subject or not asks_for_mfa(step.world, step.rights):
        return
    if target.subject.context.lookup(MFA_PRESENT) in (("true",), ("false",)):
        return
    if not _session_refused(step.rights):
        held = Held(Certainty.CERTAIN, (), ("sts:GetSessionToken", "*", ()))
        yield Change("session without MFA", _without_mfa, held, way, "session")


def _without_mfa(subject: Subject) -> Subject:
    context = subject.context.having({MFA_PRESENT: ("false",)}, opened=frozenset(("aws:tokenissuetime",)))
    return replace(with_identity(subject, _WITHOUT_MFA), context=context)
