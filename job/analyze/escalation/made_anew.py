"""Users and roles that are deleted and made anew under their name, where only that name may be used.

A trust policy that names the old one means its unique id, not the new one's:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from job.analyze.escalation.free_names import joint
from job.analyze.escalation.held import GIVEN, NOT_HELD, Held
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.applicable import ApplicableStatements
from job.analyze.evaluation.needs import Need
from job.analyze.language.certainty import Certainty
from job.analyze.language.globs import literal
from job.analyze.principals.members import Member, RoleMember, UserMember

_MOST_TRIED = 4


def made_anew(step: Step, kind: str, needed: Iterable[ApplicableStatements]) -> tuple[str | None, Held]:
    """The ARN of a user or role on which all of it is allowed and that may be deleted before, and how."""
    bit = step.world.index.bit(f"iam:delete{kind}")
    if not any(bit & rights.may for rights in (step.rights, *map(step.graph.rights, step.helpers))):
        return None, NOT_HELD
    listed = list(needed)
    anybody = f"arn:{step.subject.partition}:iam::{step.subject.account_id}:{kind}/*"
    if joint(listed, (anybody,), step).certainty is Certainty.NEVER:
        return None, NOT_HELD
    everybody: Iterable[Member] = step.entry.users.values() if kind == "user" else step.entry.roles.values()
    members = {m.arn: m for m in everybody if m.arn != step.subject.arn and not _is_fixed(m)}
    for _ in range(_MOST_TRIED):
        held = joint(listed, [literal(arn) for arn in members], step) if members else NOT_HELD
        if held.certainty is Certainty.NEVER or held.witness is None:
            break
        member = members.pop(held.witness[1])
        gone = deleted(step, member)
        if gone.certainty is not Certainty.NEVER:
            return member.arn, gone
    return None, NOT_HELD


def _is_fixed(member: Member) -> bool:
    return isinstance(member, RoleMember) and member.fixed


def deleted(step: Step, member: Member) -> Held:
    """Whether the member may be deleted, with what has to be taken off it first.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html,
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
    """
    held = GIVEN
    for action, is_there in _taken_off(member):
        need = Need((action.lower(),), None, (action,))
        if action in _ELSEWHERE:
            taken = step.with_help(partial(Step.anywhere, need=need))
        else:
            taken = step.with_help(partial(Step.under_its_name, need=need, member=member))
        if taken.certainty is Certainty.NEVER and not is_there:
            held = held.at_best(Certainty.POSSIBLE)
            continue
        held = held.and_(taken)
        if held.certainty is Certainty.NEVER:
            return NOT_HELD
    return held


# Actions on another resource than the user or role: a group, an instance profile.
_ELSEWHERE = frozenset(("iam:RemoveUserFromGroup", "iam:RemoveRoleFromInstanceProfile"))


def _taken_off(member: Member) -> Iterable[tuple[str, bool]]:
    """The actions that delete it with what it has, and whether it is known to have that."""
    owner = "User" if isinstance(member, UserMember) else "Role"
    yield f"iam:Delete{owner}", True
    if any(ref.arn is None for ref in member.policies):
        yield f"iam:Delete{owner}Policy", True
    if any(ref.arn is not None for ref in member.policies):
        yield f"iam:Detach{owner}Policy", True
    if isinstance(member, RoleMember) and member.has_profile:
        yield "iam:RemoveRoleFromInstanceProfile", True
    if isinstance(member, UserMember):
        if member.groups:
            yield "iam:RemoveUserFromGroup", True
        if member.keys != 0:
            yield "iam:DeleteAccessKey", member.keys is not None
        if member.password_enabled is not False:
            yield "iam:DeleteLoginProfile", member.password_enabled is not None
        if member.mfa_active is not False:
            yield "iam:DeactivateMFADevice", member.mfa_active is not None
