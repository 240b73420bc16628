"""Condition blocks, decided against a context in which some keys are open.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html;
set operators: …/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import IntEnum

from job.analyze.context import Context, Presence, resolve
from job.analyze.globs import literal, matches
from job.analyze.policy import Condition

_ARN_PARTS = 6


class Truth(IntEnum):
    """How a statement's conditions stand: hold, depend on an open key, are not understood, or fail."""

    HOLDS = 0
    OPEN = 1
    UNKNOWN = 2
    FAILS = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """The truth of a condition block, with the keys it leaves open."""

    truth: Truth
    open_keys: frozenset[str] = frozenset()


HOLDS = Outcome(Truth.HOLDS)
FAILS = Outcome(Truth.FAILS)
UNKNOWN = Outcome(Truth.UNKNOWN)


class _NotComparableError(ValueError):
    """A policy value that its operator cannot read."""


def evaluate(conditions: Iterable[Condition], context: Context, *, variables: bool) -> Outcome:
    """All conditions together: one that fails decides, then one not understood, then one that is open."""
    truth, keys = Truth.HOLDS, frozenset[str]()
    for condition in conditions:
        outcome = _evaluate_one(condition, context, variables=variables)
        if outcome.truth is Truth.FAILS:
            return FAILS
        truth, keys = max(truth, outcome.truth), keys | outcome.open_keys
    return Outcome(truth, keys)


def _evaluate_one(condition: Condition, context: Context, *, variables: bool) -> Outcome:
    quantifier, name, if_exists = _split(condition.operator)
    value = context.lookup(condition.key)
    if condition.operator == "null":
        return _null(condition, value)
    operator = _OPERATORS.get(name)
    if operator is None or quantifier not in ("", "foranyvalue", "forallvalues"):
        return UNKNOWN
    if value is Presence.OPEN:
        return Outcome(Truth.OPEN, frozenset((condition.name,)))
    if value is Presence.ABSENT or not value:
        return _absent(quantifier, negated=operator.negated, if_exists=if_exists)
    patterns, open_keys = _patterns(condition, context, variables=variables)
    try:
        held = _quantified(quantifier, operator, value, patterns)
        widest = held
        if open_keys:
            widest = _quantified(quantifier, operator, value, (*patterns, *_widened(condition, context)))
    except _NotComparableError:
        return UNKNOWN
    return (HOLDS if held else FAILS) if held == widest else Outcome(Truth.OPEN, open_keys)


def _split(operator: str) -> tuple[str, str, bool]:
    quantifier, colon, name = operator.rpartition(":")
    if_exists = name.endswith("ifexists")
    return (quantifier if colon else ""), (name.removesuffix("ifexists")), if_exists


def _null(condition: Condition, value: tuple[str, ...] | Presence) -> Outcome:
    wanted = {v.lower() for v in condition.values}
    if not wanted or not wanted <= {"true", "false"}:
        return UNKNOWN
    if value is Presence.OPEN:
        return HOLDS if len(wanted) > 1 else Outcome(Truth.OPEN, frozenset((condition.name,)))
    missing = value is Presence.ABSENT or not value
    return HOLDS if ("true" if missing else "false") in wanted else FAILS


def _absent(quantifier: str, *, negated: bool, if_exists: bool) -> Outcome:
    """A missing key: holds for `…IfExists`, ForAllValues and negated operators without ForAnyValue."""
    if if_exists or quantifier == "forallvalues":
        return HOLDS
    return HOLDS if negated and quantifier != "foranyvalue" else FAILS


def _patterns(
    condition: Condition, context: Context, *, variables: bool
) -> tuple[tuple[str, ...], frozenset[str]]:
    sure, open_keys = list[str](), frozenset[str]()
    for value in condition.values:
        resolved = resolve(value, context, variables=variables)
        open_keys |= resolved.open_keys
        if resolved.pattern is not None and not resolved.open_keys:
            sure.append(resolved.pattern)
    return tuple(sure), open_keys


def _widened(condition: Condition, context: Context) -> Iterable[str]:
    """The values that hold open variables, with any text in their place."""
    for value in condition.values:
        resolved = resolve(value, context, variables=True)
        if resolved.open_keys and resolved.pattern is not None:
            yield _ANYTHING


# Stands for "any text the open variable could give" to every operator.
_ANYTHING = "\ue003"


@dataclass(frozen=True, slots=True)
class _Operator:
    """`matches(pattern, value)` for one pair; a negated operator wants no pattern to match."""

    matches: Callable[[str, str], bool]
    negated: bool = False

    def holds(self, patterns: Sequence[str], value: str) -> bool:
        found = any(p == _ANYTHING or self.matches(p, value) for p in patterns)
        return found != self.negated


def _quantified(quantifier: str, operator: _Operator, values: Sequence[str], patterns: Sequence[str]) -> bool:
    if quantifier == "forallvalues":
        return all(operator.holds(patterns, v) for v in values)
    if quantifier == "foranyvalue":
        return any(operator.holds(patterns, v) for v in values)
    positive = _Operator(operator.matches)
    return any(positive.holds(patterns, v) for v in values) != operator.negated


def _equals(pattern: str, value: str) -> bool:
    return pattern.replace("*", literal("*")).replace("?", literal("?")) == literal(value)


def _equals_ignoring_case(pattern: str, value: str) -> bool:
    return _equals(pattern.lower(), value.lower())


def _like(pattern: str, value: str) -> bool:
    return matches(pattern, literal(value))


def _arn_like(pattern: str, value: str) -> bool:
    """Each of the six colon-delimited parts is compared by itself."""
    if pattern == "*":
        return value.startswith("arn:")
    patterns, parts = pattern.split(":", _ARN_PARTS - 1), value.split(":", _ARN_PARTS - 1)
    return len(patterns) == len(parts) == _ARN_PARTS and all(
        matches(p, literal(v)) for p, v in zip(patterns, parts, strict=True)
    )


def _bool(pattern: str, value: str) -> bool:
    return pattern.lower() == value.lower()


def _binary(pattern: str, value: str) -> bool:
    try:
        wanted = base64.b64decode(pattern, validate=True)
    except ValueError:
        raise _NotComparableError(pattern) from None
    try:
        return base64.b64decode(value, validate=True) == wanted
    except ValueError:
        return False


def _in_network(pattern: str, value: str) -> bool:
    try:
        network = ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        raise _NotComparableError(pattern) from None
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


def _number(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[str, str], bool]:
    def matcher(pattern: str, value: str) -> bool:
        try:
            wanted = Decimal(pattern)
        except InvalidOperation:
            raise _NotComparableError(pattern) from None
        try:
            return compare(Decimal(value), wanted)
        except InvalidOperation:
            return False

    return matcher


def _moment(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        parsed = datetime.fromisoformat(text)
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _date(compare: Callable[[datetime, datetime], bool]) -> Callable[[str, str], bool]:
    def matcher(pattern: str, value: str) -> bool:
        try:
            wanted = _moment(pattern)
        except ValueError:
            raise _NotComparableError(pattern) from None
        try:
            return compare(_moment(value), wanted)
        except ValueError:
            return False

    return matcher


_OPERATORS = {
    "stringequals": _Operator(_equals),
    "stringnotequals": _Operator(_equals, negated=True),
    "stringequalsignorecase": _Operator(_equals_ignoring_case),
    "stringnotequalsignorecase": _Operator(_equals_ignoring_case, negated=True),
    "stringlike": _Operator(_like),
    "stringnotlike": _Operator(_like, negated=True),
    "numericequals": _Operator(_number(lambda value, wanted: value == wanted)),
    "numericnotequals": _Operator(_number(lambda value, wanted: value == wanted), negated=True),
    "numericlessthan": _Operator(_number(lambda value, wanted: value < wanted)),
    "numericlessthanequals": _Operator(_number(lambda value, wanted: value <= wanted)),
    "numericgreaterthan": _Operator(_number(lambda value, wanted: value > wanted)),
    "numericgreaterthanequals": _Operator(_number(lambda value, wanted: value >= wanted)),
    "dateequals": _Operator(_date(lambda value, wanted: value == wanted)),
    "datenotequals": _Operator(_date(lambda value, wanted: value == wanted), negated=True),
    "datelessthan": _Operator(_date(lambda value, wanted: value < wanted)),
    "datelessthanequals": _Operator(_date(lambda value, wanted: value <= wanted)),
    "dategreaterthan": _Operator(_date(lambda value, wanted: value > wanted)),
    "dategreaterthanequals": _Operator(_date(lambda value, wanted: value >= wanted)),
    "bool": _Operator(_bool),
    "binaryequals": _Operator(_binary),
    "ipaddress": _Operator(_in_network),
    "notipaddress": _Operator(_in_network, negated=True),
    "arnequals": _Operator(_arn_like),
    "arnlike": _Operator(_arn_like),
    "arnnotequals": _Operator(_arn_like, negated=True),
    "arnnotlike": _Operator(_arn_like, negated=True),
}
