"""What a principal changes about its own requests: MFA or none in a session, services that call, its tags."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from job.analyze.condition_sets.asked_values import asked_values
from job.analyze.condition_sets.key_values import SOME_TEXT
from job.analyze.escalation.graph import with_identity
from job.analyze.escalation.limits import TAG_VALUES
from job.analyze.escalation.methods import Way
from job.analyze.escalation.sessions import asked_of_session
from job.analyze.escalation.steps import Held, Step, mfa_context
from job.analyze.escalation.targets import Change, Target
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.service_changes import change_in, services_to_change
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import evaluate, evaluate_one
from job.analyze.language.context import Context, Overlay, Presence
from job.analyze.language.document import Condition, Effect, Statement, parse_policy
from job.analyze.principals.asked_next import asked_next, spares_sessions_next
from job.analyze.principals.asked_of_callers import CALLED_VIA, THROUGH_SERVICES, VIA_SERVICE, AskedOfCallers
from job.analyze.principals.tag_variables import tag_values, tag_variables
from job.analyze.principals.trust import candidates
from job.analyze.principals.world import World
from job.analyze.service_reference.services import actions_of_service

_SESSION = "sts:getsessiontoken"
_MFA_PRESENT = "aws:multifactorauthpresent"


def mfa_session(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """E16: a virtual device for the user, then a session of its own that was opened with it."""
    if target.subject.context.lookup(_MFA_PRESENT) == ("true",):
        return
    held = step.on_member(way.needs[0], target.member)
    for need in way.needs[1:]:
        held = held.and_(step.anywhere(need))
    if held.certainty is not Certainty.NEVER and not _session_refused(step.world.rights(target.subject)):
        yield Change(
            "session with MFA",
            lambda subject: replace(subject, context=mfa_context(subject.context)),
            held,
            way,
            "session",
        )


def _session_refused(rights: Rights) -> bool:
    """GetSessionToken needs no permission; only a deny stops it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
    """
    return any(
        g.outcome.certainty == 0 and g.sure.is_everything for _, g in rights.applicable(_SESSION).denies
    )


# What a session that was opened without MFA may not call:
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
_WITHOUT_MFA = Attachment(
    parse_policy(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Deny",
                "Action": ["iam:*", "sts:AssumeRoot", "sts:GetFederationToken", "sts:GetSessionToken"],
                "Resource": "*",
            },
        }
    ),
    "session",
    "GetSessionToken without MFA",
    None,
)


def asks_for_mfa(world: World, rights: Rights) -> bool:
    """Whether MFA or none makes a difference to a user's requests, or to what they come to."""
    return rights.subject.kind == "user" and (
        rights.asks_for_mfa or spares_sessions_next(world, rights.subject)
    )


def plain_session(step: Step, way: Way, target: Target) -> Iterable[Change]:
    """X19: a session without MFA, whose requests say so: a condition that the key be there then holds."""
    if step.subject is not target.subject or not asks_for_mfa(step.world, step.rights):
        return
    if target.subject.context.lookup(_MFA_PRESENT) in (("true",), ("false",)):
        return
    if not _session_refused(step.rights):
        held = Held(Certainty.CERTAIN, (), ("sts:GetSessionToken", "*", ()))
        yield Change("session without MFA", _without_mfa, held, way, "session")


def _without_mfa(subject: Subject) -> Subject:
    context = subject.context.having({_MFA_PRESENT: ("false",)}, opened=frozenset(("aws:tokenissuetime",)))
    return replace(with_identity(subject, _WITHOUT_MFA), context=context)


# What is called by others, and calls nobody.
_CALLS_NOBODY = frozenset(("iam", "organizations", "s3", "sts"))


class _AsksForServices(dict[str, bool]):
    pass


def asks_for_services(world: World, rights: Rights) -> bool:
    """Whether a statement over the subject, or over what it reads, asks which service calls on its behalf."""
    known = rights.kept.of(_AsksForServices)
    if VIA_SERVICE not in known:
        conditions = (c for one in _bearing_on(world, rights.subject) for c in one.conditions)
        known[VIA_SERVICE] = any(condition.key in THROUGH_SERVICES for condition in conditions)
    return known[VIA_SERVICE]


def _bearing_on(world: World, subject: Subject) -> Iterable[AskedOfCallers]:
    """The statements with conditions over a subject, and over what it may come to next."""
    yield from (AskedOfCallers.of(s) for s in statements_over(subject) if s.conditions)
    yield from asked_next(world, subject)


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
    calling = list[tuple[str, Held]]()
    allowed = (name for name in services_to_change(subject) if name not in _CALLS_NOBODY)
    for service in named or (f"{name}.amazonaws.com" for name in allowed):
        change = change_in(step.rights, actions_of_service(service))
        if change.certainty <= Certainty.POSSIBLE:
            evidence = tuple(g.evidence(change.action.lower()) for g in change.reach.grants)
            shown = None if change.reach.witness is None else (change.action, change.reach.witness, ())
            calling.append((service, Held(change.certainty, evidence, shown, change.reach.open_keys)))
            if not named:
                break
    if calling:
        held = min((held for _, held in calling), key=lambda one: one.certainty)
        services = [service for service, _ in calling]
        yield Change(f"through {', '.join(services)}", _called_by(services), held, way, "through ")


# Where a request comes from: no action's own requests tell it, so what asks for it alone stays open.
_NETWORK = frozenset(("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"))


def _loses_by_direct_use(world: World, subject: Subject) -> bool:
    """Whether a statement takes from requests that come directly what a service's call might be left.

    A Deny that stays open by the network that a request comes from does not, unless others ask for that too.
    """
    bearing = list(_bearing_on(world, subject))
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
    bearing = (c for one in _bearing_on(world, subject) for c in one.conditions if c.key in CALLED_VIA)
    return (v.lower() for c in bearing for v in c.values if "*" not in v and "?" not in v and "$" not in v)


def _called_by(services: Sequence[str]) -> Callable[[Subject], Subject]:
    """As the one service that calls; of several it is open which."""
    told: dict[str, tuple[str, ...]] = {VIA_SERVICE: ("true",)}
    if len(services) == 1:
        told |= dict.fromkeys(CALLED_VIA, tuple(services))
    opened = frozenset[str]() if len(services) == 1 else frozenset(CALLED_VIA)
    return lambda subject: replace(subject, context=subject.context.having(told, opened=opened))


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
            told: Overlay = (("aws:tagkeys", (key,)),)
            if value is not None:
                told = ((f"aws:requesttag/{key.lower()}", (value,)), *told)
            held = step.on_member(need, target.member, told)
            if held.certainty is not Certainty.NEVER:
                tagged.append(held)
                yield Change(f"{name}{value}", _tagging(key, value), held, way, name)
        if tagged and not asked.complete:
            held = tagged[0].at_best(Certainty.CONCEIVABLE)
            yield Change(f"{name} any", _tagging_any(key), held, replace(way, unseen=TAG_VALUES), name)


_FILLING = "tags filled in"


def _filling(step: Step, way: Way, target: Target, keys: Iterable[str]) -> Iterable[Change]:
    """Tags that the target lacks and variables ask for, all that may be set: one text serves as another."""
    owner = "User" if target.member.kind == "user" else "Role"
    need = Need((f"iam:tag{owner.lower()}",), None, (f"iam:Tag{owner}",))
    given, certain = list[str](), Held(Certainty.CERTAIN)
    for key in sorted(keys):
        told: Overlay = ((f"aws:requesttag/{key.lower()}", (SOME_TEXT,)), ("aws:tagkeys", (key,)))
        held = step.on_member(need, target.member, told)
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


def asked_tags(subject: Subject, step: Step) -> tuple[Mapping[str, PrincipalTag], frozenset[str]]:
    """The principal tags that policies over the subject ask for, each with values that could serve.

    Beside them those that variables ask for and that it lacks: there any text may serve. None stands
    for no such tag, which is what a negated condition may ask for, or a Deny of a value.
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
    for statement in statements_over(subject):
        for told in tag_values(statement, step.entry, subject.context, elsewhere):
            if told.values or not told.complete:
                add(told.key, PrincipalTag(told.values, told.complete))
            if subject.context.lookup(_PRINCIPAL_TAG + told.key.lower()) is Presence.ABSENT:
                filled_in.add(told.key)
    for key, listed in asking.items():
        add(key, _serving(listed, subject.context))
    for key, tag in _as_sessions(step, subject):
        add(key, tag)
    return found, frozenset(filled_in)


def _conditions_asking(step: Step, subject: Subject) -> Iterable[tuple[Condition, bool]]:
    """The conditions over a subject, and of what it may come to next, each with whether it may deny."""
    for statement in statements_over(subject):
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
    if any(denied or c.operator == "null" or "not" in c.operator for c, denied in listed):
        values |= {None, *asked.others}
    return PrincipalTag(frozenset(values), asked.complete)


def statements_over(subject: Subject) -> Iterable[Statement]:
    """The statements of a subject's own policies, its boundary and the SCPs over it."""
    attached = (*subject.identity, *((subject.boundary,) if subject.boundary else ()))
    levels = (a for level in subject.scps for a in level.attachments)
    return (s for a in (*attached, *levels) for s in a.policy.statements)


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
