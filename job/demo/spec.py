"""The shape of `organization.json`: who lives in the made-up organization, and each key's story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import NotRequired, TypeAlias, TypedDict, cast

import orjson

Statement: TypeAlias = Mapping[str, object]
Statements: TypeAlias = Sequence[Statement]


class KeySpec(TypedDict):
    """An access key: days since it was made, days since its last use (absent = never used)."""

    age: int
    used: NotRequired[int]
    service: NotRequired[str]
    region: NotRequired[str]
    active: NotRequired[bool]


class RootSpec(TypedDict):
    """The root user, for accounts where it holds keys."""

    created: int
    mfa: bool
    keys: Sequence[KeySpec]


class ServiceCredentialSpec(TypedDict):
    """A service-specific credential: days since it was made, days until it ends (absent = never)."""

    service: str
    age: int
    ends_in: NotRequired[int]
    active: NotRequired[bool]
    alias: NotRequired[str]


class UserSpec(TypedDict):
    """An IAM user; `attached` names policies as `aws:NAME` or as the account's own `/path/NAME`.

    `certificates` are the days since signing certificates were uploaded.
    """

    name: str
    story: NotRequired[str]
    created: int
    keys: Sequence[KeySpec]
    path: NotRequired[str]
    tags: NotRequired[Mapping[str, str]]
    groups: NotRequired[Sequence[str]]
    inline: NotRequired[Mapping[str, Statements]]
    attached: NotRequired[Sequence[str]]
    boundary: NotRequired[str]
    password: NotRequired[bool]
    mfa: NotRequired[bool]
    service_credentials: NotRequired[Sequence[ServiceCredentialSpec]]
    certificates: NotRequired[Sequence[int]]


class GroupSpec(TypedDict):
    """An IAM group."""

    name: str
    inline: NotRequired[Mapping[str, Statements]]
    attached: NotRequired[Sequence[str]]


class RoleSpec(TypedDict):
    """A role; `trust` is the Principal of its trust policy."""

    name: str
    trust: Mapping[str, object]
    path: NotRequired[str]
    inline: NotRequired[Mapping[str, Statements]]
    attached: NotRequired[Sequence[str]]


class PolicySpec(TypedDict):
    """A managed policy of the account; `default` counts versions from 1."""

    name: str
    versions: Sequence[Statements]
    path: NotRequired[str]
    default: NotRequired[int]


class StoreSpec(TypedDict):
    """A data store: `kind` is `bucket`, `table`, `secret` or `kms_key`.

    A bucket and a KMS key may have a `policy`; `key` names the KMS key that encrypts a secret.
    """

    kind: str
    name: str
    story: NotRequired[str]
    tags: NotRequired[Mapping[str, str]]
    policy: NotRequired[Statements]
    key: NotRequired[str]


class FaultSpec(TypedDict):
    """An error answered to one operation in the account, at most `times` (absent = always)."""

    operation: str
    status: int
    code: str
    message: NotRequired[str]
    times: NotRequired[int]


class AccountSpec(TypedDict):
    """An account; `reader` false leaves out the role that the job assumes."""

    id: str
    name: str
    email: str
    ou: str
    joined: int
    users: Sequence[UserSpec]
    tags: NotRequired[Mapping[str, str]]
    state: NotRequired[str]
    invited: NotRequired[bool]
    reader: NotRequired[bool]
    root: NotRequired[RootSpec]
    groups: NotRequired[Sequence[GroupSpec]]
    roles: NotRequired[Sequence[RoleSpec]]
    policies: NotRequired[Sequence[PolicySpec]]
    stores: NotRequired[Sequence[StoreSpec]]
    faults: NotRequired[Sequence[FaultSpec]]
    credential_report: NotRequired[str]


class UnitSpec(TypedDict):
    """An organizational unit by its path from the root."""

    id: str
    path: str


class ControlPolicySpec(TypedDict):
    """A service or resource control policy and the paths it is attached to."""

    id: str
    name: str
    targets: Sequence[str]
    statements: Statements


class HeaderSpec(TypedDict):
    """The organization's ids; `reader` is the account that the job runs in."""

    id: str
    root: str
    management: str
    reader: str


class OrganizationSpec(TypedDict):
    """A whole made-up organization."""

    organization: HeaderSpec
    units: Sequence[UnitSpec]
    delegated_administrators: Mapping[str, Sequence[str]]
    service_control_policies: Sequence[ControlPolicySpec]
    resource_control_policies: Sequence[ControlPolicySpec]
    accounts: Sequence[AccountSpec]


def load_demo() -> OrganizationSpec:
    """Return the organization of `demo`."""
    return parse_spec(files("job.demo").joinpath("organization.json").read_bytes())


def parse_spec(data: bytes) -> OrganizationSpec:
    """Read a made-up organization from JSON."""
    return cast("OrganizationSpec", orjson.loads(data))
