from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from job.demo.spec import load_demo
from tests.embedded import Embedded, embedded

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_organizations import OrganizationsClient

READER = "iam-access-key-report-reader"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded(load_demo(), tmp_path_factory.mktemp("demo")) as served:
        yield served


def assumed(aws: Embedded, role_arn: str) -> boto3.Session:
    environment = aws.environment
    sts = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
    )
    credentials = sts.assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
    return boto3.Session(
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
        region_name="us-east-1",
    )


def iam_of(aws: Embedded, account_id: str) -> IAMClient:
    session = assumed(aws, f"arn:aws:iam::{account_id}:role/{READER}")
    return session.client("iam", endpoint_url=aws.environment["AWS_ENDPOINT_URL"])


def organizations(aws: Embedded) -> OrganizationsClient:
    session = assumed(aws, aws.environment["REPORT_ORGANIZATION_ROLE_ARN"])
    return session.client("organizations", endpoint_url=aws.environment["AWS_ENDPOINT_URL"])


def report_rows(iam: IAMClient) -> dict[str, dict[str, str]]:
    iam.generate_credential_report()
    text = iam.get_credential_report()["Content"].decode()
    return {row["user"]: row for row in csv.DictReader(io.StringIO(text))}


def test_accounts_keep_the_ids_that_the_organization_file_gives_them(aws: Embedded) -> None:
    listed = {account["Id"]: account["Name"] for account in organizations(aws).list_accounts()["Accounts"]}
    assert listed["012345678901"] == "shop-prod"
    assert len(listed) == 16


def test_a_control_policy_names_the_unit_it_is_attached_to(aws: Embedded) -> None:
    targets = organizations(aws).list_targets_for_policy(PolicyId="p-noroot01")["Targets"]
    assert [target["TargetId"] for target in targets] == ["ou-demo-workload"]


def test_users_show_their_boundary(aws: Embedded) -> None:
    details = iam_of(aws, "410000000032").get_account_authorization_details(Filter=["User"])
    boundaries = {user["UserName"]: user.get("PermissionsBoundary") for user in details["UserDetailList"]}
    assert boundaries["finance-export"] is None
    assert boundaries["payments-batch"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": "arn:aws:iam::410000000032:policy/workload-boundary",
    }


def test_the_credential_report_has_the_root_users_key(aws: Embedded) -> None:
    root = report_rows(iam_of(aws, "100000000001"))["<root_account>"]
    assert root["arn"] == "arn:aws:iam::100000000001:root"
    assert root["access_key_1_active"] == "true"
    assert root["access_key_1_last_used_service"] == "s3"
    assert root["access_key_2_active"] == "false"


def test_the_credential_report_says_where_a_key_was_used(aws: Embedded) -> None:
    row = report_rows(iam_of(aws, "300000000021"))["jorge.netadmin"]
    assert (row["access_key_1_last_used_service"], row["access_key_1_last_used_region"]) == (
        "ec2",
        "eu-central-1",
    )
    assert row["access_key_2_active"] == "false"


def test_only_the_attached_aws_managed_policies_are_there(aws: Embedded) -> None:
    details = iam_of(aws, "100000000001").get_account_authorization_details(Filter=["AWSManagedPolicy"])
    assert [policy["Arn"] for policy in details["Policies"]] == [
        "arn:aws:iam::aws:policy/AdministratorAccess"
    ]


def test_the_account_without_the_reader_role_refuses_it(aws: Embedded) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        iam_of(aws, "600000000071")


def test_each_call_is_written_down_with_its_caller(aws: Embedded) -> None:
    iam_of(aws, "420000000042").list_users()
    calls = [call for call in aws.operations() if call["operation"] == "ListUsers"]
    assert calls == [
        {
            "caller": READER,
            "account_id": "420000000042",
            "service": "iam",
            "operation": "ListUsers",
            "count": 1,
        }
    ]


def test_ids_are_the_same_every_time(aws: Embedded, tmp_path_factory: pytest.TempPathFactory) -> None:
    with embedded(load_demo(), tmp_path_factory.mktemp("again")) as again:
        assert again.keys == aws.keys
