"""The tags of a user or role that conditions ask for, with values that could serve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

from job.analyze.language.context import Context, Overlay, resolve
from job.analyze.language.document import Condition

FAMILIES = ("aws:resourcetag/", "iam:resourcetag/")
AskedTags = Mapping[str, frozenset[str | None]]
"""Lower-case tag keys, each with values that conditions look for; None for no such tag."""
_ANY_VALUE = "x"
_MOST_MIXES = 16


def asked_tags(conditions: Iterable[Condition], context: Context) -> AskedTags:
    """What the conditions ask of the tags of the resource, with the caller's variables filled in."""
    found: dict[str, frozenset[str | None]] = {}
    for condition in conditions:
        family = next((f for f in FAMILIES if condition.key.startswith(f)), None)
        if family is not None:
            key = condition.key.removeprefix(family)
            found[key] = found.get(key, frozenset()) | _values(condition, context)
    return found


def _values(condition: Condition, context: Context) -> frozenset[str | None]:
    """What is named, and what is not: another value, or no such tag, serves where a Deny names it."""
    others = frozenset((None, _ANY_VALUE))
    if condition.operator == "null":
        return others
    patterns = (resolve(v, context, variables=True).pattern for v in condition.values)
    return others.union(
        p.replace("*", _ANY_VALUE).replace("?", _ANY_VALUE) for p in patterns if p is not None
    )


def tag_overlay(key: str, value: str | None) -> Overlay:
    """What a request's context says of one tag of the resource."""
    return tuple((family + key, () if value is None else (value,)) for family in FAMILIES)


def mixes(asked: AskedTags) -> Iterable[tuple[tuple[str, str | None], ...]]:
    """Sets of tags that could be put on, or taken off, together; the smaller ones where there are many."""
    options = [[None, *((key, value) for value in sorted(values, key=str))] for key, values in asked.items()]
    size = 1
    for listed in options:
        size *= len(listed)
    if size > _MOST_MIXES:
        yield from ((one,) for listed in options for one in listed if one is not None)
        return
    for choice in product(*options):
        some = tuple(one for one in choice if one is not None)
        if some:
            yield some
