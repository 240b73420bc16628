"""Packs tables for the page: each column's distinct values once, sorted, and one small code a row.

The page decodes a column on first use and compares codes instead of values, so that it opens at once with
50,000 keys.
"""

from __future__ import annotations

import base64
import gzip
import json
from array import array
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias, cast

import orjson

from job.report.schema.cell_text import timestamp_text
from job.report.schema.columns import AnyColumn, Value

Scalar: TypeAlias = "bool | int | str"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A column and its value in each row; None is "not known"."""

    column: AnyColumn
    cells: Sequence[Value]


def pack(tables: Mapping[str, Sequence[Packed]], extra: object) -> str:
    """Return base64 text of a gzip stream: a length, a JSON header with `extra`, then values and codes."""
    blob = bytearray()
    header = {"tables": {name: _table(columns, blob) for name, columns in tables.items()}, "extra": extra}
    head = _json(header).encode()
    content = len(head).to_bytes(4, "little") + head
    content += bytes(-len(content) % 4) + blob
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode("ascii")


def _table(columns: Sequence[Packed], blob: bytearray) -> dict[str, object]:
    return {"rows": len(columns[0].cells), "columns": [_column(column, blob) for column in columns]}


def _column(packed: Packed, blob: bytearray) -> dict[str, object]:
    cells = _scalars(packed.cells)
    values = sorted({cell for cell in cells if cell is not None}, key=_order)
    codes: dict[Scalar | None, int] = {value: code for code, value in enumerate(values, 1)}
    codes[None] = 0
    text = f"[{','.join(map(_json_of_scalar, values))}]".encode()
    return {
        "name": packed.column.name,
        "type": packed.column.type.value,
        "title": packed.column.title,
        "meaning": packed.column.meaning,
        "values": [_append(text, blob), len(text), len(values)],
        "codes": _codes(array("I", map(codes.__getitem__, cells)), len(values), blob),
    }


def _codes(codes: array[int], distinct: int, blob: bytearray) -> list[int]:
    """Where the codes are and how wide; width 0 is one code for every row."""
    if not codes or codes.count(codes[0]) == len(codes):
        return [codes[0] if codes else 0, 0]
    kind = "B" if distinct < 1 << 8 else "H" if distinct < 1 << 16 else "I"
    narrow = array(kind, codes)
    return [_append(narrow.tobytes(), blob), narrow.itemsize]


def _append(part: bytes, blob: bytearray) -> int:
    """Where the part starts: on a multiple of four, as the page's typed arrays ask."""
    blob.extend(bytes(-len(blob) % 4))
    start = len(blob)
    blob.extend(part)
    return start


class _Nested(str):
    """A list or map as its JSON text: hashable and sortable, and written into the values as it is."""

    __slots__ = ()


def _scalars(cells: Sequence[Value]) -> Sequence[Scalar | None]:
    """The cells as hashable values; a column holds one type, so its first value tells."""
    first = next((cell for cell in cells if cell is not None), None)
    if first is None or isinstance(first, (bool, int, str)):
        return cast("Sequence[Scalar | None]", cells)
    if isinstance(first, Mapping):
        # An account's map is one object in all its rows.
        known = {id(cell): cell for cell in cells}
        texts = {place: _scalar(cell) for place, cell in known.items()}
        return [texts[id(cell)] for cell in cells]
    scalars = {cell: _scalar(cell) for cell in set(cast("Sequence[Hashable]", cells))}
    return [scalars[cast("Hashable", cell)] for cell in cells]


def _scalar(cell: object) -> Scalar | None:
    match cell:
        case None:
            return None
        case Mapping():
            return _Nested(_json(dict(cell)))
        case datetime():
            return timestamp_text(cell)
        case date():
            return cell.isoformat()
    return _Nested(_json(cell))


def _order(value: Scalar) -> tuple[str, Scalar]:
    """Words without regard to case, as a reader expects a sorted column; numbers by size."""
    return (value.casefold(), value) if isinstance(value, str) else ("", value)


def _json_of_scalar(value: Scalar) -> str:
    return value if isinstance(value, _Nested) else _json(value)


def _json(value: object) -> str:
    """JSON with sorted keys; text that is no Unicode (a lone surrogate) is kept as its escape."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return json.dumps(value, sort_keys=True)
