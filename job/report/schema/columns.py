"""What one column of a dataset is: its name, its type, what it means, and its value in a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Never, TypeAlias, TypeVar

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


Record_contra = TypeVar("Record_contra", contravariant=True)
Other = TypeVar("Other")


@dataclass(frozen=True)
class Column(Generic[Record_contra]):
    """One column in one row: what it is called, what it holds, what that means, and its value in a record.

    `source` is the capability's id or the tag's key it was made from, empty for a fixed one. `full` columns
    are never cut in CSV. It has no slots: a frozen dataclass that has cannot be made by `Column[Record](…)`,
    which a type checker needs to know what the value is asked of (https://github.com/python/cpython/issues/105936).
    """

    name: str
    type: ColumnType
    meaning: str
    value: Callable[[Record_contra], Value]
    heading: str = field(default="", kw_only=True)
    group: ColumnGroup = field(default=ColumnGroup.FIXED, kw_only=True)
    source: str = field(default="", kw_only=True)
    full: bool = field(default=False, kw_only=True)

    @property
    def title(self) -> str:
        """Its name for people, such as a table's heading; `name` is for machines."""
        return self.heading or title_of(self.name)

    def over(self, value: Callable[[Other], Value], meaning: str = "") -> Column[Other]:
        """The same column of another record; `meaning` where it says something else there."""
        return Column(self.name, self.type, meaning or self.meaning, value)


AnyColumn: TypeAlias = "Column[Never]"
"""A column of whatever record."""


def never_cut(columns: Iterable[Column[Other]]) -> tuple[Column[Other], ...]:
    """The columns, whole in CSV however long a cell is."""
    return tuple(replace(column, full=True) for column in columns)
