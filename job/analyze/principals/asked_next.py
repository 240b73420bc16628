"""What trust policies and RCPs ask of those who call: their tags, their session's name, its source identity.

Whoever may choose these of itself, or of a session that it opens, chooses what lets it further.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principaltag
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from job.analyze.evaluation.aws_rules import ASSUME_ROLE
from job.analyze.evaluation.rights import keys_asked
from job.analyze.evaluation.subject import Level, Subject, policies_over, statements_over
from job.analyze.language.document import Policy
from job.analyze.principals.asked_of_callers import (
    MFA_PRESENT,
    OF_CALLERS,
    THROUGH_SERVICES,
    AskedOfCallers,
    asked_of_callers,
    keys_in,
    spares_sessions,
)
from job.analyze.principals.compared_tags import asked_by_tags_of, comparing_tags
from job.analyze.principals.members import RoleMember
from job.analyze.principals.principal_element import session_prefix
from job.analyze.principals.world import World


class _AskedNext(dict[Subject, tuple[AskedOfCallers, ...]]):
    pass


def asked_next(world: World, subject: Subject) -> Sequence[AskedOfCallers]:
    """What roles that may let the subject in, RCPs and policies of named stores ask for that it chooses."""
    known = world.kept.of(_AskedNext)
    found = known.get(subject)
    if found is None:
        found = known[subject] = tuple(_find_asked_next(world, subject))
    return found


def bearing_on(world: World, subject: Subject) -> Iterable[AskedOfCallers]:
    """The statements with conditions over a subject, and over what it may come to next."""
    yield from (AskedOfCallers.of(s) for s in statements_over(subject) if s.conditions)
    yield from asked_next(world, subject)


def _find_asked_next(world: World, subject: Subject) -> Iterable[AskedOfCallers]:
    roles = tuple(_roles_asking(world, subject))
    for policy in dict.fromkeys((*(role.trust for role in roles), *_rcps(world, subject))):
        yield from _asked_by(world, policy)
    for role in roles:
        if comparing_tags(role.trust):
            yield from asked_by_tags_of(role)
    for name in (subject.arn, subject.unique_id, subject.account_id, "*"):
        yield from world.asked_by_stores.get(name, ())


class _AskedBy(dict[Policy, tuple[AskedOfCallers, ...]]):
    pass


def _asked_by(world: World, policy: Policy) -> Sequence[AskedOfCallers]:
    known = world.kept.of(_AskedBy)
    found = known.get(policy)
    if found is None:
        asked = map(asked_of_callers, policy.statements)
        found = known[policy] = tuple(one for one in asked if one is not None)
    return found


def _roles_asking(world: World, subject: Subject) -> Iterable[RoleMember]:
    directory = world.directory
    named = (r for name in (subject.arn, subject.unique_id) for r in directory.by_name.get(name, ()))
    sessions = directory.by_session.get(session_prefix(subject), ()) if subject.kind == "role" else ()
    found = {r.arn: r for r in (*named, *sessions) if _asks(r.trust)}
    of_account = _of_account(world, subject.account_id)
    if of_account and world.rights(subject).left & world.index.bit(ASSUME_ROLE):
        found |= {r.arn: r for r in of_account}
    found.pop(subject.arn, None)
    return found.values()


class _OfAccounts(dict[str, tuple[RoleMember, ...]]):
    """The roles that ask and trust an account as such, or anyone, by the account's id."""


def _of_account(world: World, account_id: str) -> tuple[RoleMember, ...]:
    known = world.kept.of(_OfAccounts)
    found = known.get(account_id)
    if found is None:
        trusting = (*world.directory.by_account.get(account_id, ()), *world.directory.anyone)
        found = known[account_id] = tuple(role for role in trusting if _asks(role.trust))
    return found


class _AskingRcps(dict[tuple[Level, ...], tuple[Policy, ...]]):
    pass


def _rcps(world: World, subject: Subject) -> Iterable[Policy]:
    levels = () if subject.left else world.policies.rcps(subject.account_id)
    known = world.kept.of(_AskingRcps)
    if levels not in known:
        policies = (a.policy for level in levels for a in level.attachments)
        known[levels] = tuple(
            p for p in policies if _asks(p) or not p.condition_keys.isdisjoint(THROUGH_SERVICES)
        )
    return known[levels]


def _asks(policy: Policy) -> bool:
    asked = policy.condition_keys
    return (
        any(key.startswith(OF_CALLERS) for key in asked)
        or (MFA_PRESENT in asked and any(map(spares_sessions, policy.statements)))
        or bool(comparing_tags(policy))
    )


class _KeysOf(dict[Policy, frozenset[str]]):
    pass


class _KeysOver(dict[Subject, frozenset[str]]):
    pass


def asked_over(world: World, subject: Subject) -> frozenset[str]:
    """The keys whose values it may choose of itself or its session that statements over it ask for.

    Those too that ask for them where it may come to next.
    """
    known = world.kept.of(_KeysOver)
    found = known.get(subject)
    if found is None:
        own = (keys_chosen(world, policy) for policy in policies_over(subject))
        later = (keys_in(asked) for asked in asked_next(world, subject))
        found = known[subject] = frozenset(k for keys in (*own, *later) for k in keys if _is_chosen(k))
    return found


def keys_chosen(world: World, policy: Policy) -> frozenset[str]:
    """The keys whose values callers may choose that a policy asks for, in conditions and variables."""
    known = world.kept.of(_KeysOf)
    found = known.get(policy)
    if found is None:
        keys = (key for statement in policy.statements for key in keys_asked(statement))
        found = known[policy] = frozenset(filter(_is_chosen, keys))
    return found


def _is_chosen(key: str) -> bool:
    return key.startswith(OF_CALLERS)


class _SparesSessions(dict[str, bool]):
    pass


def spares_sessions_next(world: World, subject: Subject) -> bool:
    """Whether what a user comes to next is better to a session without MFA than to its long-term key."""
    known = world.rights(subject).kept.of(_SparesSessions)
    if MFA_PRESENT not in known:
        conditions = (c for asked in asked_next(world, subject) for c in asked.conditions)
        known[MFA_PRESENT] = any(condition.key == MFA_PRESENT for condition in conditions)
    return known[MFA_PRESENT]
