"""The services that tell of data stores, and AWS Config's aggregator over them: lists and parts, no data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from xml.sax.saxutils import escape

from bench.answers import AwsError, page, query_answer
from bench.stores import AccountStores, Record
from bench.wire import Answer, Request
from bench.world import World

RDS_NAMESPACE = "http://rds.amazonaws.com/doc/2014-10-31/"
S3_PARTS = {
    "policy": "GetBucketPolicy",
    "tagging": "GetBucketTagging",
    "encryption": "GetBucketEncryption",
    "ownershipControls": "GetBucketOwnershipControls",
}
SERVICES = frozenset({"dynamodb", "kms", "rds", "secretsmanager", "ssm", "config"})
Params = Mapping[str, object]


def s3_operation(request: Request) -> str | None:
    """The operation, where it is about buckets rather than objects."""
    bucket = request.path.strip("/")
    if not bucket:
        return "ListBuckets"
    return next((name for part, name in S3_PARTS.items() if part in request.query), None)


class StoreServices:
    """The stores of every account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._of = lru_cache(maxsize=2000)(lambda account_id: AccountStores.of(world, account_id))
        self._answers: Mapping[str, Callable[[AccountStores, Params], object]] = {
            "dynamodb:ListTables": lambda own, _: {"TableNames": [each["TableName"] for each in own.tables]},
            "dynamodb:DescribeTable": lambda own, asked: {
                "Table": _one(own.tables, "TableName", asked["TableName"])["Table"]
            },
            "dynamodb:GetResourcePolicy": lambda own, asked: {
                "Policy": _one(own.tables, "TableArn", asked["ResourceArn"])["ResourcePolicy"]
            },
            "dynamodb:ListTagsOfResource": lambda own, asked: {
                "Tags": _one(own.tables, "TableArn", asked["ResourceArn"])["Tags"]
            },
            "secretsmanager:ListSecrets": lambda own, _: {
                "SecretList": [_without(each, "ResourcePolicy") for each in own.secrets]
            },
            "secretsmanager:GetResourcePolicy": _secret_policy,
            "ssm:DescribeParameters": lambda _, __: {"Parameters": []},
            "kms:ListKeys": lambda own, _: {
                "Keys": [{"KeyId": each["KeyId"], "KeyArn": each["KeyArn"]} for each in own.keys]
            },
            "kms:ListAliases": lambda own, _: {"Aliases": list(_aliases(own))},
            "kms:DescribeKey": lambda own, asked: {"KeyMetadata": _key(own, asked)["KeyMetadata"]},
            "kms:GetKeyPolicy": lambda own, asked: {"Policy": _key(own, asked)["Policy"]},
            "kms:ListGrants": lambda own, asked: {"Grants": _key(own, asked)["Grants"]},
            "kms:ListResourceTags": lambda own, asked: {"Tags": _key(own, asked)["Tags"]},
        }

    def result(self, name: str, account_id: str, params: Params) -> object:
        """The answer of a service that speaks JSON or CBOR."""
        if name == "config:SelectAggregateResourceConfig":
            return self._aggregated(params)
        if name not in self._answers:
            raise AwsError("UnknownOperationException", name)
        return self._answers[name](self._of(account_id), params)

    def rds(self, operation: str, account_id: str) -> Answer:
        """The answer of RDS, which speaks XML."""
        own, name = self._of(account_id), operation.removeprefix("Describe")
        listed = {"DBClusters": own.clusters, "DBInstances": own.instances}[name]
        return query_answer(operation, RDS_NAMESPACE, _xml(name, listed))

    def s3(self, operation: str, account_id: str, request: Request) -> Answer:
        """The answer of S3 about buckets."""
        own = self._of(account_id)
        if operation == "ListBuckets":
            listed = [{"Name": each["Name"], "BucketRegion": each["BucketRegion"]} for each in own.buckets]
            return _s3(f"<ListAllMyBucketsResult>{_xml('Buckets', listed)}</ListAllMyBucketsResult>")
        bucket = _one(own.buckets, "Name", request.path.strip("/"))
        match operation:
            case "GetBucketPolicy":
                return Answer(body=str(bucket["Policy"]).encode(), content_type="application/json")
            case "GetBucketTagging":
                return _s3(f"<Tagging>{_xml('TagSet', bucket['Tags'])}</Tagging>")
            case "GetBucketEncryption":
                return _s3(_rules("ServerSideEncryptionConfiguration", bucket["Encryption"]))
            case _:
                return _s3(_rules("OwnershipControls", bucket["OwnershipControls"]))

    def _aggregated(self, params: Params) -> Record:
        accounts = re.findall(r"'(\d{12})'", str(params["Expression"]))
        types = set(re.findall(r"'(AWS::[^']+)'", str(params["Expression"])))
        found = [
            item for each in accounts for item in _items(self._of(each)) if item["resourceType"] in types
        ]
        token = params.get("NextToken")
        items, more = page(
            found, None if token is None else str(token), int(str(params["Limit"])), empty=False
        )
        results: Record = {"Results": [json.dumps(item) for item in items]}
        return results if more is None else {**results, "NextToken": more}


def _items(own: AccountStores) -> Iterator[Record]:
    """What AWS Config has recorded of an account's buckets, tables and keys, in its spelling."""
    common = {"accountId": own.account_id, "awsRegion": "us-east-1", "configurationItemStatus": "OK"}
    for bucket in own.buckets:
        rules = json.loads(json.dumps(bucket["Encryption"]).replace("SSEA", "sseA").replace("KMSM", "kmsM"))
        default = [
            {"applyServerSideEncryptionByDefault": next(iter(rule.values()))} for rule in rules["Rules"]
        ]
        yield {
            **common,
            "resourceType": "AWS::S3::Bucket",
            "resourceName": bucket["Name"],
            "configuration": {"name": bucket["Name"]},
            "supplementaryConfiguration": {
                "BucketPolicy": {"policyText": bucket["Policy"]},
                "ServerSideEncryptionConfiguration": {"rules": default},
            },
            "tags": _recorded_tags(bucket["Tags"], "Key", "Value"),
        }
    for table in own.tables:
        yield {
            **common,
            "resourceType": "AWS::DynamoDB::Table",
            "resourceName": table["TableName"],
            "arn": table["TableArn"],
            "configuration": table["Table"],
            "tags": _recorded_tags(table["Tags"], "Key", "Value"),
        }
    for key in own.keys:
        yield {
            **common,
            "resourceType": "AWS::KMS::Key",
            "arn": key["KeyArn"],
            "configuration": key["KeyMetadata"],
            "supplementaryConfiguration": {"Policy": key["Policy"]},
            "tags": _recorded_tags(key["Tags"], "TagKey", "TagValue"),
        }


def _recorded_tags(tags: object, key: str, value: str) -> list[Record]:
    return [{"key": tag[key], "value": tag[value]} for tag in (tags if isinstance(tags, list) else ())]


def _secret_policy(own: AccountStores, asked: Params) -> Record:
    secret = _one(own.secrets, "ARN", asked["SecretId"])
    policy = {} if secret["ResourcePolicy"] is None else {"ResourcePolicy": secret["ResourcePolicy"]}
    return {"ARN": secret["ARN"], "Name": secret["Name"], **policy}


def _aliases(own: AccountStores) -> Iterator[Record]:
    for key in own.keys:
        names = key["Aliases"]
        for name in names if isinstance(names, list) else ():
            yield {"AliasName": name, "TargetKeyId": key["KeyId"]}


def _key(own: AccountStores, asked: Params) -> Record:
    return _one(own.keys, "KeyId", asked["KeyId"])


def _one(records: list[Record], name: str, value: object) -> Record:
    return next(each for each in records if each[name] == value)


def _without(record: Record, name: str) -> Record:
    return {key: value for key, value in record.items() if key != name}


def _s3(text: str) -> Answer:
    return Answer(body=text.encode(), content_type="application/xml")


def _rules(name: str, configuration: object) -> str:
    rules = configuration["Rules"] if isinstance(configuration, dict) else ()
    return f"<{name}>{''.join(_xml('Rule', rule) for rule in rules)}</{name}>"


def _xml(name: str, value: object) -> str:
    """A value as XML; the members of a list have its name in the singular."""
    if isinstance(value, dict):
        inner = "".join(_xml(key, each) for key, each in value.items())
    elif isinstance(value, list):
        member = {"TagList": "Tag", "TagSet": "Tag"}.get(name, name.removesuffix("s"))
        inner = "".join(_xml(member, each) for each in value)
    else:
        inner = str(value).lower() if isinstance(value, bool) else escape(str(value))
    return f"<{name}>{inner}</{name}>"
