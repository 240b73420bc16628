"""Tags of all accounts: in bulk by the tagging API where it answers, else account by account.

The tagging API knows `organizations:account` where the partition keeps its organizations (us-east-1,
us-gov-west-1, cn-northwest-1), a hundred to a page, and only resources that have ever been tagged; outside
of the management account it may answer nothing at all, which looks the same. An empty answer is therefore no
answer.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from job.aws.failure import AwsFailure
from job.organization.listing import Listing
from job.organization.part import Part, attempt

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient

Tags: TypeAlias = "dict[str, str]"


def read_tags(
    tagging: ResourceGroupsTaggingAPIClient | None,
    client: OrganizationsClient,
    listing: Listing,
    stop: threading.Event,
) -> Part[Mapping[str, Tags]]:
    """Tags by account id; an account that is missing could not be read."""
    bulk = {} if tagging is None else attempt("GetResources", lambda: _all_tagged(tagging))
    if isinstance(bulk, AwsFailure) or not bulk:
        return _one_by_one(client, listing, stop)
    return Part(value={str(account["Id"]): bulk.get(str(account["Id"]), {}) for account in listing})


def _all_tagged(tagging: ResourceGroupsTaggingAPIClient) -> dict[str, Tags]:
    pages = tagging.get_paginator("get_resources").paginate(
        ResourceTypeFilters=["organizations:account"], PaginationConfig={"PageSize": 100}
    )
    return {
        resource["ResourceARN"].rpartition("/")[2]: {tag["Key"]: tag["Value"] for tag in resource["Tags"]}
        for page in pages
        for resource in page["ResourceTagMappingList"]
    }


def _one_by_one(
    client: OrganizationsClient, listing: Listing, stop: threading.Event
) -> Part[Mapping[str, Tags]]:
    """Tags of each account as it is listed; a refusal of permission ends it, other failures do not."""
    found: dict[str, Tags] = {}
    failures: list[AwsFailure] = []
    for account in listing:
        if stop.is_set():
            break
        tags = attempt("ListTagsForResource", partial(_tags_of, client, str(account["Id"])))
        if isinstance(tags, AwsFailure):
            failures.append(tags)
            if tags.is_denial:
                break
        else:
            found[str(account["Id"])] = tags
    return Part(value=found, failures=tuple(failures))


def _tags_of(client: OrganizationsClient, account_id: str) -> Tags:
    pages = client.get_paginator("list_tags_for_resource").paginate(ResourceId=account_id)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
