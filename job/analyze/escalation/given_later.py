"""A role as it may come to be: with policies of its account that ask for what is chosen of a session.

A session keeps its tags, name and source identity when policies are attached to its role afterwards, so they
are chosen for those policies, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from job.analyze.evaluation.subject import Attachment, Subject, policies_over
from job.analyze.language.document import Policy
from job.analyze.principals.asked_next import keys_chosen
from job.analyze.principals.world import World


def role_later(world: World, subject: Subject, chosen: tuple[str, ...]) -> Subject | None:
    """The role with all policies that ask for keys of these beginnings; None where it lacks none."""
    asking = _asking(world, subject.account_id)
    if not asking:
        return None
    known, key = world.kept.of(_RolesLater), (subject, chosen)
    if key not in known:
        wanted = (policy for policy, keys in asking.items() if any(k.startswith(chosen) for k in keys))
        known[key] = _with(subject, wanted)
    return known[key]


class _RolesLater(dict[tuple[Subject, tuple[str, ...]], Subject | None]):
    pass


def _with(subject: Subject, policies: Iterable[Policy]) -> Subject | None:
    listed = tuple(policies)
    has = set(policies_over(subject)) if listed else ()
    more = tuple(Attachment(policy, "given later", "", None) for policy in listed if policy not in has)
    return replace(subject, identity=(*subject.identity, *more)) if more else None


class _AskingPolicies(dict[str, Mapping[Policy, frozenset[str]]]):
    """The managed policies of an account, in all versions, that ask for what is chosen, by its id."""


def _asking(world: World, account_id: str) -> Mapping[Policy, frozenset[str]]:
    known = world.kept.of(_AskingPolicies)
    found = known.get(account_id)
    if found is None:
        listed = ((policy, keys_chosen(world, policy)) for policy in _versions(world, account_id))
        found = known[account_id] = {policy: keys for policy, keys in listed if keys}
    return found


def _versions(world: World, account_id: str) -> Iterable[Policy]:
    for policy in world.directory.accounts[account_id].policies.values():
        yield policy.ref.policy
        yield from (other for _, other in policy.others)


def other_versions(world: World, subject: Subject) -> Iterable[Policy]:
    """The versions not in effect of the managed policies that somebody has, its boundary included."""
    policies = world.directory.accounts[subject.account_id].policies
    attached = (*subject.identity, *((subject.boundary,) if subject.boundary else ()))
    for arn in dict.fromkeys(a.arn for a in attached if a.arn in policies):
        yield from (other for _, other in policies[arn or ""].others)
