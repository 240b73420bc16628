"""What moto lacks: AWS Config's aggregator, whose answers are made of the real stores in moto.

It looks at each account as Config's recorder does, by the services' own answers, and spells fields as Config
does: https://github.com/awslabs/aws-config-resource-schema/tree/master/config/properties/resource-types
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.collect.store_cloud import StoreCloud

NAME = "everything"
History: TypeAlias = "dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]]"
_LISTED = re.compile(r"(\w+) IN \(([^)]*)\)")
_SPELLED = {
    "AWS::RDS::DBCluster": {
        "DBClusterIdentifier": "dbclusterIdentifier",
        "DBClusterArn": "dbclusterArn",
        "DbClusterResourceId": "dbClusterResourceId",
        "Engine": "engine",
        "KmsKeyId": "kmsKeyId",
        "IAMDatabaseAuthenticationEnabled": "iamdatabaseAuthenticationEnabled",
        "HttpEndpointEnabled": "httpEndpointEnabled",
    },
    "AWS::RDS::DBInstance": {
        "DBInstanceIdentifier": "dBInstanceIdentifier",
        "DBInstanceArn": "dBInstanceArn",
        "DbiResourceId": "dbiResourceId",
        "DBClusterIdentifier": "dBClusterIdentifier",
        "Engine": "engine",
        "KmsKeyId": "kmsKeyId",
        "IAMDatabaseAuthenticationEnabled": "iAMDatabaseAuthenticationEnabled",
        "PubliclyAccessible": "publiclyAccessible",
    },
    "AWS::SecretsManager::Secret": {"ARN": "ARN", "Name": "Name", "KmsKeyId": "KMSKeyId"},
    "AWS::KMS::Key": {"KeyId": "keyId", "Arn": "arn", "KeyManager": "keyManager", "KeyState": "keyState"},
}


@dataclass(kw_only=True)
class Aggregator:
    """An aggregator of these accounts and Regions; `types` are those that recorders record, all by default.

    `change` alters the items of an answer, as damage and age do; `queries` are the expressions it was asked,
    and `sizes` the sizes of page. It gives no more than `page_size`, as AWS may, and errors of the codes in
    `trouble` first. `history` is what was recorded already, which aggregators of the same stores may share.
    """

    cloud: StoreCloud
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    types: frozenset[str] | None = None
    change: Callable[[dict[str, Any]], object] = lambda _: None
    queries: list[str] = field(default_factory=list)
    sizes: set[int] = field(default_factory=set)
    page_size: int = 100
    trouble: list[str] = field(default_factory=list)
    history: History = field(default_factory=dict)

    def answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One page of a query, or the error for an aggregator of another name."""
        asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        if asked["ConfigurationAggregatorName"] != NAME:
            return _error(start_response, "NoSuchConfigurationAggregatorException")
        if self.trouble:
            return _error(start_response, self.trouble.pop())
        self.queries.append(asked["Expression"])
        self.sizes.add(asked["Limit"])
        start, size = int(asked.get("NextToken", "0")), min(asked["Limit"], self.page_size)
        items = list(self._found(asked["Expression"]))
        for item in items:
            self.change(item)
        results = [json.dumps(item) for item in items[start : start + size]]
        more = {"NextToken": str(start + size)} if start + size < len(items) else {}
        return _json(start_response, 200, {"Results": results, "QueryInfo": {}, **more})

    def _found(self, expression: str) -> Iterator[dict[str, Any]]:
        wanted = {name: set(re.findall(r"'([^']*)'", listed)) for name, listed in _LISTED.findall(expression)}
        for account in self.accounts:
            for item in self._recorded(account) if account in wanted["accountId"] else ():
                recorded = self.types is None or item["resourceType"] in self.types
                if recorded and item["resourceType"] in wanted["resourceType"]:
                    yield {"accountId": account, "configurationItemStatus": "OK", **item}

    def _recorded(self, account: str) -> list[dict[str, Any]]:
        place = (account, self.regions)
        if place not in self.history:
            self.history[place] = list(self._record(account))
        return deepcopy(self.history[place])

    def _record(self, account: str) -> Iterator[dict[str, Any]]:
        cloud = replace(self.cloud, account=account)
        yield from _buckets(cloud, self.regions)
        for region in self.regions:
            for read in (_tables, _keys, _databases, _secrets):
                yield from ({"awsRegion": region, **item} for item in read(cloud, region))


def _buckets(cloud: StoreCloud, regions: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    s3 = cloud.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        region = s3.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"]
        if region in regions:
            yield {"awsRegion": region, **_bucket(s3, name)}


def _bucket(s3: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - the client of S3
    policy = _answered(partial(s3.get_bucket_policy, Bucket=name)).get("Policy")
    tags = _answered(partial(s3.get_bucket_tagging, Bucket=name)).get("TagSet", ())
    encryption = _answered(partial(s3.get_bucket_encryption, Bucket=name))
    supplementary: dict[str, Any] = {"BucketPolicy": {"policyText": policy}}
    if encryption:
        rules = encryption["ServerSideEncryptionConfiguration"]["Rules"]
        supplementary["ServerSideEncryptionConfiguration"] = {"rules": [_rule(rule) for rule in rules]}
    return {
        "resourceType": "AWS::S3::Bucket",
        "resourceId": name,
        "resourceName": name,
        "arn": f"arn:aws:s3:::{name}",
        "configuration": {"name": name},
        "supplementaryConfiguration": supplementary,
        "tags": _tags((tag["Key"], tag["Value"]) for tag in tags),
    }


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    default = rule["ApplyServerSideEncryptionByDefault"]
    return {
        "applyServerSideEncryptionByDefault": {
            "sseAlgorithm": default["SSEAlgorithm"],
            "kmsMasterKeyID": default.get("KMSMasterKeyID"),
        },
        "bucketKeyEnabled": False,
    }


def _tables(cloud: StoreCloud, region: str) -> Iterator[dict[str, Any]]:
    dynamodb = cloud.client("dynamodb", region)
    for name in dynamodb.list_tables()["TableNames"]:
        table = dynamodb.describe_table(TableName=name)["Table"]
        key = table.get("SSEDescription", {}).get("KMSMasterKeyArn")
        tags = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
        yield {
            "resourceType": "AWS::DynamoDB::Table",
            "resourceId": name,
            "resourceName": name,
            "arn": table["TableArn"],
            "configuration": {
                "tableName": name,
                "tableArn": table["TableArn"],
                "ssedescription": {"ssetype": "KMS", "kmsmasterKeyArn": key} if key else None,
                "globalSecondaryIndexes": [
                    {"indexName": index["IndexName"]} for index in table.get("GlobalSecondaryIndexes", ())
                ],
            },
            "supplementaryConfiguration": {},
            "tags": _tags((tag["Key"], tag["Value"]) for tag in tags),
        }


def _keys(cloud: StoreCloud, region: str) -> Iterator[dict[str, Any]]:
    kms = cloud.client("kms", region)
    for key in kms.list_keys()["Keys"]:
        metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
        tags = kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]
        yield {
            "resourceType": "AWS::KMS::Key",
            "resourceId": key["KeyId"],
            "arn": key["KeyArn"],
            "configuration": _spelled("AWS::KMS::Key", metadata),
            "supplementaryConfiguration": {"Policy": policy, "KeyRotationStatus": False},
            "tags": _tags((tag["TagKey"], tag["TagValue"]) for tag in tags),
        }


def _databases(cloud: StoreCloud, region: str) -> Iterator[dict[str, Any]]:
    rds = cloud.client("rds", region)
    for kind, word, listed in (
        ("AWS::RDS::DBCluster", "DBClusterArn", rds.describe_db_clusters()["DBClusters"]),
        ("AWS::RDS::DBInstance", "DBInstanceArn", rds.describe_db_instances()["DBInstances"]),
    ):
        for each in listed:
            yield {
                "resourceType": kind,
                "arn": each[word],
                "configuration": _spelled(kind, each),
                "supplementaryConfiguration": {},
                "tags": _tags((tag["Key"], tag["Value"]) for tag in each["TagList"]),
            }


def _secrets(cloud: StoreCloud, region: str) -> Iterator[dict[str, Any]]:
    kind = "AWS::SecretsManager::Secret"
    for secret in cloud.client("secretsmanager", region).list_secrets()["SecretList"]:
        yield {
            "resourceType": kind,
            "arn": secret["ARN"],
            "configuration": _spelled(kind, secret),
            "tags": _tags((tag["Key"], tag["Value"]) for tag in secret.get("Tags", ())),
        }


def _spelled(kind: str, answered: Mapping[str, Any]) -> dict[str, Any]:
    return {spelled: answered[name] for name, spelled in _SPELLED[kind].items() if name in answered}


def _tags(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"key": key, "value": value, "tag": f"{key}={value}"} for key, value in pairs]


def _answered(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer; nothing where AWS has none."""
    with suppress(ClientError):
        return ask()
    return {}


def _error(start_response: Callable[..., Any], code: str) -> Iterable[bytes]:
    return _json(start_response, 400, {"__type": code, "message": "made up"})


def _json(start_response: Callable[..., Any], status: int, content: object) -> Iterable[bytes]:
    body = json.dumps(content).encode()
    start_response(f"{status} Config", [("Content-Type", "application/x-amz-json-1.1")])
    return [body]
