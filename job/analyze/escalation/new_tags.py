"""The tags of what a principal makes: it chooses them, where it may set tags at all.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requesttag
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod

from job.analyze.condition_sets.asked_values import asked_values
from job.analyze.condition_sets.key_values import SOME_TEXT
from job.analyze.escalation.steps import Step
from job.analyze.language.context import Overlay
from job.analyze.language.document import Condition
from job.analyze.language.globs import matches
from job.analyze.principals.resource_tags import FAMILIES, tag_overlay

_REQUESTED, _KEYS = "aws:requesttag/", "aws:tagkeys"
_TAGGED = (_REQUESTED, *FAMILIES)
_MOST_MIXES = 16

Tags = tuple[tuple[str, str], ...]
"""Keys as written, with their values."""


def new_tags(step: Step, conditions: Iterable[Condition]) -> Iterable[Tags | None]:
    """No tags, then mixes of those that conditions on the request, or on what is made, ask for.

    None alone stands for any tags, where there is too much to look at each mix.
    """
    listed = list(conditions)
    asked: dict[str, list[Condition]] = {}
    names: dict[str, str] = {}
    for condition in listed:
        family = next((f for f in _TAGGED if condition.key.startswith(f)), None)
        if family is not None:
            key = condition.key.removeprefix(family)
            asked.setdefault(key, []).append(condition)
            names.setdefault(key, condition.name[len(family) :])
    for name in _keys_asked(listed):
        if not any(matches(name, known) for known in names.values()):
            some = name.replace("*", SOME_TEXT).replace("?", SOME_TEXT)
            asked.setdefault(some.lower(), [])
            names[some.lower()] = some
    found = {key: asked_values((c, step.subject.context) for c in some) for key, some in asked.items()}
    options = [
        [(names[key], value) for value in dict.fromkeys((*told.named, *told.others, SOME_TEXT))]
        for key, told in found.items()
    ]
    are_all = prod(1 + len(one) for one in options) <= _MOST_MIXES
    if are_all and all(told.complete for told in found.values()):
        yield from _every(options)
    else:
        yield None


def _keys_asked(conditions: Iterable[Condition]) -> Iterable[str]:
    """Patterns of tag keys of which one must be there; those that only limit are asked for where any must."""
    among = [c for c in conditions if c.key == _KEYS]
    must = [c for c in among if not c.operator.startswith("forallvalues:")]
    asking = among if any(c.operator == "null" for c in must) else must
    return dict.fromkeys(
        v for c in asking if c.operator != "null" and "not" not in c.operator for v in c.values
    )


def _every(options: Sequence[Sequence[tuple[str, str]]]) -> Iterable[Tags]:
    for mix in product(*((None, *one) for one in options)):
        yield tuple(one for one in mix if one is not None)


def told_of_new(tags: Tags | None) -> Overlay:
    """What requests that make something with these tags, or are about it afterwards, say of them."""
    if tags is None:
        return ()
    families: Overlay = tuple((family, ()) for family in _TAGGED)
    requested: Overlay = tuple((_REQUESTED + key.lower(), (value,)) for key, value in tags)
    there = tuple(one for key, value in tags for one in tag_overlay(key.lower(), value))
    return (*families, (_KEYS, tuple(key for key, _ in tags)), *requested, *there)
