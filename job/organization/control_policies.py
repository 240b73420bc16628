"""Service and resource control policies that are attached somewhere, each with its targets.

Asked policy by policy: an organization has few policies and many accounts. A policy without targets binds
nobody, so its document is not read.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies.html
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import orjson

from job.aws.failure import AwsFailure
from job.aws.policy_documents import Json, JsonObject
from job.organization.part import Part, attempt

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_organizations.literals import PolicyTypeType
    from mypy_boto3_organizations.type_defs import PolicySummaryTypeDef

# AWS attaches this one to the root, every unit and every account, and it cannot be detached: to list where
# it is would take a request for each 20 accounts.
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
_ATTACHED_EVERYWHERE = "p-RCPFullAWSAccess"


def read_control_policies(
    client: OrganizationsClient, kind: PolicyTypeType, stop: threading.Event
) -> Part[JsonObject]:
    """`{"Policies": …, "Targets": …}`; None when the list, or where one is attached, could not be read.

    Half of the attachments would make guardrails look weaker than they are. A document that could not be read
    is null. RCPFullAWSAccess, which is attached everywhere, stands beside other policies alone.
    """
    summaries = attempt("ListPolicies", partial(_summaries, client, kind))
    if isinstance(summaries, AwsFailure):
        return Part(value=None, failures=(summaries,))
    policies: JsonObject = {}
    targets: dict[str, list[Json]] = {}
    failures: list[AwsFailure] = []
    for summary in summaries:
        if stop.is_set():
            return Part(value=None)
        attached = _attached_to(client, summary["Id"], beside=tuple(targets))
        if isinstance(attached, AwsFailure):
            return Part(value=None, failures=(*failures, attached))
        if not attached:
            continue
        document = attempt("DescribePolicy", partial(_document, client, summary["Id"]))
        if isinstance(document, AwsFailure):
            failures.append(document)
            document = None
        policies[summary["Id"]] = {"Name": summary["Name"], "Arn": summary["Arn"], "Document": document}
        for target in attached:
            targets.setdefault(target, []).append(summary["Id"])
    value: JsonObject = {"Policies": policies, "Targets": {each: targets[each] for each in sorted(targets)}}
    return Part(value=value, failures=tuple(failures))


def _summaries(client: OrganizationsClient, kind: PolicyTypeType) -> list[PolicySummaryTypeDef]:
    pages = client.get_paginator("list_policies").paginate(Filter=kind)
    found = (policy for page in pages for policy in page["Policies"])
    return sorted(found, key=lambda policy: (policy["Id"] == _ATTACHED_EVERYWHERE, policy["Id"]))


def _attached_to(
    client: OrganizationsClient, policy_id: str, *, beside: Sequence[str]
) -> Sequence[str] | AwsFailure:
    """Where a policy is attached; `beside` are the targets of the policies before it."""
    if policy_id == _ATTACHED_EVERYWHERE:
        return beside
    return attempt("ListTargetsForPolicy", partial(_targets, client, policy_id))


def _targets(client: OrganizationsClient, policy_id: str) -> list[str]:
    pages = client.get_paginator("list_targets_for_policy").paginate(PolicyId=policy_id)
    return [target["TargetId"] for page in pages for target in page["Targets"]]


def _document(client: OrganizationsClient, policy_id: str) -> Json:
    """The document; text that is no JSON stays text, for the analysis to say so."""
    content = client.describe_policy(PolicyId=policy_id)["Policy"]["Content"]
    try:
        document: Json = orjson.loads(content)
    except orjson.JSONDecodeError:
        return content
    return document
