"""Compares the arguments used in the HCL with those that provider 6 takes.

The names come from `extract_provider_arguments.py`; the provider's own binary is not needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXTRACT = json.loads(Path(__file__).with_name("provider_6_arguments.json").read_text())
META = {"count", "depends_on", "dynamic", "for_each", "lifecycle", "provider", "provisioner"}

Arguments = dict[str, Any]


def problems(kind: str, body: Arguments) -> list[str]:
    """What provider 6 would refuse in one block; `kind` is such as `resource aws_iam_role`."""
    known = EXTRACT["types"].get(kind)
    return [f"{kind}: not in the extract"] if known is None else [*_problems(kind, body, known)]


def _problems(place: str, body: Arguments, known: Arguments) -> Iterator[str]:
    nested = {**_nested(body), **_dynamic(body)}
    used = {name for name in body if not name.startswith("__")} - META | nested.keys()
    yield from (f"{place}: no argument {name}" for name in sorted(used - known.keys()))
    required = {name for name, argument in known.items() if argument["required"]}
    yield from (f"{place}: {name} is required" for name in sorted(required - used))
    for name in sorted(nested.keys() & known.keys()):
        for inner in nested[name]:
            yield from _problems(f"{place}.{name}", inner, known[name].get("block", {}))


def _nested(body: Arguments) -> dict[str, list[Arguments]]:
    """Blocks inside a block, by name."""
    return {
        name: value
        for name, value in body.items()
        if name not in META and isinstance(value, list) and any(map(_is_block, value))
    }


def _dynamic(body: Arguments) -> dict[str, list[Arguments]]:
    """Blocks made by `dynamic`, by name."""
    return {
        name.strip('"'): dynamic["content"]
        for entry in body.get("dynamic", ())
        for name, dynamic in entry.items()
        if isinstance(dynamic, dict)
    }


def _is_block(value: object) -> bool:
    return isinstance(value, dict) and "__is_block__" in value
