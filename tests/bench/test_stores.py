"""What the stand-in tells of data stores is what was made up, whichever way the job reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.measure import Endpoint, stand_in
from bench.store_rows import read_back
from bench.stores import KINDS, OPEN_TO_ALL, REGION, STORES, AccountStores
from bench.world import World
from job.snapshot.parse_stores import parse_stores
from job.snapshot.stores import DataStores
from tests.collect.store_cloud import StoreCollection
from tests.scripted_aws import point_at

WORLD = World(size=OPEN_TO_ALL + 1)
SETTINGS = {"REPORT_DATA_STORES": ",".join(KINDS), "REPORT_REGIONS": REGION}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with stand_in("--accounts", str(WORLD.size), "--latency", "0", "--no-limits") as served:
        yield served


def parsed(account_id: str, section: object) -> DataStores:
    stores = parse_stores(account_id, "aws", {"DataStores": json.loads(json.dumps(section))})
    assert stores is not None
    return stores


@pytest.mark.parametrize("more", [{}, {"REPORT_CONFIG_AGGREGATOR": "everything"}])
def test_both_ways_read_the_stores_that_were_made_up(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
) -> None:
    point_at(monkeypatch, endpoint.url)
    read = StoreCollection().read_all(WORLD.account_ids, {**SETTINGS, **more})
    made_up = [AccountStores.of(WORLD, each) for each in WORLD.account_ids]
    assert [parsed(each.account_id, each.document["DataStores"]) for each in read] == [
        parsed(each.account_id, each.section()) for each in made_up
    ]
    assert {failure.step for each in read for failure in each.failures} == set()
    assert {len(parsed(each.account_id, each.section()).stores) for each in made_up} == {STORES}


def test_five_buckets_of_an_organization_are_open_to_all_of_it() -> None:
    opened = [
        bucket["Name"]
        for account_id in WORLD.account_ids
        for bucket in AccountStores.of(WORLD, account_id).buckets
        if "PrincipalOrgID" in str(bucket["Policy"])
    ]
    assert len(opened) == OPEN_TO_ALL


def test_a_report_is_read_back_with_what_it_lacks(tmp_path: Path) -> None:
    files = {
        "stores": "store_arn\narn:aws:s3:::other\n",
        "keys": "access_key_id\nAKIA1\nAKIA2\nAKIA3\n",
        "access": "access_key_id\nAKIA1\nAKIA1\nAKIA2\n",
    }
    for dataset, text in files.items():
        folder = tmp_path / "csv" / dataset / "dt=2026-11-22"
        folder.mkdir(parents=True)
        (folder / f"{dataset}-2026-11-22.csv").write_text(text)
    assert read_back(tmp_path, WORLD, "2026-11-22") == (
        f"stores: 1 of {STORES * WORLD.size}, {WORLD.size} accounts lack some; `access`: 3 rows, "
        "1 a key in the median, 2 at most"
    )


def test_a_run_that_left_no_files_says_so(tmp_path: Path) -> None:
    assert "stores: 0 of" in read_back(tmp_path, WORLD, "2026-11-22")
