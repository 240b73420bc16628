"""Another name or path of a user: those that conditions, or variables, on its name or its ARN ask for.

The keys, policies and groups of a user stay with it when it is renamed, and so does its unique id, by which
policies of others keep whom they name: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_rename.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from job.analyze.condition_sets.asked_values import AskedValues, asked_values
from job.analyze.escalation.asked_of_sessions import asked_names_of_session, asked_of_session
from job.analyze.escalation.free_names import names_taken
from job.analyze.escalation.held import NOT_HELD, Held
from job.analyze.escalation.limits import NAMES
from job.analyze.escalation.made_anew import deleted
from job.analyze.escalation.methods import Way
from job.analyze.escalation.renaming import RENAME_USER, freed_by_renaming
from job.analyze.escalation.steps import Step, member_overlay
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.subject import Subject, statements_over
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context, Overlay, resolve
from job.analyze.language.document import Condition
from job.analyze.language.globs import literal
from job.analyze.principals.asked_next import asked_over, bearing_on
from job.analyze.principals.members import RoleMember, UserMember
from job.analyze.principals.tag_variables import There, name_variables, variable_values
from job.analyze.principals.trust import candidates
from job.analyze.principals.world import World

_ARN, _NAME = "aws:principalarn", "aws:username"
_ASKED = frozenset((_ARN, _NAME))
_REQUEST_TAG, _SESSION_NAME = "aws:requesttag/", "sts:rolesessionname"
_SLOT = "named "
_MOST_NAMES, _MOST_TRIED = 16, 4
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
_WELL_FORMED = re.compile(r"user/(?:[\x21-\x7e]+/)?[\w+=,.@-]{1,64}", re.ASCII)


def take_name(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X25: a user is given a name or path that a guardrail spares, or that somebody lets in."""
    user, subject = target.member, target.subject
    if not isinstance(user, UserMember) or not user.exists or subject.context.lookup(_NAME) != (user.name,):
        return
    names = tuple(_filled_in(step, subject))
    if not names and _ASKED.isdisjoint(asked_over(step.world, subject)):
        return
    before = step.under_its_name(way.needs[0], user)
    if before.certainty is Certainty.NEVER:
        return
    told = member_overlay(user)
    arns, complete = _arns(step, user, tuple(_asking(step, subject, names, told)))
    permitted = [(arn, held) for arn in arns if (held := _renamed(step, user, arn, told)) is not NOT_HELD]
    for arn, held in permitted[:_MOST_NAMES]:
        yield Change(f"{_SLOT}{arn}", _called(arn), held.and_(before), way, _SLOT)
    if not complete or len(permitted) > _MOST_NAMES:
        held = before.at_best(Certainty.CONCEIVABLE)
        yield Change(f"{_SLOT}in any way", _called_anything, held, replace(way, unseen=NAMES), _SLOT)


def _called(arn: str) -> Callable[[Subject], Subject]:
    known = {_ARN: (arn,), _NAME: (arn.rpartition("/")[2],)}

    def apply(subject: Subject) -> Subject:
        is_user = isinstance(subject.context.lookup(_NAME), tuple)
        return replace(subject, context=subject.context.having(known)) if is_user else subject

    return apply


def _called_anything(subject: Subject) -> Subject:
    return replace(subject, context=subject.context.having({}, opened=_ASKED))


def _renamed(step: Step, user: UserMember, arn: str, told: Overlay) -> Held:
    """Whether the user may be given a name or path, and the name be had."""
    held = step.on(RENAME_USER, arn, told)
    if held.certainty is not Certainty.NEVER:
        held = held.and_(_free(step, user, arn))
    return NOT_HELD if held.certainty is Certainty.NEVER else held


def _free(step: Step, user: UserMember, arn: str) -> Held:
    """Whether nobody else has the name, or whoever has it may be renamed or deleted before."""
    name = arn.rpartition("/")[2].lower()
    others = (one for one in step.entry.users.values() if one.name.lower() == name != user.name.lower())
    holder = next(others, None)
    if holder is None:
        return Held(Certainty.CERTAIN)
    if holder.arn == step.subject.arn:
        return NOT_HELD
    return min(freed_by_renaming(step, holder), deleted(step, holder), key=lambda held: held.certainty)


def _arns(
    step: Step, user: UserMember, conditions: Sequence[tuple[Condition, Context]]
) -> tuple[Sequence[str], bool]:
    """The ARNs that make a difference, under names that others have only where no other will do."""
    subject, taken = step.subject, names_taken(step, "user") - {user.name.lower()}
    asked, found = AskedValues((), (), complete=True), list[str]()
    avoided = dict[str, None]()
    for _ in range(_MOST_TRIED):
        others = [(_by_name(subject, name), subject.context) for name in avoided]
        asked = asked_values((*conditions, *others))
        arns = [arn for arn in (*asked.named, *asked.others) if _is_user(subject, arn)]
        found += arns
        fresh = {name for arn in arns if (name := arn.rpartition("/")[2]).lower() in taken} - avoided.keys()
        if not fresh:
            break
        avoided |= dict.fromkeys(sorted(fresh))
    listed = [arn for arn in dict.fromkeys(found) if arn != user.arn]
    return listed, asked.complete


def _prefix(subject: Subject) -> str:
    return f"arn:{subject.partition}:iam::{subject.account_id}:"


def _is_user(subject: Subject, arn: str) -> bool:
    prefix = _prefix(subject)
    return arn.startswith(prefix) and bool(_WELL_FORMED.fullmatch(arn.removeprefix(prefix)))


def _like(*patterns: str) -> Condition:
    return Condition("stringlike", _ARN, patterns, _ARN)


def _asking(
    step: Step, subject: Subject, names: Iterable[str], told: Overlay
) -> Iterable[tuple[Condition, Context]]:
    """What tells ARNs of users apart, each by a condition on the ARN, with the context of its variables.

    Users have no empty names. A condition on the name is one on the ARN's last part.
    """
    context, user = subject.context, f"{literal(_prefix(subject))}user/"
    yield _like(f"{user}*"), context
    yield _like("*/"), context
    for asked in bearing_on(step.world, subject):
        for condition in asked.conditions:
            if condition.key == _ARN:
                yield condition, context
            elif condition.key == _NAME:
                yield from _on_name(subject, condition)
    for name in names:
        yield _by_name(subject, name), context
    if not step.world.index.bit(RENAME_USER.actions[0]) & step.rights.sure:
        applicable = step.rights.applicable(RENAME_USER.actions[0], told)
        for grant in (*applicable.allows, *(g for _, g in applicable.denies)):
            patterns = grant.statement.resources.patterns
            yield _like(*patterns), step.subject.context


def _by_name(subject: Subject, name: str) -> Condition:
    return _like(*_of_name(subject, literal(name)))


def _of_name(subject: Subject, pattern: str) -> tuple[str, ...]:
    user = f"{literal(_prefix(subject))}user/"
    return f"{user}{pattern}", f"{user}*/{pattern}"


def _on_name(subject: Subject, condition: Condition) -> Iterable[tuple[Condition, Context]]:
    if "like" in condition.operator or "equals" in condition.operator:
        for value in condition.values:
            pattern = resolve(value, subject.context, variables=True).pattern
            if pattern is not None:
                named = pattern if "like" in condition.operator else literal(pattern)
                yield _like(*_of_name(subject, named)), subject.context


def _filled_in(step: Step, subject: Subject) -> Iterable[str]:
    """The names with which variables of the user's name speak of something that there is."""
    roles = tuple(candidates(step.world, step.world.rights(subject)))
    elsewhere = [role.arn for role in roles]
    there = There(step.entry, subject.context, elsewhere, partial(step.world.stores, subject))
    found = (
        told
        for statement in statements_over(subject)
        for told in variable_values(statement, name_variables, there)
    )
    own = (name for told in found for name in sorted(told.values))
    return dict.fromkeys((*own, *_as_sessions(step.world, roles)))


def _as_sessions(world: World, roles: Iterable[RoleMember]) -> Iterable[str]:
    """Where a session's name or tag has to be one's own name: what is asked of the session's."""
    for role in roles:
        for condition in (c for s in role.trust.statements if s.variables for c in s.conditions):
            if condition.has_variables and any(map(name_variables, condition.values)):
                if condition.key.startswith(_REQUEST_TAG):
                    asked = asked_of_session(world, role, condition.key.removeprefix(_REQUEST_TAG))
                    yield from (*asked.named, *asked.others)
                elif condition.key == _SESSION_NAME:
                    yield from asked_names_of_session(world, role)
