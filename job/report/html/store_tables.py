"""Named stores and who reads them, as many as a small page has room for: what matters most first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from job.report.html.container import Packed
from job.report.rows.access_rows import (
    ACCESS_PATH,
    REASON,
    SENSITIVE,
    STORE_ARN,
    STORE_STATEMENTS,
    VIA,
)
from job.report.rows.account_rows import ACCOUNT_ID
from job.report.rows.finding_rows import VERDICT
from job.report.rows.key_rows import ACCESS_KEY_ID, KEY_CREATED_AT, USER_NAME
from job.report.rows.store_rows import (
    KEYS_AS_ADMINISTRATORS,
    KEYS_DIRECT,
    KEYS_THROUGH_ROLES,
    OPEN_TO_ALL,
)
from job.report.schema.columns import AnyColumn, Column, ColumnType, Row, Value
from job.report.schema.dataset import Table

SHOWN_STORES = 5_000
"""Stores that the page holds; the stores dataset holds all."""

SHOWN_ACCESSES = 20_000
"""Pairs of a key and a store that the page holds; the access dataset holds all."""

_WHOSE = (ACCOUNT_ID, USER_NAME, ACCESS_KEY_ID, KEY_CREATED_AT)
_READERS = (KEYS_DIRECT, KEYS_THROUGH_ROLES, KEYS_AS_ADMINISTRATORS)
_TOLD: tuple[AnyColumn, ...] = (VERDICT, VIA, REASON, ACCESS_PATH, STORE_STATEMENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTables:
    """What the page holds of both datasets, and how many rows of each it leaves to the files."""

    stores: Table
    access: list[Packed]
    stores_left: int
    access_left: int


def select_stores(keys: Table, stores: Table, access: Table) -> StoreTables:
    """Keep the stores that matter most, in the report's order, and the keys that read them."""
    kept = _most_telling(stores)
    places = {arn: place for place, arn in enumerate(kept.cells(STORE_ARN))}
    columns = [keys.cells(column) for column in _WHOSE]
    rows = {whose: place for place, whose in enumerate(zip(*columns, strict=True))}
    cells = list(islice(_accesses(access, places, rows), SHOWN_ACCESSES))
    return StoreTables(
        stores=kept,
        access=_packed(cells),
        stores_left=len(stores.rows) - len(kept.rows),
        access_left=len(access.rows) - len(cells),
    )


def _most_telling(stores: Table) -> Table:
    if len(stores.rows) <= SHOWN_STORES:
        return stores
    names = stores.schema.names
    sensitive, open_to_all = names.index(SENSITIVE.name), names.index(OPEN_TO_ALL.name)
    readers = [names.index(column.name) for column in _READERS]

    def rank(numbered: tuple[int, Row]) -> tuple[bool, bool, tuple[int, ...], int]:
        place, row = numbered
        counts = tuple(-_count(row[reader]) for reader in readers)
        return (row[open_to_all] is not True, row[sensitive] is not True, counts, place)

    chosen = sorted(enumerate(stores.rows), key=rank)[:SHOWN_STORES]
    return Table(schema=stores.schema, rows=[row for _, row in sorted(chosen, key=lambda each: each[0])])


def _count(cell: Value) -> int:
    return cell if isinstance(cell, int) else 0


def _accesses(access: Table, stores: dict[Value, int], keys: dict[Row, int]) -> Sequence[Row]:
    """Rows of sensitive stores first: key and store by their places, then what is told of it."""
    names = access.schema.names
    whose = [names.index(column.name) for column in _WHOSE]
    arn, sensitive = names.index(STORE_ARN.name), names.index(SENSITIVE.name)
    told = [names.index(column.name) for column in _TOLD]
    first: list[Row] = []
    others: list[Row] = []
    for row in access.rows:
        key, store = keys.get(tuple(row[place] for place in whose)), stores.get(row[arn])
        if key is not None and store is not None:
            rows = first if row[sensitive] is True else others
            rows.append((key, store, *(row[place] for place in told)))
    return [*first, *others]


def _packed(cells: Sequence[Row]) -> list[Packed]:
    columns: tuple[AnyColumn, ...] = (_place("key"), _place("store"), *_TOLD)
    return [Packed(column=each, cells=[row[at] for row in cells]) for at, each in enumerate(columns)]


def _place(name: str) -> Column[Row]:
    return Column(name, ColumnType.INT, f"place of the {name} in its table", lambda row: row[0])
