"""One condition key: the finitely many ways in which the conditions on it can come out together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from job.analyze.condition_sets.comparisons import Comparison, compares
from job.analyze.condition_sets.key_values import SOME_TEXT, KeyValues, Values
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import evaluate_one, split_operator
from job.analyze.language.context import Context, Presence
from job.analyze.language.document import Condition
from job.analyze.language.globs import Budget

# "This key is always included in the request context":
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_ALWAYS_SENT = frozenset(
    (
        "aws:currenttime", "aws:epochtime", "aws:requestedregion", "aws:securetransport", "aws:useragent",
        "aws:viaawsservice",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition with its statement's `variables` flag and the blocks that hold it, as bits."""

    condition: Condition
    variables: bool
    blocks: int


@dataclass(frozen=True, slots=True)
class Atom:
    """What the request may hold for the key, with the blocks that fail there and those not understood there.

    No values stand for an absent key, None for values that were not found, although they may exist. `names`
    has bit i set where the values name the i-th of the texts that were asked for.
    """

    values: Values
    fails: int
    doubts: int
    names: int = 0

    @property
    def is_absent(self) -> bool:
        """Whether the request lacks the key."""
        return self.values == ()


def key_atoms(
    key: str, asked: Sequence[Asked], context: Context, budget: Budget, names: Sequence[str] = ()
) -> tuple[Atom, ...]:
    """Each way in which the conditions on `key` come out together, once with the key and once without.

    `names` are compared in any case.

    Raises:
        UndecidedError: there are more than the budget allows to look at.

    """
    held = context.lookup(key)
    found = _Present(asked, context, budget, names)
    if held is Presence.OPEN:
        as_set = any(split_operator(one.condition.operator)[0] for one in asked)
        atoms = [
            atom
            for mask, values in found.values.every(key, as_set=as_set).items()
            for atom in found.atoms(mask, values)
        ]
        atoms.sort(key=lambda atom: atom.values is None)
        atoms += () if key in _ALWAYS_SENT else (_absent(key, asked),)
    elif held is Presence.ABSENT or not held:
        atoms = [_absent(key, asked)]
    else:
        atoms = list(found.atoms(found.values.mask_of(held), held))
    return tuple({(a.fails, a.doubts, a.names, a.is_absent): a for a in reversed(atoms)}.values())[::-1]


def _absent(key: str, asked: Iterable[Asked]) -> Atom:
    return Atom((), *_constant(asked, Context({}, frozenset((key,)))))


def _constant(asked: Iterable[Asked], context: Context) -> tuple[int, int]:
    """The blocks that fail and those that are not understood, where the context decides that."""
    fails = doubts = 0
    for one in asked:
        truth = evaluate_one(one.condition, context, variables=one.variables).certainty
        fails |= one.blocks if truth is Certainty.NEVER else 0
        doubts |= one.blocks if truth is Certainty.CONCEIVABLE else 0
    return fails, doubts


class _Present:
    """The conditions on a key that the request holds."""

    def __init__(
        self, asked: Sequence[Asked], context: Context, budget: Budget, names: Sequence[str]
    ) -> None:
        self._comparisons = [
            Comparison(one.condition, context, one.blocks, variables=one.variables)
            for one in asked
            if compares(one.condition)
        ]
        others = [one for one in asked if not compares(one.condition)]
        self._constant = _constant(others, Context({one.condition.key: (SOME_TEXT,) for one in others}))
        self._budget = budget
        self.values = KeyValues(self._comparisons, names, budget)

    def atoms(self, mask: int, values: Values) -> Iterator[Atom]:
        """The ways for values of this mask: one, unless an open variable decides."""
        fails, doubts = self._constant
        opened = list[tuple[Comparison, object]]()
        for place, comparison in enumerate(self._comparisons):
            bits = mask >> 2 * place & 3
            found = bool(bits & 1)
            if not found and bits:
                doubts |= comparison.blocks
            elif comparison.open_text and found == comparison.seeks_others:
                opened.append((comparison, _question(comparison, values)))
            elif found == comparison.flipped:
                fails |= comparison.blocks
        names = mask >> 2 * len(self._comparisons)
        for failing in self._undecided(opened):
            yield Atom(values, fails | failing, doubts, names)

    def _undecided(self, opened: Sequence[tuple[Comparison, object]]) -> Iterator[int]:
        """The blocks that fail, for each answer to the questions that open variables leave."""
        questions = list(dict.fromkeys(question for _, question in opened))
        for answers in product((True, False), repeat=len(questions)):
            self._budget.spend(1)
            matched = dict(zip(questions, answers, strict=True))
            fails = 0
            for comparison, question in opened:
                found = matched[question] != comparison.seeks_others
                fails |= comparison.blocks if found == comparison.flipped else 0
            yield fails


def _question(comparison: Comparison, values: Values) -> object:
    """What two comparisons must share for one to match where the other does.

    Of several values, one may match and another not.
    """
    one = values is not None and len(values) == 1
    return comparison.positive, False if one else comparison.seeks_others
