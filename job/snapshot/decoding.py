"""Typed access to decoded JSON: what does not fit is told with its place, `Accounts[3].Id`.

The place is put together only while an error travels outwards, so that reading costs nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import unquote

import orjson

from job.errors import SnapshotError
from job.snapshot.model import Json, JsonObject

Parsed = TypeVar("Parsed")


class MisfitError(Exception):
    """A value of the wrong kind; gathers its place on the way out."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.place: list[str] = []

    def inside(self, step: str | int) -> MisfitError:
        """The same error, seen from one level further out."""
        self.place.insert(0, f"[{step}]" if isinstance(step, int) else f".{step}")
        return self

    @property
    def text(self) -> str:
        """Where, and what should stand there."""
        place = "".join(self.place).removeprefix(".")
        return f"{place}: {self.expected}" if place else self.expected

    def in_file(self, file: str) -> SnapshotError:
        """The error for a person: file, place, expectation."""
        return SnapshotError(f"{file}: {self.text}")


def as_object(value: Json) -> JsonObject:
    """The value, if it is an object."""
    if not isinstance(value, dict):
        raise MisfitError("expected an object")
    return value


def get_object(record: JsonObject, key: str) -> JsonObject | None:
    """An object, or None when absent or null."""
    value = record.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise MisfitError("expected an object").inside(key)


def get_text(record: JsonObject, key: str) -> str:
    """A text that must be there."""
    value = record.get(key)
    if isinstance(value, str) and value:
        return value
    raise MisfitError("expected a text").inside(key)


def find_text(record: JsonObject, key: str) -> str | None:
    """A text, or None when absent, null or empty."""
    value = record.get(key)
    if value is None or isinstance(value, str):
        return value or None
    raise MisfitError("expected a text").inside(key)


def find_list(record: JsonObject, key: str) -> list[Json]:
    """A list; empty when absent or null."""
    value = record.get(key)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise MisfitError("expected a list").inside(key)


def each(record: JsonObject, key: str, parse: Callable[[JsonObject], Parsed]) -> tuple[Parsed, ...]:
    """Every object of a list, parsed; empty when the list is absent or null."""
    items = find_list(record, key)
    if not items:
        return ()
    found: list[Parsed] = []
    for item in items:
        try:
            found.append(parse(as_object(item)))
        except MisfitError as misfit:
            raise misfit.inside(len(found)).inside(key) from None
    return tuple(found)


def each_named(record: JsonObject, key: str, parse: Callable[[str, Json], Parsed]) -> dict[str, Parsed]:
    """Every value of an object of named things, parsed; empty when the object is absent or null."""
    found: dict[str, Parsed] = {}
    for name, item in (get_object(record, key) or {}).items():
        try:
            found[name] = parse(name, item)
        except MisfitError as misfit:
            raise misfit.inside(name).inside(key) from None
    return found


def texts(record: JsonObject, key: str) -> tuple[str, ...]:
    """A list of texts; empty when absent or null."""
    try:
        return as_texts(record.get(key))
    except MisfitError as misfit:
        raise misfit.inside(key) from None


def as_texts(value: Json) -> tuple[str, ...]:
    """The value, if it is a list of texts; null is an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise MisfitError("expected a list")
    found: list[str] = []
    for item in value:
        if not isinstance(item, str):
            raise MisfitError("expected a text").inside(len(found))
        found.append(item)
    return tuple(found)


def tags(record: JsonObject, key: str) -> Mapping[str, str]:
    """Tags as AWS lists them, `[{"Key": …, "Value": …}]`, or as an object of texts; empty when absent."""
    value = record.get(key)
    if isinstance(value, dict):
        return {name: get_tag(value, name, key) for name in value}
    return dict(each(record, key, _tag))


def get_tag(values: JsonObject, name: str, key: str) -> str:
    """One tag of an object of tags; null counts as empty."""
    value = values[name]
    if value is None or isinstance(value, str):
        return value or ""
    raise MisfitError("expected a text").inside(name).inside(key)


def _tag(record: JsonObject) -> tuple[str, str]:
    return get_text(record, "Key"), find_text(record, "Value") or ""


def timestamp(record: JsonObject, key: str) -> datetime | None:
    """A time in UTC from ISO 8601 text or epoch seconds; None when absent or null."""
    value = record.get(key)
    if value is None:
        return None
    try:
        if isinstance(value, str):
            return _utc(datetime.fromisoformat(value))
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise MisfitError("expected an ISO 8601 time").inside(key)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def policy_document(value: Json) -> Json:
    """A policy document: an object as it is, JSON text decoded, URL-encoded JSON text (RFC 3986) too.

    Text that is neither stays text, so that the analysis can say that it does not understand it.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html
    """
    if not isinstance(value, str):
        return value
    for text in (value, unquote(value)):
        try:
            decoded: Json = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
        else:
            return decoded
    return value
