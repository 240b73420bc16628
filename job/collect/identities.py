"""Reads an account's users, groups, roles and policies in one listing, documents decoded.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError

from job.aws.failure import AwsFailure, error_code
from job.aws.policy_documents import Json, PolicyDocuments
from job.collect.member import Member

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.literals import EntityTypeType

# AWS's own answer, on its way to the snapshot file; it gets types where the snapshot is parsed.
Details: TypeAlias = "dict[str, list[dict[str, Any]]]"

_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_FILTER: tuple[EntityTypeType, ...] = ("User", "Role", "Group", "LocalManagedPolicy")
_LARGEST_PAGE = 1000
_DOCUMENT_NAMES = ("AssumeRolePolicyDocument", "PolicyDocument", "Document")
_LISTS_WITH_DOCUMENTS = (
    "UserPolicyList",
    "GroupPolicyList",
    "RolePolicyList",
    "PolicyVersionList",
    "InstanceProfileList",
    "Roles",
)


def read_identities(member: Member, documents: PolicyDocuments) -> Details | AwsFailure:
    """The authorization details, all pages merged, without AWS managed policies."""
    details = member.read("GetAccountAuthorizationDetails", _all_pages)
    if not isinstance(details, AwsFailure):
        for name in _LISTS:
            for record in details[name]:
                decode_documents(record, documents.decode)
    return details


def decode_documents(record: dict[str, Any], decode: Callable[[str], Json]) -> None:
    """Put decoded policy documents in place of their texts, in a record and the lists within it."""
    for name in _DOCUMENT_NAMES:
        if isinstance(record.get(name), str):
            record[name] = decode(record[name])
    for name in _LISTS_WITH_DOCUMENTS:
        for inner in record.get(name) or ():
            decode_documents(inner, decode)


def user_names(details: Details) -> list[str]:
    """Everybody in the details."""
    return [user["UserName"] for user in details["UserDetailList"]]


def attached_policies(details: Details) -> Iterator[str]:
    """ARNs of all managed policies that anyone has, as permissions or as boundary; some more than once."""
    for name in _LISTS:
        for record in details[name]:
            for attached in record.get("AttachedManagedPolicies") or ():
                yield attached["PolicyArn"]
            yield from _boundary(record)


def add_missing_boundaries(member: Member, details: Details) -> tuple[AwsFailure, ...]:
    """Fill in boundaries of users that the details left out, by GetUser.

    AWS's answers have been seen without them. A policy's PermissionsBoundaryUsageCount tells: only while it
    counts more uses than the details show are users without a boundary asked about.
    """
    missing = _unseen_boundaries(details)
    failures = []
    for user in details["UserDetailList"]:
        if not missing:
            break
        if "PermissionsBoundary" in user:
            continue
        name = user["UserName"]
        boundary = member.read("GetUser", partial(_read_boundary, user=name), user=name)
        if isinstance(boundary, AwsFailure):
            failures.append(boundary)
        elif boundary is not None:
            user["PermissionsBoundary"] = boundary
            missing -= Counter(_boundary(user))
    return tuple(failures)


def _all_pages(iam: IAMClient) -> Details:
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=list(_FILTER), PaginationConfig={"PageSize": _LARGEST_PAGE}
    )
    details: Details = {name: [] for name in _LISTS}
    for page in pages:
        answer: Mapping[str, Any] = page
        for name in _LISTS:
            details[name] += answer.get(name) or []
    return details


def _unseen_boundaries(details: Details) -> Counter[str]:
    counted = Counter(
        {each["Arn"]: each.get("PermissionsBoundaryUsageCount", 0) for each in details["Policies"]}
    )
    holders = (record for name in ("UserDetailList", "RoleDetailList") for record in details[name])
    return counted - Counter(arn for record in holders for arn in _boundary(record))


def _boundary(record: Mapping[str, Any]) -> Iterator[str]:
    boundary = record.get("PermissionsBoundary")
    if boundary:
        yield boundary["PermissionsBoundaryArn"]


def _read_boundary(iam: IAMClient, user: str) -> dict[str, Any] | None:
    """The user's boundary; none for a user who was deleted meanwhile."""
    try:
        boundary = iam.get_user(UserName=user)["User"].get("PermissionsBoundary")
    except ClientError as error:
        if error_code(error) == "NoSuchEntity":
            return None
        raise
    return None if boundary is None else {**boundary}
