"""One record of a data store as it is read: part by part, with what of it could not be understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from job.snapshot.decoding import (
    MisfitError,
    each,
    find_list,
    find_text,
    get_object,
    get_text,
    tags,
    texts,
)
from job.snapshot.model import Json, JsonObject

Part = TypeVar("Part")

# The key that a store names, which may be none; None where it is not known.
NamedKey: TypeAlias = "tuple[str | None] | None"

_ARN_COLONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a list was read."""

    account_id: str
    partition: str
    region: str | None

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of the account there."""
        return f"arn:{self.partition}:{service}:{self.region or ''}:{self.account_id}:{resource}"


@dataclass(slots=True)
class StoreItem:
    """A record that is read part by part, with what could not be understood of it."""

    record: JsonObject
    damage: list[str] = field(default_factory=list)

    def has(self, key: str) -> bool:
        """Whether AWS was asked for a part, and answered."""
        return key in self.record

    def lacks(self, key: str) -> bool:
        """Whether the record is AWS Config's, and says nothing of a part."""
        return key in self.texts("NotRecorded")

    def part(self, read: Callable[[JsonObject], Part], otherwise: Part) -> Part:
        """A part of the record; `otherwise`, and the damage noted, where it is not what it should be."""
        try:
            return read(self.record)
        except MisfitError as misfit:
            self.damage.append(misfit.text)
            return otherwise

    def text(self, key: str) -> str | None:
        """A text; None where it is absent or none."""
        return self.part(lambda record: find_text(record, key), None)

    def arn(self, key: str) -> str | None:
        """An ARN; None, and the damage noted, for other text."""
        return self.part(lambda record: _arn(record, key), None)

    def flag(self, key: str) -> bool | None:
        """True or false; None where it is absent or neither."""
        return self.part(lambda record: _flag(record, key), None)

    def key(self, key: str) -> NamedKey:
        """The key that it names."""
        return self.part(lambda record: (find_text(record, key),), None)

    def index_names(self, key: str) -> tuple[str, ...] | None:
        """The names of a table's indexes; None where they are not understood."""
        return self.part(lambda record: each(record, key, _index_name), None)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where it is absent or none."""
        none: tuple[str, ...] = ()
        return self.part(lambda record: texts(record, key), none)

    def list(self, key: str) -> list[Json] | None:
        """None when it was not read, or is none."""
        listed = self.part(lambda record: find_list(record, key), None)
        return None if self.record.get(key) is None else listed

    def object(self, key: str) -> StoreItem:
        """An object within, empty when it is absent or null; its damage counts as this one's."""
        inner = self.part(lambda record: get_object(record, key), None)
        return StoreItem(inner or {}, self.damage)

    def tags(self, key: str) -> Mapping[str, str] | None:
        """None when they were not read."""
        return self.part(lambda record: tags(record, key), None) if self.has(key) else None


def _arn(record: JsonObject, key: str) -> str | None:
    text = find_text(record, key)
    if text is None or (text.startswith("arn:") and text.count(":") >= _ARN_COLONS):
        return text
    raise MisfitError("expected an ARN").inside(key)


def _flag(record: JsonObject, key: str) -> bool | None:
    value = record.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise MisfitError("expected true or false").inside(key)


def _index_name(record: JsonObject) -> str:
    return get_text(record, "IndexName")
