"""Stores with what AWS Config recorded of them: the same as asked one by one, whatever Config lacks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from job.aws.clients import open_clients
from job.collect.account import CollectedAccount
from job.collect.member import StoppedError
from job.collect.stores import aggregator as stores_of_config
from job.settings.load import load_settings
from job.snapshot.parse import parse_account
from job.snapshot.stores import DataStore, DataStores, StoreType
from tests.collect.recorded_config import NAME, Aggregator, History
from tests.collect.store_cloud import (
    ACCOUNT,
    ALL,
    BOTH,
    ELSEWHERE,
    HOME,
    TAGS,
    StoreCloud,
    StoreCollection,
    failed,
    make_bucket,
    make_everything,
    make_table,
    policy,
    store_cloud,
    stores,
)
from tests.scripted_aws import point_at

OTHER = "444455556666"
DIRECT = {"REPORT_DATA_STORES": ALL, "REPORT_REGIONS": BOTH, "REPORT_MAX_CONCURRENCY": "4"}
RECORDED = {**DIRECT, "REPORT_CONFIG_AGGREGATOR": NAME}
RECORDED_PARTS = {
    "GetBucketPolicy",
    "GetBucketTagging",
    "GetBucketEncryption",
    "DescribeTable",
    "ListTagsOfResource",
    "DescribeKey",
    "GetKeyPolicy",
    "ListResourceTags",
}


@dataclass(frozen=True, kw_only=True)
class World:
    """Two accounts with stores, what is read of them one by one, and what Config has recorded of them."""

    cloud: StoreCloud
    collection: StoreCollection
    direct: list[DataStores]
    history: History = field(default_factory=dict)

    def read(self, **given: str) -> list[CollectedAccount]:
        """Both accounts by the aggregator."""
        self.cloud.front.asked.clear()
        return self.collection.read_all([ACCOUNT, OTHER], {**RECORDED, **given})


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as monkeypatch, store_cloud() as cloud:
        point_at(monkeypatch, cloud.url)
        make_everything(cloud)
        make_bucket(cloud, "far", ELSEWHERE)
        # AWS encrypts every bucket by itself, which moto leaves out.
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        cloud.client("s3", ELSEWHERE).put_bucket_encryption(
            Bucket="far", ServerSideEncryptionConfiguration={"Rules": [rule]}
        )
        other = replace(cloud, account=OTHER)
        key = other.client("kms").create_key()["KeyMetadata"]["Arn"]
        encrypted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        index = {
            "IndexName": "by-id",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        make_table(other, "orders", SSESpecification=encrypted, GlobalSecondaryIndexes=[index])
        make_bucket(other, "payroll")
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        other.client("s3").put_bucket_encryption(
            Bucket="payroll", ServerSideEncryptionConfiguration={"Rules": [rule]}
        )
        collection = StoreCollection()
        direct = [parsed(each) for each in collection.read_all([ACCOUNT, OTHER], DIRECT)]
        yield World(cloud=cloud, collection=collection, direct=direct)


@pytest.fixture
def world(served: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An aggregator that has recorded everything."""
    point_at(monkeypatch, served.cloud.url)
    served.cloud.front.aggregator = Aggregator(
        cloud=served.cloud, accounts=(ACCOUNT, OTHER), regions=(HOME, ELSEWHERE), history=served.history
    )
    yield served
    served.cloud.front.aggregator = None
    served.cloud.front.refused = lambda _: False


@pytest.fixture
def aggregator(world: World) -> Aggregator:
    assert world.cloud.front.aggregator is not None
    return world.cloud.front.aggregator


def parsed(collected: CollectedAccount) -> DataStores:
    found = parse_account(collected.account_id, json.loads(json.dumps(collected.document))).stores
    assert found is not None
    return found


def asked_by_members(world: World) -> set[str]:
    """What was asked in the accounts; the recorder asks as those who made the stores."""
    return {each.operation for each in world.cloud.front.asked if not each.seeding}


def test_both_ways_give_the_same_stores(world: World) -> None:
    read = world.read()
    assert [parsed(each) for each in read] == world.direct
    assert [(each.failures, each.not_recorded) for each in read] == [((), {}), ((), {})]


def test_what_config_has_is_not_asked_again(world: World) -> None:
    world.read()
    assert asked_by_members(world) & RECORDED_PARTS == set()
    assert asked_by_members(world) >= {
        "ListBuckets",
        "ListTables",
        "ListKeys",
        "GetResourcePolicy",
        "ListGrants",
    }


def test_many_accounts_are_asked_about_at_once_and_every_page_is_read(
    world: World, aggregator: Aggregator
) -> None:
    aggregator.page_size = 2
    read = world.read(REPORT_MAX_CONCURRENCY="1")
    assert [parsed(each) for each in read] == world.direct
    (query,) = set(aggregator.queries)
    assert (ACCOUNT in query, OTHER in query) == (True, True)
    assert aggregator.sizes == {100}


def test_a_type_that_is_not_recorded_is_asked_in_the_accounts_and_named(
    world: World, aggregator: Aggregator
) -> None:
    aggregator.types = frozenset({"AWS::DynamoDB::Table", "AWS::KMS::Key"})
    read = world.read()
    assert [parsed(each) for each in read] == world.direct
    assert [(each.failures, each.not_recorded) for each in read] == [
        ((), {"AWS::S3::Bucket": 2}),
        ((), {"AWS::S3::Bucket": 1}),
    ]


def test_an_account_that_the_aggregator_lacks_is_asked_and_named(
    world: World, aggregator: Aggregator
) -> None:
    aggregator.accounts = (OTHER,)
    lacking, whole = world.read()
    assert [parsed(lacking), parsed(whole)] == world.direct
    assert lacking.not_recorded == {"AWS::S3::Bucket": 2, "AWS::DynamoDB::Table": 1, "AWS::KMS::Key": 1}
    assert (whole.not_recorded, lacking.failures) == ({}, ())


def test_a_region_that_the_aggregator_lacks_is_asked_and_named(world: World, aggregator: Aggregator) -> None:
    aggregator.regions = (HOME,)
    read = world.read()
    assert [parsed(each) for each in read] == world.direct
    assert [each.not_recorded for each in read] == [{"AWS::S3::Bucket": 1}, {}]


def test_an_aggregator_that_is_not_there_is_named_once_and_everything_is_asked(world: World) -> None:
    with capture_logs() as lines:
        read = world.read(REPORT_CONFIG_AGGREGATOR="nothing", REPORT_MAX_CONCURRENCY="1")
    assert [parsed(each) for each in read] == world.direct
    assert [each.failures for each in read] == [(), ()]
    (line,) = (line for line in lines if line["event"] == "aggregator.unread")
    assert (line["aggregator"], line["code"]) == ("nothing", "NoSuchConfigurationAggregatorException")


def test_an_aggregator_that_is_denied_is_asked_once_and_everything_is_asked_in_the_accounts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("job.collect.stores.aggregator._BATCH", 1)
    world.cloud.front.refused = lambda asked: asked.service == "config"
    with capture_logs() as lines:
        read = world.read(REPORT_MAX_CONCURRENCY="1")
    assert [parsed(each) for each in read] == world.direct
    (line,) = (line for line in lines if line["event"] == "aggregator.unread")
    assert line["code"] == "AccessDeniedException"
    assert sum(each.service == "config" for each in world.cloud.front.asked) == 1


def test_trouble_that_may_pass_costs_the_accounts_of_one_question(
    world: World, aggregator: Aggregator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("job.collect.stores.aggregator._BATCH", 1)
    aggregator.trouble = ["InvalidNextTokenException"]
    read = world.read(REPORT_MAX_CONCURRENCY="1")
    assert [parsed(each) for each in read] == world.direct
    assert len(aggregator.queries) == 1
    assert asked_by_members(world) >= RECORDED_PARTS - {"ListTagsOfResource"}


def test_trouble_of_one_kind_is_named_once(
    world: World, aggregator: Aggregator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("job.collect.stores.aggregator._BATCH", 1)
    aggregator.trouble = ["InvalidNextTokenException"] * 2
    with capture_logs() as lines:
        world.read(REPORT_MAX_CONCURRENCY="1")
    assert (aggregator.trouble, aggregator.queries) == ([], [])
    assert [line["event"] for line in lines] == ["aggregator.unread"]


def test_the_aggregators_refusal_is_told_where_the_account_refuses_as_well(world: World) -> None:
    world.cloud.front.refused = lambda asked: (
        asked.operation == "GetBucketPolicy" or asked.service == "config"
    )
    read = world.read(REPORT_DATA_STORES="s3")
    expected = {
        ("SelectAggregateResourceConfig", "AccessDeniedException", None),
        ("GetBucketPolicy", "AccessDenied", HOME),
    }
    assert failed(read[1]) == expected
    assert [store.policy_status.value for store in parsed(read[1]).stores] == ["not_read"]


@pytest.mark.parametrize(
    ("kind", "listing", "name", "types"),
    [
        ("s3", "ListBuckets", "Buckets", {StoreType.BUCKET}),
        ("dynamodb", "ListTables", "Tables", {StoreType.TABLE}),
        ("kms", "ListKeys", "Keys", {StoreType.KMS_KEY}),
        ("rds", "DescribeDBClusters", "DBClusters", {StoreType.DB_CLUSTER}),
        ("rds", "DescribeDBInstances", "DBInstances", {StoreType.DB_INSTANCE}),
        ("secrets", "ListSecrets", "SecretList", {StoreType.SECRET}),
    ],
)
def test_where_an_account_does_not_list_configs_own_list_stands_and_is_not_whole(
    world: World, kind: str, listing: str, name: str, types: set[StoreType]
) -> None:
    world.cloud.front.refused = lambda asked: asked.operation == listing and not asked.seeding
    read = world.read(REPORT_DATA_STORES=kind)[0]
    found, direct = parsed(read), world.direct[0]
    assert {each[0] for each in failed(read)} == {listing}
    assert name in {each.name for each in found.unread}
    assert not found.is_complete(kind)
    assert as_recorded(found, types) == as_recorded(direct, types)


def as_recorded(found: DataStores, types: set[StoreType]) -> list[DataStore]:
    """The stores of some types without what Config does not record of databases."""
    chosen = [each for each in found.stores if each.type in types]
    return [
        replace(each, database=replace(each.database, master_secret_read=False)) if each.database else each
        for each in chosen
    ]


def test_a_database_of_configs_list_says_that_its_secret_is_not_known(world: World) -> None:
    world.cloud.front.refused = lambda asked: asked.operation.startswith("Describe") and not asked.seeding
    found = parsed(world.read(REPORT_DATA_STORES="rds")[0])
    databases = [each.database for each in found.stores if each.database]
    assert [each.master_secret_read for each in databases] == [False, False]
    assert [each.engine for each in databases] == ["aurora-mysql", "mysql"]


def test_a_database_whose_secret_config_knows_has_it(world: World, aggregator: Aggregator) -> None:
    def with_secret(item: dict[str, Any]) -> None:
        item["configuration"]["masterUserSecret"] = {"secretArn": "arn:aws:secretsmanager:r:1:secret:rds!a"}

    aggregator.change = with_secret
    world.cloud.front.refused = lambda asked: asked.operation.startswith("Describe") and not asked.seeding
    found = parsed(world.read(REPORT_DATA_STORES="rds")[0])
    databases = [each.database for each in found.stores if each.database]
    assert {each.master_secret_arn for each in databases} == {"arn:aws:secretsmanager:r:1:secret:rds!a"}


def test_what_an_item_lacks_is_asked_in_the_account(world: World, aggregator: Aggregator) -> None:
    aggregator.change = lambda item: [
        item.pop(name, None) for name in ("configuration", "supplementaryConfiguration", "tags")
    ]
    read = world.read()
    assert [parsed(each) for each in read] == world.direct
    assert asked_by_members(world) >= RECORDED_PARTS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("configurationItemStatus", "ResourceDeleted"),
        ("resourceType", "AWS::EC2::Instance"),
        ("resourceType", None),
        ("resourceName", None),
        ("arn", ""),
        ("accountId", 17),
        ("configuration", "not JSON"),
    ],
)
def test_an_item_that_is_not_understood_costs_no_store(
    world: World, aggregator: Aggregator, name: str, value: object
) -> None:
    aggregator.change = lambda item: item.update({name: value})
    assert [parsed(each) for each in world.read()] == world.direct


def test_objects_that_stand_as_text_are_read_and_policies_as_objects_too(
    world: World, aggregator: Aggregator
) -> None:
    def otherwise(item: dict[str, Any]) -> None:
        supplementary = item.get("supplementaryConfiguration", {})
        if supplementary.get("Policy"):
            supplementary["Policy"] = json.loads(supplementary["Policy"])
        item["supplementaryConfiguration"] = json.dumps(supplementary)
        item["configuration"] = json.dumps(item["configuration"])

    aggregator.change = otherwise
    assert [parsed(each) for each in world.read()] == world.direct
    assert asked_by_members(world) & RECORDED_PARTS == set()


def test_a_policy_is_told_as_config_recorded_it(world: World, aggregator: Aggregator) -> None:
    older = policy("arn:aws:s3:::payroll/*", "s3:GetObject")

    def of_yesterday(item: dict[str, Any]) -> None:
        if item.get("resourceName") == "payroll":
            item["supplementaryConfiguration"]["BucketPolicy"]["policyText"] = older
            item["tags"] = [{"key": tag["Key"], "value": tag["Value"], "tag": "one"} for tag in TAGS]

    aggregator.change = of_yesterday
    (payroll,) = stores(world.read()[1])["s3"]["Buckets"]
    assert (payroll["Policy"], payroll["Tags"]) == (older, TAGS)


def test_the_snapshot_names_the_aggregator_and_what_it_lacks(world: World, aggregator: Aggregator) -> None:
    aggregator.types = frozenset({"AWS::S3::Bucket"})
    section = stores(world.read()[1])
    missing = {"AWS::DynamoDB::Table": 1, "AWS::KMS::Key": 1}
    assert section["Aggregator"] == {"Name": NAME, "NotRecorded": missing}


def test_an_aggregator_in_another_region_is_asked_there(world: World) -> None:
    world.read(REPORT_CONFIG_AGGREGATOR=f"{ELSEWHERE}/{NAME}")
    assert {each.region for each in world.cloud.front.asked if each.service == "config"} == {ELSEWHERE}


def test_a_run_that_is_stopped_asks_for_no_further_page(aggregator: Aggregator) -> None:
    settings = load_settings(RECORDED, destination_required=False)
    client = open_clients(settings).config
    assert client is not None
    stop = threading.Event()
    stop.set()
    asking = stores_of_config.Aggregator(client, NAME, ("s3",), stop)
    asking.expect(OTHER)
    with pytest.raises(StoppedError):
        asking.of(ACCOUNT)
    with pytest.raises(StoppedError):
        asking.of(OTHER)
    assert len(aggregator.queries) == 1


def test_without_the_setting_config_is_not_asked(world: World) -> None:
    world.cloud.front.asked.clear()
    world.collection.read_all([ACCOUNT], DIRECT)
    assert {each.service for each in world.cloud.front.asked} & {"config"} == set()
