"""What a snapshot holds, parsed once at the border: the organization, identities, keys and policies.

Policy documents stay as AWS wrote them (`JsonObject`); `job.analyze` parses them. `None` in a field that
says so means "not read", never "empty".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from job.snapshot.stores import DataStores

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"

ACCESS_KEYS, CREDENTIAL_REPORT, DATA_STORES = "AccessKeys", "CredentialReport", "DataStores"
OTHER_CREDENTIALS = "OtherCredentials"
"""Parts of an account's file, and the steps of the failures that tell of damage in them."""

ROOT_USER_NAME = "<root_account>"
"""The root user's name in AWS's credential report, and so in every dataset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One step of one account that AWS did not answer: the step's name, AWS's error code and message.

    `user` is set where only that user's part is missing, `region` where only that Region's data stores are.
    """

    step: str
    code: str
    message: str
    user: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastUse:
    """When a key last signed a request; service and Region as AWS prints them, None for its `N/A`."""

    date: datetime
    service: str | None
    region: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """One access key of a user or of the root user.

    `access_key_id` and `created_at` are None for keys known from the credential report alone, as root's are;
    `rotated_at` is what the report has instead: when the key was created or last changed, so that it is at
    least that old. `last_use` is None for a key never used; `last_use_read` is False when AWS was not, or
    could not be, asked.
    """

    access_key_id: str | None
    active: bool
    created_at: datetime | None
    last_use: LastUse | None
    last_use_read: bool
    rotated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A principal's row of the credential report: None where the report says neither yes nor no."""

    password_enabled: bool | None
    password_last_used_at: datetime | None
    mfa_active: bool | None


class CredentialKind(StrEnum):
    """What a long-lived credential is that is no access key, in the words of the report."""

    SERVICE_SPECIFIC = "service_specific"
    SSH_PUBLIC_KEY = "ssh_public_key"
    SIGNING_CERTIFICATE = "signing_certificate"
    CONSOLE_PASSWORD = "console_password"  # noqa: S105 - a word of the report


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCredential:
    """A long-lived credential that is no access key, `user_name` as in the credential report.

    `service` is the one service that it opens, by the first part of the service's principal; None where it
    is not for one. `status` is `Active`, `Inactive` or `Expired`; `created_at` of a console password is when
    it was last set. `expires_at` is None for never; `use_read` is False where AWS does not tell the last use.
    """

    kind: CredentialKind
    user_name: str
    id: str | None
    status: str
    created_at: datetime | None
    service: str | None = None
    alias: str | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    use_read: bool = False

    @property
    def is_active(self) -> bool:
        """Whether it lets anybody in."""
        return self.status == "Active"


@dataclass(frozen=True, slots=True, kw_only=True)
class InlinePolicy:
    """A policy embedded in one user, group or role."""

    name: str
    document: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An IAM user; `boundary_arn` is None for no boundary.

    `keys_listed` is False when ListAccessKeys did not tell the keys: those of the credential report stand for
    them then, or None where it has no row for the user.
    """

    name: str
    arn: str
    path: str
    user_id: str
    created_at: datetime | None
    tags: Mapping[str, str]
    groups: tuple[str, ...]
    inline_policies: tuple[InlinePolicy, ...]
    attached_policies: tuple[str, ...]
    boundary_arn: str | None
    credentials: Credentials | None
    keys: tuple[AccessKey, ...] | None
    keys_listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RootUser:
    """The root user as the credential report knows it."""

    arn: str
    created_at: datetime | None
    credentials: Credentials
    keys: tuple[AccessKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An IAM group."""

    name: str
    arn: str
    inline_policies: tuple[InlinePolicy, ...]
    attached_policies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An IAM role; `trust` is its AssumeRolePolicyDocument, `instance_profiles` the ARNs of its profiles."""

    name: str
    arn: str
    path: str
    role_id: str
    tags: Mapping[str, str]
    trust: Json
    inline_policies: tuple[InlinePolicy, ...]
    attached_policies: tuple[str, ...]
    boundary_arn: str | None
    instance_profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """A managed policy with the versions that were read; `default_version` names the one in effect."""

    arn: str
    name: str
    default_version: str
    versions: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account's snapshot.

    `identities_read` is False when the authorization details are missing: users then come from the keys and
    the credential report alone, without policies. `policies` are the account's own managed policies (and any
    AWS managed one its file happens to hold) by ARN. `root` is None when the credential report is missing,
    `stores` when no data stores were asked for. `other_credentials` are those that were asked for and read.
    `central_root_access` is None where nobody asked whether it is switched on.
    """

    account_id: str
    partition: str
    collected_at: datetime | None
    credential_report_at: datetime | None
    identities_read: bool
    credential_report_read: bool
    users: tuple[User, ...]
    groups: Mapping[str, Group]
    roles: tuple[Role, ...]
    policies: Mapping[str, ManagedPolicy]
    root: RootUser | None
    failures: tuple[Failure, ...]
    stores: DataStores | None = None
    other_credentials: tuple[OtherCredential, ...] = ()
    central_root_access: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRun:
    """How this run dealt with one account.

    `skipped` says why it was not to be read (None: it was), `failure` why nothing of it was. The counts are
    None for an account of a snapshot that does not say.
    """

    skipped: str | None = None
    failure: Failure | None = None
    role_arn: str | None = None
    api_calls: int | None = None
    retries: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationalUnit:
    """One step of an account's path: the root (`r-…`) or an OU (`ou-…`) with its name."""

    id: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationAccount:
    """An account as AWS Organizations lists it; None where it was not read."""

    id: str
    name: str | None
    email: str | None
    state: str | None
    joined_at: datetime | None
    tags: Mapping[str, str] | None
    ou_path: tuple[OrganizationalUnit, ...] | None
    ou_text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPolicy:
    """A service or resource control policy; `document` is None when it could not be read."""

    id: str
    name: str
    arn: str
    document: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPolicies:
    """Policies of one type and, for each root, OU or account id, the ids attached to it."""

    policies: Mapping[str, ControlPolicy]
    targets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The organization as read; `scps` and `rcps` are None when they were not read.

    `delegated_administrators` maps an account id to the service principals it administers; None = not read.
    `failures` are the optional parts that AWS did not answer.
    """

    id: str | None
    management_account_id: str | None
    collected_at: datetime | None
    accounts: Mapping[str, OrganizationAccount]
    scps: ControlPolicies | None
    rcps: ControlPolicies | None
    delegated_administrators: Mapping[str, tuple[str, ...]] | None
    failures: tuple[Failure, ...] = ()
