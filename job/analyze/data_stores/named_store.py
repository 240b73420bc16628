"""A data store with what its own side says: its policies and grants, whom they let in, and what they ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from job.analyze.evaluation.subject import Attachment
from job.analyze.language.document import Effect, Policy, Statement
from job.analyze.principals.asked_of_callers import AskedOfCallers, asked_of_callers, asks_who
from job.analyze.principals.trusted_principals import account_of
from job.snapshot.stores import DataStore, StoreType

Placed: TypeAlias = "tuple[Attachment, Statement]"

WORDS = {
    StoreType.BUCKET: "bucket",
    StoreType.TABLE: "table",
    StoreType.DB_CLUSTER: "database",
    StoreType.DB_INSTANCE: "database",
    StoreType.SECRET: "secret",
    StoreType.PARAMETER: "parameter",
    StoreType.KMS_KEY: "key",
}
ANYBODY = "*"
_READING = ("s3:getobject", "s3:getobjectversion")
_IDENTITY = ":iam::cloudfront:user/"
_PRINCIPAL = re.compile(r"arn:[^:]*:(iam|sts)::\d{12}:(user|role|assumed-role|federated-user)/")


@dataclass(frozen=True, slots=True, eq=False)
class NamedStore:
    """A store with what its own side says: the policy, and a key's grants; no policies when it has none."""

    facts: DataStore
    policies: tuple[Attachment, ...]
    _speaking: dict[str, tuple[Placed, ...]] = field(default_factory=dict, init=False, repr=False)

    @property
    def label(self) -> str:
        """The store in a word and its name, as evidence has it."""
        return f"{WORDS[self.facts.type]} {self.facts.name}"

    def speaking(self, action: str) -> tuple[Placed, ...]:
        """The statements of the store's side that are about an action (lower case)."""
        found = self._speaking.get(action)
        if found is None:
            found = self._speaking[action] = tuple(
                (attachment, statement)
                for attachment in self.policies
                for statement in attachment.policy.statements
                if statement.unclear or action in statement.actions
            )
        return found

    def release(self) -> None:
        """Drop the statements; they are parsed again when asked for."""
        self._speaking.clear()
        for attachment in self.policies:
            attachment.policy.forget()

    @property
    def is_key(self) -> bool:
        """Whether it is a KMS key, whose policy comes first."""
        return self.facts.type is StoreType.KMS_KEY


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom a store's side tells apart: ARNs that its policies name, and policies that ask by conditions."""

    names: frozenset[str] = frozenset()
    policies: tuple[Policy, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.policies)

    def and_(self, other: Telling) -> Telling:
        """Both."""
        return Telling(self.names | other.names, (*self.policies, *other.policies))


NOBODY = Telling()


def let_in(store: NamedStore) -> frozenset[str]:
    """The names and accounts that the store's policies may let in; `*` where that may be anybody."""
    found = set[str]()
    for attachment in store.policies:
        for statement in attachment.policy.statements:
            if statement.effect is Effect.DENY:
                continue
            listed = statement.principals
            if listed is None or listed.negated or "canonicaluser" in listed.names:
                found.add("*")
            else:
                found.update(account_of(name) or name for name in listed.names.get("aws", ()))
    return frozenset(found)


def served_by(store: NamedStore) -> Iterator[str]:
    """The services that a bucket's policy may let read its objects; `*` for all.

    CloudFront comes as a service, or as an origin access identity:
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    """
    for statement in (s for attachment in store.policies for s in attachment.policy.statements):
        reads = statement.unclear or any(action in statement.actions for action in _READING)
        if statement.effect is Effect.DENY or not reads:
            continue
        listed = statement.principals
        if listed is None or listed.negated:
            yield ANYBODY
            continue
        yield from (name.partition(".")[0] for name in listed.names.get("service", ()))
        accounts = listed.names.get("aws", ())
        yield from (ANYBODY for name in accounts if name == ANYBODY)
        if "canonicaluser" in listed.names or any(_IDENTITY in name for name in accounts):
            yield "cloudfront"


def telling_of(store: NamedStore) -> Telling:
    """Whom its policies tell apart."""
    statements = [s for attachment in store.policies for s in attachment.policy.statements]
    listed = (s.principals.names.get("aws", ()) for s in statements if s.principals is not None)
    names = frozenset(name for each in listed for name in each if _PRINCIPAL.match(name))
    asking = dict.fromkeys(a.policy for a in store.policies if asks_who(a.policy))
    return Telling(names, tuple(asking)) if names or asking else NOBODY


def asked_by_store(store: NamedStore) -> list[AskedOfCallers]:
    """What the store's policies ask of their callers."""
    statements = (s for attachment in store.policies for s in attachment.policy.statements)
    return [found for s in statements if (found := asked_of_callers(s)) is not None]
