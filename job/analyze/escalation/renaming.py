"""Actions on users, roles and groups: as they are called, or after they were given another name or path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from job.analyze.escalation.free_names import free_name, joint
from job.analyze.escalation.graph import Node
from job.analyze.escalation.held import NOT_HELD, Held
from job.analyze.escalation.steps import Step, member_overlay
from job.analyze.evaluation.needs import Need
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Overlay, merged
from job.analyze.principals.members import Member, UserMember


def on_member(step: Step, need: Need, member: Member, more: Overlay = ()) -> Held:
    """Any action of the need on a user or role; on a user if need be under another name or path."""
    if step.party:
        return step.by_any(lambda one: on_member(one, need, member, more))
    best = step.under_its_name(need, member, more)
    if best.certainty is Certainty.CERTAIN or not isinstance(member, UserMember):
        return best
    return min(best, _renamed(step, need, member, more), key=lambda held: held.certainty)


def on_group(step: Step, need: Need, group: str, more: Overlay = ()) -> Held:
    """Any action of the need on a group, by its ARN, if need be after it was given another name."""
    best = step.on(need, group, more)
    if best.certainty is Certainty.CERTAIN:
        return best
    return min(best, _group_renamed(step, need, group, more), key=lambda held: held.certainty)


RENAME_USER = Need(("iam:updateuser",), None, ("iam:UpdateUser",))
"""The action that gives a user another name or path."""
_RENAME = {
    "user": RENAME_USER,
    "group": Need(("iam:updategroup",), None, ("iam:UpdateGroup",)),
}


class _NewNames(dict[tuple[Node, str, tuple[str, ...], Overlay], Held]):
    """What may be done under some new name, by who gives it, kind, actions, and what the request tells."""


def _renamed(step: Step, need: Need, user: UserMember, more: Overlay) -> Held:
    """Any action of the need on a user that was given another name or path before; its own path alone.

    The old and the new name both need the permission, and the user's keys, policies and trust stay.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
    """
    renaming = tuple(_renaming(step, need, "user")) if user.exists else ()
    if not renaming:
        return NOT_HELD
    told, own = merged(member_overlay(user), more), user.arn == step.subject.arn
    best = NOT_HELD
    for by in renaming:
        if own:
            template = [
                f"arn:${{partition}}:iam::${{account}}:user/{place}{user.name}" for place in ("", "*/")
            ]
            found = _under_one_of(step, by, need, told, [*template, f"!{user.arn}"])
        else:
            found = _under_new_name(step, by, need, "user", told)
        if found.certainty < best.certainty:
            before = _helped(step, by, by.on(_RENAME["user"], user.arn, told))
            best = min(best, found.and_(before), key=lambda held: held.certainty)
    return best


def freed_by_renaming(step: Step, user: UserMember) -> Held:
    """Whether a user may be given another name, one that nobody has, so that its own is free."""
    told = member_overlay(user)
    held = step.under_its_name(RENAME_USER, user)
    if held.certainty is Certainty.NEVER:
        return NOT_HELD
    arn, is_free = free_name(step, "user", [step.rights.applicable(RENAME_USER.actions[0], told)])
    return NOT_HELD if arn is None else held.and_(step.on(RENAME_USER, arn, told)).at_best(is_free)


def _group_renamed(step: Step, need: Need, group: str, more: Overlay) -> Held:
    """The same of a group that was given another name.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html
    """
    best = NOT_HELD
    for by in _renaming(step, need, "group") if group in step.entry.group_arns.values() else ():
        found = _under_new_name(step, by, need, "group", more)
        if found.certainty < best.certainty:
            before = _helped(step, by, by.on(_RENAME["group"], group))
            best = min(best, found.and_(before), key=lambda held: held.certainty)
    return best


def _renaming(step: Step, need: Need, kind: str) -> Iterable[Step]:
    """Who may give another name first: itself, or those who help it."""
    index, renaming = step.world.index, _RENAME[kind]
    bit = index.bit(renaming.actions[0])
    by_itself = bit & step.rights.may
    if (by_itself or step.helpers) and need.mask(index) & step.rights.may and need != renaming:
        if by_itself:
            yield step
        yield from (by for by in map(step.of_helper, step.helpers) if bit & by.rights.may)


def _helped(step: Step, by: Step, held: Held) -> Held:
    """What somebody has for a step, told as help where it is not the step itself."""
    return held if by is step else replace(held, helpers=(by.node, *held.helpers), shown_by=by.node)


def _under_new_name(step: Step, by: Step, need: Need, kind: str, told: Overlay) -> Held:
    known, key = step.rights.kept.of(_NewNames), (by.node, kind, need.actions, told)
    found = known.get(key)
    if found is None:
        found = known[key] = _under_free_name(step, by, need, kind, told)
    return found


def _under_free_name(step: Step, by: Step, need: Need, kind: str, told: Overlay) -> Held:
    best, renaming = NOT_HELD, by.rights.applicable(_RENAME[kind].actions[0], told)
    for action, spelled in zip(need.actions, need.spelled, strict=True):
        doing = step.rights.applicable(action, told)
        arn, is_free = free_name(step, kind, [renaming, doing])
        if arn is not None:
            held = step.on(Need((action,), None, (spelled,)), arn, told)
            held = held.and_(_helped(step, by, by.on(_RENAME[kind], arn, told))).at_best(is_free)
            best = min(best, held, key=lambda one: one.certainty)
    return best


def _under_one_of(step: Step, by: Step, need: Need, told: Overlay, template: list[str]) -> Held:
    best, renaming = NOT_HELD, _RENAME["user"]
    for action, spelled in zip(need.actions, need.spelled, strict=True):
        needed = [by.rights.applicable(renaming.actions[0], told), step.rights.applicable(action, told)]
        found = joint(needed, template, step)
        if found.witness is not None:
            arn = found.witness[1]
            held = step.on(Need((action,), None, (spelled,)), arn, told)
            held = held.and_(_helped(step, by, by.on(renaming, arn, told)))
            best = min(best, held, key=lambda one: one.certainty)
    return best
