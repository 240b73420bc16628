"""The data stores of a made-up account, harder than life: many policies, each of its own, few alike.

An account has 50 buckets, 5 tables, 4 databases, 20 secrets and 10 KMS keys in one Region. Buckets deny what
does not come by TLS or by a VPC endpoint, name users, roles of the neighbouring account and the organization;
half of the keys do not delegate to IAM; stores are encrypted with them. The section is that of a snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.world import ORGANIZATION_ID, World

REGION = "us-east-1"
KINDS = ("s3", "dynamodb", "rds", "secrets", "kms")
BUCKETS, TABLES, CLUSTERS, INSTANCES, SECRETS, KEYS = 50, 5, 2, 2, 20, 10
#: Buckets that the whole organization may read.
OPEN_TO_ALL = 5
STORES = BUCKETS + TABLES + CLUSTERS + INSTANCES + SECRETS + KEYS
CLASSES = ("Restricted", "Internal", "Public")
Record = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class AccountStores:
    """One account's stores as AWS would answer."""

    account_id: str
    neighbour: str
    users: Sequence[str]
    place: int

    @classmethod
    def of(cls, world: World, account_id: str) -> AccountStores:
        """The stores of an account of an organization."""
        account = world.account(account_id)
        return cls(
            account_id=account_id,
            neighbour=world.neighbour(account_id),
            place=world.index[account_id],
            users=[f"arn:aws:iam::{account_id}:user{user.path}{user.name}" for user in account.users],
        )

    def section(self) -> Record:
        """The section `DataStores` of the account's file."""
        return {
            "Kinds": list(KINDS),
            "Regions": [REGION],
            "s3": {"Buckets": self.buckets, "Gone": []},
            "dynamodb": {REGION: {"Tables": self.tables, "Gone": []}},
            "rds": {REGION: {"DBClusters": self.clusters, "DBInstances": self.instances}},
            "secrets": {REGION: {"SecretList": self.secrets, "Gone": [], "Parameters": []}},
            "kms": {REGION: {"Keys": self.keys, "AwsManagedKeys": [], "Gone": []}},
        }

    @cached_property
    def buckets(self) -> list[Record]:
        """Every other one is encrypted with a key of one's own."""
        return [self._bucket(f"data-{self.account_id}-{serial}", serial) for serial in range(BUCKETS)]

    @cached_property
    def tables(self) -> list[Record]:
        """Each with a policy."""
        return [self._table(f"table-{serial}", serial) for serial in range(TABLES)]

    @cached_property
    def clusters(self) -> list[Record]:
        """Both with login by IAM and the Data API."""
        return [self._database("Cluster", serial) for serial in range(CLUSTERS)]

    @cached_property
    def instances(self) -> list[Record]:
        """Both with login by IAM."""
        return [self._database("Instance", serial) for serial in range(INSTANCES)]

    @cached_property
    def secrets(self) -> list[Record]:
        """Every other one has a policy."""
        return [self._secret(f"app/secret-{serial}", serial) for serial in range(SECRETS)]

    @cached_property
    def keys(self) -> list[Record]:
        """Every other one delegates to IAM; each has three grants."""
        return [self._key(serial) for serial in range(KEYS)]

    def _user(self, serial: int) -> str:
        return self.users[serial % len(self.users)]

    def _role(self, serial: int) -> str:
        name = ("OrganizationAccountAccessRole", "security-audit")[serial % 2]
        return f"arn:aws:iam::{self.neighbour}:role/{name}"

    def _key_id(self, serial: int) -> str:
        return f"{self.account_id}-0000-4000-8000-{serial % KEYS:012d}"

    def key_arn(self, serial: int) -> str:
        """The ARN of one of the account's keys, round and round."""
        return f"arn:aws:kms:{REGION}:{self.account_id}:key/{self._key_id(serial)}"

    def _bucket(self, name: str, serial: int) -> Record:
        default: Record = {"SSEAlgorithm": "AES256"}
        if serial % 2:
            default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key_arn(serial)}
        return {
            "Name": name,
            "BucketRegion": REGION,
            "Policy": _document(self._of_bucket(name, serial)),
            "Tags": _tags(serial),
            "Encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        }

    def _of_bucket(self, name: str, serial: int) -> Iterator[Record]:
        arns = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
        yield _statement("Deny", "*", "s3:*", arns, Bool={"aws:SecureTransport": "false"})
        if serial % 3 == 0:
            endpoint = {"aws:SourceVpce": f"vpce-{serial:08d}"}
            yield _statement("Deny", "*", "s3:GetObject", arns[1:], StringNotEquals=endpoint)
        if serial % 2 == 0:
            yield _statement("Allow", {"AWS": self._user(serial)}, "s3:GetObject*", f"{arns[0]}/in/*")
        if serial % 4 == 0:
            yield _statement("Allow", {"AWS": self._role(serial)}, ["s3:GetObject", "s3:ListBucket"], arns)
        if self.place < OPEN_TO_ALL and serial == 0:
            organization = {"aws:PrincipalOrgID": ORGANIZATION_ID}
            yield _statement("Allow", "*", "s3:GetObject", arns[1:], StringEquals=organization)

    def _table(self, name: str, serial: int) -> Record:
        arn = f"arn:aws:dynamodb:{REGION}:{self.account_id}:table/{name}"
        reader = _statement("Allow", {"AWS": self._user(serial)}, ["dynamodb:GetItem", "dynamodb:Query"], arn)
        return {
            "TableName": name,
            "TableArn": arn,
            "Table": {
                "TableName": name,
                "TableArn": arn,
                "SSEDescription": {"SSEType": "KMS", "KMSMasterKeyArn": self.key_arn(serial)},
                "GlobalSecondaryIndexes": [{"IndexName": "by-date"}],
            },
            "ResourcePolicy": _document([reader]),
            "Tags": _tags(serial),
        }

    def _database(self, word: str, serial: int) -> Record:
        name, short = f"{word.lower()}-{serial}", {"Cluster": "cluster", "Instance": "db"}[word]
        resource = {"Cluster": "DbClusterResourceId", "Instance": "DbiResourceId"}[word]
        data_api = {"HttpEndpointEnabled": True} if word == "Cluster" else {}
        return {
            f"DB{word}Identifier": name,
            f"DB{word}Arn": f"arn:aws:rds:{REGION}:{self.account_id}:{short}:{name}",
            resource: f"{short}-{self.account_id}{serial}",
            "Engine": "aurora-postgresql",
            "IAMDatabaseAuthenticationEnabled": True,
            **data_api,
            "KmsKeyId": self.key_arn(serial),
            "MasterUserSecret": {"SecretArn": self._secret_arn(f"rds!{short}-{serial}")},
            "TagList": _tags(serial),
        }

    def _secret_arn(self, name: str) -> str:
        return f"arn:aws:secretsmanager:{REGION}:{self.account_id}:secret:{name}-AbCdEf"

    def _secret(self, name: str, serial: int) -> Record:
        read = _statement("Allow", {"AWS": self._user(serial)}, "secretsmanager:GetSecretValue", "*")
        return {
            "ARN": self._secret_arn(name),
            "Name": name,
            "KmsKeyId": self.key_arn(serial),
            "Tags": _tags(serial),
            "ResourcePolicy": _document([read]) if serial % 2 else None,
        }

    def _key(self, serial: int) -> Record:
        owner = f"arn:aws:iam::{self.account_id}:root"
        trusted = owner if serial % 2 else self._user(serial)
        statements = [
            _statement("Allow", {"AWS": trusted}, "kms:*", "*"),
            _statement("Allow", {"AWS": self._role(serial)}, "kms:Decrypt", "*"),
        ]
        key_id = self._key_id(serial)
        return {
            "KeyId": key_id,
            "KeyArn": self.key_arn(serial),
            "Aliases": [f"alias/key-{serial}"],
            "KeyMetadata": {"KeyId": key_id, "Arn": self.key_arn(serial), "KeyManager": "CUSTOMER"},
            "Policy": _document(statements),
            "Grants": [self._grant(key_id, serial + number) for number in range(3)],
            "Tags": [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in _tags(serial)],
        }

    def _grant(self, key_id: str, serial: int) -> Record:
        return {
            "KeyId": key_id,
            "GrantId": f"grant-{serial}",
            "GranteePrincipal": self._user(serial),
            "Operations": ["Decrypt", "DescribeKey"],
            "Constraints": {"EncryptionContextSubset": {"app": f"app-{serial}"}},
        }


def _statement(
    effect: str, principal: object, action: object, resource: object, **condition: object
) -> Record:
    statement: Record = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def _document(statements: Sequence[Record] | Iterator[Record]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _tags(serial: int) -> list[dict[str, str]]:
    return [{"Key": "DataClassification", "Value": CLASSES[serial % len(CLASSES)]}]
