"""Every partition's own endpoints: nothing goes to another, and Organizations is asked where it is kept.

https://docs.aws.amazon.com/general/latest/gr/ao.html
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from job.aws.clients import Clients, open_clients, open_s3
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


def settings(partition: Partition) -> Settings:
    return Settings.model_validate({"AWS_REGION": partition.region, "bucket": "reports"})


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
