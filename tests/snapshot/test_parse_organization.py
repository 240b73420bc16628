from __future__ import annotations

from datetime import UTC, datetime

import pytest

from job.errors import SnapshotError
from job.snapshot.model import (
    ControlPolicies,
    ControlPolicy,
    Failure,
    Json,
    ManagedPolicy,
    OrganizationAccount,
    OrganizationalUnit,
)
from job.snapshot.parse import parse_managed_policies, parse_organization

FULL: Json = {
    "OrganizationId": "o-abc",
    "ManagementAccountId": "000000000001",
    "CollectedAt": "2026-11-22T04:00:00Z",
    "Accounts": [
        {
            "Id": "000000000002",
            "Name": "shop",
            "Email": "shop@example.com",
            "State": "ACTIVE",
            "Status": "SUSPENDED",
            "JoinedTimestamp": "2020-05-05T05:05:05.123456+02:00",
            "OU": "OU=root,OU=Prod",
            "OUPath": [{"Id": "r-1", "Name": "Root"}, {"Id": "ou-1-a"}],
            "Tags": {"Environment": "prod"},
        },
        {"Id": "000000000003", "Status": "SUSPENDED"},
    ],
    "ServiceControlPolicies": {
        "Policies": {
            "p-1": {"Name": "Full", "Arn": "arn:aws:organizations::aws:policy/p-1", "Document": '{"a": 1}'},
            "p-2": {"Document": None},
        },
        "Targets": {"r-1": ["p-1"], "000000000002": ["p-1", "p-2"]},
    },
    "DelegatedAdministrators": {"000000000002": ["ssm.amazonaws.com"]},
    "Failures": [{"Step": "ListPolicies", "Code": "AccessDeniedException", "Message": "no"}],
}


def test_an_account_has_what_the_organization_says_of_it() -> None:
    organization = parse_organization(FULL)
    assert organization.accounts["000000000002"] == OrganizationAccount(
        id="000000000002",
        name="shop",
        email="shop@example.com",
        state="ACTIVE",
        joined_at=datetime(2020, 5, 5, 3, 5, 5, 123456, tzinfo=UTC),
        tags={"Environment": "prod"},
        ou_path=(OrganizationalUnit(id="r-1", name="Root"), OrganizationalUnit(id="ou-1-a", name=None)),
        ou_text="OU=root,OU=Prod",
    )
    assert (organization.id, organization.management_account_id) == ("o-abc", "000000000001")


def test_the_state_falls_back_to_the_status() -> None:
    assert parse_organization(FULL).accounts["000000000003"].state == "SUSPENDED"


def test_control_policies_have_documents_and_targets_and_those_not_read_are_none() -> None:
    organization = parse_organization(FULL)
    assert organization.scps == ControlPolicies(
        policies={
            "p-1": ControlPolicy(
                id="p-1", name="Full", arn="arn:aws:organizations::aws:policy/p-1", document={"a": 1}
            ),
            "p-2": ControlPolicy(id="p-2", name="p-2", arn="", document=None),
        },
        targets={"r-1": ("p-1",), "000000000002": ("p-1", "p-2")},
    )
    assert organization.rcps is None


def test_delegated_administrators_and_failures_are_kept() -> None:
    organization = parse_organization(FULL)
    assert organization.delegated_administrators == {"000000000002": ("ssm.amazonaws.com",)}
    assert organization.failures == (
        Failure(step="ListPolicies", code="AccessDeniedException", message="no"),
    )


def test_account_ids_alone_are_an_organization_of_which_nothing_else_is_known() -> None:
    organization = parse_organization({"Accounts": [{"Id": "000000000009"}]})
    account = organization.accounts["000000000009"]
    assert (account.name, account.state, account.tags, account.ou_path) == (None, None, None, None)
    assert (organization.id, organization.scps, organization.delegated_administrators) == (None, None, None)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "organization.json: expected an object"),
        ({"Accounts": {}}, "organization.json: Accounts: expected a list"),
        ({"Accounts": [{"Id": "1"}]}, "Accounts[0].Id: expected an account id of 12 digits"),
        ({"Accounts": [{"Id": 12}]}, "Accounts[0].Id: expected a text"),
        ({"OrganizationId": 5}, "OrganizationId: expected a text"),
        (
            {"ServiceControlPolicies": {"Policies": {"p-1": 5}}},
            "ServiceControlPolicies.Policies.p-1: expected an object",
        ),
        (
            {"ResourceControlPolicies": {"Targets": {"r-1": [None]}}},
            "ResourceControlPolicies.Targets.r-1[0]: expected a text",
        ),
        ({"CollectedAt": 1e300}, "CollectedAt: expected an ISO 8601 time"),
    ],
)
def test_garbage_is_told_with_its_place(document: Json, message: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        parse_organization(document)
    assert message in str(caught.value)


def test_managed_policies_are_found_by_arn_and_may_lack_name_and_default() -> None:
    arn = "arn:aws:iam::aws:policy/service-role/Thing"
    versions: Json = [{"VersionId": "v3", "IsDefaultVersion": True, "Document": {"Statement": []}}]
    assert parse_managed_policies({"Policies": [{"Arn": arn, "PolicyVersionList": versions}]}) == {
        arn: ManagedPolicy(arn=arn, name="Thing", default_version="v3", versions={"v3": {"Statement": []}})
    }


def test_a_managed_policy_without_versions_has_none() -> None:
    arn = "arn:aws:iam::aws:policy/Thing"
    assert parse_managed_policies({"Policies": [{"Arn": arn}]})[arn].versions == {}


def test_garbage_among_managed_policies_is_told_with_its_place() -> None:
    with pytest.raises(SnapshotError, match=r"managed-policies\.json: Policies\[0\]\.Arn: expected a text"):
        parse_managed_policies({"Policies": [{}]})
