"""Whether an event fits a rule's pattern: as much of EventBridge's rules as the rules here use.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def fits(pattern: Mapping[str, Any], event: object) -> bool:
    """Whether every field of the pattern is met; of an array in the event, one element has to meet all."""
    if isinstance(event, list):
        return any(fits(pattern, each) for each in event)
    if not isinstance(event, dict):
        return False
    return all(
        any(fits(each, event) for each in wanted) if name == "$or" else _met(wanted, event.get(name, _ABSENT))
        for name, wanted in pattern.items()
    )


_ABSENT = object()


def _met(wanted: Mapping[str, Any] | Sequence[Any], value: object) -> bool:
    if isinstance(wanted, Mapping):
        return fits(wanted, value)
    return any(_is(each, value) for each in wanted)


def _is(wanted: object, value: object) -> bool:
    """A single value; what is absent is no value, nor `anything-but` one."""
    match wanted:
        case {"exists": bool(exists)}:
            return exists is (value is not _ABSENT)
        case {"anything-but": list(refused)}:
            return value is not _ABSENT and value not in refused
    return wanted == value
