"""The sessions of a role that services hand out: with keys that a session which is assumed never has.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-role-session-properties
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, product
from math import prod

from job.analyze.condition_sets.asked_values import asked_values, ranked
from job.analyze.condition_sets.key_values import SOME_TEXT
from job.analyze.escalation.given_later import role_later
from job.analyze.escalation.graph import Graph, Node
from job.analyze.escalation.limits import SESSIONS
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.document import Condition, Effect
from job.analyze.language.globs import literal, matches
from job.analyze.principals.asked_next import asked_over, bearing_on
from job.analyze.principals.members import RoleMember
from job.analyze.principals.world import World

_MOST_SESSIONS = 16
_TAGGING, _SOURCING = "sts:tagsession", "sts:setsourceidentity"


@dataclass(frozen=True, slots=True)
class _Brought:
    """A key, or a family of tags, of a service's sessions, and the values that it can have, as patterns.

    `always` if each session has it: then one with a value of the first pattern that no policy names is to be
    had. The role's trust must allow what it `needs` besides.
    """

    key: str
    values: tuple[str, ...]
    always: bool = True
    needs: str = ""


_FUNCTION = _Brought("lambda:sourcefunctionarn", ("arn:{partition}:lambda:*:{account}:function:*",))
_INSTANCE = ("arn:{partition}:ec2:*:{account}:instance/*",)
_MACHINE = ("arn:{partition}:ssm:*:{account}:managed-instance/*", *_INSTANCE)
_TAGS = "aws:principaltag/"
# What a service calls its sessions: EC2 by the instance, others mostly by what the role is for.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
_USER_ID = "aws:userid"
_NAMED = _Brought(_USER_ID, ("{role}:*",))
_NAMED_BY_INSTANCE = _Brought(_USER_ID, ("{role}:i-*",))
_BROUGHT: Mapping[str, tuple[_Brought, ...]] = {
    # https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    "lambda.amazonaws.com": (_FUNCTION,),
    "edgelambda.amazonaws.com": (_FUNCTION,),
    "ec2.amazonaws.com": (
        _NAMED_BY_INSTANCE,
        _Brought("ec2:sourceinstancearn", _INSTANCE),
        _Brought("aws:sourceinstancearn", _INSTANCE, always=False),
        _Brought("ec2:roledelivery", ("2.0", "1.0")),
        _Brought("aws:ec2instancesourcevpc", ("vpc-*",)),
        _Brought("aws:ec2instancesourceprivateipv4", ("192.0.2.1", "*")),
    ),
    # https://docs.aws.amazon.com/glue/latest/dg/security_iam_id-based-policy-examples.html
    "glue.amazonaws.com": (
        _Brought("glue:credentialissuingservice", ("glue.amazonaws.com",)),
        _Brought("glue:roleassumedby", ("glue.amazonaws.com",), always=False),
    ),
    "ssm.amazonaws.com": (_Brought("ssm:sourceinstancearn", _MACHINE, always=False),),
    # https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
    "pods.eks.amazonaws.com": (
        _Brought(f"{_TAGS}kubernetes-", ("*",), always=False, needs=_TAGGING),
        _Brought(f"{_TAGS}eks-cluster-", ("*",), always=False, needs=_TAGGING),
    ),
    # https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
    "rolesanywhere.amazonaws.com": (
        _Brought(f"{_TAGS}x509", ("*",), always=False, needs=_TAGGING),
        _Brought("aws:sourceidentity", ("*",), always=False, needs=_SOURCING),
    ),
    # https://docs.aws.amazon.com/cognito/latest/developerguide/using-afac-with-cognito-identity-pools.html
    "cognito-identity.amazonaws.com": (
        _Brought(_TAGS, ("*",), always=False, needs=_TAGGING),
        _Brought("aws:federatedprovider", ("cognito-identity.amazonaws.com",)),
    ),
}


@dataclass(frozen=True, slots=True)
class Served:
    """A session that a service hands out, how surely one is to be had, and the keys that this hangs on."""

    node: Node
    certainty: Certainty
    open_keys: frozenset[str] = frozenset()
    unseen: str = ""


class _Served(dict[tuple[Node, str], Sequence[Served]]):
    pass


def served(graph: Graph, role: RoleMember, service: str) -> Iterable[Served]:
    """The sessions of a role that a service hands out, as far as policies tell them apart."""
    member = graph.member(role)
    known = graph.world.kept.of(_Served)
    found = known.get((member, service))
    if found is None:
        subject = graph.world.subject(role)
        own = tuple(_forms(graph.world, subject, role, service))
        later = role_later(graph.world, subject, tuple(one.key for one in _of_service(service)))
        others = () if later is None else _forms(graph.world, later, role, service)
        forms = dict.fromkeys((*own, *islice((one for one in others if one not in own), _MOST_SESSIONS)))
        found = known[member, service] = tuple(one.served(graph, member, service) for one in forms)
    return found


_Option = tuple[str, str | None, Certainty]


@dataclass(frozen=True, slots=True)
class _Form:
    """A value, or none, of each key that is asked for; with `opened` keys, any of these."""

    options: tuple[_Option, ...] = ()
    opened: frozenset[str] = frozenset()

    def served(self, graph: Graph, member: Node, service: str) -> Served:
        """The session with these values."""
        if self.opened:
            node = graph.changed(member, {f"any session of {service}": partial(_with_any, keys=self.opened)})
            return Served(node, Certainty.CONCEIVABLE, self.opened, SESSIONS)
        known = {key: (value,) for key, value, _ in self.options if value is not None}
        if known:
            told = ", ".join(f"{key}={value}" for key, (value,) in known.items())
            member = graph.changed(member, {f"session of {service} {told}": partial(_with, known=known)})
        doubtful = frozenset(key for key, _, certainty in self.options if certainty is Certainty.POSSIBLE)
        return Served(member, Certainty.POSSIBLE if doubtful else Certainty.CERTAIN, doubtful)


def _with(subject: Subject, *, known: Mapping[str, tuple[str, ...]]) -> Subject:
    return replace(subject, context=subject.context.having(known))


def _with_any(subject: Subject, *, keys: frozenset[str]) -> Subject:
    context = subject.context
    if any(key.startswith(_TAGS) for key in keys):
        own = {k: v for k, v in context.known.items() if k.startswith(_TAGS) and k not in keys}
        context = context.with_any(_TAGS).having(own)
    return replace(subject, context=context.having({}, opened=keys))


def _forms(world: World, subject: Subject, role: RoleMember, service: str) -> Iterable[_Form]:
    """Each mix of the values that policies tell apart; the simple ones where there are many."""
    asked = sorted(asked_over(world, subject))
    listed = [
        _options(world, subject, one, key)
        for one in _of_service(service)
        for key in asked
        if _brings(one, key) and (not one.needs or _trusts(role, one.needs))
    ]
    options = [one for one, _ in listed]
    few = prod(map(len, options)) <= _MOST_SESSIONS
    yield from map(_Form, product(*options) if few else _simple(options))
    if not few or not all(complete for _, complete in listed):
        yield _Form(opened=frozenset(one[0][0] for one in options))


def _of_service(service: str) -> tuple[_Brought, ...]:
    brought = _BROUGHT.get(service, ())
    return brought if _NAMED_BY_INSTANCE in brought else (*brought, _NAMED)


def _simple(options: Sequence[Sequence[_Option]]) -> Iterable[tuple[_Option, ...]]:
    """The usual values, each other one among these, and some mixes of others."""
    usual = tuple(one[0] for one in options)
    alone = [
        (*usual[:i], other, *usual[i + 1 :])
        for i, one in enumerate(options)
        for other in one[1 : 1 + _MOST_SESSIONS]
    ]
    return dict.fromkeys((usual, *alone, *islice(ranked(options), _MOST_SESSIONS)))


def _brings(one: _Brought, key: str) -> bool:
    return key.startswith(one.key) if one.key.startswith(_TAGS) else key == one.key


def _options(world: World, subject: Subject, one: _Brought, key: str) -> tuple[Sequence[_Option], bool]:
    """The usual value of a key first, or none, then others that policies ask for; whether these are all."""
    shapes = [
        shape.format(
            partition=literal(subject.partition), account=subject.account_id, role=subject.unique_id or "*"
        )
        for shape in one.values
    ]
    samples = [shape.replace("*", SOME_TEXT) for shape in shapes]
    usual = samples[0] if one.always else None
    values, complete = _asked(world, subject, key, shapes)
    others = (value for value in (*values, *samples) if value != usual and _fits(key, value))
    possible = [(key, value, Certainty.POSSIBLE) for value in dict.fromkeys(others)]
    return [(key, usual, Certainty.CERTAIN), *possible], complete


def _asked(world: World, subject: Subject, key: str, shapes: Sequence[str]) -> tuple[Sequence[str], bool]:
    """Values of the shapes that conditions on a key tell apart; of ranges of addresses the first ones."""
    conditions = [c for one in bearing_on(world, subject) for c in one.conditions if c.key == key]
    own = (Condition("stringlike", key, (shape,), key) for shape in shapes)
    found = asked_values((c, subject.context) for c in (*own, *conditions))
    ranges = (v.partition("/")[0] for c in conditions if "ipaddress" in c.operator for v in c.values)
    values = (*found.named, *found.others, *ranges)
    return [v for v in values if any(_is_of(s, v) for s in shapes)], found.complete


def _is_of(shape: str, value: str) -> bool:
    """Whether a value is of a shape, an ARN with as many parts."""
    parts = not shape.startswith("arn:") or shape.count(":") == value.count(":")
    return parts and matches(shape, literal(value))


_ADDRESS = re.compile(r"\d+(\.\d+){3}")
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_SESSION = re.compile(r"\w+:[\w+=,.@-]+", re.ASCII)


def _fits(key: str, value: str) -> bool:
    if key == _USER_ID:
        return bool(_SESSION.fullmatch(value))
    return not key.endswith("ipv4") or bool(_ADDRESS.fullmatch(value))


def _trusts(role: RoleMember, action: str) -> bool:
    return any(action in s.actions for s in role.trust.statements if s.effect is not Effect.DENY)
