"""An account that leaves its organization, whose policies then bind neither its principals nor its resources.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_leave-as-member.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from job.analyze.escalation.held import NOT_HELD, Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.steps import Step
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Level, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.principals.directory import ALLOW_ALL
from job.analyze.principals.world import World

_LABEL = "out of the organization"
_LEAVE = "organizations:leaveorganization"
_OF_ORGANIZATION = frozenset(("aws:principalorgid", "aws:principalorgpaths"))


def leave_organization(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E38: a principal of a member account takes it out of the organization, from under its SCPs."""
    subject = target.subject
    held = _leaving(step, way, subject)
    if held.certainty is not Certainty.NEVER:
        yield Change(_LABEL, outside, held, way)


def _leaving(step: Step, way: Way, subject: Subject) -> Held:
    """Whether a step takes the subject's account out, where that leaves more."""
    policies = (*subject.scps, *step.world.policies.rcps(subject.account_id))
    if (
        subject.left
        or not may_leave(step.world, step.rights)
        or not any(_narrows(step.world, level) for level in policies)
    ):
        return NOT_HELD
    return step.anywhere(way.needs[0])


def may_leave(world: World, rights: Rights) -> bool:
    """Whether a principal may take its account out: no delegated administrator's account leaves.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_LeaveOrganization.html
    """
    delegated = world.organization.delegated_administrators or {}
    is_permitted = bool(world.index.bit(_LEAVE) & rights.may)
    return is_permitted and not delegated.get(rights.subject.account_id)


def _narrows(world: World, level: Level) -> bool:
    """Whether a level's policies leave less than everything."""
    policies = [attachment.policy for attachment in level.attachments]
    return ALLOW_ALL not in policies or any(world.policies.compiled(policy).denies for policy in policies)


def outside(subject: Subject) -> Subject:
    """A principal whose account left the organization."""
    context = subject.context.having({}, _OF_ORGANIZATION)
    return replace(subject, scps=(), context=context, left=True)
