"""Texts that stand for all texts: one for each combination of matches of some text patterns.

A pattern is one that a condition operator reads: an exact text, a text in any case, a wildcard pattern, or
an ARN whose parts are compared one by one
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain

from job.analyze.language.globs import FIELD, LITERAL_MARK, LITERAL_STAR, NAME, Budget, plain

_ARN_PARTS = 6
_BARRED = {"*": "", FIELD: ":", NAME: ":/"}
# What an automaton does with this many bits at once costs one step.
_BITS_A_STEP = 256
_FILLERS = "xyzqw0123456789~\ue002"


class Reading(Enum):
    """How a pattern is compared with a text."""

    EXACT = "exact"
    ANY_CASE = "any case"
    GLOB = "glob"
    ARN = "arn"


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A policy value and how its operator reads it; `literal` text as in `job.analyze.language.globs`."""

    text: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class _Token:
    """One character, or any number of them: of `letters` (None: any) and none of `barred`."""

    letters: frozenset[str] | None = None
    barred: str = ""
    repeats: bool = False

    def takes(self, char: str) -> bool:
        """Whether the character is one of them."""
        return char not in self.barred if self.letters is None else char in self.letters


def text_atoms(patterns: Iterable[TextPattern], budget: Budget) -> tuple[str, ...]:
    """Texts such that each combination of matches that some text has, one of these has.

    Raises:
        UndecidedError: the patterns are too entangled for the budget.

    """
    distinct = tuple(dict.fromkeys(patterns))
    plain_ones = _plain_atoms(distinct)
    if plain_ones is not None:
        budget.spend(len(plain_ones))
        return plain_ones
    return tuple(_Automaton([t for p in distinct if (t := _tokens(p)) is not None], budget).words().values())


def _plain_atoms(patterns: Sequence[TextPattern]) -> tuple[str, ...] | None:
    """The same without an automaton, where all patterns are exact texts and prefixes; else None."""
    texts, prefixes = list[str](), [""]
    for pattern in patterns:
        stem = pattern.text.removesuffix("*")
        if pattern.reading is Reading.EXACT or (pattern.reading is Reading.GLOB and _is_plain(pattern.text)):
            texts.append(plain(pattern.text))
        elif pattern.reading is Reading.GLOB and _is_plain(stem):
            prefixes.append(plain(stem))
        else:
            return None
    filler = _unused({*"".join(texts), *"".join(prefixes)})
    return tuple(dict.fromkeys((*(prefix + filler for prefix in prefixes), *texts)))


def _is_plain(text: str) -> bool:
    return not any(c in text for c in ("?", *_BARRED))


def _unused(chars: set[str]) -> str:
    return next(c for c in chain(_FILLERS, map(chr, range(0x4E00, 0x9FFF))) if c not in chars)


def _tokens(pattern: TextPattern) -> tuple[_Token, ...] | None:
    """The pattern as a sequence of characters and runs; None for an ARN of too few parts."""
    if pattern.reading is Reading.ARN:
        return _arn_tokens(pattern.text)
    if pattern.reading is Reading.GLOB:
        return _glob_tokens(pattern.text, "")
    cases = _cases if pattern.reading is Reading.ANY_CASE else frozenset
    return tuple(_Token(cases(c)) for c in plain(pattern.text))


def _cases(char: str) -> frozenset[str]:
    return frozenset(c for c in (char, char.lower(), char.upper()) if c.lower() == char.lower())


def _glob_tokens(pattern: str, barred: str) -> tuple[_Token, ...]:
    return tuple(_glob_token(c, barred) for c in pattern)


def _glob_token(char: str, barred: str) -> _Token:
    if char in _BARRED:
        return _Token(barred="".join(dict.fromkeys(barred + _BARRED[char])), repeats=True)
    if char == "?":
        return _Token(barred=barred)
    return _Token(frozenset({LITERAL_STAR: "*", LITERAL_MARK: "?"}.get(char, char)))


def _arn_tokens(pattern: str) -> tuple[_Token, ...] | None:
    if pattern == "*":
        return _glob_tokens("arn:*", "")
    parts = pattern.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS:
        return None
    colon = _Token(frozenset(":"))
    head = (token for part in parts[:-1] for token in (*_glob_tokens(part, ":"), colon))
    return (*head, *_glob_tokens(parts[-1], ""))


class _Automaton:
    """All patterns at once, one bit for each place of each pattern, with the shortest text to each end."""

    def __init__(self, patterns: Sequence[Sequence[_Token]], budget: Budget) -> None:
        self._budget = budget
        self._tokens: list[_Token | None] = [t for tokens in patterns for t in (*tokens, None)]
        self._ends = sum(1 << i for i, t in enumerate(self._tokens) if t is None)
        self._runs = sum(1 << i for i, t in enumerate(self._tokens) if t is not None and t.repeats)
        chars = {c for t in self._tokens if t is not None for c in (*(t.letters or ()), *t.barred)}
        self._other = _unused(chars)
        self._takes: dict[str, int] = {}
        self._waits_for = {
            1 << i: t.letters or t.barred
            for i, t in enumerate(self._tokens)
            if t is not None and (t.letters or t.barred)
        }
        self._choosy = sum(self._waits_for)
        starts, place = 0, 0
        for tokens in patterns:
            starts, place = starts | 1 << place, place + len(tokens) + 1
        self._start = self._close(starts)
        self._cost = 1 + len(self._tokens) // _BITS_A_STEP

    def words(self) -> Mapping[int, str]:
        """The shortest text by the patterns that it matches; an empty one only where no other will do."""
        found: dict[int, str] = {}
        queue, seen = deque([(self._start, "")]), {self._start}
        while queue:
            state, word = queue.popleft()
            for char in self._chars(state):
                self._budget.spend(self._cost)
                following = self._step(state, char)
                found.setdefault(following & self._ends, word + char)
                if following not in seen:
                    seen.add(following)
                    queue.append((following, word + char))
        found.setdefault(self._start & self._ends, "")
        return found

    def _chars(self, state: int) -> Iterable[str]:
        yield self._other
        waiting, chars = state & self._choosy, set[str]()
        while waiting:
            bit = waiting & -waiting
            waiting ^= bit
            chars.update(self._waits_for[bit])
        yield from sorted(chars, key=str.swapcase)

    def _step(self, state: int, char: str) -> int:
        taken = state & self._taking(char)
        return self._close(((taken & ~self._runs) << 1) | (taken & self._runs))

    def _taking(self, char: str) -> int:
        found = self._takes.get(char)
        if found is None:
            found = sum(1 << i for i, t in enumerate(self._tokens) if t is not None and t.takes(char))
            self._takes[char] = found
        return found

    def _close(self, state: int) -> int:
        while (wider := state | (state & self._runs) << 1) != state:
            state = wider
        return state
