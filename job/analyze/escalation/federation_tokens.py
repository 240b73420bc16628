"""A federation token: a session with the user's own rights, as a principal of another type, with chosen tags.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from job.analyze.condition_sets.asked_values import asked_values, ranked
from job.analyze.escalation.graph import Edge, with_identity
from job.analyze.escalation.held import Held
from job.analyze.escalation.limits import SESSIONS
from job.analyze.escalation.methods import Way
from job.analyze.escalation.own_tags import PrincipalTag, asked_tags
from job.analyze.escalation.steps import Step
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import SESSION_NAME, Overlay, issued_now
from job.analyze.language.document import Condition, parse_policy
from job.analyze.language.globs import literal
from job.analyze.principals.asked_next import asked_over, bearing_on
from job.analyze.principals.asked_of_callers import MFA_PRESENT, OF_SESSIONS
from job.analyze.principals.resource_tags import spellings

_MOST_MIXES, _MOST_NAMES = 16, 16
_TAGGING = Need(("sts:tagsession",), None, ("sts:TagSession",))
_TYPE, _ARN, _USER_ID = "aws:principaltype", "aws:principalarn", "aws:userid"
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
_NAME = re.compile(r"[\w+=,.@-]{2,32}", re.ASCII)
# It calls nothing of STS but GetCallerIdentity; IAM it calls in the console:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
_WITHOUT_STS = Attachment(
    parse_policy(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Deny", "Action": "sts:*", "Resource": "*"},
        }
    ),
    "session",
    "GetFederationToken",
    None,
)
_Tags = tuple[tuple[str, str], ...]


def federated_session(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X23: a federation token, where what it brings along is asked for."""
    if step.subject is target.subject and step.subject.context.lookup(_TYPE) == ("User",):
        yield from _tokens(step, way)


def token_of_root(step: Step, way: Way) -> Iterable[Edge]:
    """The same for the root user, of whom its session is not one."""
    if step.subject.context.lookup(_TYPE) == ("Account",):
        for one in _tokens(step, way):
            yield step.edge(one.way, step.graph.changed(step.node, {one.name: one.apply}), one.held)


def _tokens(step: Step, way: Way) -> Iterable[Change]:
    subject = step.subject
    if subject.context.lookup(MFA_PRESENT) in (("true",), ("false",)):
        return
    tagging = step.world.index.bit(_TAGGING.actions[0]) & step.rights.may
    asked = asked_tags(subject, step)[0] if tagging else {}
    if not asked and asked_over(step.world, subject).isdisjoint(OF_SESSIONS):
        return
    names, complete = _names(step, way)
    for name in names:
        yield from _sessions(step, way, name, asked)
    if not complete:
        held = step.anywhere(way.needs[0]).at_best(Certainty.CONCEIVABLE)
        yield Change("any federation token", _any_session, held, replace(way, unseen=SESSIONS), "session")


def _sessions(step: Step, way: Way, name: str, asked: Mapping[str, PrincipalTag]) -> Iterable[Change]:
    """The sessions of one name, with each mix of tags."""
    arn = _arn(step.subject, name)
    token = step.anywhere(way.needs[0]) if name == SESSION_NAME else step.on(way.needs[0], arn)
    called = "" if name == SESSION_NAME else f" {name}"
    for tags in _mixes(asked) if token.certainty is not Certainty.NEVER else ():
        held = token.and_(_tagged(step, arn, tags)) if tags else token
        if held.certainty is not Certainty.NEVER:
            label = "".join(f" {key}={value}" for key, value in tags)
            yield Change(f"federation token{called}{label}", _Session(name, tags), held, way, "session")


def _arn(subject: Subject, name: str) -> str:
    return f"arn:{subject.partition}:sts::{subject.account_id}:federated-user/{name}"


def _names(step: Step, way: Way) -> tuple[Sequence[str], bool]:
    """Names of the session: one that makes no difference, and those asked for; whether these are all."""
    subject = step.subject
    if not step.world.index.bit(way.needs[0].actions[0]) & step.rights.may:
        return (), True
    conditions = [c for one in bearing_on(step.world, subject) for c in one.conditions]
    found, complete = [SESSION_NAME], True
    for key, prefix in ((_ARN, _arn(subject, "")), (_USER_ID, f"{subject.account_id}:")):
        asking = [c for c in conditions if c.key == key]
        if asking:
            own = Condition("stringlike", key, (f"{literal(prefix)}??*",), key)
            asked = asked_values((c, subject.context) for c in (own, *asking))
            values = (v for v in (*asked.named, *asked.others) if v.startswith(prefix))
            found += (value.removeprefix(prefix) for value in values)
            complete &= asked.complete
    names = [name for name in dict.fromkeys(found) if _NAME.fullmatch(name)]
    return names[:_MOST_NAMES], complete and len(names) <= _MOST_NAMES


def _mixes(asked: Mapping[str, PrincipalTag]) -> Iterable[_Tags]:
    """No tags, then each mix of the values asked for; the simple ones where there are many."""
    options = [
        [(key, value) for value in sorted(v for v in tag.values if v is not None)]
        for key, tag in asked.items()
    ]
    if prod(1 + len(one) for one in options) <= _MOST_MIXES:
        for mix in product(*((None, *one) for one in options)):
            yield tuple(one for one in mix if one is not None)
        return
    yield ()
    yield from ((one,) for listed in options for one in listed)
    yield from ranked(options)


def _tagged(step: Step, arn: str, tags: _Tags) -> Held:
    keys = tuple(_spelled(step, arn, one) for one in tags)
    return step.on(_TAGGING, arn, _told(tags, keys))


def _told(tags: _Tags, keys: Sequence[str]) -> Overlay:
    requested = ((f"aws:requesttag/{key.lower()}", (value,)) for key, value in tags)
    return (*requested, ("aws:tagkeys", tuple(keys)))


def _spelled(step: Step, arn: str, tag: tuple[str, str]) -> str:
    """The key of a tag as it serves best."""
    listed = spellings(tag[0], step.rights.statements_about(_TAGGING.actions[0]))
    if len(listed) == 1:
        return listed[0]
    return min(listed, key=lambda key: step.on(_TAGGING, arn, _told((tag,), (key,))).certainty)


@dataclass(frozen=True, slots=True)
class _Session:
    """The user as such a session acts."""

    name: str
    tags: _Tags

    def __call__(self, subject: Subject) -> Subject:
        known = {f"aws:principaltag/{key.lower()}": (value,) for key, value in self.tags}
        known |= {
            _TYPE: ("FederatedUser",),
            _ARN: (_arn(subject, self.name),),
            _USER_ID: (f"{subject.account_id}:{self.name}",),
        }
        context = issued_now(subject.context).having(known, frozenset(("aws:username",)))
        return replace(with_identity(subject, _WITHOUT_STS), context=context)


def _any_session(subject: Subject) -> Subject:
    """The user as a session of whatever name."""
    session = _Session(SESSION_NAME, ())(subject)
    return replace(session, context=session.context.having({}, opened=frozenset((_ARN, _USER_ID))))
