"""The values that a condition key can have, as far as the comparisons on it tell them apart.

Keys with several values:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product

from job.analyze.condition_sets.comparisons import Comparison, Kind
from job.analyze.condition_sets.text_atoms import Reading, TextPattern, text_atoms
from job.analyze.condition_sets.value_atoms import address_atoms, byte_atoms, moment_atoms, number_atoms
from job.analyze.language.globs import Budget, plain

Values = tuple[str, ...] | None
"""The values of a key; None for some that were not found, although there may be such."""

# The global keys that hold several values ("Value type" in
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html), and those of
# services (`ArrayOf…` in the Service Authorization Reference) that policies ask for without a set operator.
_MULTI_VALUED = frozenset(
    (
        "aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:resourceorgpaths",
        "aws:sourceorgpaths", "aws:tagkeys", "aws:vpceorgpaths", "dynamodb:attributes",
        "dynamodb:leadingkeys", "kms:encryptioncontextkeys", "kms:grantoperations", "kms:resourcealiases",
        "lambda:layer", "lambda:securitygroupids", "lambda:subnetids", "s3:requestobjecttagkeys",
        "sts:transitivetagkeys",
    )
)  # fmt: skip
# True where a service calls for somebody; whether a direct request says false or nothing is not documented:
# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
_IN_DIRECT_REQUESTS: Mapping[str, tuple[str, ...]] = {"kms:grantisforawsresource": ("false",)}
_ATOMS: Mapping[Kind, Callable[[Iterable[str]], tuple[str, ...]]] = {
    Kind.NUMBER: number_atoms,
    Kind.MOMENT: moment_atoms,
    Kind.ADDRESS: address_atoms,
    Kind.BYTES: byte_atoms,
}
SOME_TEXT = "x"


class KeyValues:
    """Values told apart by what the comparisons find in them.

    A mask has two bits for each comparison, found for certain and found where a pattern can't be read, and
    behind them one bit for each of the `names` that are values, in any case.
    """

    def __init__(self, comparisons: Sequence[Comparison], names: Sequence[str], budget: Budget) -> None:
        self._comparisons = comparisons
        self._names = [name.lower() for name in names]
        self._budget = budget

    def mask_of(self, values: Iterable[str]) -> int:
        """What is found in some values together: what is found in one of them."""
        mask = 0
        for value in values:
            mask |= self._mask(value)
        return mask

    def every(self, key: str, *, as_set: bool) -> dict[int, Values]:
        """Every mask that values of the key can have, with such values; `as_set`: a set operator asks for it.

        Raises:
            UndecidedError: there are more than the budget allows to look at.

        """
        singles = self._singles(key)
        return self._sets(singles) if _holds_several(key, as_set=as_set) else singles

    def _mask(self, value: str) -> int:
        self._budget.spend(1 + len(self._comparisons))
        mask = 0
        for place, comparison in enumerate(self._comparisons):
            found = comparison.sought(value)
            mask |= (2 if found is None else int(found)) << 2 * place
        return mask | self._named(value) << 2 * len(self._comparisons)

    def _named(self, value: str) -> int:
        return sum(1 << i for i, name in enumerate(self._names) if value.lower() == name)

    def _singles(self, key: str) -> dict[int, Values]:
        kinds = {c.kind for c in self._comparisons}
        if key in _IN_DIRECT_REQUESTS:
            candidates = _IN_DIRECT_REQUESTS[key]
        elif self._is_boolean(key):
            candidates = ("true", "false")
        elif len(kinds) > 1:
            return self._mixed(kinds | {Kind.TEXT})
        else:
            # A tag is any text, whatever a policy compares it with.
            others = (SOME_TEXT,) if _is_tag(key) else ()
            candidates = (*self._candidates(next(iter(kinds), Kind.TEXT)), *others)
        return {self._mask(value): (value,) for value in reversed(candidates)}

    def _is_boolean(self, key: str) -> bool:
        """Whether policies take the key for one that is true or false, as AWS then sends it."""
        values = {p.lower() for c in self._comparisons for p in c.patterns}
        asked = any(c.positive[0] == "bool" for c in self._comparisons)
        texts = all(c.kind is Kind.TEXT and not c.open_text for c in self._comparisons)
        return asked and texts and not _is_tag(key) and values <= {"true", "false"}

    def _candidates(self, kind: Kind) -> tuple[str, ...]:
        mine = [c for c in self._comparisons if c.kind is kind]
        if kind is Kind.TEXT:
            names = [TextPattern(name, Reading.ANY_CASE) for name in self._names]
            return text_atoms([*names, *(p for c in mine for p in c.readings)], self._budget)
        return _ATOMS[kind](plain(p) for c in mine for p in c.patterns)

    def _mixed(self, kinds: Iterable[Kind]) -> dict[int, Values]:
        """The values of a key that is compared as a text and as a number, say.

        What one kind of operator says together with what another says is kept even where no value was found
        for it: a text that a wildcard matches may be a number within the limits.
        """
        pool = [(kind, value) for kind in sorted(kinds, key=str) for value in self._candidates(kind)]
        found: dict[int, Values] = {self._mask(value): (value,) for _, value in reversed(pool)}
        fixed = {text for c in self._comparisons if c.kind is Kind.TEXT for text in c.fixed_texts}
        ways = {kind: {self._part(kind, SOME_TEXT)} if kind in _ATOMS else set[int]() for kind in kinds}
        for kind, value in pool:
            if kind in _ATOMS or value not in fixed:
                ways[kind].add(self._part(kind, value))
        for parts in product(*(sorted(part) for part in ways.values())):
            self._budget.spend(1)
            found.setdefault(sum(parts), None)
        return found

    def _part(self, kind: Kind, value: str) -> int:
        """The mask of a value as far as one kind of operator tells."""
        bits = sum(3 << 2 * place for place, c in enumerate(self._comparisons) if c.kind is kind)
        names = 0 if kind in _ATOMS else self._named(value) << 2 * len(self._comparisons)
        return self._mask(value) & bits | names

    def _sets(self, singles: Mapping[int, Values]) -> dict[int, Values]:
        """The masks of one or more values."""
        found = dict(singles)
        queue = list(singles)
        while queue:
            mask = queue.pop()
            for single, values in singles.items():
                self._budget.spend(1)
                joint, held = mask | single, found[mask]
                if joint not in found:
                    found[joint] = None if held is None or values is None else (*held, *values)
                    queue.append(joint)
        return found


def _holds_several(key: str, *, as_set: bool) -> bool:
    """Tags and global keys are single-valued, whatever operators ask for them, but for those listed."""
    return key in _MULTI_VALUED or (as_set and not key.startswith("aws:") and not _is_tag(key))


def _is_tag(key: str) -> bool:
    return "tag/" in key
