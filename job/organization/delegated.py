"""Accounts that administer a service for the whole organization.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_delegated_admin.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from job.aws.failure import AwsFailure
from job.aws.policy_documents import Json, JsonObject
from job.organization.part import Part, attempt

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient


def read_delegated_administrators(client: OrganizationsClient) -> Part[JsonObject]:
    """Service principals by account id; None when they could not all be read."""
    found = attempt("ListDelegatedAdministrators", lambda: _administrators(client))
    if isinstance(found, AwsFailure):
        return Part(value=None, failures=(found,))
    services = attempt(
        "ListDelegatedServicesForAccount", lambda: {account: _services(client, account) for account in found}
    )
    if isinstance(services, AwsFailure):
        return Part(value=None, failures=(services,))
    return Part(value=dict(services))


def _administrators(client: OrganizationsClient) -> list[str]:
    pages = client.get_paginator("list_delegated_administrators").paginate()
    return sorted(account["Id"] for page in pages for account in page["DelegatedAdministrators"])


def _services(client: OrganizationsClient, account_id: str) -> list[Json]:
    pages = client.get_paginator("list_delegated_services_for_account").paginate(AccountId=account_id)
    return [*sorted(service["ServicePrincipal"] for page in pages for service in page["DelegatedServices"])]
