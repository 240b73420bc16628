"""IAM wildcard patterns as regular languages: matching, and exact emptiness of any boolean mix of them.

`*` stands for any text, `?` for any one character; there are no character classes
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html: a `*` may
expand past the colons of an ARN). Text in which `*` or `?` mean themselves carries the two private
characters `LITERAL_STAR` and `LITERAL_MARK` instead.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from job.analyze.automaton import FIELD, NAME, STARS, Machine, single_stars

LITERAL_STAR, LITERAL_MARK = "\ue000", "\ue001"
_ESCAPES = str.maketrans("*?", LITERAL_STAR + LITERAL_MARK)
_UNESCAPES = str.maketrans(LITERAL_STAR + LITERAL_MARK, "*?")
# A joint search over more states than this is given up; the caller answers "unknown".
_MAX_STATES = 60_000
_FILLER = "x"


class UndecidedError(Exception):
    """The patterns are too entangled to decide within the state limit."""


def literal(text: str) -> str:
    """`text` as a pattern that matches exactly itself."""
    return text.translate(_ESCAPES) if "*" in text or "?" in text else text


def plain(text: str) -> str:
    """The inverse of `literal`, for showing a word that a search found."""
    return text.translate(_UNESCAPES)


@lru_cache(maxsize=16_384)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (STARS.get(c) or ("." if c == "?" else re.escape(c)) for c in single_stars(pattern))
    return re.compile("".join(parts), re.DOTALL)


def matches(pattern: str, word: str) -> bool:
    """Whether the pattern matches the word, which must itself be `literal`."""
    return pattern in ("*", word) or bool(_matcher(pattern)(word))


@lru_cache(maxsize=16_384)
def _matcher(pattern: str) -> Callable[[str], object]:
    """The cheapest test for a pattern: equality, a prefix, or a regular expression."""
    if pattern == "*":
        return _anything
    wild = [c for c in pattern if c == "?" or c in STARS]
    if not wild:
        return pattern.__eq__
    if wild == ["*"] and pattern.endswith("*"):
        return _starts(pattern[:-1])
    return _compiled(pattern).fullmatch


def _anything(_: str) -> bool:
    return True


def _starts(prefix: str) -> Callable[[str], object]:
    return lambda word: word.startswith(prefix)


class GlobSet:
    """The words that one of the patterns matches or, `negated`, that none of them matches; a value."""

    __slots__ = ("_hash", "_tests", "is_everything", "is_nothing", "negated", "patterns")

    def __init__(self, patterns: tuple[str, ...], negated: bool = False) -> None:  # noqa: FBT001, FBT002
        self.patterns = patterns
        self.negated = negated
        # True for `*` and "not nothing"; other spellings of everything are found by `find_word` only.
        self.is_everything = (not patterns) if negated else ("*" in patterns)
        self.is_nothing = ("*" in patterns) if negated else (not patterns)
        self._hash = hash((patterns, negated))
        self._tests: tuple[Callable[[str], object], ...] | None = None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, GlobSet) or self._hash != other._hash:
            return False
        return self.negated == other.negated and self.patterns == other.patterns

    def __contains__(self, word: str) -> bool:
        if self.is_everything:
            return True
        if self._tests is None:
            self._tests = tuple(_matcher(p) for p in self.patterns)
        for test in self._tests:
            if test(word):
                return not self.negated
        return self.negated

    def __repr__(self) -> str:
        return f"GlobSet({self.patterns!r}, negated={self.negated})"


EVERYTHING = GlobSet(("*",))
Union = tuple[GlobSet, ...]


def find_word(required: Sequence[Union], excluded: Union) -> str | None:
    """A word that is in some set of each required union and in no excluded set; None if there is none.

    Raises:
        UndecidedError: the joint automaton outgrew the state limit.

    """
    for globs in excluded:
        if globs.is_everything:
            return None
    groups = tuple(g for g in required if not covers_everything(g))
    if () in groups:
        return None
    return _find_word(groups, excluded)


def covers_everything(union: Union) -> bool:
    """Whether one of the sets is plainly everything."""
    for globs in union:  # noqa: SIM110 - asked for each question of the analysis
        if globs.is_everything:
            return True
    return False


@lru_cache(maxsize=16_384)
def _find_word(groups: tuple[Union, ...], excluded: Union) -> str | None:
    for origin, word in _samples(groups):
        if _in_all(word, groups, origin) and not any(word in s for s in excluded):
            return word
    if not groups and not excluded:
        return _FILLER
    return _search(groups, excluded)


def _in_all(word: str, groups: tuple[Union, ...], origin: int) -> bool:
    return all(place == origin or any(word in s for s in g) for place, g in enumerate(groups))


def _samples(groups: tuple[Union, ...]) -> Iterable[tuple[int, str]]:
    """Words likely to be in every group, each with the place of the group whose pattern it fills in."""
    for place, group in enumerate(groups):
        for globs in group:
            if not globs.negated:
                for pattern in globs.patterns[:64]:
                    yield place, _instance(pattern)
    if not groups:
        yield -1, _FILLER


def _instance(pattern: str) -> str:
    text = pattern.replace("?", _FILLER)
    if text.startswith("arn:") and text.count(":") >= 5:
        parts = text.split(":", 5)
        if parts[3] in ("*", FIELD):
            parts[3] = "us-east-1"
        text = ":".join(parts)
    return text.replace("*", "example").replace(FIELD, "example").replace(NAME, "example")


def _search(groups: tuple[Union, ...], excluded: Union) -> str | None:
    groups = tuple(dict.fromkeys(groups))
    patterns = tuple(dict.fromkeys(p for g in (*groups, excluded) for s in g for p in s.patterns))
    machine = Machine(patterns)
    goal = _Goal(machine, groups, excluded)
    start = machine.start
    if goal.met(start):
        return ""
    queue, seen = deque([(start, "")]), {start}
    while queue:
        state, word = queue.popleft()
        for char, following in machine.steps(state):
            if following in seen or goal.lost(following):
                continue
            if goal.met(following):
                return word + char
            seen.add(following)
            if len(seen) > _MAX_STATES:
                raise UndecidedError
            queue.append((following, word + char))
    return None


class _Goal:
    """Which states of the machine are answers, and from which no answer can be reached any more."""

    def __init__(self, machine: Machine, groups: tuple[Union, ...], excluded: Union) -> None:
        self._groups = [[(self._bits(machine, s), s.negated) for s in g] for g in groups]
        self._excluded = [(self._bits(machine, s), s.negated) for s in excluded]
        self._alive = [self._reach(machine, g) for g in groups if all(not s.negated for s in g)]
        self._fatal = sum(
            {machine.accepting[p] for s in excluded if not s.negated for p in s.patterns if p.endswith("*")}
        )

    @staticmethod
    def _bits(machine: Machine, globs: GlobSet) -> int:
        return sum({machine.accepting[p] for p in globs.patterns})

    @staticmethod
    def _reach(machine: Machine, group: Union) -> int:
        return sum({machine.masks[p] for s in group for p in s.patterns})

    def met(self, state: int) -> bool:
        return all(
            any(bool(state & bits) != negated for bits, negated in g) for g in self._groups
        ) and not any(bool(state & bits) != negated for bits, negated in self._excluded)

    def lost(self, state: int) -> bool:
        return bool(state & self._fatal) or any(not state & reach for reach in self._alive)


@lru_cache(maxsize=4096)
def profiles(patterns: tuple[str, ...], universe: str) -> tuple[frozenset[str], ...]:
    """The sets of patterns that some word of `universe` matches together: the atoms of their algebra.

    Raises:
        UndecidedError: the joint automaton outgrew the state limit.

    """
    machine = Machine(tuple(dict.fromkeys((*patterns, universe))))
    found, seen, queue = set[frozenset[str]](), {machine.start}, deque([machine.start])
    while queue:
        state = queue.popleft()
        if state & machine.accepting[universe]:
            found.add(frozenset(p for p in patterns if state & machine.accepting[p]))
        for _, following in machine.steps(state):
            if following not in seen and following & machine.masks[universe]:
                seen.add(following)
                if len(seen) > _MAX_STATES:
                    raise UndecidedError
                queue.append(following)
    return tuple(sorted(found, key=sorted))
