"""Data stores by name: what was read of each bucket, table, database, secret, parameter and KMS key.

As in `model`, "not read" is never "none": `policy_read`, `key_read`, and None for tags and grants say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from job.snapshot.model import Failure, Json


class StoreType(StrEnum):
    """What a store is, in the words of the report."""

    BUCKET = "bucket"
    TABLE = "table"
    DB_CLUSTER = "db_cluster"
    DB_INSTANCE = "db_instance"
    SECRET = "secret"  # noqa: S105 - a word of the report
    PARAMETER = "parameter"
    KMS_KEY = "kms_key"


class ObjectAcls(StrEnum):
    """Whether the objects of a bucket may have access control lists of their own, which are not read."""

    OFF = "off"
    ON = "on"
    NOT_READ = "not_read"


class PolicyStatus(StrEnum):
    """What is known of a store's own policy."""

    READ = "read"
    NONE = "none"
    NOT_READ = "not_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """How one gets into a cluster or instance; None where AWS did not say.

    `cluster` is the identifier of the cluster that an instance belongs to. Without `master_secret_read` it is
    not known whether RDS keeps the master password in a secret.
    """

    engine: str | None
    resource_id: str | None
    iam_authentication: bool | None
    data_api: bool | None
    master_secret_arn: str | None
    cluster: str | None
    master_secret_read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A KMS grant: its operations for its grantee, within its constraints on the encryption context.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html
    """

    id: str
    grantee: str | None
    operations: tuple[str, ...]
    constraints: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class DataStore:
    """One store, whose `policy` stays as AWS wrote it.

    `key_arn` is the KMS key that encrypts what is stored, the ARN of a key or an alias; None where a key that
    AWS owns does. `grants` and `aliases` are of KMS keys, `indexes` of tables, `object_acls` of buckets.
    """

    type: StoreType
    account_id: str
    arn: str
    name: str
    region: str | None
    tags: Mapping[str, str] | None
    key_arn: str | None
    key_read: bool
    policy: Json
    policy_read: bool
    database: Database | None = None
    indexes: tuple[str, ...] | None = ()
    parameter_type: str | None = None
    aliases: tuple[str, ...] = ()
    grants: tuple[Grant, ...] | None = ()
    object_acls: ObjectAcls | None = None

    @property
    def policy_status(self) -> PolicyStatus:
        """Whether the store has a policy of its own, and whether that is known."""
        if not self.policy_read:
            return PolicyStatus.NOT_READ
        return PolicyStatus.NONE if self.policy is None else PolicyStatus.READ


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadList:
    """Stores of one kind that AWS did not list: AWS's name of the list, its Region (None: buckets).

    Some of them may be known nevertheless, from AWS Config.
    """

    kind: str
    region: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataStores:
    """One account's stores of the kinds and Regions that were asked for.

    `aws_managed_keys` are the ARNs of KMS keys that AWS manages, `gone` what vanished while it was read, and
    `damaged` what the file says that cannot be understood; such a store is kept with what can.
    """

    kinds: tuple[str, ...]
    regions: tuple[str, ...]
    stores: tuple[DataStore, ...]
    aws_managed_keys: frozenset[str]
    unread: tuple[UnreadList, ...]
    gone: tuple[str, ...]
    damaged: tuple[Failure, ...]

    def is_complete(self, kind: str) -> bool:
        """Whether every store of the kind was listed, in every Region that was asked for."""
        return kind in self.kinds and all(each.kind != kind for each in self.unread)
