"""An account that leaves its organization: the organization's policies then bind no principal of it.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_leave-as-member.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from job.analyze.escalation.methods import Way
from job.analyze.escalation.steps import Step
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.subject import Level, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.principals.directory import ALLOW_ALL
from job.analyze.principals.world import World

_OF_ORGANIZATION = frozenset(("aws:principalorgid", "aws:principalorgpaths"))


def leave_organization(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E38: a principal of a member account takes it out of the organization, from under its SCPs."""
    subject = target.subject
    if not any(_narrows(step.world, level) for level in subject.scps):
        return
    if (step.world.organization.delegated_administrators or {}).get(subject.account_id):
        return  # https://docs.aws.amazon.com/organizations/latest/APIReference/API_LeaveOrganization.html
    held = step.anywhere(way.needs[0])
    if held.certainty is not Certainty.NEVER:
        yield Change("out of the organization", _outside, held, way)


def _narrows(world: World, level: Level) -> bool:
    """Whether a level's SCPs leave less than everything."""
    policies = [attachment.policy for attachment in level.attachments]
    return ALLOW_ALL not in policies or any(world.policies.compiled(policy).denies for policy in policies)


def _outside(subject: Subject) -> Subject:
    return replace(subject, scps=(), context=subject.context.having({}, _OF_ORGANIZATION))
