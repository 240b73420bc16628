"""Real buckets, tables, databases, secrets, parameters and keys, made by calls and read back whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from job.collect.account import CollectedAccount
from job.snapshot.parse import parse_account
from tests.collect.store_cloud import (
    ACCOUNT,
    ALL,
    BOTH,
    ELSEWHERE,
    HOME,
    TAGS,
    USER,
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


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[StoreCloud]:
    with store_cloud() as served:
        point_at(monkeypatch, served.url)
        yield served


@pytest.fixture
def read(cloud: StoreCloud) -> Callable[..., CollectedAccount]:
    """Reads the account with these kinds and Regions."""

    def collect(kinds: str = ALL, regions: str = BOTH) -> CollectedAccount:
        assert cloud.url
        return StoreCollection().read(kinds, regions)

    return collect


def test_buckets_come_with_region_policy_tags_and_key(
    cloud: StoreCloud, read: Callable[..., CollectedAccount]
) -> None:
    make_bucket(cloud, "plain")
    make_bucket(cloud, "far", ELSEWHERE)
    make_bucket(cloud, "payroll")
    key = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3 = cloud.client("s3")
    s3.put_bucket_policy(Bucket="payroll", Policy=policy("arn:aws:s3:::payroll/*", "s3:GetObject"))
    s3.put_bucket_tagging(Bucket="payroll", Tagging={"TagSet": TAGS})
    s3.put_bucket_encryption(Bucket="payroll", ServerSideEncryptionConfiguration={"Rules": [rule]})
    collected = read("s3", "")
    by_name = {bucket["Name"]: bucket for bucket in stores(collected)["s3"]["Buckets"]}
    assert sorted(by_name) == ["far", "payroll", "plain"]
    assert {name: bucket["BucketRegion"] for name, bucket in by_name.items()} == {
        "far": ELSEWHERE,
        "payroll": HOME,
        "plain": HOME,
    }
    payroll, plain = by_name["payroll"], by_name["plain"]
    assert json.loads(payroll["Policy"]) == json.loads(policy("arn:aws:s3:::payroll/*", "s3:GetObject"))
    assert payroll["Tags"] == TAGS
    assert payroll["Encryption"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key
    assert (plain["Policy"], plain["Tags"], plain["Encryption"]) == (None, None, None)
    assert collected.failures == ()


def test_a_bucket_is_asked_about_in_its_own_region(
    cloud: StoreCloud, read: Callable[..., CollectedAccount]
) -> None:
    make_bucket(cloud, "here")
    make_bucket(cloud, "far", ELSEWHERE)
    cloud.front.asked.clear()
    read("s3", "")
    assert {(asked.bucket, asked.region) for asked in cloud.front.asked if asked.bucket} == {
        ("here", HOME),
        ("far", ELSEWHERE),
    }


def test_a_policy_of_twenty_kilobytes_is_kept_whole(
    cloud: StoreCloud, read: Callable[..., CollectedAccount]
) -> None:
    make_bucket(cloud, "crowded")
    large = policy("arn:aws:s3:::crowded/*", "s3:GetObject", sids=120)
    assert 20_000 < len(large) <= 20_480
    cloud.client("s3").put_bucket_policy(Bucket="crowded", Policy=large)
    (bucket,) = stores(read("s3", ""))["s3"]["Buckets"]
    assert bucket["Policy"] == large


def test_a_bucket_that_vanishes_while_listed_is_named_and_costs_no_other(
    cloud: StoreCloud, read: Callable[..., CollectedAccount]
) -> None:
    for name in ("first", "going", "last"):
        make_bucket(cloud, name)
    cloud.front.vanished = lambda asked: asked.bucket == "going"
    collected = read("s3", "")
    section = stores(collected)["s3"]
    assert [bucket["Name"] for bucket in section["Buckets"]] == ["first", "last"]
    assert section["Gone"] == ["going"]
    assert collected.failures == ()


def test_a_bucket_whose_policy_is_denied_stays_with_all_that_could_be_read(
    cloud: StoreCloud, read: Callable[..., CollectedAccount]
) -> None:
    for name in ("guarded", "open"):
        make_bucket(cloud, name)
        cloud.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": TAGS})
    cloud.front.refused = lambda asked: (asked.operation, asked.bucket) == ("GetBucketPolicy", "guarded")
    collected = read("s3", "")
    guarded, other = stores(collected)["s3"]["Buckets"]
    assert "Policy" not in guarded
    assert (guarded["Tags"], other["Policy"]) == (TAGS, None)
    assert failed(collected) == {("GetBucketPolicy", "AccessDenied", HOME)}


def test_tables_come_with_policy_tags_and_key(
    cloud: StoreCloud, read: Callable[..., CollectedAccount]
) -> None:
    kms = cloud.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    orders = make_table(
        cloud, "orders", SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    )
    make_table(cloud, "plain")
    dynamodb = cloud.client("dynamodb")
    dynamodb.put_resource_policy(ResourceArn=orders, Policy=policy(orders, "dynamodb:GetItem"))
    dynamodb.tag_resource(ResourceArn=orders, Tags=TAGS)
    collected = read("dynamodb")
    sections = stores(collected)["dynamodb"]
    by_name = {table["TableName"]: table for table in sections[HOME]["Tables"]}
    assert sections[ELSEWHERE] == {"Tables": [], "Gone": []}
    assert sorted(by_name) == ["orders", "plain"]
    assert by_name["orders"]["TableArn"] == by_name["orders"]["Table"]["TableArn"] == orders
    assert by_name["orders"]["Table"]["SSEDescription"]["KMSMasterKeyArn"] == key
    assert json.loads(by_name["orders"]["ResourcePolicy"]) == json.loads(policy(orders, "dynamodb:GetItem"))
    assert (by_name["orders"]["Tags"], by_name["plain"]["Tags"]) == (TAGS, [])
    assert by_name["plain"]["ResourcePolicy"] is None
    assert collected.failures == ()


def test_databases_tell_how_one_logs_in(cloud: StoreCloud, read: Callable[..., CollectedAccount]) -> None:
    rds = cloud.client("rds", ELSEWHERE)
    cluster = rds.create_db_cluster(
        DBClusterIdentifier="ledger",
        Engine="aurora-mysql",
        EngineMode="serverless",
        EnableHttpEndpoint=True,
        EnableIAMDatabaseAuthentication=True,
        MasterUsername="root",
        ManageMasterUserPassword=True,
        Tags=TAGS,
    )["DBCluster"]
    instance = rds.create_db_instance(
        DBInstanceIdentifier="old",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        PubliclyAccessible=True,
        MasterUsername="root",
        MasterUserPassword="made-up-password",
        AllocatedStorage=10,
    )["DBInstance"]
    sections = stores(read("rds"))["rds"]
    (read_cluster,), (read_instance,) = (
        sections[ELSEWHERE]["DBClusters"],
        sections[ELSEWHERE]["DBInstances"],
    )
    assert sections[HOME] == {"DBClusters": [], "DBInstances": []}
    assert read_cluster["DBClusterArn"] == cluster["DBClusterArn"]
    assert (read_cluster["HttpEndpointEnabled"], read_cluster["IAMDatabaseAuthenticationEnabled"]) == (
        True,
        True,
    )
    assert read_cluster["MasterUserSecret"]["SecretArn"] == cluster["MasterUserSecret"]["SecretArn"]
    assert read_cluster["TagList"] == TAGS
    assert read_instance["DBInstanceArn"] == instance["DBInstanceArn"]
    assert (read_instance["PubliclyAccessible"], read_instance["IAMDatabaseAuthenticationEnabled"]) == (
        True,
        False,
    )
    assert "made-up-password" not in json.dumps(sections)


def test_secrets_and_parameters_come_without_their_values(
    cloud: StoreCloud, read: Callable[..., CollectedAccount]
) -> None:
    secrets, ssm = cloud.client("secretsmanager"), cloud.client("ssm")
    key = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
    database = secrets.create_secret(Name="database", SecretString="hush", KmsKeyId=key, Tags=TAGS)["ARN"]
    secrets.create_secret(Name="plain", SecretString="hush")
    secrets.put_resource_policy(
        SecretId=database, ResourcePolicy=policy("*", "secretsmanager:GetSecretValue")
    )
    ssm.put_parameter(Name="/app/password", Value="hush", Type="SecureString")
    ssm.put_parameter(Name="/app/name", Value="hush", Type="String")
    collected = read("secrets")
    section = stores(collected)["secrets"][HOME]
    by_name = {secret["Name"]: secret for secret in section["SecretList"]}
    assert sorted(by_name) == ["database", "plain"]
    assert (by_name["database"]["KmsKeyId"], by_name["database"]["Tags"]) == (key, TAGS)
    assert json.loads(by_name["database"]["ResourcePolicy"])["Statement"][0]["Principal"] == {"AWS": USER}
    assert by_name["plain"]["ResourcePolicy"] is None
    assert {each["Name"]: each["Type"] for each in section["Parameters"]} == {
        "/app/password": "SecureString",
        "/app/name": "String",
    }
    assert "hush" not in json.dumps(stores(collected))
    assert collected.failures == ()


def test_keys_come_with_policy_aliases_grants_and_tags(
    cloud: StoreCloud, read: Callable[..., CollectedAccount]
) -> None:
    kms = cloud.client("kms")
    tags = [{"TagKey": "DataClassification", "TagValue": "Restricted"}]
    key = kms.create_key(Tags=tags, Policy=policy("*", "kms:*"))["KeyMetadata"]
    kms.create_alias(AliasName="alias/payroll", TargetKeyId=key["KeyId"])
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=USER, Operations=["Decrypt"])
    collected = read("kms")
    section = stores(collected)["kms"][HOME]
    (found,) = section["Keys"]
    assert (found["KeyArn"], found["Aliases"], found["Tags"]) == (key["Arn"], ["alias/payroll"], tags)
    assert json.loads(found["Policy"])["Statement"][0]["Principal"] == {"AWS": USER}
    assert [(grant["GranteePrincipal"], grant["Operations"]) for grant in found["Grants"]] == [
        (USER, ["Decrypt"])
    ]
    assert found["KeyMetadata"]["KeyManager"] == "CUSTOMER"
    assert collected.failures == ()


def test_a_key_that_aws_manages_is_told_apart_and_asked_nothing_more(
    cloud: StoreCloud, read: Callable[..., CollectedAccount]
) -> None:
    own = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]
    cloud.client("ssm").put_parameter(Name="/p", Value="x", Type="SecureString")
    cloud.client("secretsmanager").create_secret(Name="s", SecretString="x")
    cloud.client("rds").create_db_cluster(
        DBClusterIdentifier="c", Engine="aurora-mysql", MasterUsername="root", ManageMasterUserPassword=True
    )
    cloud.front.asked.clear()
    section = stores(read("kms"))["kms"][HOME]
    assert [key["KeyId"] for key in section["Keys"]] == [own]
    assert [key["Aliases"] for key in section["AwsManagedKeys"]] == [["alias/aws/secretsmanager"]]
    assert sum(asked.operation == "GetKeyPolicy" for asked in cloud.front.asked) == 1


def test_the_parsed_stores_are_those_that_were_made_none_lost_and_none_invented(
    cloud: StoreCloud, read: Callable[..., CollectedAccount]
) -> None:
    make_everything(cloud)
    make_bucket(cloud, "far", ELSEWHERE)
    make_table(cloud, "plain")
    account = parse_account(ACCOUNT, json.loads(json.dumps(read().document)))
    assert account.stores is not None
    kms, secrets = cloud.client("kms"), cloud.client("secretsmanager")
    (key,) = (each["KeyArn"] for each in kms.list_keys()["Keys"])
    (secret,) = (each["ARN"] for each in secrets.list_secrets()["SecretList"])
    regional = f"{HOME}:{ACCOUNT}"
    assert {(store.type.value, store.arn, store.policy_status.value) for store in account.stores.stores} == {
        ("bucket", "arn:aws:s3:::data", "read"),
        ("bucket", "arn:aws:s3:::far", "none"),
        ("table", f"arn:aws:dynamodb:{regional}:table/data", "read"),
        ("table", f"arn:aws:dynamodb:{regional}:table/plain", "none"),
        ("db_cluster", f"arn:aws:rds:{regional}:cluster:data", "none"),
        ("db_instance", f"arn:aws:rds:{regional}:db:data", "none"),
        ("secret", secret, "read"),
        ("parameter", f"arn:aws:ssm:{regional}:parameter/data", "none"),
        ("kms_key", key, "read"),
    }
    assert (account.stores.unread, account.stores.damaged) == ((), ())
