"""The values of a statement's elements, in every spelling that AWS accepts."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from job.snapshot.model import Json

ANY = ("*",)


def text_list(value: Json) -> tuple[str, ...] | None:
    """A text or a list of texts, else None."""
    listed = value if isinstance(value, list) else [value]
    texts = tuple(v for v in listed if isinstance(v, str))
    return texts if len(texts) == len(listed) else None


def value_list(value: Json) -> tuple[str, ...] | None:
    """The values of a condition key as texts, whichever scalars they are; None where one is no scalar."""
    listed = value if isinstance(value, list) else [value]
    texts = tuple(t for v in listed if (t := _value(v)) is not None)
    return texts if len(texts) == len(listed) else None


def _value(value: Json) -> str | None:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
        case _:
            return None


def pattern_list(
    fields: Mapping[str, Json], name: str, problems: list[str], default: tuple[str, ...] | None
) -> tuple[tuple[str, ...], bool]:
    """The patterns of an element, and whether it is the negated one."""
    negated = f"not{name}"
    given = [n for n in (name, negated) if n in fields]
    if not given and default is not None:
        return default, False
    texts = text_list(fields[given[0]]) if len(given) == 1 else None
    if texts is None:
        problems.append(f"{name} element")
        return ANY, False
    return texts, given[0] == negated


def principal_names(value: Json) -> dict[str, tuple[str, ...]] | None:
    """The names by lower-case type of principal; None for what is no principal element."""
    if value == "*":
        return {"aws": ("*",)}
    if not isinstance(value, dict):
        return None
    names = {kind.lower(): text_list(listed) for kind, listed in value.items()}
    return None if None in names.values() else {k: v for k, v in names.items() if v is not None}


def compact_json(block: Json, problems: list[str]) -> str:
    """A condition block with sorted keys, empty for none."""
    try:
        return orjson.dumps(block, option=orjson.OPT_SORT_KEYS).decode() if block else ""
    except TypeError:
        problems.append("condition element")
        return ""
