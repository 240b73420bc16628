"""From stores made by calls to the datasets `stores` and `access`: none lost, none invented, readers told."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from job.cli.main import main
from job.snapshot.files import SnapshotFiles
from job.storage.folder import FolderStorage
from tests.collect.store_cloud import (
    ACCOUNT,
    ALL,
    BOTH,
    HOME,
    TAGS,
    StoreCollection,
    make_bucket,
    make_everything,
    store_cloud,
)
from tests.scripted_aws import point_at

OTHER = "444455556666"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"


@dataclass(frozen=True, kw_only=True)
class Reported:
    """The rows of three datasets, the snapshot, and the ARN of the one secret and the one key."""

    snapshot: Path
    keys: list[dict[str, str]]
    stores: list[dict[str, str]]
    access: list[dict[str, str]]
    secret: str
    key: str


def document(principal: object, action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def rows(folder: Path, dataset: str) -> list[dict[str, str]]:
    (path,) = (folder / "csv" / dataset).rglob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """`alice` has no policy of her own, `bob` administrates, and two buckets let others in."""
    folder = tmp_path_factory.mktemp("stores")
    with pytest.MonkeyPatch.context() as monkeypatch, store_cloud() as cloud:
        point_at(monkeypatch, cloud.url)
        make_everything(cloud)
        iam, s3 = cloud.client("iam"), cloud.client("s3")
        for name in ("alice", "bob"):
            iam.create_user(UserName=name)
            iam.create_access_key(UserName=name)
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam.put_user_policy(
            UserName="bob",
            PolicyName="all",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
        )
        for name, principal in (("shared", {"AWS": OTHER}), ("public", "*")):
            make_bucket(cloud, name)
            policy = document(principal, "s3:GetObject", f"arn:aws:s3:::{name}/*")
            s3.put_bucket_policy(Bucket=name, Policy=policy)
        s3.delete_bucket_ownership_controls(Bucket="shared")
        files = SnapshotFiles(FolderStorage(folder / "snapshot"))
        files.write_account(ACCOUNT, StoreCollection().read(ALL, BOTH).document)
        files.write_organization({"Accounts": [{"Id": ACCOUNT, "Name": "payroll"}]})
        (secret,) = (each["ARN"] for each in cloud.client("secretsmanager").list_secrets()["SecretList"])
        (key,) = (each["KeyArn"] for each in cloud.client("kms").list_keys()["Keys"])
    snapshot, output = str(folder / "snapshot"), str(folder / "out")
    main(["report", "--snapshot", snapshot, "--output", output, "--report-date", "2026-11-22"])
    return Reported(
        snapshot=folder / "snapshot",
        keys=rows(folder / "out", "keys"),
        stores=rows(folder / "out", "stores"),
        access=rows(folder / "out", "access"),
        secret=secret,
        key=key,
    )


def by_name(listed: list[dict[str, str]], name: str, store_type: str = "bucket") -> dict[str, str]:
    return next(row for row in listed if (row["store_name"], row["store_type"]) == (name, store_type))


def test_every_store_that_was_made_has_a_row_and_no_other(reported: Reported) -> None:
    place = f"{HOME}:{ACCOUNT}"
    assert {(row["store_type"], row["store_arn"], row["policy_status"]) for row in reported.stores} == {
        ("bucket", "arn:aws:s3:::data", "read"),
        ("bucket", "arn:aws:s3:::public", "read"),
        ("bucket", "arn:aws:s3:::shared", "read"),
        ("table", f"arn:aws:dynamodb:{place}:table/data", "read"),
        ("db_cluster", f"arn:aws:rds:{place}:cluster:data", "none"),
        ("db_instance", f"arn:aws:rds:{place}:db:data", "none"),
        ("secret", reported.secret, "read"),
        ("parameter", f"arn:aws:ssm:{place}:parameter/data", "none"),
        ("kms_key", reported.key, "read"),
    }
    assert len(reported.stores) == 9


def test_a_stores_row_tells_its_account_region_and_tags(reported: Reported) -> None:
    row = by_name(reported.stores, "data")
    assert (row["account_id"], row["account_name"], row["store_region"]) == (ACCOUNT, "payroll", HOME)
    assert json.loads(row["store_tags"]) == {tag["Key"]: tag["Value"] for tag in TAGS}
    assert by_name(reported.stores, "shared")["store_tags"] == "{}"


def test_keys_are_counted_as_themselves_and_as_administrators(reported: Reported) -> None:
    counts = ("keys_direct", "keys_through_roles", "keys_as_administrators")
    assert [by_name(reported.stores, "data")[name] for name in counts] == ["1", "0", "1"]
    assert [by_name(reported.stores, "shared")[name] for name in counts] == ["0", "0", "1"]
    assert [by_name(reported.stores, "/data", "parameter")[name] for name in counts] == ["0", "0", "1"]


def test_a_user_without_any_policy_reads_what_names_her(reported: Reported) -> None:
    place = f"{HOME}:{ACCOUNT}"
    assert {(row["user_name"], row["store_arn"], row["verdict"], row["via"]) for row in reported.access} == {
        ("alice", "arn:aws:s3:::data", "all", "direct"),
        ("alice", "arn:aws:s3:::public", "all", "direct"),
        ("alice", f"arn:aws:dynamodb:{place}:table/data", "all", "direct"),
        ("alice", reported.secret, "all", "direct"),
        ("alice", reported.key, "all", "direct"),
    }


def test_each_access_says_why(reported: Reported) -> None:
    reasons = {row["store_arn"]: row["reason"] for row in reported.access}
    assert reasons["arn:aws:s3:::data"] == (
        "bucket data: bucket policy#1(Statement0) s3:GetObject on arn:aws:s3:::data/*"
    )
    assert "grant of data" in reasons[reported.key]


def test_each_access_tells_the_statements_of_the_stores_own_side(reported: Reported) -> None:
    told = {row["store_arn"]: json.loads(row["store_statements"]) for row in reported.access}
    (own,) = told["arn:aws:s3:::data"]
    assert (own["attached_to"], own["policy_name"], own["statement_sid"], own["actions"]) == (
        "bucket data",
        "bucket policy",
        "Statement0",
        ["s3:GetObject"],
    )
    assert [each["attached_to"] for each in told[reported.key]] == ["grant of data", "key data"]
    assert {row["path"] for row in reported.access} == {""}


def test_who_else_is_let_in_is_told_of_each_store(reported: Reported) -> None:
    opened = {
        name: (
            by_name(reported.stores, name)["other_accounts"],
            by_name(reported.stores, name)["open_to_all"],
        )
        for name in ("data", "shared", "public")
    }
    assert opened == {"data": ("", "false"), "shared": (OTHER, "false"), "public": ("", "true")}


def test_keys_tell_how_many_of_the_named_stores_they_read(reported: Reported) -> None:
    names = ("s3_read", "s3_stores", "s3_stores_total", "secrets_stores", "secrets_stores_total")
    assert {row["user_name"]: [row[name] for name in names] for row in reported.keys} == {
        "alice": ["some", "2", "3", "1", "2"],
        "bob": ["all", "3", "3", "2", "2"],
    }


def test_the_note_says_whose_policies_were_read(reported: Reported) -> None:
    assert all(
        "resource policies were read of dynamodb, kms, rds, s3, secrets and role trust alone"
        in row["analysis_note"]
        for row in reported.keys
    )


def test_buckets_whose_objects_may_let_in_others_are_told_and_counted_in_the_note(reported: Reported) -> None:
    names = ("data", "shared", "public")
    acls = {name: by_name(reported.stores, name)["object_acls"] for name in names}
    assert acls == {"data": "off", "shared": "on", "public": "off"}
    assert by_name(reported.stores, "data", "table")["object_acls"] == ""
    note = "and role trust alone, access control lists of objects of no bucket (1 may have them)"
    assert [note in row["analysis_note"] for row in reported.keys] == [True, True]


def test_a_policy_file_makes_stores_sensitive_and_lists_their_administrators(
    reported: Reported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, output = tmp_path / "policy.toml", tmp_path / "out"
    policy.write_text('[sensitive]\nstore_tags = { DataClassification = "Restricted" }\n')
    monkeypatch.setenv("REPORT_POLICY_FILE", str(policy))
    words = ["--snapshot", str(reported.snapshot), "--output", str(output), "--report-date", "2026-11-22"]
    assert main(["report", *words]) == 0
    tagged = {"arn:aws:s3:::data", f"arn:aws:dynamodb:{HOME}:{ACCOUNT}:table/data"}
    stores, access = rows(output, "stores"), rows(output, "access")
    assert {row["store_arn"] for row in stores if row["sensitive"] == "true"} == tagged
    untagged = [row for row in stores if row["store_arn"] not in tagged]
    assert {row["sensitive"] for row in untagged if row["store_type"] != "parameter"} == {"false"}
    assert by_name(stores, "/data", "parameter")["sensitive"] == ""  # parameters come without tags
    assert {row["store_arn"] for row in access if row["user_name"] == "bob"} == tagged
    assert {row["store_arn"] for row in access if row["user_name"] == "alice"} == {
        row["store_arn"] for row in reported.access
    }
    assert {row["sensitive_stores"] for row in rows(output, "keys")} == {"data"}


def test_without_a_policy_file_nothing_says_what_is_sensitive(reported: Reported) -> None:
    assert {row["sensitive"] for row in (*reported.stores, *reported.access)} == {""}
    assert {row["sensitive_stores"] for row in reported.keys} == {""}
