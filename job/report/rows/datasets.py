"""The registry of datasets, in which capabilities and tag columns are expanded.

The data dictionary in docs/columns.md, the Glue tables, the QuickSight data set, the manifest, CSV, Parquet
and the HTML report are all derived from what `report_schema` answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from job.errors import SettingsError
from job.report.rows.access_rows import ACCESS_COLUMNS
from job.report.rows.account_rows import ACCOUNTS_COLUMNS, tag_columns
from job.report.rows.change_rows import CHANGES_COLUMNS
from job.report.rows.credential_rows import CREDENTIALS_COLUMNS
from job.report.rows.finding_rows import FINDINGS_COLUMNS
from job.report.rows.key_record import CapabilityTitle, KeyRecord
from job.report.rows.key_rows import keys_columns
from job.report.rows.outcome import AccountOutcome
from job.report.rows.store_rows import STORES_COLUMNS
from job.report.schema.columns import AnyColumn, Column, ColumnGroup, Row, never_cut
from job.report.schema.dataset import DatasetSchema

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset and its rows of one account; those of a dataset with `many` are kept packed."""

    schema: DatasetSchema
    rows: Callable[[AccountOutcome], Iterator[Row]]
    many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSchema:
    """All datasets, and what `keys` was expanded with."""

    registered: tuple[Dataset, ...]
    capabilities: tuple[CapabilityTitle, ...]
    tag_columns: tuple[AnyColumn, ...]

    @property
    def datasets(self) -> tuple[DatasetSchema, ...]:
        """What each dataset is, in the order in which they are published."""
        return tuple(dataset.schema for dataset in self.registered)

    def dataset(self, name: str) -> DatasetSchema:
        """The dataset of that name."""
        return next(dataset for dataset in self.datasets if dataset.name == name)


def report_schema(
    *,
    built_in: Sequence[CapabilityTitle],
    capabilities: Sequence[CapabilityTitle],
    tag_keys: Sequence[str],
) -> ReportSchema:
    """Expand the schema with a run's capabilities and tag columns.

    `built_in` are the capabilities that come with this program: their columns stand between the fixed ones.
    Fixed columns that came later stand after the tags, and at the end what else `capabilities` holds, from
    the user's own file: another tag moves them, which a reader by name (Parquet) does not notice and a reader
    by position does.
    """
    shipped = {capability.id for capability in built_in}
    inner = tuple(row for row in capabilities if row.id in shipped)
    outer = tuple(row for row in capabilities if row.id not in shipped)
    tags = tag_columns(tag_keys)
    keys = keys_columns(inner, tags, outer)
    _refuse_same_names(keys)
    return ReportSchema(registered=_registered(keys=keys), capabilities=(*inner, *outer), tag_columns=tags)


def _registered(*, keys: tuple[Column[KeyRecord], ...]) -> tuple[Dataset, ...]:
    """Every dataset: what a row of it is, its columns, and the records of an account that are its rows."""
    return (
        _dataset(
            "keys",
            "one row per active access key of every IAM user and root user",
            keys,
            lambda outcome: outcome.keys,
        ),
        _dataset(
            "accounts",
            "one row per account of the organization, read or not",
            ACCOUNTS_COLUMNS,
            lambda outcome: outcome.accounts,
        ),
        _dataset(
            "findings",
            "one row per key, capability and path",
            never_cut(FINDINGS_COLUMNS),
            lambda outcome: outcome.findings,
            many=True,
        ),
        _dataset(
            "changes",
            "one row per change against the previous report",
            CHANGES_COLUMNS,
            lambda outcome: outcome.changes,
        ),
        _dataset(
            "stores",
            "one row per named data store, where `REPORT_DATA_STORES` asks for them",
            STORES_COLUMNS,
            lambda outcome: outcome.stores,
            many=True,
        ),
        _dataset(
            "access",
            "one row per key and named data store that it reads; as administrator, the sensitive ones alone",
            ACCESS_COLUMNS,
            lambda outcome: outcome.accesses,
            many=True,
        ),
        _dataset(
            "credentials",
            "one row per long-lived credential that is no access key, of the kinds of `REPORT_CREDENTIALS`",
            CREDENTIALS_COLUMNS,
            lambda outcome: outcome.credentials,
            many=True,
        ),
    )


def _dataset(
    name: str,
    meaning: str,
    columns: Sequence[Column[Record]],
    records: Callable[[AccountOutcome], Iterable[Record]],
    *,
    many: bool = False,
) -> Dataset:
    values = [column.value for column in columns]

    def rows(outcome: AccountOutcome) -> Iterator[Row]:
        return (tuple([value(record) for value in values]) for record in records(outcome))

    schema = DatasetSchema(name=name, meaning=meaning, columns=tuple(columns))
    return Dataset(schema=schema, rows=rows, many=many)


def first_moved(before: Sequence[str], now: Sequence[str]) -> int | None:
    """The place, from 1 on, where a header first names another column than an earlier one did.

    None when each column of both is where it was: columns that came at the end, or went from there, move
    none of the others.
    """
    pairs = enumerate(zip(before, now, strict=False), start=1)
    return next((place for place, (old, new) in pairs if old != new), None)


def _refuse_same_names(columns: Iterable[AnyColumn]) -> None:
    """A tag or capability that would give a column of a name already taken is a wrong setting."""
    problems, taken = [], dict[str, AnyColumn]()
    for column in columns:
        if column.name in taken:
            problems.append(_clash(column, taken[column.name]))
        taken[column.name] = column
    if problems:
        raise SettingsError(tuple(problems))


def _clash(column: AnyColumn, other: AnyColumn) -> str:
    setting = {
        ColumnGroup.TAG: "REPORT_TAG_COLUMNS",
        ColumnGroup.CAPABILITY: "REPORT_CAPABILITIES_FILE",
    }
    blamed = column if column.group in setting else other
    return (
        f"{setting[blamed.group]}: {blamed.source!r} would make a second column named {column.name!r}: "
        "leave it out or name it otherwise"
    )
