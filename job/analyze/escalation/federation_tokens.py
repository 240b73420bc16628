"""A federation token: a session with the user's own rights, as a principal of another type, with chosen tags.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from job.analyze.condition_sets.asked_values import ranked
from job.analyze.escalation.graph import with_identity
from job.analyze.escalation.held import Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.own_tags import PrincipalTag, asked_tags
from job.analyze.escalation.steps import Step
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.subject import Attachment, Subject, statements_over
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import SESSION_NAME, Overlay
from job.analyze.language.document import parse_policy

_MOST_MIXES = 16
_TAGGING = Need(("sts:tagsession",), None, ("sts:TagSession",))
_TYPE = "aws:principaltype"
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
    subject = target.subject
    if step.subject is not subject or subject.context.lookup(_TYPE) != ("User",):
        return
    if subject.context.lookup("aws:multifactorauthpresent") in (("true",), ("false",)):
        return
    tagging = step.world.index.bit(_TAGGING.actions[0]) & step.rights.may
    asked = asked_tags(subject, step)[0] if tagging else {}
    if not asked and not _asks_for_type(subject):
        return
    token = step.anywhere(way.needs[0])
    for tags in _mixes(asked) if token.certainty is not Certainty.NEVER else ():
        held = token.and_(_tagged(step, tags)) if tags else token
        if held.certainty is not Certainty.NEVER:
            label = "".join(f" {key}={value}" for key, value in tags)
            yield Change(f"federation token{label}", _Session(tags), held, way, "session")


def _asks_for_type(subject: Subject) -> bool:
    return any(c.key == _TYPE for s in statements_over(subject) for c in s.conditions)


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


def _tagged(step: Step, tags: _Tags) -> Held:
    told: tuple[Overlay, ...] = tuple(((f"aws:requesttag/{key.lower()}", (value,)),) for key, value in tags)
    keys = ("aws:tagkeys", tuple(key for key, _ in tags))
    arn = f"arn:{step.subject.partition}:sts::{step.subject.account_id}:federated-user/{SESSION_NAME}"
    return step.on(_TAGGING, arn, (*(one for overlay in told for one in overlay), keys))


@dataclass(frozen=True, slots=True)
class _Session:
    """The user as such a session acts."""

    tags: _Tags

    def __call__(self, subject: Subject) -> Subject:
        known = {f"aws:principaltag/{key.lower()}": (value,) for key, value in self.tags}
        known |= {
            _TYPE: ("FederatedUser",),
            "aws:principalarn": (
                f"arn:{subject.partition}:sts::{subject.account_id}:federated-user/{SESSION_NAME}",
            ),
            "aws:userid": (f"{subject.account_id}:{SESSION_NAME}",),
        }
        context = subject.context.having(
            known, frozenset(("aws:username",)), opened=frozenset(("aws:tokenissuetime",))
        )
        return replace(with_identity(subject, _WITHOUT_STS), context=context)
