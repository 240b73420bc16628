"""Data stores as the analysis sees them: none lost, whatever else their records hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.snapshot.model import Json, JsonObject
from job.snapshot.parse import parse_account
from job.snapshot.parse_stores import parse_stores
from job.snapshot.stores import (
    Database,
    DataStore,
    DataStores,
    Grant,
    ObjectAcls,
    PolicyStatus,
    StoreType,
    UnreadList,
)

ACCOUNT = "111122223333"
REGION = "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k1"
POLICY: Json = {"Version": "2012-10-17", "Statement": []}


def parsed(kinds: list[Json], **sections: Json) -> DataStores:
    section: JsonObject = {"Kinds": kinds, "Regions": [REGION], **sections}
    stores = parse_stores(ACCOUNT, "aws", {"DataStores": section})
    assert stores is not None
    return stores


def only(stores: DataStores) -> DataStore:
    (store,) = stores.stores
    assert stores.damaged == ()
    return store


def test_a_bucket_has_its_region_tags_key_and_policy() -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    bucket: Json = {
        "Name": "payroll",
        "BucketRegion": REGION,
        "Policy": '{"Version": "2012-10-17", "Statement": []}',
        "Tags": [{"Key": "DataClassification", "Value": "Restricted"}],
        "Encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {**default}}]},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    }
    assert only(parsed(["s3"], s3={"Buckets": [bucket], "Gone": []})) == DataStore(
        type=StoreType.BUCKET,
        account_id=ACCOUNT,
        arn="arn:aws:s3:::payroll",
        name="payroll",
        region=REGION,
        tags={"DataClassification": "Restricted"},
        key_arn=KEY,
        key_read=True,
        policy=POLICY,
        policy_read=True,
        object_acls=ObjectAcls.OFF,
    )


@pytest.mark.parametrize(
    ("record", "acls"),
    [
        ({"OwnershipControls": None}, ObjectAcls.ON),
        ({"OwnershipControls": {"Rules": []}}, ObjectAcls.ON),
        ({"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}}, ObjectAcls.ON),
        ({"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}, ObjectAcls.ON),
        ({"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}, ObjectAcls.OFF),
        ({}, ObjectAcls.NOT_READ),
    ],
)
def test_access_control_lists_are_off_only_where_the_bucket_owner_owns_every_object(
    record: dict[str, Json], acls: ObjectAcls
) -> None:
    assert only(parsed(["s3"], s3={"Buckets": [{"Name": "b", **record}]})).object_acls is acls


def test_an_ownership_that_is_not_understood_is_not_read_and_told() -> None:
    bucket: Json = {"Name": "b", "OwnershipControls": {"Rules": [7]}}
    stores = parsed(["s3"], s3={"Buckets": [bucket]})
    assert [store.object_acls for store in stores.stores] == [ObjectAcls.NOT_READ]
    assert [failure.code for failure in stores.damaged] == ["Malformed"]


def test_tags_of_a_secret_that_aws_config_did_not_tell_are_not_none() -> None:
    told: Json = {"Name": "a", "ARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:a"}
    untold: Json = {
        "Name": "b",
        "ARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:b",
        "NotRecorded": ["Tags"],
    }
    stores = parsed(["secrets"], secrets={REGION: {"SecretList": [told, untold], "Parameters": []}})
    assert [store.tags for store in stores.stores] == [{}, None]


def test_a_list_that_aws_refused_is_not_whole_whatever_else_is_known_of_it() -> None:
    table: Json = {"TableName": "orders"}
    lists: Json = {"Tables": [table], "Incomplete": ["Tables"]}
    stores = parsed(["dynamodb"], dynamodb={REGION: lists})
    assert [store.name for store in stores.stores] == ["orders"]
    assert stores.unread == (UnreadList(kind="dynamodb", region=REGION, name="Tables"),)
    assert not stores.is_complete("dynamodb")


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ({"Policy": '{"Statement": []}'}, PolicyStatus.READ),
        ({"Policy": "no policy language"}, PolicyStatus.READ),
        ({"Policy": None}, PolicyStatus.NONE),
        ({}, PolicyStatus.NOT_READ),
    ],
)
def test_a_policy_that_is_not_there_and_one_that_was_not_read_differ(
    record: dict[str, Json], status: PolicyStatus
) -> None:
    assert only(parsed(["s3"], s3={"Buckets": [{"Name": "b", **record}]})).policy_status is status


def test_tags_and_key_that_were_not_read_are_not_none_at_all() -> None:
    unread = only(parsed(["s3"], s3={"Buckets": [{"Name": "b"}]}))
    none = only(parsed(["s3"], s3={"Buckets": [{"Name": "b", "Tags": None, "Encryption": None}]}))
    assert (unread.tags, unread.key_read) == (None, False)
    assert (none.tags, none.key_read, none.key_arn) == ({}, True, None)


@pytest.mark.parametrize(
    ("named", "key"),
    [
        (KEY, KEY),
        ("k1", KEY),
        ("alias/payroll", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/payroll"),
        ("alias/aws/secretsmanager", None),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/secretsmanager", None),
        (None, None),
    ],
)
def test_a_key_is_named_by_arn_id_or_alias(named: str | None, key: str | None) -> None:
    secret: Json = {"ARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:s-AbCdEf", "KmsKeyId": named}
    stores = parsed(["secrets"], secrets={REGION: {"SecretList": [secret], "Parameters": []}})
    assert only(stores).key_arn == key


def test_a_table_has_its_policy_and_key() -> None:
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
    table: Json = {
        "TableName": "orders",
        "TableArn": arn,
        "Table": {
            "SSEDescription": {"SSEType": "KMS", "KMSMasterKeyArn": KEY},
            "GlobalSecondaryIndexes": [{"IndexName": "by-day"}],
            "LocalSecondaryIndexes": [{"IndexName": "by-size"}],
        },
        "ResourcePolicy": POLICY,
        "Tags": [],
    }
    store = only(parsed(["dynamodb"], dynamodb={REGION: {"Tables": [table]}}))
    assert (store.type, store.arn, store.name, store.region) == (StoreType.TABLE, arn, "orders", REGION)
    assert (store.key_arn, store.policy, store.tags) == (KEY, POLICY, {})
    assert store.indexes == ("by-day", "by-size")


def test_databases_tell_how_one_logs_in() -> None:
    cluster: Json = {
        "DBClusterIdentifier": "ledger",
        "DBClusterArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:ledger",
        "DbClusterResourceId": "cluster-ABC",
        "Engine": "aurora-mysql",
        "IAMDatabaseAuthenticationEnabled": True,
        "HttpEndpointEnabled": True,
        "MasterUserSecret": {"SecretArn": "arn:secret"},
        "TagList": [{"Key": "a", "Value": "b"}],
    }
    instance: Json = {
        "DBInstanceIdentifier": "ledger-1",
        "DbiResourceId": "db-ABC",
        "DBClusterIdentifier": "ledger",
        "PubliclyAccessible": True,
        "IAMDatabaseAuthenticationEnabled": False,
    }
    stores = parsed(["rds"], rds={REGION: {"DBClusters": [cluster], "DBInstances": [instance]}})
    first, second = stores.stores
    assert first.database == Database(
        engine="aurora-mysql",
        resource_id="cluster-ABC",
        iam_authentication=True,
        data_api=True,
        master_secret_arn="arn:secret",
        cluster=None,
    )
    assert second.database == Database(
        engine=None,
        resource_id="db-ABC",
        iam_authentication=False,
        data_api=None,
        master_secret_arn=None,
        cluster="ledger",
    )
    assert second.arn == f"arn:aws:rds:{REGION}:{ACCOUNT}:db:ledger-1"
    assert (first.policy_status, second.tags) == (PolicyStatus.NONE, None)


def test_parameters_have_their_type_and_those_that_can_be_shared_an_unknown_policy() -> None:
    plain: Json = {"Name": "/app/name", "Type": "String", "Tier": "Standard"}
    shared: Json = {"Name": "limit", "Type": "SecureString", "KeyId": "alias/aws/ssm", "Tier": "Advanced"}
    stores = parsed(["secrets"], secrets={REGION: {"SecretList": [], "Parameters": [plain, shared]}})
    name, limit = stores.stores
    assert (name.arn, name.parameter_type) == (
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/app/name",
        "String",
    )
    assert (name.policy_status, limit.policy_status) == (PolicyStatus.NONE, PolicyStatus.NOT_READ)
    assert (limit.parameter_type, limit.key_arn) == ("SecureString", None)


def test_a_key_has_aliases_grants_and_a_policy() -> None:
    grant: Json = {
        "GrantId": "g1",
        "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:user/alice",
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextEquals": {"a": "b"}},
    }
    key: Json = {
        "KeyId": "k1",
        "KeyArn": KEY,
        "Aliases": ["alias/payroll"],
        "Policy": POLICY,
        "Grants": [grant],
        "Tags": [{"TagKey": "a", "TagValue": "b"}],
    }
    of_aws: Json = {"KeyId": "k2", "KeyArn": KEY.replace("k1", "k2"), "Aliases": ["alias/aws/s3"]}
    stores = parsed(["kms"], kms={REGION: {"Keys": [key], "AwsManagedKeys": [of_aws]}})
    store = only(stores)
    assert (store.name, store.key_arn, store.tags, store.aliases) == (
        "payroll",
        KEY,
        {"a": "b"},
        ("alias/payroll",),
    )
    assert store.grants == (
        Grant(
            id="g1",
            grantee=f"arn:aws:iam::{ACCOUNT}:user/alice",
            operations=("Decrypt",),
            constraints={"EncryptionContextEquals": {"a": "b"}},
        ),
    )
    assert stores.aws_managed_keys == {
        KEY.replace("k1", "k2"),
        f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/s3",
    }


def test_grants_that_were_not_read_are_not_none_at_all() -> None:
    unread = only(parsed(["kms"], kms={REGION: {"Keys": [{"KeyId": "k1", "Policy": None}]}}))
    assert (unread.grants, unread.policy_status) == (None, PolicyStatus.NOT_READ)


def test_a_list_that_is_missing_makes_its_kind_incomplete() -> None:
    stores = parsed(
        ["s3", "rds", "secrets"],
        s3={"Buckets": [], "Gone": ["left"]},
        rds={REGION: {"DBClusters": []}},
        secrets={},
    )
    assert stores.unread == (
        UnreadList(kind="rds", region=REGION, name="DBInstances"),
        UnreadList(kind="secrets", region=REGION, name="SecretList"),
        UnreadList(kind="secrets", region=REGION, name="Parameters"),
    )
    assert [kind for kind in ("s3", "rds", "secrets", "kms") if stores.is_complete(kind)] == ["s3"]
    assert (stores.gone, stores.damaged) == (("left",), ())


@pytest.mark.parametrize(
    ("record", "arn"),
    [
        ({"ARN": "no ARN", "Name": "s"}, f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:s"),
        (
            {"ARN": "arn:aws:secretsmanager", "Name": "s"},
            f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:s",
        ),
        ({"ARN": 7, "Name": "s"}, f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:s"),
    ],
)
def test_a_secret_whose_arn_is_none_is_told_by_its_name(record: dict[str, Json], arn: str) -> None:
    stores = parsed(["secrets"], secrets={REGION: {"SecretList": [record, {"Tags": []}], "Parameters": []}})
    assert [store.arn for store in stores.stores] == [arn]
    assert len(stores.damaged) == 2


def test_an_account_that_was_not_asked_has_no_stores_and_no_failure() -> None:
    account = parse_account(ACCOUNT, {})
    assert (account.stores, account.failures) == (None, ())


def test_damage_in_one_part_costs_that_part_and_is_a_failure_of_the_account() -> None:
    bucket: Json = {"Name": "b", "Tags": [1], "Encryption": {"Rules": 3}, "Policy": None, "New": {"Field": 1}}
    section: Json = {"Kinds": ["s3"], "Regions": [], "s3": {"Buckets": [bucket, {"Tags": []}, 7]}}
    account = parse_account(ACCOUNT, {"DataStores": section})
    assert account.stores is not None
    (store,) = account.stores.stores
    assert (store.name, store.tags, store.key_read, store.policy_status) == (
        "b",
        None,
        False,
        PolicyStatus.NONE,
    )
    assert [(failure.step, failure.code) for failure in account.failures] == [("DataStores", "Malformed")] * 4
    assert [failure.message for failure in account.failures] == [
        "s3.Buckets[0]: Rules: expected a list",
        "s3.Buckets[0]: Tags[0]: expected an object",
        "s3.Buckets[1]: Name: expected a text",
        "s3.Buckets[2]: expected an object",
    ]


@pytest.mark.parametrize("section", [[], "s3", {"Kinds": "s3"}, {"Kinds": [1]}])
def test_a_section_that_is_none_is_a_failure_and_costs_nothing_else(section: Json) -> None:
    account = parse_account(ACCOUNT, {"DataStores": section, "AuthorizationDetails": {}})
    assert [(failure.step, failure.code) for failure in account.failures] == [("DataStores", "Malformed")]
    assert account.identities_read


LISTS = {
    "s3": ("Buckets", "Name"),
    "dynamodb": ("Tables", "TableName"),
    "rds": ("DBClusters", "DBClusterIdentifier"),
    "secrets": ("Parameters", "Name"),
    "kms": ("Keys", "KeyId"),
}
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "BucketRegion", "Policy", "Tags", "Encryption", "TableArn", "Table", "ResourcePolicy", "DBClusterArn",
        "IAMDatabaseAuthenticationEnabled", "MasterUserSecret", "KmsKeyId", "TagList", "ARN", "Type", "Tier",
        "KeyArn", "Aliases", "Grants", "KeyMetadata", "Unheard",
    ]
)  # fmt: skip


@given(kind=st.sampled_from(sorted(LISTS)), damaged=st.dictionaries(FIELDS, VALUES, max_size=6))
def test_whatever_its_record_holds_no_store_with_a_name_is_lost(kind: str, damaged: dict[str, Json]) -> None:
    listed, name = LISTS[kind]
    lists: JsonObject = {listed: [{**damaged, name: "here"}, {name: "other"}]}
    section: JsonObject = {**{each: {REGION: lists} for each in LISTS}, "s3": lists}
    stores = parsed([kind], **section)
    assert len(stores.stores) == 2
