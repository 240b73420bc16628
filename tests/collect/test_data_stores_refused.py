"""What AWS refuses of an account's data stores costs that part alone, and each permission is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from job.collect.account import CollectedAccount
from job.permissions import DATA_STORES
from tests.collect.store_cloud import (
    ALL,
    BOTH,
    ELSEWHERE,
    HOME,
    StoreCloud,
    StoreCollection,
    called,
    failed,
    make_everything,
    store_cloud,
    stores,
)
from tests.scripted_aws import point_at

_ARNS = {"DBClusters": "DBClusterArn", "DBInstances": "DBInstanceArn"}


@dataclass(frozen=True, kw_only=True)
class World:
    """An account with a store of each kind, and what is read of it when nothing is refused."""

    cloud: StoreCloud
    collection: StoreCollection
    whole: Any


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as monkeypatch, store_cloud() as cloud:
        point_at(monkeypatch, cloud.url)
        make_everything(cloud)
        collection = StoreCollection()
        yield World(cloud=cloud, collection=collection, whole=steady(collection.read(ALL, BOTH)))


@pytest.fixture
def world(served: World) -> Iterator[World]:
    """The account with nothing refused, and nothing asked so far."""
    served.cloud.front.asked.clear()
    yield served
    served.cloud.front.refused = lambda _: False


def steady(collected: CollectedAccount) -> Any:  # noqa: ANN401 - decoded JSON
    """The section without what changes by itself: a database has its state and its backups."""
    section = stores(collected)
    section["rds"] = {
        region: {name: [each[_ARNS[name]] for each in listed] for name, listed in lists.items()}
        for region, lists in section.get("rds", {}).items()
    }
    return section


@pytest.mark.parametrize(
    ("kind", "listing", "code"),
    [
        ("s3", "ListBuckets", "AccessDenied"),
        ("dynamodb", "ListTables", "AccessDeniedException"),
        ("rds", "DescribeDBClusters", "AccessDenied"),
        ("secrets", "ListSecrets", "AccessDeniedException"),
        ("secrets", "DescribeParameters", "AccessDeniedException"),
        ("kms", "ListKeys", "AccessDeniedException"),
    ],
)
def test_a_kind_that_is_denied_is_a_failure_by_name_and_the_others_are_read(
    world: World, kind: str, listing: str, code: str
) -> None:
    world.cloud.front.refused = lambda asked: asked.operation == listing
    collected = world.collection.read(ALL, BOTH)
    told = steady(collected)
    others = [each for each in DATA_STORES if each != kind]
    assert failed(collected) == {
        (listing, code, region) for region in ((None,) if kind == "s3" else (HOME, ELSEWHERE))
    }
    assert {each: told[each] for each in others} == {each: world.whole[each] for each in others}
    assert told[kind] != world.whole[kind]
    assert "AuthorizationDetails" in collected.document


def test_a_region_that_is_denied_is_a_failure_by_name_and_the_other_is_read(world: World) -> None:
    world.cloud.front.refused = lambda asked: asked.region == ELSEWHERE and asked.service != "sts"
    collected = world.collection.read(ALL, BOTH)
    told = steady(collected)
    assert {region for _, _, region in failed(collected)} == {ELSEWHERE}
    assert {step for step, _, _ in failed(collected)} == {
        "ListTables",
        "DescribeDBClusters",
        "DescribeDBInstances",
        "ListSecrets",
        "DescribeParameters",
        "ListKeys",
    }
    for kind in ("dynamodb", "rds", "secrets", "kms"):
        assert told[kind] == {HOME: world.whole[kind][HOME], ELSEWHERE: {}}
    assert told["s3"] == world.whole["s3"]


@pytest.mark.parametrize("kind", sorted(DATA_STORES))
def test_each_kind_alone_is_read_with_its_own_calls_and_no_other(world: World, kind: str) -> None:
    collected = world.collection.read(kind, HOME)
    assert collected.failures == ()
    assert sorted(stores(collected)) == sorted(["Kinds", "Regions", kind])
    assert called(world.cloud.front.asked) == {permission.action for permission in DATA_STORES[kind]}


def test_without_the_setting_no_store_is_asked_about(world: World) -> None:
    collected = world.collection.read("", "")
    assert "DataStores" not in collected.document
    assert called(world.cloud.front.asked) == set()


@pytest.mark.parametrize(
    "action",
    [permission.action for permissions in DATA_STORES.values() for permission in permissions],
)
def test_each_permission_taken_away_breaks_its_own_part_and_no_other(world: World, action: str) -> None:
    world.cloud.front.refused = lambda asked: action in called([asked])
    collected = world.collection.read(ALL, BOTH)
    kind = next(kind for kind, listed in DATA_STORES.items() if action in {each.action for each in listed})
    told = steady(collected)
    assert told[kind] != world.whole[kind]
    assert {each: told[each] for each in DATA_STORES if each != kind} == {
        each: world.whole[each] for each in DATA_STORES if each != kind
    }
    assert len({failure.step for failure in collected.failures}) == 1
