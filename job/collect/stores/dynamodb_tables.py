"""Reads the DynamoDB tables of one Region.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from job.collect.member import Member
from job.collect.stores.config_items import TABLE
from job.collect.stores.store_reader import Description, Part, Record, StoreReader, merged

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def _table(dynamodb: DynamoDBClient, table: Record) -> Record:
    return {**dynamodb.describe_table(TableName=table["TableName"])["Table"]}


def _policy(dynamodb: DynamoDBClient, table: Record) -> str:
    return dynamodb.get_resource_policy(ResourceArn=table["TableArn"])["Policy"]


def _tags(dynamodb: DynamoDBClient, table: Record) -> list[Any]:
    pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=table["TableArn"])
    return merged(pages, "Tags")


_DESCRIPTION: Description[DynamoDBClient] = Description(
    parts=(
        Part(name="Table", step="DescribeTable", ask=_table),
        Part(
            name="ResourcePolicy",
            step="GetResourcePolicy",
            ask=_policy,
            absent=frozenset({"PolicyNotFoundException"}),
        ),
        Part(name="Tags", step="ListTagsOfResource", ask=_tags),
    ),
    gone=frozenset({"ResourceNotFoundException", "TableNotFoundException"}),
)


def read_tables(member: Member, reader: StoreReader, region: str) -> Record:
    """`Tables` with their description, policy and tags; empty when they could not be listed."""
    dynamodb = member.regional.of(region).dynamodb
    prefix = f"arn:{member.partition}:dynamodb:{region}:{member.account_id}:table"
    listed = reader.listed(TABLE, "ListTables", lambda: _listed(dynamodb, prefix), region=region)
    if listed is None:
        return {}
    for table in listed.stores:
        reader.add_known(TABLE, table["TableArn"], table)
    there, gone = reader.described(dynamodb, listed.stores, _DESCRIPTION, region=region)
    return {**listed.section("Tables", there), "Gone": [table["TableArn"] for table in gone]}


def _listed(dynamodb: DynamoDBClient, prefix: str) -> list[Record]:
    pages = dynamodb.get_paginator("list_tables").paginate()
    names = (name for page in pages for name in page["TableNames"])
    return [{"TableName": name, "TableArn": f"{prefix}/{name}"} for name in names]
