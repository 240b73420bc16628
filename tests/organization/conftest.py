from __future__ import annotations

from collections.abc import Iterator

import pytest

from job.aws.clients import Clients, open_clients
from job.settings.load import load_settings
from tests.scripted_aws import ScriptedAws, json_answer, point_at, scripted_aws

FULL_ACCESS = '{"Version": "2012-10-17", "Statement": []}'


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    """An organization of a root, two nested units and three accounts, in full health."""
    with scripted_aws() as server:
        point_at(monkeypatch, server.url)
        server.script(
            "ListAccounts",
            json_answer({"Accounts": [_account("000000000001", "payer", "r-1")], "NextToken": "2"}),
            json_answer({"Accounts": [], "NextToken": "3"}),
            json_answer(
                {
                    "Accounts": [
                        _account("000000000002", "shop", "r-1/ou-1-a/ou-1-b"),
                        _account("000000000003", "left", "r-1/ou-1-a", State="SUSPENDED"),
                    ]
                }
            ),
        )
        server.script("ListRoots", json_answer({"Roots": [{"Id": "r-1", "Name": "Root"}]}))
        server.script(
            "ListOrganizationalUnitsForParent",
            json_answer({"OrganizationalUnits": [{"Id": "ou-1-a", "Name": "Prod"}]}),
            json_answer({"OrganizationalUnits": [{"Id": "ou-1-b", "Name": "A/B"}]}),
            json_answer({"OrganizationalUnits": []}),
        )
        server.script(
            "GetResources",
            json_answer({"ResourceTagMappingList": [_tagged("000000000002")], "PaginationToken": "2"}),
            json_answer({"ResourceTagMappingList": [_tagged("000000000009")], "PaginationToken": ""}),
        )
        server.script("ListPolicies", json_answer({"Policies": []}))
        server.script("ListDelegatedAdministrators", json_answer({"DelegatedAdministrators": []}))
        yield server


@pytest.fixture
def clients(aws: ScriptedAws) -> Clients:
    assert aws.url
    return open_clients(
        load_settings({"REPORT_ORGANIZATIONS_RATE_PERCENT": "100"}, destination_required=False)
    )


def _account(account_id: str, name: str, path: str, **more: str) -> dict[str, object]:
    return {
        "Id": account_id,
        "Arn": f"arn:aws:organizations::000000000001:account/o-abc/{account_id}",
        "Name": name,
        "Email": f"{name}@example.com",
        "Status": "ACTIVE",
        "JoinedTimestamp": 1600000000,
        "Paths": [f"o-abc/{path}/{account_id}/"],
        **more,
    }


def _tagged(account_id: str) -> dict[str, object]:
    return {
        "ResourceARN": f"arn:aws:organizations::000000000001:account/o-abc/{account_id}",
        "Tags": [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}],
    }
