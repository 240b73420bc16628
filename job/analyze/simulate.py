"""One concrete request by a user, answered as AWS would: the offline IAM simulator."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from job.analyze.data_stores.reading import StoreReader
from job.analyze.data_stores.request import Asked as StoreAsked
from job.analyze.evaluation.aws_rules import (
    ASSUME_ROLE,
    BLOCKED_BY_AWS,
    Ruling,
    account_in,
    is_attachable,
    is_decided_by_trust,
    needs_key_policy,
    ruling,
)
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.statement import Decision
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Overlay
from job.analyze.principals.members import RoleMember
from job.analyze.principals.trust import admission
from job.analyze.principals.world import World
from job.analyze.service_reference.action_table import resourceless_actions
from job.analyze.verdict import Evidence

_VERDICTS = {
    Certainty.CERTAIN: "allowed",
    Certainty.POSSIBLE: "conditional",
    Certainty.CONCEIVABLE: "unknown",
    Certainty.NEVER: "denied",
}
_ATTACHING = frozenset(("iam:attachgrouppolicy", "iam:attachrolepolicy", "iam:attachuserpolicy"))
_RESOURCE_ACCOUNT = frozenset(("aws:resourceaccount", "s3:resourceaccount", "resourceaccount"))


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
    """`allowed`, `denied`, `conditional` or `unknown`, the deciding statements, and what is left open.

    `blocked_by` is the layer of a denial that something allowed, `aws` where no policy could allow it.
    `unread` names the policy that must agree as well and is not in the snapshot.
    """

    verdict: str
    allowed_by: tuple[Evidence, ...]
    denied_by: tuple[Evidence, ...]
    blocked_by: str | None
    open_keys: tuple[str, ...]
    unread: str | None = None


PERMITTED = ("allowed", "conditional")
"""The verdicts of requests that get through, at least if open conditions hold."""
_ALWAYS = Answer(verdict="allowed", allowed_by=(), denied_by=(), blocked_by=None, open_keys=())


def answer(world: World, rights: Rights, request: Request, stores: StoreReader) -> Answer:
    """The request's answer as AWS would give it, by the policies of named stores where they were read.

    Where a policy of the resource's own side must agree and is not in the snapshot, it is `unknown` at best:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html.
    """
    found = permitted(world, rights, request, stores)
    if found is _ALWAYS or found.verdict not in PERMITTED or stores.find(request.resource) is not None:
        return found
    unread = _unread(world, rights, _asked(world, request))
    return found if unread is None else replace(found, verdict="unknown", unread=unread)


def permitted(world: World, rights: Rights, request: Request, stores: StoreReader | None = None) -> Answer:
    """What AWS's own rules, the caller's policies, the organization's and a role's trust policy answer.

    With `stores` the policy of a named store answers as well. An action that takes no resource is judged on
    `*`, whatever the request names.
    """
    asked, subject = _asked(world, request), rights.subject
    ruled = ruling(asked.action, asked.resource, subject.kind, subject.account_id)
    if asked.action in _ATTACHING and not all(map(is_attachable, _told(request, ("iam:policyarn",)))):
        ruled = Ruling.NEVER
    if ruled is Ruling.ALWAYS:
        return _ALWAYS
    overlay = _overlay(world, asked.account_id, request)
    role = _role(world, asked)
    store = None if stores is None or asked.bare else stores.find(asked.resource)
    if stores is not None and store is not None:
        both = stores.applicable(rights, store, StoreAsked(asked.action, overlay))
        decision = Decision(Certainty.NEVER) if both is None else both.decide(asked.resource)
        found = _answer(decision, asked.action)
    elif role is None:
        applicable = rights.applicable(asked.action, overlay, asked.account_id or subject.account_id)
        found = _answer(applicable.decide(asked.resource), asked.action)
    else:
        found = _admitted(world, rights, role, overlay)
    if ruled is Ruling.UNLESS_DENIED and not found.denied_by:
        return _ALWAYS
    if ruled is Ruling.NEVER:
        return replace(found, verdict="denied", blocked_by=BLOCKED_BY_AWS, open_keys=())
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as AWS judges it: lower-case action; `resource` is `*` and `bare` true if it takes none.

    `account_id` is the resource's account as the request's context or the ARN tells, None if neither does.
    """

    action: str
    resource: str
    bare: bool
    account_id: str | None


def _asked(world: World, request: Request) -> _Asked:
    action = request.action.lower()
    kinds = world.index.kinds(action) if world.index.bit(action) else None
    bare = kinds == (("*",),) if kinds is not None else action in resourceless_actions()
    if bare:
        return _Asked(action, "*", bare, None)
    told = next(iter(_told(request, _RESOURCE_ACCOUNT)), None)
    return _Asked(action, request.resource, bare, told or account_in(request.resource))


def _told(request: Request, keys: Collection[str]) -> list[str]:
    """The values that a request's context has for any of some lower-case keys."""
    return [value for key, values in request.context.items() if key.lower() in keys for value in values]


def _unread(world: World, rights: Rights, asked: _Asked) -> str | None:
    """The policy that is asked beside the caller's side and was not read."""
    if is_decided_by_trust(asked.action, asked.resource):
        return "the role's trust policy" if _role(world, asked) is None else None
    if asked.bare:
        return None
    if needs_key_policy(asked.action, asked.resource):
        return "the key's policy"
    own = (None, rights.subject.account_id)
    is_foreign = asked.account_id not in own or account_in(asked.resource) not in own
    return "a policy of the resource's account" if is_foreign else None


def _role(world: World, asked: _Asked) -> RoleMember | None:
    """The role that is to be assumed, if it was read."""
    if asked.action != ASSUME_ROLE:
        return None
    entry = world.directory.accounts.get(account_in(asked.resource) or "")
    return entry.roles.get(asked.resource) if entry else None


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
    refused = _answer(rights.applicable(ASSUME_ROLE, overlay, role.account_id).decide(role.arn), ASSUME_ROLE)
    return replace(refused, verdict="denied", allowed_by=(), open_keys=())


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
