"""How a cell becomes text: the same words in CSV and Parquet, safe for the consumers' documented limits.

QuickSight refuses fields over 2,047 characters and skips a row whose value does not fit its column
(https://docs.aws.amazon.com/quicksight/latest/user/data-source-limits.html); Athena's OpenCSVSerDe knows no
line breaks inside a value and takes a backslash for an escape
(https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime

from job.report.schema.columns import AnyColumn, ColumnType, Value
from job.snapshot.model import Json

MAX_TEXT = 2000
"""Characters of the longest text that CSV holds, the final `…` included."""

_CUT = "…"

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\\\\]")
_FORMULA_STARTS = tuple("=+-@＝＋－＠")  # noqa: RUF001 - spreadsheets take the full-width signs too


def clean(text: str) -> str:
    """The text on one line: control characters become spaces, backslashes become `/`."""
    if text.isprintable() and "\\" not in text:
        return text
    return _UNSAFE.sub(_replacement, text)


def _replacement(match: re.Match[str]) -> str:
    character = match.group()
    if character == "\\":
        return "/"
    return "\N{REPLACEMENT CHARACTER}" if "\ud800" <= character <= "\udfff" else " "


def list_text(items: Iterable[str]) -> str:
    """The items without repetition, sorted, joined by `;`; a `;` inside an item is written `%3B`."""
    return ";".join(sorted({clean(item).replace(";", "%3B") for item in items}))


def json_text(value: Json) -> str:
    """Compact JSON with sorted keys that holds no backslash: inside strings `"` becomes `'`."""
    text = _encode(value)
    return text if "\\" not in text and text.isprintable() else _encode(_plain(value))


def _plain(value: Json) -> Json:
    match value:
        case str():
            return _quoteless(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {_quoteless(key): _plain(item) for key, item in value.items()}
        case _:
            return value


def _quoteless(text: str) -> str:
    return clean(text).replace('"', "'")


def map_text(entries: Mapping[str, str]) -> str:
    """A map as compact JSON, `{}` when empty."""
    if not entries:
        return "{}"
    return json_text(dict(entries))


def cut_text(text: str, limit: int = MAX_TEXT) -> str:
    """The text, or as much of it as fits, ended by `…`."""
    return text if len(text) <= limit else text[: limit - 1] + _CUT


def cut_map(entries: Mapping[str, str], limit: int = MAX_TEXT) -> str:
    """The map with the whole entries that fit, tried in the order of their keys.

    A map that was cut says so by an entry that no tag of AWS can be: `"…":"39 more"`.
    """
    text = map_text(entries)
    if len(text) <= limit:
        return text
    kept: dict[str, str] = {}
    room = limit - len(map_text(_left_out(len(entries))))
    for key in sorted(entries):
        size = len(map_text({key: entries[key]})[1:-1]) + 1
        if size <= room:
            kept[key] = entries[key]
            room -= size
    return map_text(kept | _left_out(len(entries) - len(kept)))


def _left_out(count: int) -> dict[str, str]:
    return {_CUT: f"{count} more"}


def guard_formula(text: str) -> str:
    """The text with a leading `'` when a spreadsheet would take it for a formula (OWASP "CSV Injection")."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text


def unguard_formula(text: str) -> str:
    """What `guard_formula` was given."""
    return text[1:] if text.startswith("'") and guard_formula(text[1:]) == text else text


def timestamp_text(moment: datetime) -> str:
    """A moment to the second in UTC: `2026-11-22T04:00:12Z`."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"


def _string_text(value: Value) -> str | None:
    return clean(value) or None if isinstance(value, str) else None


def _list_text(value: Value) -> str | None:
    return list_text(value) or None if isinstance(value, tuple) else None


def _map_text(value: Value) -> str | None:
    return map_text(value) if isinstance(value, Mapping) else None


def _int_text(value: Value) -> str | None:
    return str(value) if isinstance(value, int) else None


def _boolean_text(value: Value) -> str | None:
    if value is None:
        return None
    return "true" if value else "false"


def _date_text(value: Value) -> str | None:
    return value.isoformat()[:10] if isinstance(value, date) else None


def _timestamp_text(value: Value) -> str | None:
    return timestamp_text(value) if isinstance(value, datetime) else None


TEXT_OF: Mapping[ColumnType, Callable[[Value], str | None]] = {
    ColumnType.STRING: _string_text,
    ColumnType.LIST: _list_text,
    ColumnType.MAP: _map_text,
    ColumnType.INT: _int_text,
    ColumnType.BOOLEAN: _boolean_text,
    ColumnType.DATE: _date_text,
    ColumnType.TIMESTAMP: _timestamp_text,
}
"""The whole value as text by column type; None, an empty text and an empty list are None."""


def csv_text(column: AnyColumn, *, formula_guard: bool) -> Callable[[Value], str | None]:
    """The function that writes a column's cells into CSV: cut to what QuickSight takes, guarded if wished."""
    whole = TEXT_OF[column.type]
    if not column.type.is_text:
        return whole
    limit = _cut_map_text if column.type is ColumnType.MAP else _cut_text_of(whole)
    written = whole if column.full else limit
    return _guarded(written) if formula_guard else written


def _cut_map_text(value: Value) -> str | None:
    return cut_map(value) if isinstance(value, Mapping) else None


def _cut_text_of(whole: Callable[[Value], str | None]) -> Callable[[Value], str | None]:
    def cut(value: Value) -> str | None:
        text = whole(value)
        return text if text is None or len(text) <= MAX_TEXT else cut_text(text)

    return cut


def _guarded(written: Callable[[Value], str | None]) -> Callable[[Value], str | None]:
    def guarded(value: Value) -> str | None:
        text = written(value)
        return text if text is None else cut_text(guard_formula(text), MAX_TEXT + 1)

    return guarded
