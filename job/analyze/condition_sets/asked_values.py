"""The values of one key that some conditions on it tell apart, for whoever chooses the key's value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

from job.analyze.condition_sets.comparisons import Comparison, compares
from job.analyze.condition_sets.key_values import SOME_TEXT, KeyValues
from job.analyze.language.conditions import readable_patterns
from job.analyze.language.context import Context, resolve
from job.analyze.language.document import Condition
from job.analyze.language.globs import Budget, UndecidedError

# Work on the values of one key; a few hundred patterns take some thousands.
_WORK = 50_000
# Conditions compare tags by the same operators whatever the tag is called.
_TAG = "aws:requesttag/any"
_NOTHING_KNOWN = Context({})


class AskedValues(NamedTuple):
    """Values of a key such that each way in which conditions on it come out, one of these brings about.

    `others` are those of them that no condition names. Unless `complete`, there may be more ways.
    """

    named: tuple[str, ...]
    others: tuple[str, ...]
    complete: bool


def asked_values(conditions: Iterable[tuple[Condition, Context]]) -> AskedValues:
    """The values that conditions on one key tell apart, each with the context that its variables are of."""
    asked = list[tuple[str, tuple[str, ...]]]()
    guessed = list[str]()
    for condition, context in conditions:
        if compares(condition):
            patterns, opened = readable_patterns(condition, context, variables=condition.has_variables)
            asked.append((condition.operator, patterns))
            guessed += _guesses(condition, context) if opened else ()
    found = _told_apart(tuple(sorted(set(asked))))
    named = tuple(dict.fromkeys((*found.named, *guessed)))
    return AskedValues(named, found.others, found.complete)


def _guesses(condition: Condition, context: Context) -> Iterable[str]:
    """The values that hold open variables, with some text in their place."""
    for value in condition.values:
        resolved = resolve(value, context, variables=True)
        if resolved.open_keys and resolved.pattern is not None:
            yield _some_text(resolved.pattern)


def _some_text(pattern: str) -> str:
    return pattern.replace("*", SOME_TEXT).replace("?", SOME_TEXT)


@lru_cache(maxsize=8192)
def _told_apart(asked: tuple[tuple[str, tuple[str, ...]], ...]) -> AskedValues:
    listed = [
        Comparison(Condition(operator, _TAG, patterns, _TAG), _NOTHING_KNOWN, 0, variables=False)
        for operator, patterns in asked
    ]
    try:
        ways = KeyValues(listed, (), Budget(_WORK)).every(_TAG, as_set=False)
    except UndecidedError:
        guesses = dict.fromkeys(_some_text(p) for _, patterns in asked for p in patterns)
        return AskedValues(tuple(guesses), (SOME_TEXT,), complete=False)
    values = [found[0] for found in ways.values() if found]
    named = tuple(value for value in values if any(_names(one, value) for one in listed))
    others = tuple(value for value in values if value not in named)
    return AskedValues(named, others, complete=all(found is not None for found in ways.values()))


def _names(comparison: Comparison, value: str) -> bool:
    """Whether the value is one that the comparison's patterns match, whatever it makes of that."""
    return comparison.sought(value) != comparison.seeks_others


_Value = TypeVar("_Value")


def ranked(alternatives: Iterable[Sequence[_Value]]) -> Iterable[tuple[_Value, ...]]:
    """Where there are too many mixes to look at each: the first of all alternatives together, the second, ...

    Of fewer alternatives the last one goes on.
    """
    listed = [one for one in alternatives if one]
    for rank in range(max(map(len, listed), default=0)):
        yield tuple(one[min(rank, len(one) - 1)] for one in listed)
