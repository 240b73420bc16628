"""The condition operators, each on one policy value and one value of the request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from job.analyze.language.globs import literal, matches

_ARN_PARTS = 6
_DIGITS_OF_A_YEAR = 4


class NotComparableError(ValueError):
    """A policy value that its operator cannot read."""


# Stands for "any text the open variable could give" to every operator.
ANYTHING = "\ue003"


@dataclass(frozen=True, slots=True)
class Operator:
    """`matches(pattern, value)` for one pair; a negated operator wants no pattern to match."""

    matches: Callable[[str, str], bool]
    negated: bool = False

    def holds(self, patterns: Sequence[str], value: str) -> bool:
        """Whether one value passes."""
        found = any(p == ANYTHING or self.matches(p, value) for p in patterns)
        return found != self.negated

    def reads(self, pattern: str) -> bool:
        """Whether a policy value is one that it can compare with; every matcher reads the policy's first."""
        try:
            self.matches(pattern, "")
        except NotComparableError:
            return False
        return True


def quantified(quantifier: str, operator: Operator, values: Sequence[str], patterns: Sequence[str]) -> bool:
    """The operator on all values together: for all of them, for any, or as one that is negated as a whole.

    Raises:
        NotComparableError: the answer depends on a pattern that the operator cannot read.

    """
    try:
        return _quantified(quantifier, operator, values, patterns)
    except NotComparableError:
        readable = tuple(p for p in patterns if operator.reads(p))
        without = _quantified(quantifier, operator, values, readable)
        if without != _quantified(quantifier, operator, values, (*readable, ANYTHING)):
            raise
        return without


def _quantified(quantifier: str, operator: Operator, values: Sequence[str], patterns: Sequence[str]) -> bool:
    if quantifier == "forallvalues":
        return all(operator.holds(patterns, v) for v in values)
    if quantifier == "foranyvalue":
        return any(operator.holds(patterns, v) for v in values)
    positive = Operator(operator.matches)
    return any(positive.holds(patterns, v) for v in values) != operator.negated


def _equals(pattern: str, value: str) -> bool:
    return pattern.replace("*", literal("*")).replace("?", literal("?")) == literal(value)


def _equals_ignoring_case(pattern: str, value: str) -> bool:
    return _equals(pattern.lower(), value.lower())


def _like(pattern: str, value: str) -> bool:
    return matches(pattern, literal(value))


def _arn_like(pattern: str, value: str) -> bool:
    """Each of the six colon-delimited parts is compared by itself; what fewer parts mean AWS does not say."""
    if pattern == "*":
        return value.startswith("arn:")
    patterns, parts = pattern.split(":", _ARN_PARTS - 1), value.split(":", _ARN_PARTS - 1)
    if len(patterns) < _ARN_PARTS:
        raise NotComparableError(pattern)
    return len(parts) == _ARN_PARTS and all(
        matches(p, literal(v)) for p, v in zip(patterns, parts, strict=True)
    )


def _bool(pattern: str, value: str) -> bool:
    if "${" in pattern:
        raise NotComparableError(pattern)
    return pattern.lower() == value.lower()


def _binary(pattern: str, value: str) -> bool:
    try:
        wanted = base64.b64decode(pattern, validate=True)
    except ValueError:
        raise NotComparableError(pattern) from None
    try:
        return base64.b64decode(value, validate=True) == wanted
    except ValueError:
        return False


def _in_network(pattern: str, value: str) -> bool:
    try:
        network = ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        raise NotComparableError(pattern) from None
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


def _number(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[str, str], bool]:
    def matcher(pattern: str, value: str) -> bool:
        try:
            wanted = Decimal(pattern)
        except InvalidOperation:
            raise NotComparableError(pattern) from None
        try:
            return compare(Decimal(value), wanted)
        except InvalidOperation:
            return False

    return matcher


def moment(text: str) -> datetime:
    """A date as policies write it: seconds since 1970, or ISO 8601, in UTC where it names no zone.

    Raises:
        ValueError: it is neither, or could be both, as a year alone.

    """
    if len(text) == _DIGITS_OF_A_YEAR and text.isdecimal():
        raise ValueError(text)
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        parsed = datetime.fromisoformat(text)
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _date(compare: Callable[[datetime, datetime], bool]) -> Callable[[str, str], bool]:
    def matcher(pattern: str, value: str) -> bool:
        try:
            wanted = moment(pattern)
        except ValueError:
            raise NotComparableError(pattern) from None
        try:
            return compare(moment(value), wanted)
        except ValueError:
            return False

    return matcher


OPERATORS = {
    "stringequals": Operator(_equals),
    "stringnotequals": Operator(_equals, negated=True),
    "stringequalsignorecase": Operator(_equals_ignoring_case),
    "stringnotequalsignorecase": Operator(_equals_ignoring_case, negated=True),
    "stringlike": Operator(_like),
    "stringnotlike": Operator(_like, negated=True),
    "numericequals": Operator(_number(lambda value, wanted: value == wanted)),
    "numericnotequals": Operator(_number(lambda value, wanted: value == wanted), negated=True),
    "numericlessthan": Operator(_number(lambda value, wanted: value < wanted)),
    "numericlessthanequals": Operator(_number(lambda value, wanted: value <= wanted)),
    "numericgreaterthan": Operator(_number(lambda value, wanted: value > wanted)),
    "numericgreaterthanequals": Operator(_number(lambda value, wanted: value >= wanted)),
    "dateequals": Operator(_date(lambda value, wanted: value == wanted)),
    "datenotequals": Operator(_date(lambda value, wanted: value == wanted), negated=True),
    "datelessthan": Operator(_date(lambda value, wanted: value < wanted)),
    "datelessthanequals": Operator(_date(lambda value, wanted: value <= wanted)),
    "dategreaterthan": Operator(_date(lambda value, wanted: value > wanted)),
    "dategreaterthanequals": Operator(_date(lambda value, wanted: value >= wanted)),
    "bool": Operator(_bool),
    "binaryequals": Operator(_binary),
    "ipaddress": Operator(_in_network),
    "notipaddress": Operator(_in_network, negated=True),
    "arnequals": Operator(_arn_like),
    "arnlike": Operator(_arn_like),
    "arnnotequals": Operator(_arn_like, negated=True),
    "arnnotlike": Operator(_arn_like, negated=True),
}
