"""What may be changed of a store first: its policy, its tags, its key's policy and grants, its organization.

What else keeps a reader out, boundaries, SCPs and its own Denies, stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from job.analyze.data_stores.named_store import NamedStore, Placed
from job.analyze.data_stores.request import StoreAs
from job.analyze.data_stores.ways import StoreNeed
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.context import Overlay
from job.analyze.language.document import Effect, parse_policy
from job.analyze.principals.principal_element import session_prefix
from job.snapshot.stores import StoreType


@dataclass(frozen=True, slots=True)
class StoreChange:
    """A change that one action makes of a store, and the store as it is then.

    `own_account` marks those that AWS lets the store's own account alone make.
    """

    need: StoreNeed
    seen: StoreAs
    own_account: bool = True


_DELETE_POLICY: Mapping[StoreType, str] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
    StoreType.BUCKET: "s3:DeleteBucketPolicy",
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html
    StoreType.TABLE: "dynamodb:DeleteResourcePolicy",
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html
    StoreType.SECRET: "secretsmanager:DeleteResourcePolicy",
}
TAGGING: Mapping[StoreType, tuple[str, str]] = {
    StoreType.TABLE: ("dynamodb:TagResource", "dynamodb:UntagResource"),
    StoreType.SECRET: ("secretsmanager:TagResource", "secretsmanager:UntagResource"),
    StoreType.KMS_KEY: ("kms:TagResource", "kms:UntagResource"),
}
"""How tags are put on a store and taken off, where requests tell them."""


_LEAVE = "organizations:LeaveOrganization"
_OF_KEYS = ("kms:CreateGrant", "kms:PutKeyPolicy")
CHANGING = frozenset((*_DELETE_POLICY.values(), *chain.from_iterable(TAGGING.values()), *_OF_KEYS, _LEAVE))
"""The actions that make such changes."""


def policy_deleted(store: NamedStore) -> StoreChange | None:
    """The store without its policy, where that denies something."""
    action = _DELETE_POLICY.get(store.facts.type)
    if action is None or not _denies(store):
        return None
    return StoreChange(StoreNeed(actions=(action,)), StoreAs(store, policies=False))


def owner_left(store: NamedStore) -> StoreChange:
    """The store once its account left the organization, whose RCPs then bind it no more.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_leave-as-member.html
    """
    return StoreChange(StoreNeed(actions=(_LEAVE,), on=("*",)), StoreAs(store, left=True))


def tagged(
    store: NamedStore, actions: tuple[str, str], tag: tuple[str, str | None], spelled: str
) -> StoreChange:
    """One tag put on the store, or taken off where it has no value, with its key spelled so."""
    (tagging, untagging), (key, value) = actions, tag
    told: Overlay = (("aws:tagkeys", (spelled,)),)
    if value is not None:
        told = ((f"aws:requesttag/{key}", (value,)), *told)
    return StoreChange(
        StoreNeed(actions=(untagging if value is None else tagging,), told=told), StoreAs(store)
    )


def _denies(store: NamedStore) -> bool:
    statements = (s for attachment in store.policies for s in attachment.policy.statements)
    return any(statement.effect is not Effect.ALLOW for statement in statements)


def key_opened(subject: Subject, key: NamedStore) -> tuple[StoreChange, ...]:
    """A KMS key that is given to a principal: by a grant, or by another policy.

    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html,
    https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    given = (_given_to(session_prefix(subject) + "/session" if subject.kind == "role" else subject.arn),)
    grant = StoreNeed(actions=("kms:CreateGrant",), told=(("kms:grantoperations", ("Decrypt",)),))
    policy = StoreNeed(actions=("kms:PutKeyPolicy",))
    return (
        StoreChange(grant, StoreAs(key, added=given), own_account=False),
        StoreChange(policy, StoreAs(key, policies=False, added=given)),
    )


@lru_cache(maxsize=4096)
def _given_to(principal: str) -> Placed:
    policy = parse_policy(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": principal},
                "Action": "kms:Decrypt",
                "Resource": "*",
            },
        }
    )
    return Attachment(policy, "key", "given to the reader", None), policy.statements[0]
