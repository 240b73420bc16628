"""An account that leaves its organization, whose policies then bind neither its principals nor its resources.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_leave-as-member.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from job.analyze.escalation.graph import Edge
from job.analyze.escalation.held import NOT_HELD, Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.steps import Step
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.subject import Level, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.principals.directory import ALLOW_ALL
from job.analyze.principals.world import World

_LABEL = "out of the organization"
_OF_ORGANIZATION = frozenset(("aws:principalorgid", "aws:principalorgpaths"))


def leave_organization(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E38: a principal of a member account takes it out of the organization, from under its SCPs."""
    subject = target.subject
    held = _leaving(step, way, subject)
    if held.certainty is not Certainty.NEVER:
        yield Change(_LABEL, outside, held, way)


def administrator_leaves(step: Step, way: Way) -> Iterable[Edge]:
    """The same by whoever administers the account."""
    held = NOT_HELD if step.subject.left else _leaving(step, way, step.subject)
    if held.certainty is not Certainty.NEVER:
        yield step.edge(way, step.graph.varied(step.node, _LABEL, outside), held)


def _leaving(step: Step, way: Way, subject: Subject) -> Held:
    """Whether a step takes the subject's account out, where that leaves more."""
    account_id, world = subject.account_id, step.world
    if not step.world.index.bit(way.needs[0].actions[0]) & step.rights.may or subject.left:
        return NOT_HELD
    if not any(_narrows(world, level) for level in (*subject.scps, *world.policies.rcps(account_id))):
        return NOT_HELD
    if (world.organization.delegated_administrators or {}).get(account_id):
        return NOT_HELD  # https://docs.aws.amazon.com/organizations/latest/APIReference/API_LeaveOrganization.html
    return step.anywhere(way.needs[0])


def _narrows(world: World, level: Level) -> bool:
    """Whether a level's policies leave less than everything."""
    policies = [attachment.policy for attachment in level.attachments]
    return ALLOW_ALL not in policies or any(world.policies.compiled(policy).denies for policy in policies)


def outside(subject: Subject) -> Subject:
    """A principal whose account left the organization."""
    context = subject.context.having({}, _OF_ORGANIZATION)
    return replace(subject, scps=(), context=context, left=True)
