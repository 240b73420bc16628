"""Condition blocks decided together: which of them can hold in one request.

A request's context is a point, a block is a set of points. Blocks are told apart key by key: what the
conditions on one key can say together (`key_atoms`) is combined with what those on the keys before left
standing, and equal states are one, so that the work grows with the combinations that exist.

Keys are independent of each other, but for one family: a tag in the request (`aws:RequestTag/…`) is named by
`aws:TagKeys`
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-tagkeys).
Two names of one fact (`aws:ResourceTag` and `ec2:ResourceTag`) count as independent, so more combinations may
be told than exist, never fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from job.analyze.condition_sets.key_atoms import Asked, Atom, key_atoms
from job.analyze.language.context import Context, Presence
from job.analyze.language.document import Condition
from job.analyze.language.globs import Budget

Block = tuple[tuple[Condition, ...], bool]
"""The conditions of one statement, and whether it knows policy variables."""

_TAG_KEYS, _REQUEST_TAG = "aws:tagkeys", "aws:requesttag/"


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of blocks that some request brings about.

    Bit i of `holds`: block i holds; of `doubtful`: it is not understood here, so it may hold or not; of
    neither: it fails. `sample` is a context of this kind by open key, no values for an absent one. A key is
    missing there if its values were not found: where operators of several kinds (text and number, say) read
    it, or where an open variable decides a condition on it.
    """

    holds: int
    doubtful: int
    sample: Mapping[str, tuple[str, ...]]

    def within(self, context: Context) -> Context:
        """The context of a request in this cell: the sample's keys as they are there."""
        known = {key: values for key, values in self.sample.items() if values}
        return context.having(known, frozenset(self.sample.keys() - known.keys()))


def cells(
    blocks: Sequence[Block], context: Context, budget: Budget, *, wanted: int | None = None
) -> tuple[Cell, ...]:
    """Every combination of blocks that can hold together, once, with the known keys as they are known.

    With `wanted`, the bits of the blocks that should hold while all others should not (allows against
    denies), combinations are left out that are as bad or worse in every block than one that is kept.

    Raises:
        UndecidedError: there are more than the budget allows to look at.

    """
    asked = _by_key(blocks)
    names = _tag_names(asked, context)
    states = {_State((1 << len(blocks)) - 1): _NOTHING}
    preference = None if wanted is None else _Preference(wanted, len(blocks))
    for key in _in_order(asked, context):
        holding = _holding(asked[key])
        if not any(state.alive & holding for state in states):
            continue
        atoms = key_atoms(key, asked[key], context, budget, names if key == _TAG_KEYS else ())
        split = _Split(key, atoms, names, told=context.lookup(key) is Presence.OPEN)
        states = split.states(states, budget)
        if preference is not None:
            states = preference.best(states, budget)
    found = {(s.alive & ~s.doubtful, s.doubtful): sample for s, sample in reversed(states.items())}
    return tuple(Cell(*truths, sample.told()) for truths, sample in reversed(found.items()))


class _State(NamedTuple):
    """The blocks that no key has failed so far, those of them not understood, and the tags in the request."""

    alive: int
    doubtful: int = 0
    tags: int = 0


class _Sample(NamedTuple):
    """A key's values on top of the keys before."""

    before: _Sample | None
    key: str | None
    values: tuple[str, ...] | None

    def told(self) -> dict[str, tuple[str, ...]]:
        """All keys with values that are known, in the order in which they were split."""
        found = list[tuple[str, tuple[str, ...]]]()
        link: _Sample | None = self
        while link is not None:
            if link.key is not None and link.values is not None:
                found.append((link.key, link.values))
            link = link.before
        return dict(reversed(found))


_NOTHING = _Sample(None, None, None)


def _by_key(blocks: Iterable[Block]) -> dict[str, list[Asked]]:
    """The distinct conditions by key, each with the blocks that hold it."""
    holders: dict[tuple[Condition, bool], int] = {}
    for place, (conditions, variables) in enumerate(blocks):
        for condition in conditions:
            filled = variables and condition.has_variables
            asked = condition, filled
            holders[asked] = holders.get(asked, 0) | 1 << place
    keys: dict[str, list[Asked]] = {}
    for (condition, filled), holding in holders.items():
        keys.setdefault(condition.key, []).append(Asked(condition, filled, holding))
    return keys


def _holding(asked: Iterable[Asked]) -> int:
    return reduce(or_, (one.blocks for one in asked), 0)


def _in_order(asked: Mapping[str, object], context: Context) -> list[str]:
    """What is known first; the tags of the request, then their names; all else by name."""

    def rank(key: str) -> tuple[bool, int, str]:
        family = 0 if key.startswith(_REQUEST_TAG) else 1 if key == _TAG_KEYS else 2
        return context.lookup(key) is Presence.OPEN, family, key

    return sorted(asked, key=rank)


def _tag_names(asked: Mapping[str, object], context: Context) -> tuple[str, ...]:
    """The tags of the request that `aws:TagKeys` must name when they are there."""
    if _TAG_KEYS not in asked or context.lookup(_TAG_KEYS) is not Presence.OPEN:
        return ()
    return tuple(sorted(key.removeprefix(_REQUEST_TAG) for key in asked if key.startswith(_REQUEST_TAG)))


class _Split:
    """The step from the states before one key to those after it."""

    def __init__(self, key: str, atoms: Sequence[Atom], names: Sequence[str], *, told: bool) -> None:
        self._key = key if told else None
        self._atoms = atoms
        self._names_tags = key == _TAG_KEYS
        tag = key.removeprefix(_REQUEST_TAG)
        self._tag = 1 << names.index(tag) if tag != key and tag in names else 0

    def states(self, before: Mapping[_State, _Sample], budget: Budget) -> dict[_State, _Sample]:
        """Each state with one way of coming to it."""
        after: dict[_State, _Sample] = {}
        for state, sample in before.items():
            budget.spend(len(self._atoms))
            for atom in self._atoms:
                following = self._after(state, atom)
                if following is not None and following not in after:
                    after[following] = _Sample(sample, self._key, atom.values)
        return after

    def _after(self, state: _State, atom: Atom) -> _State | None:
        alive = state.alive & ~atom.fails
        doubtful = (state.doubtful | atom.doubts) & alive
        if self._names_tags:
            return None if state.tags & ~atom.names else _State(alive, doubtful)
        return _State(alive, doubtful, state.tags | (0 if atom.is_absent else self._tag))


class _Preference:
    """Which blocks should hold (`wanted`), and that all others should not."""

    def __init__(self, wanted: int, count: int) -> None:
        self._wanted = wanted
        self._others = ~wanted & ((1 << count) - 1)
        self._count = count

    def best(self, states: Mapping[_State, _Sample], budget: Budget) -> dict[_State, _Sample]:
        """The states without those that another one is at least as good as in every block."""
        ranked = sorted(states, key=lambda state: self._merits(state).bit_count(), reverse=True)
        kept = list[tuple[_State, int]]()
        for state in ranked:
            budget.spend(1 + len(kept))
            merits = self._merits(state)
            if not any(not (merits & ~best or other.tags & ~state.tags) for other, best in kept):
                kept.append((state, merits))
        return {state: states[state] for state, _ in kept}

    def _merits(self, state: _State) -> int:
        """Two bits for each block: set where it is as it should be for certain, and where it may be."""
        holds = state.alive & ~state.doubtful
        certain = holds & self._wanted | ~state.alive & self._others
        perhaps = state.alive & self._wanted | ~holds & self._others
        return certain | perhaps << self._count
