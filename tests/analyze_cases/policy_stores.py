"""A world's `stores` as the section `DataStores` of an account's file, as the job collects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy_documents import Spec, policy_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REGION = "eu-central-1"
KINDS = ["s3", "dynamodb", "rds", "secrets", "kms"]


def stores_document(stores: Spec, account: str, home: str) -> Spec:
    """Return the section of one account: every kind, read in one Region."""
    own = {name: one for name, one in stores.items() if one.get("account", home) == account}
    return {
        "DataStores": {
            "Kinds": KINDS,
            "Regions": [REGION],
            "s3": {"Buckets": list(_records(own, "bucket", _bucket, account))},
            "dynamodb": {REGION: {"Tables": list(_records(own, "table", _table, account))}},
            "rds": {
                REGION: {
                    "DBClusters": list(_records(own, "db_cluster", _cluster, account)),
                    "DBInstances": list(_records(own, "db_instance", _instance, account)),
                }
            },
            "secrets": {
                REGION: {
                    "SecretList": list(_records(own, "secret", _secret, account)),
                    "Parameters": list(_records(own, "parameter", _parameter, account)),
                }
            },
            "kms": {REGION: {"Keys": list(_records(own, "kms_key", _key, account)), "AwsManagedKeys": []}},
        }
    }


def store_arn(stores: Spec, name: str, home: str) -> str:
    """Return the ARN of a world's store."""
    account = stores[name].get("account", home)
    resource = {
        "bucket": f"arn:aws:s3:::{name}",
        "table": f"arn:aws:dynamodb:{REGION}:{account}:table/{name}",
        "db_cluster": f"arn:aws:rds:{REGION}:{account}:cluster:{name}",
        "db_instance": f"arn:aws:rds:{REGION}:{account}:db:{name}",
        "secret": f"arn:aws:secretsmanager:{REGION}:{account}:secret:{name}-AbCdEf",
        "parameter": f"arn:aws:ssm:{REGION}:{account}:parameter/{name}",
        "kms_key": f"arn:aws:kms:{REGION}:{account}:key/{name}",
    }
    return resource[stores[name]["type"]]


def _records(
    stores: Spec, store_type: str, record: Callable[[str, Spec, str], Spec], account: str
) -> Iterator[Spec]:
    for name, one in stores.items():
        if one["type"] == store_type:
            yield record(name, one, account)


def _policy(one: Spec, field: str) -> Spec:
    """No policy by default; `null` is one that was not read."""
    if "policy" not in one:
        return {field: None}
    return {} if one["policy"] is None else {field: policy_document(one["policy"])}


def _tags(one: Spec) -> list[Spec]:
    return [{"Key": key, "Value": value} for key, value in one.get("tags", {}).items()]


def _bucket(name: str, one: Spec, account: str) -> Spec:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": _key_name(one, account)}
    rules = [{"ApplyServerSideEncryptionByDefault": default}] if "key" in one else []
    return {
        "Name": name,
        "BucketRegion": REGION,
        "Tags": _tags(one),
        "Encryption": {"Rules": rules},
        **_policy(one, "Policy"),
    }


def _key_name(one: Spec, account: str) -> str | None:
    """Return an ARN or alias as it is, a key's name as its ARN in the store's account."""
    named: str | None = one.get("key")
    if named is None or named.startswith(("arn:", "alias/")):
        return named
    return f"arn:aws:kms:{REGION}:{account}:key/{named}"


def _table(name: str, one: Spec, account: str) -> Spec:
    arn = f"arn:aws:dynamodb:{REGION}:{account}:table/{name}"
    encryption = {"SSEDescription": {"KMSMasterKeyArn": _key_name(one, account)}} if "key" in one else {}
    return {
        "TableName": name,
        "TableArn": arn,
        "Table": {
            "TableArn": arn,
            "GlobalSecondaryIndexes": [{"IndexName": index} for index in one.get("indexes", [])],
            **encryption,
        },
        "Tags": _tags(one),
        **_policy(one, "ResourcePolicy"),
    }


def _cluster(name: str, one: Spec, account: str) -> Spec:
    return {
        "DBClusterIdentifier": name,
        "DBClusterArn": f"arn:aws:rds:{REGION}:{account}:cluster:{name}",
        "DbClusterResourceId": f"cluster-{name.upper()}",
        "Engine": "aurora-postgresql",
        "IAMDatabaseAuthenticationEnabled": one.get("iam", False),
        "HttpEndpointEnabled": one.get("data_api", False),
        "TagList": _tags(one),
        **_not_recorded(one),
    }


def _not_recorded(one: Spec) -> Spec:
    """A database that AWS Config told of, which may not know where its password is kept."""
    return {"NotRecorded": ["MasterUserSecret"]} if one.get("secret", "") is None else {}


def _instance(name: str, one: Spec, account: str) -> Spec:
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": f"arn:aws:rds:{REGION}:{account}:db:{name}",
        "DbiResourceId": f"db-{name.upper()}",
        "Engine": "postgres",
        "IAMDatabaseAuthenticationEnabled": one.get("iam", False),
        "TagList": _tags(one),
    }


def _secret(name: str, one: Spec, account: str) -> Spec:
    return {
        "ARN": f"arn:aws:secretsmanager:{REGION}:{account}:secret:{name}-AbCdEf",
        "Name": name,
        "KmsKeyId": _key_name(one, account),
        "Tags": _tags(one),
        **_policy(one, "ResourcePolicy"),
    }


def _parameter(name: str, one: Spec, account: str) -> Spec:
    return {"Name": name, "Type": "SecureString", "Tier": "Standard", "KeyId": _key_name(one, account)}


def _key(name: str, one: Spec, account: str) -> Spec:
    grants = {} if one.get("grants", []) is None else {"Grants": list(_grants(one))}
    return {
        "KeyId": name,
        "KeyArn": f"arn:aws:kms:{REGION}:{account}:key/{name}",
        "Aliases": one.get("aliases", []),
        "Tags": [{"TagKey": key, "TagValue": value} for key, value in one.get("tags", {}).items()],
        **grants,
        **_policy(one, "Policy"),
    }


def _grants(one: Spec) -> Iterator[Spec]:
    for number, grant in enumerate(one.get("grants", []), 1):
        yield {
            "GrantId": f"grant-{number}",
            "GranteePrincipal": grant["to"],
            "Operations": grant["operations"],
            "Constraints": grant.get("constraints"),
        }
