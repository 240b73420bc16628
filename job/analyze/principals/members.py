"""Who is in an account and what is attached to them: the entries of the directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from job.analyze.language.document import Policy

ANY_TAGS: Mapping[str, str] = MappingProxyType({})
"""The tags of a principal that may be made with any."""


@dataclass(frozen=True, slots=True, eq=False)
class PolicyRef:
    """A policy under the name and ARN that it is attached by; inline ones have no ARN."""

    name: str
    arn: str | None
    policy: Policy


@dataclass(frozen=True, slots=True, eq=False)
class OwnPolicy:
    """A managed policy of an account; `versions` counts them all, `others` are those not in effect."""

    ref: PolicyRef
    versions: int
    others: tuple[tuple[str, Policy], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A user or a role of an account, `kind` saying which, with what is attached to itself."""

    kind: str
    arn: str
    account_id: str
    name: str
    path: str
    unique_id: str
    tags: Mapping[str, str]
    policies: tuple[PolicyRef, ...]
    boundary: PolicyRef | None

    @property
    def exists(self) -> bool:
        """Whether it was there when the account was read; AWS gives an id to all that is."""
        return bool(self.unique_id)


@dataclass(frozen=True, slots=True, eq=False)
class UserMember(Member):
    """A user: `keys` counts access keys, None when they were not read; the last two are None if unknown."""

    groups: tuple[str, ...]
    keys: int | None
    password_enabled: bool | None
    mfa_active: bool | None


@dataclass(frozen=True, slots=True, eq=False)
class RoleMember(Member):
    """A role with its trust policy; `fixed` roles (service-linked, Identity Center's) cannot be changed."""

    trust: Policy
    fixed: bool
    has_profile: bool


@dataclass(frozen=True, slots=True, eq=False)
class AccountEntry:
    """One account: members by name (users, groups) or ARN (roles), and its managed policies by ARN.

    `key_users` hold access keys; `credential_users` hold others, with the services that those open.
    `notes` hold for everybody in it, `user_notes` for one user each, by ARN.
    """

    id: str
    partition: str
    now: str | None
    identities_read: bool
    users: Mapping[str, UserMember]
    roles: Mapping[str, RoleMember]
    groups: Mapping[str, tuple[PolicyRef, ...]]
    group_arns: Mapping[str, str]
    policies: Mapping[str, OwnPolicy]
    root_keys: bool
    key_users: tuple[str, ...]
    credential_users: Mapping[str, frozenset[str]]
    notes: tuple[str, ...]
    user_notes: Mapping[str, tuple[str, ...]]
