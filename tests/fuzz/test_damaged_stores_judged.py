"""Whatever stands in the records of data stores, every key of the account is judged and every store told."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.snapshot.model import Json, JsonObject
from job.snapshot.parse import parse_account, parse_organization

ACCOUNT, REGION = "111122223333", "eu-central-1"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
CAPABILITIES = load_capabilities()
ORGANIZATION = parse_organization({"Accounts": [{"Id": ACCOUNT}]})
LISTS = {
    "s3": ("Buckets", "Name"),
    "dynamodb": ("Tables", "TableName"),
    "rds": ("DBClusters", "DBClusterIdentifier"),
    "secrets": ("SecretList", "Name"),
    "kms": ("Keys", "KeyId"),
}
TEXTS = st.sampled_from(
    [
        "*",
        "",
        "arn:",
        "arn:aws:kms::",
        f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k",
        "alias/a",
        "${aws:username}",
        USER,
    ]
)
SCALARS: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers(-1, 3) | TEXTS
ELEMENTS = st.sampled_from(
    ["Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "Condition", "AWS",
     "Statement", "Version", "StringEquals", "kms:ViaService", "Allow", "2012-10-17",
     "EncryptionContextEquals"]
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS | ELEMENTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ELEMENTS | TEXTS, inner, max_size=3),
    max_leaves=8,
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny", "Maybe"]), "Action": st.just("*")},
    optional={"Principal": VALUES, "NotPrincipal": VALUES, "Resource": VALUES, "Condition": VALUES},
)
POLICIES: st.SearchStrategy[Any] = VALUES | st.fixed_dictionaries(
    {"Version": st.just("2012-10-17"), "Statement": st.lists(STATEMENTS, max_size=3)}
)
RECORDS = st.dictionaries(
    st.sampled_from(["Policy", "ResourcePolicy"]), POLICIES, max_size=2
).flatmap(
    lambda policies: st.dictionaries(
        st.sampled_from(
            ["Tags", "Encryption", "Table", "TableArn", "ARN", "KmsKeyId", "KeyArn", "Aliases", "Grants",
             "MasterUserSecret", "DbClusterResourceId", "HttpEndpointEnabled", "TagList", "BucketRegion"]
        ),
        VALUES,
        max_size=4,
    ).map(lambda others: {**others, **policies})
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(sorted(LISTS)), record=RECORDS)
def test_every_key_is_judged_and_every_store_told(kind: str, record: dict[str, Json]) -> None:
    listed, name = LISTS[kind]
    lists: JsonObject = {listed: [{**record, name: "here"}]}
    section: JsonObject = {
        "Kinds": [kind],
        "Regions": [REGION],
        kind: lists if kind == "s3" else {REGION: lists},
    }
    everything: Json = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    user: JsonObject = {
        "UserName": "alice",
        "Arn": USER,
        "UserPolicyList": [{"PolicyName": "all", "PolicyDocument": everything}],
    }
    document: JsonObject = {
        "AuthorizationDetails": {"UserDetailList": [user]},
        "AccessKeys": [{"UserName": "alice", "AccessKeyId": "AKIAALICE", "Status": "Active"}],
        "DataStores": section,
    }
    analysis = Analysis(organization=ORGANIZATION, managed_policies={}, capabilities=CAPABILITIES)
    analysis.add(parse_account(ACCOUNT, document))
    (alice,) = analysis.verdicts(ACCOUNT)
    (opening,) = analysis.stores(ACCOUNT)
    assert opening.store.arn.startswith("arn:")
    assert {access.store_arn for access in alice.stores} <= {opening.store.arn}
