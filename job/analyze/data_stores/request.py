"""Requests on a named store, decided by both sides: the caller's policies and the store's own.

In one account either side may allow, but a KMS key's policy comes first; across accounts both must:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html,
https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from job.analyze.data_stores.named_store import NamedStore, Placed
from job.analyze.data_stores.resource_policy import ResourceSide, may_name, side_of
from job.analyze.evaluation.applicable import ApplicableStatements
from job.analyze.evaluation.rights import BOUNDARY, Rights
from job.analyze.evaluation.statement import Ceiling, Frame, Grant
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Overlay, merged
from job.analyze.principals.world import OUTSIDE, World
from job.analyze.service_reference.actions import Kind
from job.analyze.service_reference.request_keys import known_from_request, never_sent
from job.analyze.verdict import Layer, Verdict
from job.snapshot.stores import StoreType

# Services that tell the tags of such a store in aws:ResourceTag; buckets only where ABAC is switched on:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
_TELL_TAGS = frozenset((StoreType.TABLE, StoreType.SECRET, StoreType.KMS_KEY))
_TAG_FAMILIES = {StoreType.SECRET: ("aws:resourcetag", "secretsmanager:resourcetag")}


Helpers: TypeAlias = "tuple[tuple[Rights, Certainty], ...]"
"""Principals, with how certainly they were come to."""


@dataclass(frozen=True, slots=True)
class StoreAs:
    """A store as it is asked about: with its tags, or `tags` in their place, and its policies.

    Without `policies` only what is `added` stands on its side. `helpers` are others under the same control as
    the reader, who may change the store, or its key, for it. `left` is one whose account left the reader's
    organization.
    """

    store: NamedStore
    tags: Overlay | None = None
    policies: bool = True
    added: tuple[Placed, ...] = ()
    helpers: Helpers = ()
    left: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its action in lower case, and what its context says besides.

    With the `kind` of resource that it is about, ways that plainly lead nowhere are left out.
    """

    action: str
    told: Overlay = ()
    kind: Kind | None = None


def force_of(world: World, rights: Rights, seen: StoreAs, asked: Asked) -> ApplicableStatements | None:
    """The statements of both sides in force for a request; None where nothing can let it through."""
    store, action, kind = seen.store, asked.action, asked.kind
    subject, bit = rights.subject, world.index.bit(action)
    spoken = store.speaking(action) if seen.policies and not _is_spared(subject, store, action) else ()
    placed = (*spoken, *seen.added)
    is_named = may_name(placed, subject)
    if bit and not (is_named or rights.spoken & bit):
        return None
    account_id = store.facts.account_id
    tags = _tags(store) if seen.tags is None else seen.tags
    owner = world.overlay_outside(account_id) if seen.left else world.resource_overlay(account_id, subject)
    overlay = merged(owner, tags, asked.told)
    base = rights.applicable(action, overlay, OUTSIDE if seen.left else account_id)
    if kind is not None and not is_named and base.reach(kind).verdict is Verdict.NONE:
        return None
    if not placed and not store.is_key:
        return base if subject.account_id == account_id else None
    keys = frozenset(c.key for _, statement in placed for c in statement.conditions)
    overlay = merged(_request_keys(rights, action, keys | base.condition_keys), overlay)
    context = subject.context.told(overlay)
    side = side_of(placed, subject, context, world.policies)
    both = _Both(base, side, Frame(context, base.budget), store)
    return both.across() if subject.account_id != account_id else both.in_one_account(subject.kind)


def _is_spared(subject: Subject, store: NamedStore, action: str) -> bool:
    """Whether a bucket's policy does not bind: the owner's root user always gets at the policy itself.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
    """
    owner = subject.kind == "root" and subject.account_id == store.facts.account_id
    return owner and store.facts.type is StoreType.BUCKET and action in _OF_BUCKET_POLICIES


_OF_BUCKET_POLICIES = frozenset(("s3:deletebucketpolicy", "s3:getbucketpolicy", "s3:putbucketpolicy"))


class _Both:
    """Both sides of a request, put together as AWS does."""

    def __init__(
        self, base: ApplicableStatements, side: ResourceSide, frame: Frame, store: NamedStore
    ) -> None:
        self._base = base
        self._side = side
        self._frame = frame
        self._store = store

    def across(self) -> ApplicableStatements:
        """Two accounts: the store's side must allow as well, whether it names the caller or its account."""
        side = self._side
        leave = self._ceiling((*side.itself, *side.session, *side.account))
        return self._find_applicable(self._base.allows, (*self._base.ceilings, leave))

    def in_one_account(self, kind: str) -> ApplicableStatements:
        """Either side allows; but what IAM policies give of a KMS key, its policy must leave to the account.

        A boundary limits neither what names a user nor what names a session, so that stands above it, too:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
        """
        side, base = self._side, self._base
        direct = (*side.itself, *side.session)
        unbounded = side.session if kind == "role" else direct
        ceilings = [self._above(c, unbounded) if c.name == BOUNDARY else c for c in base.ceilings]
        if self._store.is_key:
            ceilings.append(self._ceiling((*side.account, *direct)))
        return self._find_applicable((*base.allows, *direct), ceilings)

    def _above(self, ceiling: Ceiling, grants: Iterable[Grant]) -> Ceiling:
        held = (g for g in grants if g.outcome.certainty is not Certainty.NEVER)
        return Ceiling(ceiling.layer, ceiling.name, (*ceiling.grants, *held), ceiling.failed)

    def _ceiling(self, grants: Iterable[Grant]) -> Ceiling:
        """What the store's side allows, as a layer of its own."""
        listed = tuple(grants)
        return Ceiling(
            Layer.RESOURCE_POLICY,
            self._store.label,
            tuple(g for g in listed if g.outcome.certainty is not Certainty.NEVER),
            tuple(g for g in listed if g.outcome.certainty is Certainty.NEVER),
        )

    def _find_applicable(self, allows: Iterable[Grant], ceilings: Iterable[Ceiling]) -> ApplicableStatements:
        listed, base = tuple(allows), self._base
        return ApplicableStatements(
            allows=tuple(g for g in listed if g.outcome.certainty is not Certainty.NEVER),
            failed=(*base.failed, *(g for g in listed if g.outcome.certainty is Certainty.NEVER)),
            ceilings=tuple(ceilings),
            denies=(*base.denies, *((Layer.DENY, grant) for grant in self._side.denies)),
            frame=self._frame,
        )


def _tags(store: NamedStore) -> Overlay:
    """What a request's context says of the store's tags, where it says anything and they were read."""
    facts = store.facts
    return () if facts.type not in _TELL_TAGS or facts.tags is None else tags_told(facts.type, facts.tags)


def tags_told(kind: StoreType, tags: Mapping[str, str]) -> Overlay:
    """What a request's context says of a store with these tags."""
    families = _TAG_FAMILIES.get(kind, ("aws:resourcetag",))
    closed: Overlay = tuple((f"{family}/", ()) for family in families)
    given = [(f"{f}/{key.lower()}", (value,)) for key, value in tags.items() for f in families]
    return (*closed, *given)


def _request_keys(rights: Rights, action: str, keys: Iterable[str]) -> Overlay:
    """What an action tells of the condition keys that statements ask for: never sent, or known by it."""
    subject = rights.subject
    known = known_from_request(action, subject.account_id, subject.partition)
    told = dict[str, tuple[str, ...]]()
    for key in keys:
        if key in known:
            told[key] = known[key]
        elif key not in subject.context.known and never_sent(action, key):
            told[key] = ()
    return tuple(sorted(told.items()))
