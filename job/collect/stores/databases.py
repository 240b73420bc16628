"""Reads the database clusters and instances of one Region: two lists, which tell all that is wanted.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from job.collect.member import Member
from job.collect.stores.config_items import CLUSTER, INSTANCE
from job.collect.stores.store_reader import Record, StoreReader, joined, merged

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


def read_databases(member: Member, reader: StoreReader, region: str) -> Record:
    """`DBClusters` and `DBInstances`, each left out when it could not be listed."""
    rds = member.regional.of(region).rds
    clusters = reader.listed(CLUSTER, "DescribeDBClusters", lambda: _clusters(rds), region=region)
    instances = reader.listed(INSTANCE, "DescribeDBInstances", lambda: _instances(rds), region=region)
    lists = {"DBClusters": clusters, "DBInstances": instances}
    return joined(each.section(name) for name, each in lists.items() if each is not None)


def _clusters(rds: RDSClient) -> list[Record]:
    return merged(rds.get_paginator("describe_db_clusters").paginate(), "DBClusters")


def _instances(rds: RDSClient) -> list[Record]:
    return merged(rds.get_paginator("describe_db_instances").paginate(), "DBInstances")
