"""What one column of a dataset is: its name, its type and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = "bool | int | str | date | datetime | tuple[str, ...] | Mapping[str, str] | None"
"""A cell before a format turns it into text; None is "no value" or "not determined", as the column says."""

Row: TypeAlias = "tuple[Value, ...]"
"""The cells of one row in the order of its dataset's columns."""


class ColumnType(StrEnum):
    """How a column's values look, in every format."""

    STRING = "string"
    INT = "int"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    LIST = "list"
    MAP = "map"

    @property
    def is_text(self) -> bool:
        """Whether consumers see it as text: lists and maps are text too, even in Parquet."""
        return self in (ColumnType.STRING, ColumnType.LIST, ColumnType.MAP)


class ColumnGroup(StrEnum):
    """Why a column is there: always, for one capability, or for one configured tag."""

    FIXED = "fixed"
    CAPABILITY = "capability"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `source` is the capability's id or the tag's key it was made from, empty for a fixed one.

    `title` is for people (a table heading), `name` for machines. `full` columns are never cut in CSV.
    """

    name: str
    type: ColumnType
    meaning: str
    title: str
    group: ColumnGroup = ColumnGroup.FIXED
    source: str = ""
    full: bool = False


_SPELLED: Mapping[str, str] = {
    "arn": "ARN",
    "api": "API",
    "aws": "AWS",
    "dt": "date",
    "iam": "IAM",
    "id": "ID",
    "mfa": "MFA",
    "ou": "OU",
    "rds": "RDS",
    "s3": "S3",
    "dynamodb": "DynamoDB",
    "sid": "Sid",
}


def title_of(name: str) -> str:
    """A heading from a column name: `key_age_days` is `Key age days`, `ou_id` is `OU ID`."""
    words = " ".join(_SPELLED.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]


def fixed_columns(
    table: tuple[tuple[str, ColumnType, str], ...], *, full: bool = False
) -> tuple[Column, ...]:
    """Columns from rows of name, type and meaning."""
    return tuple(
        Column(name=name, type=kind, meaning=meaning, title=title_of(name), full=full)
        for name, kind, meaning in table
    )
