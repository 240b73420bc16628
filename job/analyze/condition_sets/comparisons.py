"""One condition as a search among the values of its key, so that conditions can be asked together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum

from job.analyze.condition_sets.text_atoms import Reading, TextPattern
from job.analyze.language.conditions import readable_patterns, split_operator, widened
from job.analyze.language.context import Context
from job.analyze.language.document import Condition
from job.analyze.language.globs import plain
from job.analyze.language.operators import OPERATORS, Operator


class Kind(Enum):
    """What an operator takes values for."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    ADDRESS = "address"
    BYTES = "bytes"


def _kind(operator: str) -> Kind:
    for part, kind in (
        ("numeric", Kind.NUMBER),
        ("date", Kind.MOMENT),
        ("ipaddress", Kind.ADDRESS),
        ("binary", Kind.BYTES),
    ):
        if part in operator:
            return kind
    return Kind.TEXT


class Comparison:
    """A condition as a search: some value of the key matches a pattern or, if `seeks_others`, matches none.

    The condition holds where the search finds one or, `flipped`, where it doesn't. `open_text` is true where
    a variable that the context leaves open stands in a pattern.
    """

    __slots__ = ("_test", "blocks", "flipped", "kind", "open_text", "patterns", "positive", "seeks_others")

    def __init__(self, condition: Condition, context: Context, blocks: int, *, variables: bool) -> None:
        quantifier, name, _ = split_operator(condition.operator)
        negated = OPERATORS[name].negated
        self.blocks = blocks
        self.patterns, opened = readable_patterns(condition, context, variables=variables)
        self.open_text = bool(opened) and any(widened(condition, context))
        self.positive = name.replace("not", "", 1), condition.values
        self.kind = _kind(name)
        self.seeks_others = {"foranyvalue": negated, "forallvalues": not negated}.get(quantifier, False)
        self.flipped = quantifier == "forallvalues" or (negated and not quantifier)
        self._test = _test(name, self.patterns)

    def sought(self, value: str) -> bool | None:
        """Whether the search finds this value; None where a pattern can't be read."""
        matched = self._test(value)
        return None if matched is None else matched != self.seeks_others

    @property
    def fixed_texts(self) -> Iterator[str]:
        """The texts that it names exactly: no other text comes out as such a one."""
        for pattern in self.readings:
            wild = pattern.reading is not Reading.EXACT and any(c in pattern.text for c in "*?")
            if pattern.reading in (Reading.EXACT, Reading.GLOB) and not wild:
                yield plain(pattern.text)

    @property
    def readings(self) -> Iterator[TextPattern]:
        """The patterns as texts."""
        reading = _READINGS.get(self.positive[0], Reading.EXACT)
        return (TextPattern(p, reading) for p in self.patterns)


_READINGS = {
    "stringequalsignorecase": Reading.ANY_CASE,
    "bool": Reading.ANY_CASE,
    "stringlike": Reading.GLOB,
    "arnlike": Reading.ARN,
    "arnequals": Reading.ARN,
}


def _test(name: str, patterns: tuple[str, ...]) -> Callable[[str], bool | None]:
    """Whether one value matches one of the patterns."""
    if name in ("stringequals", "stringnotequals"):
        return frozenset(map(plain, patterns)).__contains__
    if name in ("stringequalsignorecase", "stringnotequalsignorecase"):
        wanted = frozenset(plain(p).lower() for p in patterns)
        return lambda value: value.lower() in wanted
    operator = Operator(OPERATORS[name].matches)
    readable = tuple(p for p in patterns if operator.reads(p))

    def test(value: str) -> bool | None:
        if operator.holds(readable, value):
            return True
        return False if len(readable) == len(patterns) else None

    return test


def compares(condition: Condition) -> bool:
    """Whether its operator is one that looks at values."""
    quantifier, name, _ = split_operator(condition.operator)
    return name in OPERATORS and quantifier in ("", "foranyvalue", "forallvalues")
