"""Groups, roles, managed policies and the described half of users, from authorization details.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from job.snapshot.decoding import (
    each,
    find_text,
    get_object,
    get_text,
    policy_document,
    tags,
    texts,
    timestamp,
)
from job.snapshot.model import Group, InlinePolicy, Json, JsonObject, ManagedPolicy, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDetail:
    """A user as the authorization details describe it: everything but its credentials."""

    name: str
    arn: str | None
    path: str
    user_id: str
    created_at: datetime | None
    tags: Mapping[str, str]
    groups: tuple[str, ...]
    inline_policies: tuple[InlinePolicy, ...]
    attached_policies: tuple[str, ...]
    boundary_arn: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """What one account's authorization details hold; an absent list is an empty one."""

    users: tuple[UserDetail, ...]
    groups: tuple[Group, ...]
    roles: tuple[Role, ...]
    policies: tuple[ManagedPolicy, ...]


NO_IDENTITIES = Identities(users=(), groups=(), roles=(), policies=())


def parse_identities(details: JsonObject) -> Identities:
    """The merged pages of GetAccountAuthorizationDetails, parsed."""
    return Identities(
        users=each(details, "UserDetailList", _user),
        groups=each(details, "GroupDetailList", _group),
        roles=each(details, "RoleDetailList", _role),
        policies=each(details, "Policies", parse_managed_policy),
    )


def parse_managed_policy(record: JsonObject) -> ManagedPolicy:
    """A managed policy with its versions; the name falls back to the end of the ARN."""
    arn = get_text(record, "Arn")
    versions = each(record, "PolicyVersionList", _version)
    marked = next((version for version, _, is_default in versions if is_default), "")
    return ManagedPolicy(
        arn=arn,
        name=find_text(record, "PolicyName") or arn.rpartition("/")[2],
        default_version=find_text(record, "DefaultVersionId") or marked,
        versions={version: document for version, document, _ in versions},
    )


def _user(record: JsonObject) -> UserDetail:
    return UserDetail(
        name=get_text(record, "UserName"),
        arn=find_text(record, "Arn"),
        path=find_text(record, "Path") or "/",
        user_id=find_text(record, "UserId") or "",
        created_at=timestamp(record, "CreateDate"),
        tags=tags(record, "Tags"),
        groups=texts(record, "GroupList"),
        inline_policies=each(record, "UserPolicyList", _inline_policy),
        attached_policies=each(record, "AttachedManagedPolicies", _attached_policy),
        boundary_arn=_boundary(record),
    )


def _group(record: JsonObject) -> Group:
    return Group(
        name=get_text(record, "GroupName"),
        arn=get_text(record, "Arn"),
        inline_policies=each(record, "GroupPolicyList", _inline_policy),
        attached_policies=each(record, "AttachedManagedPolicies", _attached_policy),
    )


def _role(record: JsonObject) -> Role:
    return Role(
        name=get_text(record, "RoleName"),
        arn=get_text(record, "Arn"),
        path=find_text(record, "Path") or "/",
        role_id=find_text(record, "RoleId") or "",
        tags=tags(record, "Tags"),
        trust=policy_document(record.get("AssumeRolePolicyDocument")),
        inline_policies=each(record, "RolePolicyList", _inline_policy),
        attached_policies=each(record, "AttachedManagedPolicies", _attached_policy),
        boundary_arn=_boundary(record),
        instance_profiles=each(record, "InstanceProfileList", _instance_profile),
    )


def _inline_policy(record: JsonObject) -> InlinePolicy:
    return InlinePolicy(
        name=get_text(record, "PolicyName"), document=policy_document(record.get("PolicyDocument"))
    )


def _attached_policy(record: JsonObject) -> str:
    return get_text(record, "PolicyArn")


def _instance_profile(record: JsonObject) -> str:
    return get_text(record, "Arn")


def _boundary(record: JsonObject) -> str | None:
    boundary = get_object(record, "PermissionsBoundary")
    return None if boundary is None else find_text(boundary, "PermissionsBoundaryArn")


def _version(record: JsonObject) -> tuple[str, Json, bool]:
    return (
        get_text(record, "VersionId"),
        policy_document(record.get("Document")),
        record.get("IsDefaultVersion") is True,
    )
