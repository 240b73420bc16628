"""The values of a statement's elements, in every spelling that AWS accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson

from job.snapshot.model import Json

ANY = ("*",)

_COLONS_OF_AN_ARN = 5
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_WILD_AT_THE_END_ALONE = re.compile(r"[^*?]*(?::?\*)*")
_WILD_WITHIN_FIELDS = re.compile(r"arn:[a-z-]*\*?(?::[a-z0-9-]*\*?){0,2}|arn(?::[a-z0-9-]*\*?){3}:\d*\*?")


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


def completed_arns(
    patterns: tuple[str, ...], problems: list[str], *, negated: bool, variables: bool, identity_based: bool
) -> tuple[str, ...]:
    """Resource patterns as AWS reads them: an ARN of fewer than six fields has `*` in those that it lacks.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html says so of identity-based policies
    alone. Of others nothing is known, nor of a wildcard that may stand for several fields, as where
    something else stands in the place of the account: there the answer is the widest that any reading gives,
    with the ARN among the problems. A `*` at the end stands for all that follows already.
    """
    short = [p for p in patterns if _is_incomplete(p, variables=variables)]
    if not short:
        return patterns
    read: dict[str, tuple[str, ...]] = {pattern: (pattern,) for pattern in patterns}
    for pattern in short:
        whole = pattern if pattern.endswith("*") else f"{pattern}:*"
        text = _VARIABLE.sub("", pattern) if variables else pattern
        plain = _WILD_AT_THE_END_ALONE.fullmatch(text) or _WILD_WITHIN_FIELDS.fullmatch(text)
        if plain and (identity_based or whole == pattern):
            read[pattern] = (whole,)
        else:
            problems.append(f"incomplete ARN {pattern[:60]}")
            read[pattern] = () if negated else (whole, pattern)
    return tuple(dict.fromkeys(p for each in read.values() for p in each))


def _is_incomplete(pattern: str, *, variables: bool) -> bool:
    if not pattern.startswith("arn:"):
        return False
    if variables and "${" in pattern:
        pattern = _VARIABLE.sub("", pattern)
    return pattern.count(":") < _COLONS_OF_AN_ARN


_PRINCIPAL_TYPES = frozenset(("aws", "canonicaluser", "federated", "service"))


def principal_names(value: Json) -> dict[str, tuple[str, ...]] | None:
    """The names by lower-case type of principal; None for what is no principal element that AWS knows."""
    if value == "*":
        return {"aws": ("*",)}
    if not isinstance(value, dict) or any(kind.lower() not in _PRINCIPAL_TYPES for kind in value):
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
