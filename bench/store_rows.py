"""What a run says of data stores, beside what was made up, and how many rows of `access` a key has."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from statistics import median

from bench.stores import STORES, AccountStores
from bench.world import World


def read_back(output: Path, world: World, day: str) -> str:
    """In a line: stores told of those made up, and rows of `access` a key, in the median and at most."""
    told = {row["store_arn"] for row in _rows(output, "stores", day)}
    expected = STORES * len(world.active_ids)
    keys = Counter({row["access_key_id"]: 0 for row in _rows(output, "keys", day)})
    keys.update(row["access_key_id"] for row in _rows(output, "access", day))
    counts = keys.values() or (0,)
    lost = sum(not _all_told(told, AccountStores.of(world, each)) for each in world.active_ids)
    return (
        f"stores: {len(told):,} of {expected:,}, {lost} accounts lack some; `access`: {sum(counts):,} rows, "
        f"{median(counts):g} a key in the median, {max(counts):,} at most"
    )


def _all_told(told: set[str], own: AccountStores) -> bool:
    arns = {f"arn:aws:s3:::{bucket['Name']}" for bucket in own.buckets}
    for records, name in (
        (own.tables, "TableArn"),
        (own.clusters, "DBClusterArn"),
        (own.instances, "DBInstanceArn"),
        (own.secrets, "ARN"),
        (own.keys, "KeyArn"),
    ):
        arns |= {str(record[name]) for record in records}
    return arns <= told


def _rows(output: Path, dataset: str, day: str) -> list[dict[str, str]]:
    path = output / "csv" / dataset / f"dt={day}" / f"{dataset}-{day}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
