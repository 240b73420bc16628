"""One concrete request by a user, answered as AWS would: the offline IAM simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from job.analyze.action_table import resourceless_actions
from job.analyze.context import Overlay
from job.analyze.grants import Certainty, Decision
from job.analyze.members import RoleMember
from job.analyze.rights import Rights
from job.analyze.trust import ASSUME_ROLE, admission
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
    account_id = _account_of(resource)
    overlay = _overlay(world, account_id, request)
    role = _role(world, account_id, resource) if action == ASSUME_ROLE else None
    if role is not None:
        return _admitted(world, rights, role, overlay)
    told = dict(overlay).get("aws:resourceaccount") or (account_id or rights.subject.account_id,)
    return _answer(rights.force(action, overlay, told[0]).decide(resource), action)


def _role(world: World, account_id: str | None, resource: str) -> RoleMember | None:
    entry = world.directory.accounts.get(account_id or "")
    return entry.roles.get(resource) if entry else None


def _admitted(world: World, rights: Rights, role: RoleMember, overlay: Overlay) -> Answer:
    """sts:AssumeRole on a role that was read: its trust policy decides as well."""
    found = admission(world, rights, role, overlay)
    if found.certainty is not Certainty.NEVER:
        keys = () if found.certainty is Certainty.CERTAIN else tuple(sorted(found.open_keys))
        return Answer(
            verdict=_VERDICTS[found.certainty],
            allowed_by=found.evidence,
            denied_by=(),
            blocked_by=None,
            open_keys=keys,
        )
    refused = _answer(rights.force(ASSUME_ROLE, overlay, role.account_id).decide(role.arn), ASSUME_ROLE)
    return replace(refused, verdict="denied", allowed_by=(), open_keys=())


def _account_of(resource: str) -> str | None:
    """The account that an ARN names; a bucket's names none."""
    parts = resource.split(":")
    named = parts[_ACCOUNT_PART] if len(parts) > _ACCOUNT_PART else ""
    return named if named.isdigit() and len(named) == _ACCOUNT_DIGITS else None


def _overlay(world: World, account_id: str | None, request: Request) -> Overlay:
    """The request's own keys, over what is known of the resource's account."""
    known = dict(world.resource_overlay(account_id)) if account_id else {}
    known |= {key.lower(): values for key, values in request.context.items()}
    known |= {key.lower(): () for key in request.absent}
    return tuple(sorted(known.items()))


def _answer(decision: Decision, action: str) -> Answer:
    return Answer(
        verdict=_VERDICTS[decision.certainty],
        allowed_by=tuple(g.evidence(action) for g in decision.allowed_by),
        denied_by=tuple(g.evidence(action) for g in decision.denied_by),
        blocked_by=decision.blocked_by,
        open_keys=tuple(sorted(decision.open_keys)),
    )
