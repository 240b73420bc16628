"""The statements in force for one action, decided over all requests that conditions tell apart.

One by one, a statement whose condition is open may hold or not. Together they say more: an Allow and a Deny
under the same condition leave nothing, two Allows of which always one holds leave no doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from job.analyze.condition_sets.blocks import Block, Cell, cells
from job.analyze.evaluation.statement import Ceiling, Frame, Grant
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context, Lookup, Presence, variable_names
from job.analyze.language.document import Condition
from job.analyze.language.globs import Budget, UndecidedError, Union
from job.analyze.verdict import Layer

# Work on the combinations of one action's conditions, and combinations that resources are looked at for.
_WORK = 300_000
_MOST_CELLS = 64
# Work on one condition by itself; what holds of any value says so in a few.
_WORK_ON_ONE = 20_000
_MOST_VALUES = 16


_Told = tuple[tuple[str, Lookup], ...]


def _told(blocks: Iterable[Block], context: Context) -> _Told:
    """What a context says of the keys that blocks ask for, or fill into their values."""
    conditions = [c for listed, _ in blocks for c in listed]
    keys = {c.key for c in conditions}
    keys |= {name for c in conditions for v in c.values for name in variable_names(v)}
    return tuple((key, context.lookup(key)) for key in sorted(keys))


@lru_cache(maxsize=8192)
def _cells(blocks: tuple[Block, ...], told: _Told, wanted: int | None) -> tuple[tuple[Cell, ...] | None, int]:
    """The combinations of blocks in a context, None where there are too many, and the work it takes."""
    budget = Budget(_WORK)
    known = {key: values for key, values in told if not isinstance(values, Presence)}
    context = Context(known, frozenset(key for key, values in told if values is Presence.ABSENT))
    try:
        return cells(blocks, context, budget, wanted=wanted), _WORK - budget.left
    except UndecidedError:
        return None, _WORK


def told_apart(blocks: tuple[Block, ...], context: Context) -> tuple[Cell, ...] | None:
    """Every combination of blocks that can hold together in a context; None where there are too many."""
    return _cells(blocks, _told(blocks, context), None)[0]


def bear_on_one_another(blocks: Iterable[Block], context: Context) -> bool:
    """Whether blocks that may hold say more together: two conditions share a key, or one is none at all."""
    left = [c for conditions, _ in blocks for c in conditions if _is_open(c, context)]
    keys = [c.key for c in left]
    tags = any(k == "aws:tagkeys" for k in keys) and any(k.startswith("aws:requesttag/") for k in keys)
    return tags or len(set(keys)) < len(keys) or any(_is_settled(c) for c in left)


def _is_open(condition: Condition, context: Context) -> bool:
    return condition.has_variables or context.lookup(condition.key) is Presence.OPEN


@lru_cache(maxsize=16_384)
def _is_settled(condition: Condition) -> bool:
    """Whether a condition comes out alike whatever the request holds for its key."""
    if condition.has_variables or len(condition.values) > _MOST_VALUES:
        return False
    try:
        found = cells((((condition,), False),), _ALL_OPEN, Budget(_WORK_ON_ONE))
    except UndecidedError:
        return False
    return len(found) == 1


_ALL_OPEN = Context({})


@dataclass(frozen=True, slots=True)
class Case:
    """One combination of conditions: what must allow, layer by layer, and what denies.

    `sure` and `widest` are the same where no resource holds an open variable.
    """

    sure: tuple[Union, ...]
    widest: tuple[Union, ...]
    surely_denied: Union
    denied: Union


class Joint:
    """The combinations for one action, found when first asked for."""

    __slots__ = (
        "_allows",
        "_best",
        "_blocks",
        "_ceilings",
        "_denies",
        "_frame",
        "_places",
        "_says_more",
        "_worst",
    )

    def __init__(
        self,
        frame: Frame,
        allows: Sequence[Grant],
        ceilings: Sequence[Ceiling],
        denies: Iterable[tuple[Layer, Grant]],
    ) -> None:
        self._frame = frame
        self._allows = [g for g in allows if g.outcome.certainty is not Certainty.CONCEIVABLE]
        self._ceilings = [
            [g for g in c.grants if g.outcome.certainty is not Certainty.CONCEIVABLE] for c in ceilings
        ]
        self._denies = [g for _, g in denies]
        self._blocks: dict[Block, int] = {}
        self._places: dict[Grant, int] = {}
        for grant in (*self._allows, *(g for c in self._ceilings for g in c), *self._denies):
            if grant.outcome.certainty is Certainty.POSSIBLE:
                block = (grant.statement.conditions, grant.statement.variables)
                self._places[grant] = self._blocks.setdefault(block, len(self._blocks))
        self._best: tuple[Case, ...] | None = None
        self._worst: tuple[Case, ...] | None = None
        self._says_more: bool | None = None

    @property
    def says_more(self) -> bool:
        """Whether all conditions together could tell more than one after the other."""
        if self._says_more is None:
            shared = len(self._places) > len(self._blocks)
            self._says_more = shared or bear_on_one_another(self._blocks, self._frame.context)
        return self._says_more

    def best(self) -> tuple[Case, ...]:
        """The combinations in which most is allowed: what none of them lets through, no request gets.

        Raises:
            UndecidedError: there are too many.

        """
        if self._best is None:
            allowing = (*self._allows, *(g for c in self._ceilings for g in c))
            self._best = self._cases(self._bits(allowing))
        return self._best

    def worst(self) -> tuple[Case, ...]:
        """The combinations in which least is allowed: what all of them let through, every request gets.

        Raises:
            UndecidedError: there are too many.

        """
        if self._worst is None:
            self._worst = self._cases(self._bits(self._denies))
        return self._worst

    def _bits(self, grants: Iterable[Grant]) -> int:
        wanted = 0
        for grant in grants:
            place = self._places.get(grant)
            wanted |= 0 if place is None else 1 << place
        return wanted

    def _cases(self, wanted: int) -> tuple[Case, ...]:
        both = self._bits(self._denies) & self._bits((*self._allows, *(g for c in self._ceilings for g in c)))
        blocks = tuple(self._blocks)
        found, work = _cells(blocks, _told(blocks, self._frame.context), None if both else wanted)
        self._frame.budget.spend(work)
        if found is None or len(found) > _MOST_CELLS:
            raise UndecidedError
        return tuple(map(self._case, found))

    def _case(self, cell: Cell) -> Case:
        def held(grant: Grant, bits: int) -> bool:
            place = self._places.get(grant)
            return grant.outcome.certainty is Certainty.CERTAIN if place is None else bool(bits >> place & 1)

        allows = [g for g in self._allows if held(g, cell.holds)]
        ceilings = [[g for g in c if held(g, cell.holds)] for c in self._ceilings]
        unclear = [g for g in self._denies if g.outcome.certainty is Certainty.CONCEIVABLE]
        denies = [g for g in self._denies if held(g, cell.holds | cell.doubtful)]
        layers = (allows, *ceilings)
        return Case(
            sure=tuple(tuple(g.sure for g in layer) for layer in layers),
            widest=tuple(tuple(g.widest for g in layer) for layer in layers),
            surely_denied=(*(g.sure for g in denies), *(g.widest for g in unclear)),
            denied=tuple(g.widest for g in (*denies, *unclear)),
        )
