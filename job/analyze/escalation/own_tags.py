"""Tags that a principal sets on itself, or others on it: what conditions on `aws:PrincipalTag` ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from job.analyze.condition_sets.asked_values import asked_values
from job.analyze.condition_sets.key_values import SOME_TEXT
from job.analyze.escalation.asked_of_sessions import asked_of_session
from job.analyze.escalation.given_later import other_versions
from job.analyze.escalation.held import Held
from job.analyze.escalation.limits import TAG_VALUES
from job.analyze.escalation.methods import Way
from job.analyze.escalation.renaming import on_member
from job.analyze.escalation.steps import Step
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.subject import Subject, statements_over
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context, Overlay, Presence
from job.analyze.language.document import Condition, Effect, Statement
from job.analyze.principals.asked_next import asked_next
from job.analyze.principals.members import Member
from job.analyze.principals.tag_variables import There, tag_variables, variable_values
from job.analyze.principals.trust import candidates

_PRINCIPAL_TAG = "aws:principaltag/"


def tag_principal(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X11: a tag of the target is set to what a condition on `aws:PrincipalTag` asks for, or taken away."""
    asked_of, filled_in = asked_tags(target.subject, step)
    yield from _filling(step, way, target, filled_in)
    owner = "User" if target.member.kind == "user" else "Role"
    for key, asked in asked_of.items():
        name = f"tag {key.lower()}="
        tagged = list[Held]()
        for value in sorted(asked.values, key=lambda v: (v is None, v or "")):
            action = f"iam:Untag{owner}" if value is None else f"iam:Tag{owner}"
            need = Need((action.lower(),), None, (action,))
            told: Overlay = () if value is None else ((f"aws:requesttag/{key.lower()}", (value,)),)
            held = step.with_tag(need, key, partial(_on, step, need, target.member, told))
            if held.certainty is not Certainty.NEVER:
                tagged.append(held)
                yield Change(f"{name}{value}", _tagging(key, value), held, way, name)
        if tagged and not asked.complete:
            held = tagged[0].at_best(Certainty.CONCEIVABLE)
            yield Change(f"{name} any", _tagging_any(key), held, replace(way, unseen=TAG_VALUES), name)


def _on(step: Step, need: Need, member: Member, told: Overlay, keys: Overlay) -> Held:
    return on_member(step, need, member, (*told, *keys))


_FILLING = "tags filled in"


def _filling(step: Step, way: Way, target: Target, keys: Iterable[str]) -> Iterable[Change]:
    """Tags that the target lacks and variables ask for, all that may be set: one text serves as another."""
    owner = "User" if target.member.kind == "user" else "Role"
    need = Need((f"iam:tag{owner.lower()}",), None, (f"iam:Tag{owner}",))
    given, certain = list[str](), Held(Certainty.CERTAIN)
    for key in sorted(keys):
        told: Overlay = ((f"aws:requesttag/{key.lower()}", (SOME_TEXT,)),)
        held = step.with_tag(need, key, partial(_on, step, need, target.member, told))
        if held.certainty is not Certainty.NEVER:
            given.append(_PRINCIPAL_TAG + key.lower())
            certain = certain.and_(held)
    if given:
        yield Change(_FILLING, _filled(given), certain, way, _FILLING)


def _filled(keys: Iterable[str]) -> Callable[[Subject], Subject]:
    def apply(subject: Subject) -> Subject:
        absent = {key: (SOME_TEXT,) for key in keys if subject.context.lookup(key) is Presence.ABSENT}
        return replace(subject, context=subject.context.having(absent))

    return apply


@dataclass(frozen=True, slots=True)
class PrincipalTag:
    """The values that could serve, None for no such tag; unless `complete`, others may serve better."""

    values: frozenset[str | None]
    complete: bool = True

    def or_(self, other: PrincipalTag) -> PrincipalTag:
        """The values of both."""
        return PrincipalTag(self.values | other.values, self.complete and other.complete)


def _otherwise(statement: Statement) -> PrincipalTag:
    """What a tag may be so that a variable of it names nothing, where that serves."""
    if statement.effect is not Effect.ALLOW:
        return _OF_NOBODY
    return _TAKEN_OFF if _has_default(statement) else PrincipalTag(frozenset())


def _has_default(statement: Statement) -> bool:
    """Whether a variable of the statement says what stands for it where it has no value."""
    texts = (*statement.resources.patterns, *(v for c in statement.conditions for v in c.values))
    return any(_DEFAULT.search(text) for text in texts)


_DEFAULT = re.compile(r"\$\{[^},]*,")
_TAKEN_OFF = PrincipalTag(frozenset((None,)))
_OF_NOBODY = PrincipalTag(frozenset((None, SOME_TEXT)))


def asked_tags(subject: Subject, step: Step) -> tuple[Mapping[str, PrincipalTag], frozenset[str]]:
    """The principal tags that policies over the subject ask for, each with values that could serve.

    Beside them those that variables ask for and that it lacks: there any text may serve. None stands
    for no such tag, which is what a negated condition may ask for, or a Deny of a value; without it a
    variable has its default, or its statement says nothing, as a Deny does of a text that is no name.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-default-values
    """
    found: dict[str, PrincipalTag] = {}
    asking: dict[str, list[tuple[Condition, bool]]] = {}

    def add(key: str, tag: PrincipalTag) -> None:
        found[key] = found[key].or_(tag) if key in found else tag

    filled_in = set[str]()
    elsewhere = [role.arn for role in candidates(step.world, step.rights)]
    for condition, denied in _conditions_asking(step, subject):
        if condition.key.startswith(_PRINCIPAL_TAG):
            asking.setdefault(condition.name[len(_PRINCIPAL_TAG) :], []).append((condition, denied))
    there = There(step.entry, subject.context, elsewhere, partial(step.world.stores, subject))
    for statement in statements_over(subject):
        for told in variable_values(statement, tag_variables, there):
            if told.values or not told.complete:
                add(told.key, PrincipalTag(told.values, told.complete))
            if subject.context.lookup(_PRINCIPAL_TAG + told.key.lower()) is Presence.ABSENT:
                filled_in.add(told.key)
            else:
                add(told.key, _otherwise(statement))
    for key, listed in asking.items():
        add(key, _serving(listed, subject.context))
    for key, tag in _as_sessions(step, subject):
        add(key, tag)
    return found, frozenset(filled_in)


def _conditions_asking(step: Step, subject: Subject) -> Iterable[tuple[Condition, bool]]:
    """The conditions over a subject, and of what it may come to next, each with whether it may deny.

    Another version of a policy may leave it nothing but what the tags open, so they are set before.
    """
    others = (s for policy in other_versions(step.world, subject) for s in policy.statements)
    for statement in (*statements_over(subject), *others):
        yield from ((c, statement.effect is not Effect.ALLOW) for c in statement.conditions)
    for asked in asked_next(step.world, subject):
        yield from ((c, asked.denies) for c in asked.conditions)


_REQUEST_TAG = "aws:requesttag/"


def _as_sessions(step: Step, subject: Subject) -> Iterable[tuple[str, PrincipalTag]]:
    """Where a session's tag has to be like one's own: what is asked of the session's."""
    rights = step.world.rights(subject)
    own = [s for s in statements_over(subject) if _asks_of_request(s.conditions)]
    for role in candidates(step.world, rights):
        trusting = [s for s in role.trust.statements if _asks_of_request(s.conditions)]
        for condition in (c for s in (*own, *trusting) if s.variables for c in s.conditions):
            if condition.has_variables and condition.key.startswith(_REQUEST_TAG):
                asked = asked_of_session(step.world, role, condition.key.removeprefix(_REQUEST_TAG))
                values = frozenset[str | None]((*asked.named, *asked.others))
                for key in (key for value in condition.values for key in tag_variables(value)):
                    yield key, PrincipalTag(values, asked.complete)


def _asks_of_request(conditions: Iterable[Condition]) -> bool:
    return any(condition.key.startswith(_REQUEST_TAG) for condition in conditions)


def _serving(listed: Iterable[tuple[Condition, bool]], context: Context) -> PrincipalTag:
    """What conditions tell apart; a value that none of them names only where one asks for another."""
    asked = asked_values((condition, context) for condition, _ in listed)
    values: set[str | None] = set(asked.named)
    if any(denied or _may_hold_without(c.operator) for c, denied in listed):
        values |= {None, *asked.others}
    return PrincipalTag(frozenset(values), asked.complete)


def _may_hold_without(operator: str) -> bool:
    """Whether a condition may hold where the key has none of its values, or is not there.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists
    """
    negated = operator == "null" or "not" in operator
    return negated or operator.endswith("ifexists") or operator.startswith("forallvalues:")


def _tagging(key: str, value: str | None) -> Callable[[Subject], Subject]:
    name = _PRINCIPAL_TAG + key.lower()

    def apply(subject: Subject) -> Subject:
        known = {} if value is None else {name: (value,)}
        absent = frozenset((name,)) if value is None else frozenset[str]()
        context: Context = subject.context.having(known, absent)
        return replace(subject, context=context)

    return apply


def _tagging_any(key: str) -> Callable[[Subject], Subject]:
    opened = _PRINCIPAL_TAG + key.lower()

    def apply(subject: Subject) -> Subject:
        known = subject.context.known.items()
        kept = {k: v for k, v in known if k.startswith(_PRINCIPAL_TAG) and k != opened}
        return replace(subject, context=subject.context.with_any(_PRINCIPAL_TAG).having(kept))

    return apply
