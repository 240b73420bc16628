"""The one column schema: every dataset with its columns, in which capabilities and tag columns are expanded.

The data dictionary in docs/columns.md, the Glue tables, the QuickSight data set, the manifest, CSV, Parquet
and the HTML report are all derived from what `report_schema` answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from job.errors import SettingsError
from job.report.columns import Column, ColumnGroup, ColumnType, title_of
from job.report.key_columns import (
    ACCOUNT_COLUMNS,
    ADMIN_COLUMNS,
    CAN_READ_COLUMNS,
    KEY_COLUMNS,
    LATER_COLUMNS,
    PRINCIPAL_COLUMNS,
    RESULT_COLUMNS,
    RUN_COLUMNS,
)
from job.report.other_columns import (
    ACCOUNTS_DATASET_COLUMNS,
    CHANGES_DATASET_COLUMNS,
    FINDINGS_DATASET_COLUMNS,
)

SCHEMA_VERSION = 1


class CapabilityTitle(Protocol):
    """What the schema needs to know of a capability."""

    @property
    def id(self) -> str:
        """Its column's name, such as `s3_read`."""

    @property
    def title(self) -> str:
        """Its name for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityColumns:
    """The names of one capability's columns in `keys`."""

    id: str
    title: str
    verdict: str
    via: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSchema:
    """One dataset: its name, what a row is, and its columns in their order."""

    name: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, the header of its CSV."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSchema:
    """All datasets, and what `keys` was expanded with."""

    datasets: tuple[DatasetSchema, ...]
    capabilities: tuple[CapabilityColumns, ...]
    tag_columns: tuple[Column, ...]

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
    inner = [_capability(row) for row in capabilities if row.id in shipped]
    outer = [_capability(row) for row in capabilities if row.id not in shipped]
    tags = _tag_columns(tag_keys)
    keys = DatasetSchema(
        name="keys",
        meaning="one row per active access key of every IAM user and root user",
        columns=(*_inner_columns(inner), *tags, *LATER_COLUMNS, *_outer_columns(outer)),
    )
    _refuse_same_names(keys.columns)
    return ReportSchema(datasets=(keys, *_OTHER_DATASETS), capabilities=(*inner, *outer), tag_columns=tags)


_OTHER_DATASETS = (
    DatasetSchema(
        name="accounts",
        meaning="one row per account of the organization, read or not",
        columns=ACCOUNTS_DATASET_COLUMNS,
    ),
    DatasetSchema(
        name="findings",
        meaning="one row per key, capability and path",
        columns=FINDINGS_DATASET_COLUMNS,
    ),
    DatasetSchema(
        name="changes",
        meaning="one row per change against the previous report",
        columns=CHANGES_DATASET_COLUMNS,
    ),
)
DATASET_NAMES = ("keys", *(dataset.name for dataset in _OTHER_DATASETS))


def first_moved(before: Sequence[str], now: Sequence[str]) -> int | None:
    """The place, from 1 on, where a header first names another column than an earlier one did.

    None when each column of both is where it was: columns that came at the end, or went from there, move
    none of the others.
    """
    pairs = enumerate(zip(before, now, strict=False), start=1)
    return next((place for place, (old, new) in pairs if old != new), None)


def tag_column_name(key: str) -> str:
    """The column of a tag: `DataClassification` is `tag_data_classification`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", key)
    return "tag_" + re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def _capability(row: CapabilityTitle) -> CapabilityColumns:
    return CapabilityColumns(
        id=row.id, title=row.title, verdict=row.id, via=f"{row.id}_via", reason=f"{row.id}_reason"
    )


def _verdict_column(capability: CapabilityColumns) -> Column:
    meaning = f"{capability.title}: `all`, `some`, `conditional`, `none` or `unknown`"
    return _capability_column(capability, capability.verdict, ColumnType.STRING, meaning)


def _via_column(capability: CapabilityColumns) -> Column:
    meaning = f"how, for `{capability.id}`: `direct`, `role:ARN`, `escalation:ID`, `admin`; null when none"
    return _capability_column(capability, capability.via, ColumnType.LIST, meaning)


def _reason_column(capability: CapabilityColumns) -> Column:
    meaning = f"the deciding statement for `{capability.id}` in a few words"
    return _capability_column(capability, capability.reason, ColumnType.STRING, meaning)


def _capability_column(capability: CapabilityColumns, name: str, kind: ColumnType, meaning: str) -> Column:
    title = capability.title if name == capability.verdict else title_of(name)
    return Column(
        name=name,
        type=kind,
        meaning=meaning,
        title=title,
        group=ColumnGroup.CAPABILITY,
        source=capability.id,
    )


def _inner_columns(capabilities: Iterable[CapabilityColumns]) -> tuple[Column, ...]:
    """The fixed columns with the built-in capabilities between them: all verdicts, all ways, all reasons."""
    rows = tuple(capabilities)
    return (
        *RUN_COLUMNS,
        *ACCOUNT_COLUMNS,
        *PRINCIPAL_COLUMNS,
        *KEY_COLUMNS,
        *ADMIN_COLUMNS,
        *map(_verdict_column, rows),
        *map(_via_column, rows),
        *map(_reason_column, rows),
        *CAN_READ_COLUMNS,
        *RESULT_COLUMNS,
    )


def _outer_columns(capabilities: Iterable[CapabilityColumns]) -> Iterable[Column]:
    """The user's own capabilities, each with its three columns together: one more only adds at the end."""
    for row in capabilities:
        yield from (_verdict_column(row), _via_column(row), _reason_column(row))


def _tag_columns(keys: Iterable[str]) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=tag_column_name(key),
            type=ColumnType.STRING,
            meaning=f"the account's tag `{key}`; null = no such tag, or not read",
            title=key,
            group=ColumnGroup.TAG,
            source=key,
        )
        for key in keys
    )


def _refuse_same_names(columns: Iterable[Column]) -> None:
    """A tag or capability that would give a column of a name already taken is a wrong setting."""
    problems, taken = [], dict[str, Column]()
    for column in columns:
        if column.name in taken:
            problems.append(_clash(column, taken[column.name]))
        taken[column.name] = column
    if problems:
        raise SettingsError(tuple(problems))


def _clash(column: Column, other: Column) -> str:
    setting = {
        ColumnGroup.TAG: "REPORT_TAG_COLUMNS",
        ColumnGroup.CAPABILITY: "REPORT_CAPABILITIES_FILE",
    }
    blamed = column if column.group in setting else other
    return (
        f"{setting[blamed.group]}: {blamed.source!r} would make a second column named {column.name!r}: "
        "leave it out or name it otherwise"
    )
