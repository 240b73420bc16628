"""Wildcard patterns side by side as one automaton, whose states are the places that a text has come to."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Wildcards of our own, for kinds of resource: any text without a colon, and any without colon and slash.
FIELD, NAME = "\ue010", "\ue011"
STARS = {"*": ".*", FIELD: "[^:]*", NAME: "[^:/]*"}
_RUNS = re.compile(f"[*{FIELD}{NAME}]{{2,}}")


def single_stars(pattern: str) -> str:
    """The same pattern with each run of wildcards for any length as the widest one of them."""
    return _RUNS.sub(lambda run: next(c for c in STARS if c in run[0]), pattern)


class Machine:
    """All patterns at once, as one bit-parallel automaton: one bit for each position of each pattern."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self.accepting: dict[str, int] = {}
        self.masks: dict[str, int] = {}
        self._advance: dict[str, int] = {}
        self._any = self._stars = self._literals = self.start = 0
        self._fields = self._names = 0
        self._chars: dict[int, str] = {}
        base = 0
        for pattern in patterns:
            base = self._add(pattern, single_stars(pattern), base)
        self.start = self._close(self.start)
        self._other = next(c for c in "xyzqw0123456789~\ue002" if c not in self._advance)

    def _add(self, name: str, tokens: str, base: int) -> int:
        self.start |= 1 << base
        for offset, char in enumerate(tokens):
            bit = 1 << (base + offset)
            if char in STARS:
                self._stars |= bit
                self._fields |= bit if char == FIELD else 0
                self._names |= bit if char == NAME else 0
            elif char == "?":
                self._any |= bit
            else:
                self._advance[char] = self._advance.get(char, 0) | bit
                self._literals |= bit
                self._chars[bit] = char
        self.accepting[name] = 1 << (base + len(tokens))
        self.masks[name] = (1 << (base + len(tokens) + 1)) - (1 << base)
        return base + len(tokens) + 1

    def _close(self, state: int) -> int:
        return state | (state & self._stars) << 1

    def steps(self, state: int) -> Iterable[tuple[str, int]]:
        """Each next state with a character that leads to it: those that patterns wait for, and any other."""
        moving, staying = state & self._any, state & self._stars
        yield self._other, self._close(moving << 1 | staying)
        waiting, chars = state & self._literals, set[str]()
        while waiting:
            bit = waiting & -waiting
            waiting ^= bit
            chars.add(self._chars[bit])
        if staying & (self._fields | self._names):
            chars.update(":/")
        for char in sorted(chars):
            kept = staying & ~self._barred(char)
            yield char, self._close((moving | state & self._advance.get(char, 0)) << 1 | kept)

    def _barred(self, char: str) -> int:
        """The wildcards that do not go on over a character."""
        if char == ":":
            return self._fields | self._names
        return self._names if char == "/" else 0
