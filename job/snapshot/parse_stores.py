"""Parses the section `DataStores` of an account's file: leniently, so that no store is lost.

A store with a part that cannot be understood is kept without that part, and the damage is told; so is one
that has nothing but its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from job.snapshot.decoding import (
    MisfitError,
    as_object,
    each,
    find_text,
    get_object,
    get_text,
    policy_document,
    texts,
)
from job.snapshot.model import DATA_STORES, Failure, Json, JsonObject
from job.snapshot.store_item import NamedKey, Place, StoreItem
from job.snapshot.stores import Database, DataStore, DataStores, Grant, ObjectAcls, StoreType, UnreadList

_BUCKETS = "s3"
_OWNERSHIP = "OwnershipControls"
_ENFORCED = "BucketOwnerEnforced"


_Parse: TypeAlias = Callable[[StoreItem, Place], DataStore]


def parse_stores(account_id: str, partition: str, document: JsonObject) -> DataStores | None:
    """The stores of an account's file; None when none were asked for."""
    value = document.get(DATA_STORES)
    if value is None:
        return None
    found = _Found(account_id, partition)
    try:
        section = as_object(value)
        kinds, regions = texts(section, "Kinds"), texts(section, "Regions")
    except MisfitError as misfit:
        found.tell(misfit.text)
        section, kinds, regions = {}, (), ()
    for kind in kinds:
        found.read_kind(kind, section, regions)
    return found.stores(kinds, regions)


class _Found:
    """What has been parsed of one account's section so far."""

    def __init__(self, account_id: str, partition: str) -> None:
        self._account_id = account_id
        self._partition = partition
        self._stores: list[DataStore] = []
        self._aws_managed: set[str] = set()
        self._unread: list[UnreadList] = []
        self._gone: list[str] = []
        self._damaged: list[Failure] = []

    def stores(self, kinds: tuple[str, ...], regions: tuple[str, ...]) -> DataStores:
        """Everything together, each store once, in the order of the ARNs."""
        by_arn = {store.arn: store for store in self._stores}
        return DataStores(
            kinds=kinds,
            regions=regions,
            stores=tuple(by_arn[arn] for arn in sorted(by_arn)),
            aws_managed_keys=frozenset(self._aws_managed),
            unread=tuple(self._unread),
            gone=tuple(self._gone),
            damaged=tuple(self._damaged),
        )

    def tell(self, text: str, region: str | None = None) -> None:
        """Note damage."""
        self._damaged.append(Failure(step=DATA_STORES, code="Malformed", message=text, region=region))

    def read_kind(self, kind: str, section: JsonObject, regions: tuple[str, ...]) -> None:
        """Read the lists of one kind, which stand by Region, but for buckets'."""
        reading = StoreItem(section)
        by_region = reading.object(kind)
        for region in (None,) if kind == _BUCKETS else regions:
            lists = by_region if region is None else by_region.object(region)
            self._read_lists(kind, lists, region)
        for text in reading.damage:
            self.tell(f"{kind}: {text}")

    def _read_lists(self, kind: str, lists: StoreItem, region: str | None) -> None:
        place = Place(account_id=self._account_id, partition=self._partition, region=region)
        incomplete = lists.texts("Incomplete")
        for name, parse in _LISTS.get(kind, {}).items():
            items = lists.list(name)
            if items is None or name in incomplete:
                self._unread.append(UnreadList(kind=kind, region=region, name=name))
            for position, item in enumerate(items or ()):
                self._read_store(item, parse, place, f"{kind}.{name}[{position}]")
        self._gone += lists.texts("Gone")
        none: tuple[frozenset[str], ...] = ()
        self._aws_managed.update(*lists.part(lambda record: each(record, "AwsManagedKeys", _key_arns), none))

    def _read_store(self, item: Json, parse: _Parse, place: Place, where: str) -> None:
        reading = StoreItem({})
        try:
            reading = StoreItem(as_object(item))
            self._stores.append(parse(reading, place))
        except MisfitError as misfit:
            self.tell(f"{where}: {misfit.text}", place.region)
        for text in reading.damage:
            self.tell(f"{where}: {text}", place.region)


def _bucket(reading: StoreItem, place: Place) -> DataStore:
    name = get_text(reading.record, "Name")
    region = reading.text("BucketRegion")
    named = reading.part(_bucket_key, None) if reading.has("Encryption") else None
    return DataStore(
        type=StoreType.BUCKET,
        account_id=place.account_id,
        arn=f"arn:{place.partition}:s3:::{name}",
        name=name,
        region=region,
        tags=reading.tags("Tags"),
        key_arn=_key(named, Place(account_id=place.account_id, partition=place.partition, region=region)),
        key_read=named is not None,
        policy=policy_document(reading.record.get("Policy")),
        policy_read=reading.has("Policy"),
        object_acls=reading.part(_object_acls, ObjectAcls.NOT_READ),
    )


def _object_acls(record: JsonObject) -> ObjectAcls:
    """Off where the bucket's owner owns every object; on where nothing is set, as before April 2023.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    if _OWNERSHIP not in record:
        return ObjectAcls.NOT_READ
    rules = each(
        get_object(record, _OWNERSHIP) or {}, "Rules", lambda rule: get_text(rule, "ObjectOwnership")
    )
    return ObjectAcls.OFF if _ENFORCED in rules else ObjectAcls.ON


def _bucket_key(record: JsonObject) -> tuple[str | None]:
    """The key of the default encryption; without one named it is AWS's own.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
    """
    for rule in each(get_object(record, "Encryption") or {}, "Rules", lambda rule: rule):
        default = get_object(rule, "ApplyServerSideEncryptionByDefault") or {}
        if key := find_text(default, "KMSMasterKeyID"):
            return (key,)
    return (None,)


def _table(reading: StoreItem, place: Place) -> DataStore:
    name = get_text(reading.record, "TableName")
    table = reading.object("Table")
    named = table.object("SSEDescription").key("KMSMasterKeyArn") if table.record else None
    return DataStore(
        type=StoreType.TABLE,
        account_id=place.account_id,
        arn=reading.arn("TableArn") or place.arn("dynamodb", f"table/{name}"),
        name=name,
        region=place.region,
        tags=reading.tags("Tags"),
        key_arn=_key(named, place),
        key_read=named is not None,
        policy=policy_document(reading.record.get("ResourcePolicy")),
        policy_read=reading.has("ResourcePolicy"),
        indexes=_indexes(table) if table.record else None,
    )


def _indexes(table: StoreItem) -> tuple[str, ...] | None:
    """The names of the table's secondary indexes, which are resources of their own."""
    across = table.index_names("GlobalSecondaryIndexes")
    local = table.index_names("LocalSecondaryIndexes")
    return None if across is None or local is None else (*across, *local)


def _cluster(reading: StoreItem, place: Place) -> DataStore:
    return _database(reading, place, StoreType.DB_CLUSTER, "Cluster")


def _instance(reading: StoreItem, place: Place) -> DataStore:
    return _database(reading, place, StoreType.DB_INSTANCE, "Instance")


def _database(reading: StoreItem, place: Place, store_type: StoreType, word: str) -> DataStore:
    """A cluster or instance: neither has a policy of its own."""
    name = get_text(reading.record, f"DB{word}Identifier")
    named = reading.key("KmsKeyId")
    resource = "cluster" if store_type is StoreType.DB_CLUSTER else "db"
    return DataStore(
        type=store_type,
        account_id=place.account_id,
        arn=reading.arn(f"DB{word}Arn") or place.arn("rds", f"{resource}:{name}"),
        name=name,
        region=place.region,
        tags=reading.tags("TagList"),
        key_arn=_key(named, place),
        key_read=named is not None,
        policy=None,
        policy_read=True,
        database=Database(
            engine=reading.text("Engine"),
            resource_id=reading.text("DbClusterResourceId") or reading.text("DbiResourceId"),
            iam_authentication=reading.flag("IAMDatabaseAuthenticationEnabled"),
            data_api=reading.flag("HttpEndpointEnabled"),
            master_secret_arn=reading.object("MasterUserSecret").text("SecretArn"),
            master_secret_read=not reading.lacks("MasterUserSecret"),
            cluster=reading.text("DBClusterIdentifier") if resource == "db" else None,
        ),
    )


def _secret(reading: StoreItem, place: Place) -> DataStore:
    name = reading.text("Name")
    arn = reading.arn("ARN") or place.arn("secretsmanager", f"secret:{_needed(name, 'Name')}")
    named = reading.key("KmsKeyId")
    return DataStore(
        type=StoreType.SECRET,
        account_id=place.account_id,
        arn=arn,
        name=name or arn.rpartition(":")[2],
        region=place.region,
        tags=reading.tags("Tags") if reading.has("Tags") or reading.lacks("Tags") else {},
        key_arn=_key(named, place),
        key_read=named is not None,
        policy=policy_document(reading.record.get("ResourcePolicy")),
        policy_read=reading.has("ResourcePolicy"),
    )


def _parameter(reading: StoreItem, place: Place) -> DataStore:
    """A parameter; those of the tier Advanced can be shared by a policy, which is not read.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html
    """
    name = get_text(reading.record, "Name")
    named = reading.key("KeyId")
    return DataStore(
        type=StoreType.PARAMETER,
        account_id=place.account_id,
        arn=reading.arn("ARN") or place.arn("ssm", f"parameter/{name.removeprefix('/')}"),
        name=name,
        region=place.region,
        tags=None,
        key_arn=_key(named, place),
        key_read=named is not None,
        policy=None,
        policy_read=reading.text("Tier") != "Advanced",
        parameter_type=reading.text("Type"),
    )


def _kms_key(reading: StoreItem, place: Place) -> DataStore:
    """A KMS key; it is its own key."""
    identifier = get_text(reading.record, "KeyId")
    aliases = reading.texts("Aliases")
    grants: tuple[Grant, ...] | None = None
    if reading.has("Grants"):
        grants = reading.part(lambda record: each(record, "Grants", _grant), None)
    arn = reading.arn("KeyArn") or place.arn("kms", f"key/{identifier}")
    return DataStore(
        type=StoreType.KMS_KEY,
        account_id=place.account_id,
        arn=arn,
        name=aliases[0].removeprefix("alias/") if aliases else identifier,
        region=place.region,
        tags=reading.part(_key_tags, None) if reading.has("Tags") else None,
        key_arn=arn,
        key_read=True,
        policy=policy_document(reading.record.get("Policy")),
        policy_read=reading.record.get("Policy") is not None,
        aliases=aliases,
        grants=grants,
    )


def _key_tags(record: JsonObject) -> Mapping[str, str]:
    """Tags in the words of KMS."""
    listed = each(record, "Tags", lambda tag: (get_text(tag, "TagKey"), find_text(tag, "TagValue") or ""))
    return dict(listed)


def _grant(record: JsonObject) -> Grant:
    return Grant(
        id=find_text(record, "GrantId") or "",
        grantee=find_text(record, "GranteePrincipal"),
        operations=texts(record, "Operations"),
        constraints=record.get("Constraints") or None,
    )


def _key_arns(record: JsonObject) -> frozenset[str]:
    """The ARN of an AWS managed key, and of its aliases."""
    arn = get_text(record, "KeyArn")
    return frozenset({arn, *(f"{arn.rpartition(':')[0]}:{alias}" for alias in texts(record, "Aliases"))})


def _key(named: NamedKey, place: Place) -> str | None:
    """The ARN of the key or alias that a store names, which may be an id; None for an alias of AWS's."""
    key = None if named is None else named[0]
    if key is None or key.rpartition(":")[2].startswith("alias/aws/"):
        return None
    if key.startswith("arn:"):
        return key
    return place.arn("kms", key if key.startswith("alias/") else f"key/{key}")


def _needed(text: str | None, key: str) -> str:
    """What a store cannot be told by without."""
    if text is None:
        raise MisfitError("expected a text").inside(key)
    return text


_LISTS: Mapping[str, Mapping[str, _Parse]] = {
    _BUCKETS: {"Buckets": _bucket},
    "dynamodb": {"Tables": _table},
    "rds": {"DBClusters": _cluster, "DBInstances": _instance},
    "secrets": {"SecretList": _secret, "Parameters": _parameter},
    "kms": {"Keys": _kms_key},
}
