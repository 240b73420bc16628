"""Single results of AWS Config: what lacks what it is known by is none, what lacks a part has it not told."""

from __future__ import annotations

import json

import pytest

from job.collect.stores.config_items import parse_item

ACCOUNT, REGION = "111122223333", "eu-central-1"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:database-AbCdEf"
ENVELOPE = {"accountId": ACCOUNT, "awsRegion": REGION, "configurationItemStatus": "OK"}


def result(resource_type: str, **more: object) -> str:
    return json.dumps({**ENVELOPE, "resourceType": resource_type, **more})


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        result("AWS::S3::Bucket"),
        result("AWS::DynamoDB::Table", resourceName="orders"),
        result("AWS::KMS::Key"),
        result("AWS::RDS::DBCluster", arn="arn:aws:rds:r:1:cluster:c"),
        result("AWS::SecretsManager::Secret", configuration={"ARN": 7}),
        result("AWS::EC2::Instance", arn="arn:aws:ec2:r:1:instance/i"),
        result("AWS::S3::Bucket", resourceName="b", configurationItemStatus="ResourceDeleted"),
        result("AWS::S3::Bucket", resourceName="b", configurationItemStatus="ResourceNotRecorded"),
    ],
)
def test_what_cannot_be_told_by_name_or_is_not_current_is_none(text: str) -> None:
    assert parse_item(text) is None


@pytest.mark.parametrize(
    ("resource_type", "more", "identity", "listed"),
    [
        (
            "AWS::S3::Bucket",
            {"resourceId": "payroll"},
            "payroll",
            {"Name": "payroll", "BucketRegion": REGION},
        ),
        (
            "AWS::SecretsManager::Secret",
            {"configuration": {"ARN": SECRET, "Name": "database", "KMSKeyId": None}},
            SECRET,
            {"ARN": SECRET, "Name": "database", "NotRecorded": ["Tags"]},
        ),
        (
            "AWS::RDS::DBInstance",
            {"configuration": {"dBInstanceIdentifier": "old"}},
            f"{REGION}/old",
            {"DBInstanceIdentifier": "old", "NotRecorded": ["MasterUserSecret"]},
        ),
    ],
)
def test_an_item_with_its_name_alone_is_listed_and_has_no_parts(
    resource_type: str, more: dict[str, object], identity: str, listed: dict[str, object]
) -> None:
    found = parse_item(result(resource_type, **more))
    assert found is not None
    account_id, item = found
    assert (account_id, item.region, item.identity, item.listed) == (ACCOUNT, REGION, identity, listed)
    assert item.parts == {}
