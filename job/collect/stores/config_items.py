"""Reads AWS Config's items as the services themselves would have answered, part by part.

Config spells the fields of each service in its own way (`dBInstanceArn`, `dbclusterArn`), so they are looked
up without regard to case. A part that an item lacks is left out, never taken for one that AWS has not.
https://docs.aws.amazon.com/config/latest/developerguide/config-item-table.html
https://github.com/awslabs/aws-config-resource-schema
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from job.collect.stores.store_reader import Record

BUCKET = "AWS::S3::Bucket"
TABLE = "AWS::DynamoDB::Table"
KEY = "AWS::KMS::Key"
CLUSTER = "AWS::RDS::DBCluster"
INSTANCE = "AWS::RDS::DBInstance"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a type's name

_CURRENT = frozenset({"OK", "ResourceDiscovered"})
_LOGIN_FIELDS = (
    "Engine",
    "KmsKeyId",
    "IAMDatabaseAuthenticationEnabled",
    "HttpEndpointEnabled",
    "PubliclyAccessible",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigItem:
    """One resource as Config recorded it; `identity` is what its service lists it by."""

    type: str
    region: str
    identity: str
    listed: Record
    parts: Record


@dataclass(frozen=True, slots=True)
class _Fields:
    """An object of Config's, whose fields are found in any spelling."""

    values: Mapping[str, Any]

    @classmethod
    def of(cls, value: object) -> _Fields:
        """The fields of an object, which may stand as text; none of anything else."""
        decoded = _decoded(value)
        found = decoded if isinstance(decoded, dict) else {}
        return cls({str(name).casefold(): each for name, each in found.items()})

    def has(self, name: str) -> bool:
        return name.casefold() in self.values

    def get(self, name: str) -> Any:  # noqa: ANN401 - AWS's own answer
        return self.values.get(name.casefold())

    def inner(self, name: str) -> _Fields:
        return _Fields.of(self.get(name))

    def each(self, name: str) -> Iterator[_Fields]:
        listed = _decoded(self.get(name))
        return (_Fields.of(each) for each in (listed if isinstance(listed, list) else ()))

    def only(self, names: Iterable[str]) -> Record:
        """The fields of these names that are there, as the service spells them."""
        return {name: self.get(name) for name in names if self.get(name) is not None}


def _decoded(value: object) -> object:
    """A value, decoded where Config keeps JSON as text."""
    if not isinstance(value, str):
        return value
    try:
        decoded: object = json.loads(value)
    except ValueError:
        return value
    return decoded


@dataclass(frozen=True, slots=True)
class _Item:
    """One result of a query, of which only the envelope is known."""

    envelope: _Fields

    @property
    def configuration(self) -> _Fields:
        return self.envelope.inner("configuration")

    @property
    def supplementary(self) -> _Fields:
        return self.envelope.inner("supplementaryConfiguration")

    def text(self, name: str) -> str:
        value = self.envelope.get(name)
        return value if isinstance(value, str) else ""

    def tags(self, key: str, value: str) -> list[Record] | None:
        """The tags in a service's words; None when they are not in the item."""
        if not isinstance(self.envelope.get("tags"), list):
            return None
        found = [(each.get("key"), each.get("value")) for each in self.envelope.each("tags")]
        return [{key: name, value: text or ""} for name, text in found if isinstance(name, str)]


def parse_item(result: str) -> tuple[str, ConfigItem] | None:
    """The account and resource of one result; None of what is no current item of a known type.

    https://docs.aws.amazon.com/config/latest/APIReference/API_SelectAggregateResourceConfig.html
    """
    item = _Item(_Fields.of(result))
    read = _TYPES.get(item.text("resourceType"))
    if read is None or item.text("configurationItemStatus") not in _CURRENT:
        return None
    known = read(item)
    return None if known is None else (item.text("accountId"), known)


def _bucket(item: _Item) -> ConfigItem | None:
    name = item.text("resourceName") or item.text("resourceId")
    if not name:
        return None
    parts: Record = {}
    policy = item.supplementary.inner("BucketPolicy")
    if policy.has("policyText"):
        parts["Policy"] = _document(policy.get("policyText"))
    tags = item.tags("Key", "Value")
    if tags is not None:
        parts["Tags"] = tags or None
    encryption = item.supplementary.inner("ServerSideEncryptionConfiguration")
    if encryption.has("rules"):
        parts["Encryption"] = {"Rules": [_encryption(rule) for rule in encryption.each("rules")]}
    region = item.text("awsRegion")
    return ConfigItem(
        type=BUCKET,
        region=region,
        identity=name,
        listed={"Name": name, "BucketRegion": region},
        parts=parts,
    )


def _encryption(rule: _Fields) -> Record:
    default = rule.inner("applyServerSideEncryptionByDefault")
    return {"ApplyServerSideEncryptionByDefault": default.only(("SSEAlgorithm", "KMSMasterKeyID"))}


def _table(item: _Item) -> ConfigItem | None:
    """A table; Config has no resource policies of tables."""
    name, arn, table = item.text("resourceName"), item.text("arn"), item.configuration
    if not (name and arn):
        return None
    parts: Record = {}
    if table.has("tableName"):
        parts["Table"] = _description(table, name, arn)
    tags = item.tags("Key", "Value")
    if tags is not None:
        parts["Tags"] = tags
    return ConfigItem(
        type=TABLE,
        region=item.text("awsRegion"),
        identity=arn,
        listed={"TableName": name, "TableArn": arn},
        parts=parts,
    )


def _description(table: _Fields, name: str, arn: str) -> Record:
    found: Record = {"TableName": name, "TableArn": arn}
    encryption = table.inner("SSEDescription").only(("SSEType", "KMSMasterKeyArn"))
    if encryption:
        found["SSEDescription"] = encryption
    for indexes in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        names = [each.only(("IndexName",)) for each in table.each(indexes)]
        if names:
            found[indexes] = names
    return found


def _kms_key(item: _Item) -> ConfigItem | None:
    """A KMS key; Config has no grants."""
    arn = item.text("arn")
    identity = arn.rpartition("/")[2]
    if not identity:
        return None
    parts: Record = {}
    metadata = item.configuration.only(("KeyManager", "KeyState", "KeyUsage", "Enabled"))
    if "KeyManager" in metadata:
        parts["KeyMetadata"] = {"KeyId": identity, "Arn": arn, **metadata}
    policy = _document(item.supplementary.get("Policy"))
    if policy is not None:
        parts["Policy"] = policy
    tags = item.tags("TagKey", "TagValue")
    if tags is not None:
        parts["Tags"] = tags
    return ConfigItem(
        type=KEY,
        region=item.text("awsRegion"),
        identity=identity,
        listed={"KeyId": identity, "KeyArn": arn},
        parts=parts,
    )


def _cluster(item: _Item) -> ConfigItem | None:
    return _database(item, CLUSTER, ("DBClusterIdentifier", "DBClusterArn", "DbClusterResourceId"))


def _instance(item: _Item) -> ConfigItem | None:
    names = ("DBInstanceIdentifier", "DBInstanceArn", "DbiResourceId", "DBClusterIdentifier")
    return _database(item, INSTANCE, names)


def _database(item: _Item, kind: str, names: tuple[str, ...]) -> ConfigItem | None:
    """A cluster or instance; where RDS keeps its password need not be recorded."""
    configuration = item.configuration
    listed = configuration.only((*names, *_LOGIN_FIELDS))
    if names[0] not in listed:
        return None
    secret = configuration.inner("MasterUserSecret").only(("SecretArn",))
    listed |= {"MasterUserSecret": secret} if secret else {"NotRecorded": ["MasterUserSecret"]}
    tags = item.tags("Key", "Value")
    if tags is not None:
        listed["TagList"] = tags
    region = item.text("awsRegion")
    identity = item.text("arn") or f"{region}/{listed[names[0]]}"
    return ConfigItem(type=kind, region=region, identity=identity, listed=listed, parts={})


def _secret(item: _Item) -> ConfigItem | None:
    """A secret, whose list alone tells all but the policy, which Config has not."""
    configuration = item.configuration
    arn = item.text("arn") or configuration.get("ARN")
    if not isinstance(arn, str) or not arn:
        return None
    listed: Record = {"ARN": arn, **configuration.only(("Name", "KmsKeyId"))}
    tags = item.tags("Key", "Value")
    listed |= {"NotRecorded": ["Tags"]} if tags is None else {"Tags": tags}
    return ConfigItem(type=SECRET, region=item.text("awsRegion"), identity=arn, listed=listed, parts={})


def _document(value: object) -> str | None:
    """A policy as text, which is how each service answers it."""
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value)


_TYPES: Mapping[str, Callable[[_Item], ConfigItem | None]] = {
    BUCKET: _bucket,
    TABLE: _table,
    KEY: _kms_key,
    CLUSTER: _cluster,
    INSTANCE: _instance,
    SECRET: _secret,
}

TYPES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "s3": (BUCKET,),
    "dynamodb": (TABLE,),
    "kms": (KEY,),
    "rds": (CLUSTER, INSTANCE),
    "secrets": (SECRET,),
}
"""The resource types that are asked for by the kinds of `REPORT_DATA_STORES`; parameters Config has not."""
