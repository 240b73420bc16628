"""Puts one made-up account's data stores into moto: buckets, tables, secrets and KMS keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from moto.dynamodb.models import dynamodb_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends

from job.demo.seed_iam import document, tag_list
from job.demo.spec import AccountSpec, StoreSpec

REGION = "eu-central-1"
"""Where the stores are."""

_Seed: TypeAlias = Callable[[str, StoreSpec], None]


def seed_stores(account: AccountSpec) -> None:
    """Make the account's stores; a KMS key stands before what it encrypts."""
    for store in account.get("stores", ()):
        _SEEDS[store["kind"]](account["id"], store)


def _seed_bucket(account_id: str, spec: StoreSpec) -> None:
    s3 = s3_backends[account_id]["aws"]
    s3.create_bucket(spec["name"], REGION)
    s3.put_bucket_ownership_controls(spec["name"], "BucketOwnerEnforced")
    if "tags" in spec:
        s3.put_bucket_tagging(spec["name"], dict(spec["tags"]))
    if "policy" in spec:
        s3.put_bucket_policy(spec["name"], document(spec["policy"]).encode())


def _seed_table(account_id: str, spec: StoreSpec) -> None:
    dynamodb_backends[account_id][REGION].create_table(
        spec["name"],
        schema=[{"AttributeName": "id", "KeyType": "HASH"}],
        throughput=None,
        attr=[{"AttributeName": "id", "AttributeType": "S"}],
        global_indexes=None,
        indexes=None,
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=tag_list(spec.get("tags", {})),
        deletion_protection_enabled=None,
        warm_throughput=None,
    )


def _seed_secret(account_id: str, spec: StoreSpec) -> None:
    secretsmanager_backends[account_id][REGION].create_secret(
        spec["name"],
        secret_string="made up",  # noqa: S106 - nobody reads it
        secret_binary=None,
        description=None,
        tags=tag_list(spec.get("tags", {})),
        kms_key_id=f"alias/{spec['key']}" if "key" in spec else None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )


def _seed_key(account_id: str, spec: StoreSpec) -> None:
    kms = kms_backends[account_id][REGION]
    key = kms.create_key(
        document(spec["policy"]) if "policy" in spec else None,
        key_usage="ENCRYPT_DECRYPT",
        key_spec="SYMMETRIC_DEFAULT",
        description="",
        tags=[{"TagKey": name, "TagValue": value} for name, value in spec.get("tags", {}).items()],
    )
    kms.create_alias(key.id, f"alias/{spec['name']}")


_SEEDS: Mapping[str, _Seed] = {
    "bucket": _seed_bucket,
    "table": _seed_table,
    "secret": _seed_secret,
    "kms_key": _seed_key,
}
