"""The member role as `permissions.py` grants it, under moto's enforcement of IAM: each permission is needed.

With data stores and all kinds of credentials on. One account is read with everything, and once more without
each permission; a report of each says what its lack costs, and that it is that and nothing else.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from moto import settings as moto_settings
from moto.iam.access_control import IAMRequestBase, PermissionResult
from moto.iam.models import SigningCertificate, iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import FakeBucket
from moto.s3.responses import ACTION_MAP

from job.analyze.answers.notes import NOT_COLLECTED
from job.cli.main import main
from job.permissions import CREDENTIALS, DATA_STORES, member_permissions
from job.snapshot.files import SnapshotFiles
from job.storage.folder import FolderStorage
from tests.collect.store_cloud import (
    ACCOUNT,
    ALL,
    HOME,
    StoreCloud,
    StoreCollection,
    make_bucket,
    make_everything,
    make_table,
    store_cloud,
)
from tests.scripted_aws import point_at

ROLE = "iam-access-key-report-reader"
GRANTED = frozenset(
    each.action for each in member_permissions(credentials=CREDENTIALS, data_stores=DATA_STORES)
)
SETTINGS = {
    "REPORT_DATA_STORES": ALL,
    "REPORT_REGIONS": HOME,
    "REPORT_CREDENTIALS": "service_specific,signing_certificates,console_passwords,ssh_public_keys",
}
# A run's own columns, those that count calls and seconds, and the last use of the key that takes the role.
PASSING = {
    "key_last_used_at",
    "run_id",
    "collected_at",
    "credential_report_at",
    "api_calls",
    "retries",
    "seconds",
}

# S3 calls two of the actions otherwise:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
OPERATIONS = {"ListAllMyBuckets": "ListBuckets", "GetEncryptionConfiguration": "GetBucketEncryption"}
KINDS = {
    "s3": {"bucket"},
    "dynamodb": {"table"},
    "rds": {"db_cluster", "db_instance"},
    "secrets": {"secret", "parameter"},
    "kms": {"kms_key"},
}
VERDICTS = {
    "s3": "s3_read",
    "dynamodb": "dynamodb_read",
    "rds": "rds_read",
    "secrets": "secrets_read",
    "kms": "kms_decrypt",
}
OF_STORES = [(kind, each.action) for kind, listed in DATA_STORES.items() for each in listed]
OF_CREDENTIALS = {
    "iam:ListServiceSpecificCredentials": "service_specific",
    "iam:ListSigningCertificates": "signing_certificate",
    "iam:ListSSHPublicKeys": "ssh_public_key",
}

Row = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Reported:
    """The rows of one report."""

    account: Row
    keys: list[Row]
    stores: list[Row]
    access: list[Row]
    credentials: list[Row]


@dataclass(frozen=True, kw_only=True)
class World:
    """An account with everything in it, read with every permission and without each."""

    folder: Path
    collection: StoreCollection
    whole: Reported

    def without(self, action: str) -> Reported:
        """A report of the account when its member role lacks one action."""
        grant(GRANTED - {action})
        return reported(self.collection, self.folder / action.replace(":", "-"))


def allowing(actions: frozenset[str]) -> str:
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def grant(actions: frozenset[str]) -> None:
    iam_backends[ACCOUNT]["aws"].put_role_policy(ROLE, "reads", allowing(actions))


def seed(cloud: StoreCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores of each kind, `alice` with a credential of each, and whoever takes the member role."""
    make_everything(cloud)
    seal(cloud)
    iam = cloud.client("iam")
    iam.create_user(UserName="alice")
    iam.create_access_key(UserName="alice")
    iam.create_login_profile(UserName="alice", Password="made-up-Passw0rd")
    iam.upload_ssh_public_key(UserName="alice", SSHPublicKeyBody="ssh-rsa made-up")
    backend = iam_backends[ACCOUNT]["aws"]
    alice = backend.get_user("alice")
    alice.signing_certificates["CERT"] = SigningCertificate("CERT", "alice", "-")
    credential = {
        "UserName": "alice",
        "Status": "Active",
        "CreateDate": alice.create_date,
        "ServiceSpecificCredentialId": "ACCA1",
        "ServiceName": "bedrock.amazonaws.com",
    }
    alice.service_specific_credentials = [credential]
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=allowing(frozenset({"sts:AssumeRole"})))
    iam.create_user(UserName="task")
    iam.put_user_policy(
        UserName="task", PolicyName="takes", PolicyDocument=allowing(frozenset({"sts:AssumeRole"}))
    )
    key = iam.create_access_key(UserName="task")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])


def seal(cloud: StoreCloud) -> None:
    """A bucket and a table that a key of one's own encrypts, and a key that AWS manages, without an alias."""
    (key,) = (each["KeyArn"] for each in cloud.client("kms").list_keys()["Keys"])
    make_bucket(cloud, "sealed")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    cloud.client("s3").put_bucket_encryption(
        Bucket="sealed", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    sealed = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    make_table(cloud, "sealed", SSESpecification=sealed)
    other = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]
    kms_backends[ACCOUNT][HOME].keys[other].key_manager = "AWS"


def close_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What moto's enforcement lacks: trust, conditions of bucket policies, and names of two S3 actions.

    Each goes when moto has it, as in `tests/infrastructure/shims.py`.
    """
    monkeypatch.setattr(IAMRequestBase, "_check_role_trust_relationship", lambda *_: True)
    monkeypatch.setattr(FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)
    names = {
        "encryption": "GetEncryptionConfiguration",
        "ownershipControls": "GetBucketOwnershipControls",
        **ACTION_MAP["BUCKET"]["GET"],
    }
    monkeypatch.setitem(ACTION_MAP["BUCKET"], "GET", names)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("permissions")
    with pytest.MonkeyPatch.context() as monkeypatch, store_cloud() as cloud:
        point_at(monkeypatch, cloud.url)
        close_gaps(monkeypatch)
        seed(cloud, monkeypatch)
        monkeypatch.setattr(moto_settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
        grant(GRANTED)
        collection = StoreCollection()
        yield World(folder=folder, collection=collection, whole=reported(collection, folder / "whole"))
        monkeypatch.setattr(moto_settings, "INITIAL_NO_AUTH_ACTION_COUNT", math.inf)


def reported(collection: StoreCollection, folder: Path, settings: Mapping[str, str] = SETTINGS) -> Reported:
    """Read the account as the member role, and report."""
    (collected,) = collection.read_all([ACCOUNT], dict(settings))
    files = SnapshotFiles(FolderStorage(folder / "snapshot"))
    files.write_account(ACCOUNT, collected.document)
    files.write_organization({"Accounts": [{"Id": ACCOUNT}]})
    output = folder / "out"
    main(
        [
            "report",
            "--snapshot",
            str(folder / "snapshot"),
            "--output",
            str(output),
            "--report-date",
            "2026-11-22",
        ]
    )
    (account,) = rows(output, "accounts")
    return Reported(
        account=account,
        keys=rows(output, "keys"),
        stores=rows(output, "stores"),
        access=rows(output, "access"),
        credentials=rows(output, "credentials"),
    )


def rows(folder: Path, dataset: str) -> list[Row]:
    (path,) = (folder / "csv" / dataset).rglob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return [{n: v for n, v in row.items() if n not in PASSING} for row in csv.DictReader(file)]


def of_other_kinds(listed: list[Row], column: str, words: set[str]) -> list[Row]:
    return [row for row in listed if row[column] not in words]


def without_verdicts(listed: list[Row], capability: str) -> list[Mapping[str, str]]:
    """Keys, less what they say of one kind of data and of how far they were analysed."""
    own = (capability, capability.partition("_")[0], "can_read", "analysis", "risk", "open_risk", "action")
    return [{name: cell for name, cell in row.items() if not name.startswith(own)} for row in listed]


def test_with_every_permission_nothing_is_missing(world: World) -> None:
    whole = world.whole
    assert (whole.account["coverage"], whole.account["failed_step"]) == ("complete", "")
    assert {row["store_type"] for row in whole.stores} == set().union(*KINDS.values())
    assert {row["policy_status"] for row in whole.stores} == {"read", "none"}
    (ssh_key,) = iam_backends[ACCOUNT]["aws"].get_user("alice").ssh_public_keys
    told = ("user_name", "credential_kind", "credential_id", "credential_service", "credential_status")
    assert sorted(tuple(row[name] for name in told) for row in whole.credentials) == [
        ("alice", "console_password", "", "", "Active"),
        ("alice", "service_specific", "ACCA1", "bedrock", "Active"),
        ("alice", "signing_certificate", "CERT", "", "Active"),
        ("alice", "ssh_public_key", ssh_key.ssh_public_key_id, "codecommit", "Active"),
    ]


@pytest.mark.parametrize(("kind", "action"), OF_STORES, ids=[action for _, action in OF_STORES])
def test_without_a_permission_of_a_kind_of_stores_that_part_is_lost_and_named(
    world: World, kind: str, action: str
) -> None:
    found, whole = world.without(action), world.whole
    operation = action.partition(":")[2]
    assert found.account["coverage"] == "partial"
    assert found.account["failed_step"] == OPERATIONS.get(operation, operation)
    assert found.account["failed_code"]
    own = KINDS[kind]
    assert found.stores != whole.stores
    assert of_other_kinds(found.stores, "store_type", own) == of_other_kinds(whole.stores, "store_type", own)
    assert without_verdicts(found.credentials, "permits") == without_verdicts(whole.credentials, "permits")
    assert without_verdicts(found.keys, VERDICTS[kind]) == without_verdicts(whole.keys, VERDICTS[kind])


def test_with_data_stores_off_none_of_their_permissions_is_needed_and_no_column_has_a_value(
    world: World,
) -> None:
    grant(GRANTED - {action for _, action in OF_STORES})
    off = {"REPORT_CREDENTIALS": SETTINGS["REPORT_CREDENTIALS"]}
    found = reported(world.collection, world.folder / "off", off)
    assert (found.account["coverage"], found.account["failed_step"]) == ("complete", "")
    assert (found.stores, found.access) == ([], [])
    assert {cell for row in found.keys for name, cell in row.items() if "stores" in name} == {""}
    assert all(NOT_COLLECTED in row["analysis_note"] for row in found.keys)
    assert [row["credential_kind"] for row in found.credentials] == [
        row["credential_kind"] for row in world.whole.credentials
    ]


def test_a_kind_whose_stores_were_not_listed_is_not_said_to_be_read(world: World) -> None:
    found = world.without("dynamodb:ListTables")
    said = (
        "resource policies were read of kms, rds, s3, secrets and role trust alone, "
        "stores of dynamodb were not listed in every account that the key reaches"
    )
    assert [said in row["analysis_note"] for row in found.keys] == [True, True]


@pytest.mark.parametrize(("action", "kind"), sorted(OF_CREDENTIALS.items()))
def test_without_a_permission_of_a_kind_of_credentials_its_rows_are_lost_and_named(
    world: World, action: str, kind: str
) -> None:
    found, whole = world.without(action), world.whole
    assert found.account["coverage"] == "partial"
    assert found.account["failed_step"] == action.partition(":")[2]
    assert found.credentials == of_other_kinds(whole.credentials, "credential_kind", {kind})
    assert (found.stores, found.access) == (whole.stores, whole.access)
    assert found.keys == whole.keys


def test_the_kinds_of_credentials_have_no_other_permission() -> None:
    assert {each.action for listed in CREDENTIALS.values() for each in listed} == set(OF_CREDENTIALS)
