"""Condition blocks, decided against a context in which some keys are open.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html;
set operators: …/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context, Lookup, Presence, resolve
from job.analyze.language.document import Condition
from job.analyze.language.operators import ANYTHING, OPERATORS, NotComparableError, Operator, quantified


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a condition block stands, with the keys it leaves open."""

    certainty: Certainty
    open_keys: frozenset[str] = frozenset()


HOLDS = Outcome(Certainty.CERTAIN)
FAILS = Outcome(Certainty.NEVER)
UNKNOWN = Outcome(Certainty.CONCEIVABLE)


def evaluate(conditions: Iterable[Condition], context: Context, *, variables: bool) -> Outcome:
    """All conditions together: one that fails decides, then one not understood, then one that is open."""
    truth, keys = Certainty.CERTAIN, frozenset[str]()
    for condition in conditions:
        outcome = evaluate_one(condition, context, variables=variables)
        if outcome.certainty is Certainty.NEVER:
            return FAILS
        truth, keys = truth.both(outcome.certainty), keys | outcome.open_keys
    return Outcome(truth, keys)


def evaluate_one(condition: Condition, context: Context, *, variables: bool) -> Outcome:
    """One condition by itself."""
    value = context.lookup(condition.key)
    if variables and condition.has_variables:
        return _evaluate_one(condition, value, context, variables=True)
    return _without_variables(condition, value)


@lru_cache(maxsize=65_536)
def _without_variables(condition: Condition, value: Lookup) -> Outcome:
    """The answer that depends on the key's value alone."""
    return _evaluate_one(condition, value, _NOTHING_KNOWN, variables=False)


_NOTHING_KNOWN = Context({})


def _evaluate_one(  # noqa: PLR0911 - one for each way in which a condition is decided
    condition: Condition, value: Lookup, context: Context, *, variables: bool
) -> Outcome:
    quantifier, name, if_exists = split_operator(condition.operator)
    if condition.operator == "null":
        return _null(condition, value)
    operator = OPERATORS.get(name)
    if operator is None or quantifier not in ("", "foranyvalue", "forallvalues"):
        return UNKNOWN
    if value is Presence.OPEN:
        plain = not if_exists and not quantifier
        if plain and _nothing_to_match(condition, context, variables=variables):
            return _absent("", negated=operator.negated, if_exists=False)
        missing = _absent(quantifier, negated=operator.negated, if_exists=if_exists)
        if not variables and not _goes_both_ways(condition, operator, missing):
            return UNKNOWN
        return Outcome(Certainty.POSSIBLE, frozenset((condition.name,)))
    if value is Presence.ABSENT or not value:
        return _absent(quantifier, negated=operator.negated, if_exists=if_exists)
    patterns, open_keys = readable_patterns(condition, context, variables=variables)
    try:
        held = quantified(quantifier, operator, value, patterns)
        widest = held
        if open_keys:
            widest = quantified(quantifier, operator, value, (*patterns, *widened(condition, context)))
    except NotComparableError:
        return UNKNOWN
    return (HOLDS if held else FAILS) if held == widest else Outcome(Certainty.POSSIBLE, open_keys)


def _goes_both_ways(condition: Condition, operator: Operator, missing: Outcome) -> bool:
    """Whether some value of an open key, or none, surely meets the condition, and some other surely not."""
    readable = [operator.reads(value) for value in condition.values]
    if all(readable):
        return True
    return any(readable) and operator.negated == (missing is HOLDS)


def _nothing_to_match(condition: Condition, context: Context, *, variables: bool) -> bool:
    """Whether no value is left once variables without a value are gone: then nothing equals any."""
    if condition.values and not condition.has_variables:
        return False
    patterns, open_keys = readable_patterns(condition, context, variables=variables)
    return not patterns and not open_keys


def split_operator(operator: str) -> tuple[str, str, bool]:
    """The set operator (or empty), the operator itself, and whether it is an `…IfExists`."""
    quantifier, colon, name = operator.rpartition(":")
    if_exists = name.endswith("ifexists")
    return (quantifier if colon else ""), (name.removesuffix("ifexists")), if_exists


def _null(condition: Condition, value: tuple[str, ...] | Presence) -> Outcome:
    wanted = {v.lower() for v in condition.values}
    if not wanted or not wanted <= {"true", "false"}:
        return UNKNOWN
    if value is Presence.OPEN:
        return HOLDS if len(wanted) > 1 else Outcome(Certainty.POSSIBLE, frozenset((condition.name,)))
    missing = value is Presence.ABSENT or not value
    return HOLDS if ("true" if missing else "false") in wanted else FAILS


def _absent(quantifier: str, *, negated: bool, if_exists: bool) -> Outcome:
    """A missing key: holds for `…IfExists`, ForAllValues and negated operators without ForAnyValue."""
    if if_exists or quantifier == "forallvalues":
        return HOLDS
    return HOLDS if negated and quantifier != "foranyvalue" else FAILS


def readable_patterns(
    condition: Condition, context: Context, *, variables: bool
) -> tuple[tuple[str, ...], frozenset[str]]:
    """The values without open variables, filled in, and the open variables of the others."""
    sure, open_keys = list[str](), frozenset[str]()
    for value in condition.values:
        resolved = resolve(value, context, variables=variables)
        open_keys |= resolved.open_keys
        if resolved.pattern is not None and not resolved.open_keys:
            sure.append(resolved.pattern)
    return tuple(sure), open_keys


def widened(condition: Condition, context: Context) -> Iterable[str]:
    """The values that hold open variables, with any text in their place."""
    for value in condition.values:
        resolved = resolve(value, context, variables=True)
        if resolved.open_keys and resolved.pattern is not None:
            yield ANYTHING
