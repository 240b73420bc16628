"""Every partition's own endpoints: nothing goes to another, and Organizations is asked where it is kept.

https://docs.aws.amazon.com/general/latest/gr/ao.html
"""

from __future__ import annotations

from typing import NamedTuple

import boto3
import pytest

from job.aws.clients import CallerIdentity, Clients, open_clients, open_s3, open_sns
from job.aws.finding_batches import SecurityHub
from job.collect.member import RoleAccess
from job.settings.settings import Settings


class Partition(NamedTuple):
    """A Region of it, its domain, and the Regions where it keeps its organizations and IAM."""

    region: str
    domain: str
    organizations: str
    iam: str


PARTITIONS = {
    "aws": Partition(
        "eu-central-1", "amazonaws.com", "organizations.us-east-1.amazonaws.com", "iam.amazonaws.com"
    ),
    "aws-us-gov": Partition(
        "us-gov-east-1",
        "amazonaws.com",
        "organizations.us-gov-west-1.amazonaws.com",
        "iam.us-gov.amazonaws.com",
    ),
    "aws-cn": Partition(
        "cn-north-1",
        "amazonaws.com.cn",
        "organizations.cn-northwest-1.amazonaws.com.cn",
        "iam.cn-north-1.amazonaws.com.cn",
    ),
    "aws-eusc": Partition(
        "eusc-de-east-1",
        "amazonaws.eu",
        "organizations.eusc-de-east-1.amazonaws.eu",
        "iam.eusc-de-east-1.amazonaws.eu",
    ),
}


@pytest.fixture(params=sorted(PARTITIONS))
def partition(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Partition:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    return PARTITIONS[request.param]


@pytest.fixture
def clients(partition: Partition) -> Clients:
    return open_clients(settings(partition))


def settings(partition: Partition, **more: str) -> Settings:
    return Settings.model_validate({"AWS_REGION": partition.region, "bucket": "reports", **more})


def caller(name: str) -> CallerIdentity:
    return CallerIdentity(account_id="111122223333", partition=name, arn=f"arn:{name}:sts::111122223333:x")


def test_sts_is_asked_in_the_runs_own_region(clients: Clients, partition: Partition) -> None:
    expected = f"https://sts.{partition.region}.{partition.domain}"
    assert clients.member.sts.meta.endpoint_url == expected


def test_organizations_is_asked_where_the_partition_keeps_it(clients: Clients, partition: Partition) -> None:
    assert clients.organizations.meta.endpoint_url == f"https://{partition.organizations}"


def test_iam_is_asked_at_the_partitions_own_endpoint(clients: Clients, partition: Partition) -> None:
    assert clients.member.iam.meta.endpoint_url == f"https://{partition.iam}"


def test_tags_of_accounts_are_asked_for_where_the_organization_is_kept(
    clients: Clients, partition: Partition
) -> None:
    home = partition.organizations.split(".")[1]
    assert clients.tagging is not None
    assert clients.tagging.meta.endpoint_url == f"https://tagging.{home}.{partition.domain}"


def test_reports_are_written_in_the_runs_own_region(partition: Partition) -> None:
    s3 = open_s3(settings(partition))
    assert s3.meta.region_name == partition.region
    assert s3.meta.endpoint_url == f"https://s3.{partition.region}.{partition.domain}"


def test_the_region_is_one_of_the_partition(clients: Clients, partition: Partition) -> None:
    assert clients.organizations.meta.partition == clients.member.sts.meta.partition
    assert clients.member.sts.meta.region_name == partition.region


def test_data_stores_are_asked_in_their_own_region(clients: Clients, partition: Partition) -> None:
    regional = clients.member.regional.of(partition.region)
    services = ("s3", "dynamodb", "rds", "secretsmanager", "ssm", "kms")
    asked = {service: getattr(regional, service).meta.endpoint_url for service in services}
    assert asked == {
        service: f"https://{service}.{partition.region}.{partition.domain}" for service in services
    }


def test_an_aggregator_is_asked_in_its_own_region(partition: Partition) -> None:
    clients = open_clients(settings(partition, config_aggregator="everything"))
    assert clients.config is not None
    assert clients.config.meta.endpoint_url == f"https://config.{partition.region}.{partition.domain}"


def test_news_go_to_the_topics_own_region(partition: Partition) -> None:
    topic = f"arn:{name_of(partition)}:sns:{partition.region}:111122223333:changes"
    sns = open_sns(settings(partition), topic)
    assert sns.meta.endpoint_url == f"https://sns.{partition.region}.{partition.domain}"


def test_root_users_are_entered_where_the_partition_answers_it(partition: Partition) -> None:
    root = open_clients(settings(partition, root_access="true")).root
    assert root is not None
    assert root.sts.meta.endpoint_url == f"https://sts.{partition.region}.{partition.domain}"
    assert root.iam.meta.endpoint_url == f"https://{partition.iam}"


@pytest.mark.parametrize("name", sorted(PARTITIONS))
def test_member_roles_are_those_of_the_partition(name: str) -> None:
    access = RoleAccess(caller=caller(name), role_name="audit/reader", external_id=None, session_policy="")
    assert access.arn("444455556666") == f"arn:{name}:iam::444455556666:role/audit/reader"


@pytest.mark.usefixtures("clients")
def test_findings_are_of_the_partitions_product(partition: Partition) -> None:
    name = name_of(partition)
    client = boto3.client("securityhub", region_name=partition.region)
    assert client.meta.endpoint_url == f"https://securityhub.{partition.region}.{partition.domain}"
    hub = SecurityHub(client, caller(name))
    product = f"{partition.region}:111122223333:product/111122223333/default"
    assert hub.product_arn == f"arn:{name}:securityhub:{product}"


def name_of(partition: Partition) -> str:
    return next(name for name, each in PARTITIONS.items() if each == partition)
