"""Reads the KMS keys of one Region with policy, aliases, grants and tags; of AWS's own only that they are.

The policies of AWS managed keys are AWS's, and let in everyone who may read what they encrypt.
https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from job.collect.member import Member
from job.collect.stores.config_items import KEY
from job.collect.stores.store_reader import Description, Part, Record, StoreReader, merged

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

_AWS_ALIAS = "alias/aws/"
_GONE = frozenset({"NotFoundException"})


def _metadata(kms: KMSClient, key: Record) -> Record:
    return {**kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]}


def _policy(kms: KMSClient, key: Record) -> str:
    return kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]


def _grants(kms: KMSClient, key: Record) -> list[Any]:
    return merged(kms.get_paginator("list_grants").paginate(KeyId=key["KeyId"]), "Grants")


def _tags(kms: KMSClient, key: Record) -> list[Any]:
    return merged(kms.get_paginator("list_resource_tags").paginate(KeyId=key["KeyId"]), "Tags")


_METADATA: Description[KMSClient] = Description(
    parts=(Part(name="KeyMetadata", step="DescribeKey", ask=_metadata),), gone=_GONE
)
_DESCRIPTION: Description[KMSClient] = Description(
    parts=(
        Part(name="Policy", step="GetKeyPolicy", ask=_policy),
        Part(name="Grants", step="ListGrants", ask=_grants),
        Part(name="Tags", step="ListResourceTags", ask=_tags),
    ),
    gone=_GONE,
)


def read_keys(member: Member, reader: StoreReader, region: str) -> Record:
    """`Keys` with all their parts, `AwsManagedKeys` without; empty when they could not be listed."""
    kms = member.regional.of(region).kms
    listed = reader.listed(KEY, "ListKeys", lambda: _keys(kms), region=region)
    if listed is None:
        return {}
    keys = listed.stores
    aliases = reader.ask("ListAliases", lambda: _aliases(kms), region=region)
    by_key = _by_key(aliases or ())
    for key in keys:
        reader.add_known(KEY, key["KeyId"], key)
        if aliases is not None:
            key["Aliases"] = by_key[key["KeyId"]]
    unclear = [key for key in keys if not _has_aws_alias(key)]
    known, gone = reader.described(kms, unclear, _METADATA, region=region)
    own, gone_since = reader.described(
        kms, [key for key in known if not _is_of_aws(key)], _DESCRIPTION, region=region
    )
    return {
        **listed.section("Keys", own),
        "AwsManagedKeys": [key for key in keys if _has_aws_alias(key) or _is_of_aws(key)],
        "Gone": [key["KeyArn"] for key in (*gone, *gone_since)],
    }


def _keys(kms: KMSClient) -> list[Record]:
    return merged(kms.get_paginator("list_keys").paginate(), "Keys")


def _aliases(kms: KMSClient) -> list[Record]:
    return merged(kms.get_paginator("list_aliases").paginate(), "Aliases")


def _by_key(aliases: Iterable[Record]) -> defaultdict[str, list[str]]:
    """Names by key; aliases of keys that AWS has not made yet have no key."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for alias in aliases:
        found[alias.get("TargetKeyId", "")].append(alias["AliasName"])
    return found


def _has_aws_alias(key: Record) -> bool:
    return any(name.startswith(_AWS_ALIAS) for name in key.get("Aliases", ()))


def _is_of_aws(key: Record) -> bool:
    manager: str | None = key.get("KeyMetadata", {}).get("KeyManager")
    return manager == "AWS"
