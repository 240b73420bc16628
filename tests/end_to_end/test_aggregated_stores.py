"""The datasets `stores` and `access`: the same rows with AWS Config's aggregator and without."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pytest

from job.cli.main import main
from tests.collect.recorded_config import NAME, Aggregator
from tests.collect.store_cloud import (
    ACCOUNT,
    ALL,
    BOTH,
    ELSEWHERE,
    HOME,
    StoreCloud,
    make_bucket,
    make_everything,
    store_cloud,
)
from tests.scripted_aws import point_at

OTHER = "444455556666"
DATASETS = ("stores", "access", "keys")
Rows: TypeAlias = list[dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Each dataset's rows of both ways, and how often what was asked with the aggregator."""

    direct: Mapping[str, Rows]
    recorded: Mapping[str, Rows]
    asked: Mapping[str, int]


def document(principal: object, action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_organization(cloud: StoreCloud) -> None:
    """`alice` is named by policies of her account's stores; a bucket of the other account lets hers in."""
    make_everything(cloud)
    make_bucket(cloud, "far", ELSEWHERE)
    iam = cloud.client("iam")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shared/*"}
    iam.create_user(UserName="alice")
    iam.create_access_key(UserName="alice")
    iam.put_user_policy(
        UserName="alice",
        PolicyName="shared",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )
    other = replace(cloud, account=OTHER)
    other.client("iam").create_user(UserName="carol")
    make_bucket(other, "shared")
    other.client("s3").put_bucket_policy(
        Bucket="shared", Policy=document({"AWS": ACCOUNT}, "s3:GetObject", "arn:aws:s3:::shared/*")
    )


def datasets(folder: Path, name: str) -> Mapping[str, Rows]:
    """Read both accounts as the environment says, and report."""
    snapshot, output = str(folder / f"snapshot-{name}"), folder / f"out-{name}"
    main(["collect", "--organization", str(folder / "organization.json"), "--snapshot", snapshot])
    dates = ["--report-date", "2026-11-22", "--run-id", "run-1"]
    main(["report", "--snapshot", snapshot, "--output", str(output), *dates])
    return {dataset: rows(output / "csv" / dataset) for dataset in DATASETS}


def rows(folder: Path) -> Rows:
    """The rows of a dataset without the time of reading."""
    (path,) = folder.rglob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return [{**row, "collected_at": ""} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Ways:
    folder = tmp_path_factory.mktemp("aggregator")
    (folder / "organization.json").write_text(json.dumps({"Accounts": [{"Id": ACCOUNT}, {"Id": OTHER}]}))
    with pytest.MonkeyPatch.context() as monkeypatch, store_cloud() as cloud:
        point_at(monkeypatch, cloud.url)
        make_organization(cloud)
        monkeypatch.setenv("REPORT_DATA_STORES", ALL)
        monkeypatch.setenv("REPORT_REGIONS", BOTH)
        direct = datasets(folder, "direct")
        monkeypatch.setenv("REPORT_CONFIG_AGGREGATOR", NAME)
        cloud.front.aggregator = Aggregator(cloud=cloud, accounts=(ACCOUNT,), regions=(HOME, ELSEWHERE))
        cloud.front.asked.clear()
        recorded = datasets(folder, "recorded")
        asked = [each.operation for each in cloud.front.asked if not each.seeding]
    return Ways(direct=direct, recorded=recorded, asked={each: asked.count(each) for each in asked})


def test_stores_access_and_keys_are_the_same(ways: Ways) -> None:
    assert ways.recorded == ways.direct


def test_the_named_stores_and_their_readers_are_all_there(ways: Ways) -> None:
    stores = {row["store_name"] for row in ways.recorded["stores"] if row["store_type"] == "bucket"}
    assert stores == {"data", "far", "shared"}
    assert {row["store_name"] for row in ways.recorded["access"]} == {"data", "shared"}


def test_only_what_config_lacks_was_asked_of_the_accounts(ways: Ways) -> None:
    assert ways.asked["SelectAggregateResourceConfig"] == 1
    assert (ways.asked["GetBucketPolicy"], ways.asked["ListBuckets"]) == (1, 2)
    assert "GetKeyPolicy" not in ways.asked
