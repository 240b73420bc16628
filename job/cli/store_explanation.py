"""One named store as text for a person: what it is, and who reads it by which key and path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from job.analyze.verdict import StoreAccess
from job.cli.explain_text import listed, path_lines
from job.snapshot.stores import DataStore, ObjectAcls, PolicyStatus

_NAMED = 5
_POLICIES = {
    PolicyStatus.READ: "a policy of its own, which was read",
    PolicyStatus.NONE: "no policy of its own",
    PolicyStatus.NOT_READ: "its own policy was not read",
}

_ACLS: Mapping[ObjectAcls | None, str] = {
    ObjectAcls.ON: "access control lists of their own may let in others, which was not read",
    ObjectAcls.NOT_READ: "whether access control lists of their own let in others was not read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One principal that reads the store, with the ids of its keys where they are known."""

    account_id: str
    user_name: str
    key_ids: tuple[str, ...]
    access: StoreAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreExplanation:
    """What `explain --store` tells of one store; who else reads it in `accounts_not_read`, nobody knows."""

    store: DataStore
    readers: tuple[Reader, ...]
    accounts_not_read: tuple[str, ...] = ()


def store_lines(explanation: StoreExplanation) -> Iterator[str]:
    """Yield the text."""
    store = explanation.store
    yield f"{store.type} {store.name} in account {store.account_id}"
    yield f"  {store.arn}"
    yield from listed("Region", (store.region,) if store.region else ())
    yield from listed("tags", [f"{key}={value}" for key, value in sorted((store.tags or {}).items())])
    yield from listed("encrypted with", (store.key_arn,) if store.key_arn else ())
    yield from listed("policy", (_POLICIES[store.policy_status],))
    yield from listed("objects", (_ACLS[store.object_acls],) if store.object_acls in _ACLS else ())
    number = len(explanation.readers)
    yield (
        f"  read by {number} principal with keys"
        if number == 1
        else f"  read by {number} principals with keys"
    )
    unread = explanation.accounts_not_read
    more = (f"and {len(unread) - _NAMED} more",) if len(unread) > _NAMED else ()
    yield from listed("not known of accounts that were not read", (*unread[:_NAMED], *more))
    for reader in explanation.readers:
        yield from _reader(reader)


def _reader(reader: Reader) -> Iterator[str]:
    access = reader.access
    yield ""
    yield f"{reader.user_name} in account {reader.account_id}: {access.verdict} via {'; '.join(access.via)}"
    yield from listed("keys", reader.key_ids)
    yield from listed("because", (access.reason,) if access.reason else ())
    yield from path_lines(access.path, access.evidence)
    yield f"    for example: {access.witness.action} on {access.witness.resource}"
