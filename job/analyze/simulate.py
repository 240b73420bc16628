"""One concrete request by a user, answered as AWS would: the offline IAM simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from job.analyze.action_table import resourceless_actions
from job.analyze.context import Overlay
from job.analyze.rights import Certainty, Decision, Rights
from job.analyze.verdict import Evidence
from job.analyze.world import World

_VERDICTS = {
    Certainty.CERTAIN: "allowed",
    Certainty.POSSIBLE: "conditional",
    Certainty.CONCEIVABLE: "unknown",
    Certainty.NEVER: "denied",
}
_ACCOUNT_PART, _ACCOUNT_DIGITS = 4, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request: `context` holds more known keys, `absent` keys that are certainly not there."""

    account_id: str
    user_name: str
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]
    absent: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`allowed`, `denied`, `conditional` or `unknown`, the deciding statements, and what is left open."""

    verdict: str
    allowed_by: tuple[Evidence, ...]
    denied_by: tuple[Evidence, ...]
    blocked_by: str | None
    open_keys: tuple[str, ...]


def answer(world: World, rights: Rights, request: Request) -> Answer:
    """The request's answer. An action that takes no resource is judged on `*`, whatever the request names."""
    action = request.action.lower()
    kinds = world.index.kinds(action) if world.index.bit(action) else None
    bare = kinds == (("*",),) if kinds is not None else action in resourceless_actions()
    resource = "*" if bare else request.resource
    overlay = _overlay(world, rights, request, resource)
    account_id = dict(overlay).get("aws:resourceaccount", (rights.subject.account_id,))[0]
    decision = rights.force(action, overlay, account_id).decide(resource)
    return _answer(decision)


def _overlay(world: World, rights: Rights, request: Request, resource: str) -> Overlay:
    """The request's own keys, over what is known of the resource's account."""
    parts = resource.split(":")
    named = parts[_ACCOUNT_PART] if len(parts) > _ACCOUNT_PART else ""
    account_id = named if named.isdigit() and len(named) == _ACCOUNT_DIGITS else rights.subject.account_id
    known = dict(world.resource_overlay(account_id))
    known |= {key.lower(): values for key, values in request.context.items()}
    known |= {key.lower(): () for key in request.absent}
    return tuple(sorted(known.items()))


def _answer(decision: Decision) -> Answer:
    return Answer(
        verdict=_VERDICTS[decision.certainty],
        allowed_by=tuple(g.evidence for g in decision.allowed_by),
        denied_by=tuple(g.evidence for g in decision.denied_by),
        blocked_by=decision.blocked_by,
        open_keys=tuple(sorted(decision.open_keys)),
    )
