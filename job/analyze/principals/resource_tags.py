"""The tags of a user or role that conditions ask for, with values that could serve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from job.analyze.condition_sets.asked_values import asked_values, ranked
from job.analyze.language.context import ANY_VALUE, Context, Overlay
from job.analyze.language.document import Condition, Policy, Statement
from job.analyze.language.globs import literal, matches

FAMILIES = ("aws:resourcetag/", "iam:resourcetag/")
_TAG_KEYS = "aws:tagkeys"
_MOST_MIXES = 16
TagMix = tuple[tuple[str, str | None], ...]
"""Tags put on, or taken off (None), together."""


@dataclass(frozen=True, slots=True)
class AskedTags:
    """Lower-case tag keys, each with values that conditions tell apart; None for no such tag.

    Unless `complete`, other values may come out differently.
    """

    values: Mapping[str, tuple[str | None, ...]]
    complete: bool = True

    def mixes(self) -> Iterable[TagMix]:
        """Sets of tags to put on, or take off, together; the smaller ones where there are many."""
        options = [[(key, value) for value in values] for key, values in self.values.items()]
        if self._are_too_many:
            yield from ((one,) for listed in options for one in listed)
            yield from ranked(options)
            return
        for choice in product(*((None, *listed) for listed in options)):
            some = tuple(one for one in choice if one is not None)
            if some:
                yield some

    @property
    def tells_all(self) -> bool:
        """Whether the mixes bring about whatever any tags would."""
        return self.complete and not self._are_too_many

    @property
    def _are_too_many(self) -> bool:
        alone = sum(1 for values in self.values.values() if values) < 2
        return not alone and prod(1 + len(values) for values in self.values.values()) > _MOST_MIXES


def asks_for_tags(policy: Policy) -> bool:
    """Whether conditions of a policy ask for tags of the resource."""
    return any(key.startswith(FAMILIES) for key in policy.condition_keys)


def asked_tags(conditions: Iterable[Condition], context: Context) -> AskedTags:
    """What the conditions ask of the tags of the resource, with the caller's variables filled in."""
    asking: dict[str, list[tuple[Condition, Context]]] = {}
    for condition in conditions:
        family = next((f for f in FAMILIES if condition.key.startswith(f)), None)
        if family is not None:
            asking.setdefault(condition.key.removeprefix(family), []).append((condition, context))
        elif condition.has_variables:
            for key, mirrored in _mirrored(condition, context):
                asking.setdefault(key, []).append((mirrored, context))
    found = {key: asked_values(listed) for key, listed in asking.items()}
    values = {key: (*told.named, *told.others, None) for key, told in found.items()}
    return AskedTags(values, all(told.complete for told in found.values()))


RESOURCE_VARIABLE = re.compile(r"\$\{\s*(?:aws|iam):resourcetag/([^},]+?)\s*\}", re.IGNORECASE)
"""A tag of the resource in a policy value."""


def _mirrored(condition: Condition, context: Context) -> Iterable[tuple[str, Condition]]:
    """The conditions on the resource's tags that a variable of them makes of one on what is known."""
    known = context.lookup(condition.key)
    if isinstance(known, tuple):
        for match in filter(None, map(RESOURCE_VARIABLE.fullmatch, condition.values)):
            key = match[1].lower()
            yield key, Condition(condition.operator, FAMILIES[0] + key, known, f"aws:ResourceTag/{match[1]}")


def spellings(key: str, statements: Iterable[Statement]) -> Sequence[str]:
    """How the key of a tag may be spelled, as far as statements on `aws:TagKeys` tell apart.

    What asks for the tag takes it in any case; the names of condition keys are not case-sensitive.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
    """
    named = [v for s in statements for c in s.conditions if c.key == _TAG_KEYS for v in c.values]
    word = literal(key.lower())
    if not any(matches(value.lower(), word) for value in named):
        return (key,)
    alike = (value for value in named if value.lower() == key.lower())
    title = key.capitalize()
    return tuple(dict.fromkeys((key, *alike, key.lower(), title, key.upper(), title.swapcase())))


def tag_overlay(key: str, value: str | None) -> Overlay:
    """What a request's context says of one tag of the resource."""
    return tuple((family + key, () if value is None else (value,)) for family in FAMILIES)


def with_any_tags(overlay: Overlay) -> Overlay:
    """What a request's context says where the resource may have any tags."""
    return tuple((key, ANY_VALUE if key.startswith(FAMILIES) else values) for key, values in overlay)
