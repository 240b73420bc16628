"""A role as it may come to be: with policies of its account, or AWS's, that ask for what a session chooses.

A session keeps its tags, name and source identity when policies are attached to its role afterwards, so they
are chosen for those policies, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from job.analyze.evaluation.subject import Attachment, Subject, policies_over
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import evaluate_one
from job.analyze.language.context import Context
from job.analyze.language.document import Effect, Policy
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
    """The policies that roles of an account may be given and that ask for what is chosen, by its id."""


def _asking(world: World, account_id: str) -> Mapping[Policy, frozenset[str]]:
    known = world.kept.of(_AskingPolicies)
    found = known.get(account_id)
    if found is None:
        listed = ((policy, keys_chosen(world, policy)) for policy in _versions(world, account_id))
        found = known[account_id] = {policy: keys for policy, keys in listed if keys}
    return found


def _versions(world: World, account_id: str) -> Iterable[Policy]:
    entry = world.directory.accounts[account_id]
    own = [one for p in entry.policies.values() for one in (p.ref.policy, *(other for _, other in p.others))]
    yield from own
    members = (*entry.users.values(), *entry.roles.values())
    held = (ref.policy for refs in (*(m.policies for m in members), *entry.groups.values()) for ref in refs)
    guarding = (a.policy for level in world.levels(account_id, "scp") for a in level.attachments)
    limits = [p for p in dict.fromkeys((*own, *held, *guarding)) if _POLICY_ARN in p.condition_keys]
    if limits:
        managed = (world.directory.managed_ref(arn) for arn in world.directory.managed)
        yield from (ref.policy for ref in managed if ref and _may_be_attached(ref.arn or "", limits))


_POLICY_ARN = "iam:policyarn"


def _may_be_attached(arn: str, limits: Iterable[Policy]) -> bool:
    """Whether a policy of AWS is among those that statements which limit attaching leave.

    Where none does, AdministratorAccess may be attached as well.
    """
    asked = Context({_POLICY_ARN: (arn,)})
    for policy in limits:
        for statement in policy.statements:
            refused = Certainty.CERTAIN if statement.effect is Effect.DENY else Certainty.NEVER
            conditions = (c for c in statement.conditions if c.key == _POLICY_ARN)
            outcomes = (evaluate_one(c, asked, variables=statement.variables).certainty for c in conditions)
            if any(outcome is not refused for outcome in outcomes):
                return True
    return False


def other_versions(world: World, subject: Subject) -> Iterable[Policy]:
    """The versions not in effect of the managed policies that somebody has, its boundary included."""
    policies = world.directory.accounts[subject.account_id].policies
    attached = (*subject.identity, *((subject.boundary,) if subject.boundary else ()))
    for arn in dict.fromkeys(a.arn for a in attached if a.arn in policies):
        yield from (other for _, other in policies[arn or ""].others)
