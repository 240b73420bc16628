"""Services that a principal has call others with its rights: forward access sessions."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from itertools import islice

from job.analyze.escalation.held import Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.steps import Step
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.service_changes import change_in, services_to_change, speaks_of
from job.analyze.evaluation.subject import Attachment, Level, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import evaluate, evaluate_one
from job.analyze.language.context import Context
from job.analyze.language.document import Condition, parse_policy
from job.analyze.principals.asked_next import bearing_on
from job.analyze.principals.asked_of_callers import (
    CALLED_VIA,
    THROUGH_SERVICES,
    VIA_SERVICE,
    AskedOfCallers,
)
from job.analyze.principals.world import World
from job.analyze.service_reference.services import ServiceActions, actions_of_service, read_for_callers

# What is called by others, and calls nobody.
_CALLS_NOBODY = frozenset(("iam", "organizations", "s3", "sts"))


class _AsksForServices(dict[str, bool]):
    pass


def asks_for_services(world: World, rights: Rights) -> bool:
    """Whether a statement over the subject, or over what it reads, asks which service calls on its behalf."""
    known = rights.kept.of(_AsksForServices)
    if VIA_SERVICE not in known:
        conditions = (c for one in bearing_on(world, rights.subject) for c in one.conditions)
        known[VIA_SERVICE] = any(condition.key in THROUGH_SERVICES for condition in conditions)
    return known[VIA_SERVICE]


def through_service(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X21: a service that it has do something, which then calls others with its rights.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    """
    subject = target.subject
    if step.subject is not subject or not asks_for_services(step.world, step.rights):
        return
    if subject.context.lookup(VIA_SERVICE) == ("true",) or not _loses_by_direct_use(step.world, subject):
        return
    named = sorted(set(_services_named(step.world, subject)))
    allowed = (name for name in services_to_change(subject) if name not in _CALLS_NOBODY)
    asked = named or (f"{name}.amazonaws.com" for name in allowed)
    calling = _calling(step.rights, ((each, actions_of_service(each)) for each in asked))
    listed = list(calling) if named else list(islice(calling, 1))
    if listed:
        services = [service for service, _ in listed]
        yield _through(way, f"through {', '.join(services)}", listed, _called_by(services))
    reading = (
        (each, actions)
        for each, actions in read_for_callers().items()
        if (each in named or not named) and speaks_of(subject, each.partition(".")[0])
    )
    for one in _calling(step.rights, reading):
        yield _through(way, f"reading through {one[0]}", [one], _reading_by(one[0]))


def _calling(rights: Rights, services: Iterable[tuple[str, ServiceActions]]) -> Iterable[tuple[str, Held]]:
    """The services that it may have do something by these actions."""
    for service, actions in services:
        change = change_in(rights, actions)
        if change.certainty <= Certainty.POSSIBLE:
            evidence = tuple(g.evidence(change.action.lower()) for g in change.reach.grants)
            shown = None if change.reach.witness is None else (change.action, change.reach.witness, ())
            yield service, Held(change.certainty, evidence, shown, change.reach.open_keys)


def _through(
    way: Way, name: str, calling: Sequence[tuple[str, Held]], apply: Callable[[Subject], Subject]
) -> Change:
    held = min((held for _, held in calling), key=lambda one: one.certainty)
    return Change(name, apply, held, way, "through ")


# Where a request comes from: no action's own requests tell it, so what asks for it alone stays open.
_NETWORK = frozenset(("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"))


def _loses_by_direct_use(world: World, subject: Subject) -> bool:
    """Whether a statement takes from requests that come directly what a service's call might be left.

    A Deny that stays open by the network that a request comes from does not, unless others ask for that too.
    """
    bearing = list(bearing_on(world, subject))
    asking: dict[str, set[Sequence[Condition]]] = {}
    for one in bearing:
        for condition in one.conditions:
            if condition.key in _NETWORK:
                asking.setdefault(condition.key, set()).add(one.conditions)
    alone = frozenset(key for key, blocks in asking.items() if len(blocks) == 1)
    return any(_loses(one, subject.context, alone) for one in bearing)


def _loses(asking: AskedOfCallers, context: Context, alone: Container[str]) -> bool:
    through = [c for c in asking.conditions if c.key in THROUGH_SERVICES]
    if not through:
        return False
    direct = evaluate(through, context, variables=asking.variables).certainty
    if not asking.denies:
        return direct is not Certainty.CERTAIN
    if direct is Certainty.NEVER:
        return False
    rest = [c for c in asking.conditions if c.key not in THROUGH_SERVICES]
    outcomes = [evaluate_one(c, context, variables=asking.variables).certainty for c in rest]
    if Certainty.NEVER in outcomes:
        return False
    opened = zip(rest, outcomes, strict=True)
    return asking.unclear or not any(o is Certainty.POSSIBLE and c.key in alone for c, o in opened)


def _services_named(world: World, subject: Subject) -> Iterable[str]:
    bearing = (c for one in bearing_on(world, subject) for c in one.conditions if c.key in CALLED_VIA)
    return (v.lower() for c in bearing for v in c.values if "*" not in v and "?" not in v and "$" not in v)


def _called_by(services: Sequence[str]) -> Callable[[Subject], Subject]:
    """As the one service that calls; of several it is open which."""
    told: dict[str, tuple[str, ...]] = {VIA_SERVICE: ("true",)}
    if len(services) == 1:
        told |= dict.fromkeys(CALLED_VIA, tuple(services))
    opened = frozenset[str]() if len(services) == 1 else frozenset(CALLED_VIA)
    return lambda subject: replace(subject, context=subject.context.having(told, opened=opened))


# What a service that is asked to read calls with its caller's rights.
_READING = Level(
    "what a service reads for its caller",
    (
        Attachment(
            parse_policy({"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}),
            "service",
            "reads for its caller",
            None,
        ),
    ),
)


def _reading_by(service: str) -> Callable[[Subject], Subject]:
    called = _called_by([service])
    return lambda subject: replace(called(subject), scps=(*subject.scps, _READING))
