"""IAM wildcard patterns as regular languages: matching, and exact emptiness of any boolean mix of them.

`*` stands for any text, `?` for any one character; there are no character classes
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html: a `*` may
expand past the colons of an ARN). Text in which `*` or `?` mean themselves carries the two private
characters `LITERAL_STAR` and `LITERAL_MARK` instead.

Every search has a budget of work, counted in patterns moved on by one character, never in time: the same
question costs the same on every machine, whatever was asked before. Past it the answer is `UndecidedError`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

LITERAL_STAR, LITERAL_MARK = "\ue000", "\ue001"
# Wildcards of our own, for kinds of resource: any text without a colon, and any without colon and slash.
FIELD, NAME = "\ue010", "\ue011"
_STARS = {"*": ".*", FIELD: "[^:]*", NAME: "[^:/]*"}
_BARRED = {"*": "", FIELD: ":", NAME: ":/"}
_RUNS = re.compile(f"[*{FIELD}{NAME}]{{2,}}")
_ESCAPES = str.maketrans("*?", LITERAL_STAR + LITERAL_MARK)
_UNESCAPES = str.maketrans(LITERAL_STAR + LITERAL_MARK, "*?")
_FILLER = "x"
# Work that one question may take: more than any mix of AWS's own policies does, a fraction of a second.
_QUESTION = 100_000
# What asking costs at all, and what one more state costs beside the patterns that it moves on: to be looked
# up, queued and remembered.
_ASKING, _STATE = 20, 4


class UndecidedError(Exception):
    """The patterns are too entangled to decide within the budget."""


class Budget:
    """Work that may still be done for somebody, shared by all questions about it."""

    __slots__ = ("_above", "blamed", "left")

    def __init__(self, left: int, above: Budget | None = None) -> None:
        self.left = left
        self._above = above
        # What the questions that stayed undecided were about, in words, in the order of asking.
        self.blamed: dict[str, None] = {}

    def blame(self, whats: Iterable[str]) -> None:
        """Keep what could not be decided."""
        self.blamed.update(dict.fromkeys(whats))

    def spend(self, work: int) -> None:
        """Take some of it, here and from the budget above.

        Raises:
            UndecidedError: there is not as much left.

        """
        if self._above is not None:
            self._above.spend(work)
        self.left -= work
        if self.left < 0:
            raise UndecidedError


def literal(text: str) -> str:
    """`text` as a pattern that matches exactly itself."""
    return text.translate(_ESCAPES) if "*" in text or "?" in text else text


def plain(text: str) -> str:
    """The inverse of `literal`, for showing a word that a search found."""
    return text.translate(_UNESCAPES)


def _single_stars(pattern: str) -> str:
    """The same pattern with each run of wildcards for any length as the widest one of them."""
    return _RUNS.sub(lambda run: next(c for c in _STARS if c in run[0]), pattern)


@lru_cache(maxsize=16_384)
def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression that never backtracks into a `*`.

    Where every wildcard is a `*`, the first place at which the text up to the next one fits is as good as
    any later one (https://research.swtch.com/glob), so that matching takes no more than length by length.
    """
    kept = _single_stars(pattern)
    if FIELD in kept or NAME in kept:
        return re.compile("".join(map(_expression, kept)), re.DOTALL)
    first, *middle = kept.split("*")
    if not middle:
        return re.compile("".join(map(_expression, first)), re.DOTALL)
    last = middle.pop()
    between = "".join(f"(?>.*?{''.join(map(_expression, part))})" for part in middle)
    ends = "".join(map(_expression, first)), "".join(map(_expression, last))
    return re.compile(f"{ends[0]}{between}.*{ends[1]}", re.DOTALL)


def _expression(char: str) -> str:
    return _STARS.get(char) or ("." if char == "?" else re.escape(char))


def matches(pattern: str, word: str) -> bool:
    """Whether the pattern matches the word, which must itself be `literal`."""
    return pattern in ("*", word) or bool(_matcher(pattern)(word))


def _is_plain(pattern: str) -> bool:
    """Whether there is no wildcard but perhaps a `*` at the end."""
    body = pattern.removesuffix("*")
    return not any(c in body for c in ("?", *_STARS))


@lru_cache(maxsize=16_384)
def _matcher(pattern: str) -> Callable[[str], object]:
    """The cheapest test for a pattern: equality, a prefix, or a regular expression."""
    if pattern == "*":
        return _anything
    if _is_plain(pattern):
        return _starts(pattern[:-1]) if pattern.endswith("*") else pattern.__eq__
    return _compiled(pattern).fullmatch


def _anything(_: str) -> bool:
    return True


def _starts(prefix: str) -> Callable[[str], object]:
    return lambda word: word.startswith(prefix)


class GlobSet:
    """The words that one of the patterns matches or, `negated`, that none of them matches; a value."""

    __slots__ = ("_hash", "_test", "is_everything", "negated", "patterns")

    def __init__(self, patterns: tuple[str, ...], negated: bool = False) -> None:  # noqa: FBT001, FBT002
        self.patterns = patterns
        self.negated = negated
        # True for `*` and "not nothing"; other spellings of everything are found by `find_word` only.
        self.is_everything = (not patterns) if negated else ("*" in patterns)
        self._hash = hash((patterns, negated))
        self._test: Callable[[str], object] | None = None

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
        if self._test is None:
            self._test = _matcher(self.patterns[0]) if len(self.patterns) == 1 else _any_of(self.patterns)
        return bool(self._test(word)) != self.negated

    def __repr__(self) -> str:
        return f"GlobSet({self.patterns!r}, negated={self.negated})"


@lru_cache(maxsize=4096)
def _any_of(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """The test for several patterns: literals looked up, prefixes together, only the rest one by one."""
    exact = frozenset(p for p in patterns if _is_plain(p) and not p.endswith("*"))
    prefixes = tuple(p[:-1] for p in patterns if _is_plain(p) and p.endswith("*"))
    others = tuple(_matcher(p) for p in patterns if not _is_plain(p))

    def test(word: str) -> bool:
        if word in exact or word.startswith(prefixes):
            return True
        for other in others:  # noqa: SIM110 - asked for each statement of the analysis
            if other(word):
                return True
        return False

    return test


EVERYTHING = GlobSet(("*",))
Union = tuple[GlobSet, ...]


def find_word(required: Sequence[Union], excluded: Union, budget: Budget | None = None) -> str | None:
    """A word that is in some set of each required union and in no excluded set; None if there is none.

    Raises:
        UndecidedError: it would take more work than a question may, or than the budget has left.

    """
    for globs in excluded:
        if globs.is_everything:
            return None
    groups = tuple(g for g in required if not covers_everything(g))
    if () in groups:
        return None
    found = _find_word(groups, excluded)
    if budget is not None:
        budget.spend(found.work + _ASKING)
    if found.undecided:
        raise UndecidedError
    return found.word


def covers_everything(union: Union) -> bool:
    """Whether one of the sets is plainly everything."""
    for globs in union:  # noqa: SIM110 - asked for each question of the analysis
        if globs.is_everything:
            return True
    return False


class _Found:
    """What a search came to, and the work that it took: the same whether it was kept or done anew."""

    __slots__ = ("undecided", "word", "work")

    def __init__(self, word: str | None, work: int = 0, undecided: bool = False) -> None:  # noqa: FBT001, FBT002
        self.word = word
        self.work = work
        self.undecided = undecided


@lru_cache(maxsize=16_384)
def _find_word(groups: tuple[Union, ...], excluded: Union) -> _Found:
    for origin, word in _samples(groups):
        if _in_all(word, groups, origin) and not any(word in s for s in excluded):
            return _Found(word)
    if not groups and not excluded:
        return _Found(_FILLER)
    return _Search(groups, excluded).run()


def _in_all(word: str, groups: tuple[Union, ...], origin: int) -> bool:
    return all(place == origin or any(word in s for s in g) for place, g in enumerate(groups))


_SAMPLES = 64


def _samples(groups: tuple[Union, ...]) -> Iterable[tuple[int, str]]:
    """Words likely to be in every group, each with the place of the group whose pattern it fills in."""
    for place, group in enumerate(groups):
        for globs in group:
            if not globs.negated:
                for pattern in globs.patterns[:_SAMPLES]:
                    yield place, _instance(pattern)
    if not groups:
        yield -1, _FILLER


_ARN_COLONS = 5


def _instance(pattern: str) -> str:
    text = pattern.replace("?", _FILLER)
    if text.startswith("arn:") and text.count(":") >= _ARN_COLONS:
        parts = text.split(":", _ARN_COLONS)
        if parts[3] in ("*", FIELD):
            parts[3] = "us-east-1"
        text = ":".join(parts)
    return text.replace("*", "example").replace(FIELD, "example").replace(NAME, "example")


class _Glob:
    """One pattern as an automaton whose places are bits; at any time it is at several of them.

    A text that came past a `*` gains nothing from the places before it: whatever they would still match,
    the `*` matches too. They are dropped, so that a pattern of many stars has few states.
    """

    __slots__ = ("_accepting", "_advance", "_any", "_barred", "_chars", "_last", "_plain", "_stars", "start")

    def __init__(self, pattern: str) -> None:
        tokens = _single_stars(pattern)
        self._advance: dict[str, int] = {}
        self._chars: dict[int, str] = {}
        self._barred = {":": 0, "/": 0}
        self._any = self._stars = self._plain = 0
        for place, char in enumerate(tokens):
            self._place(1 << place, char)
        self._accepting = 1 << len(tokens)
        self._last = 1 << (len(tokens) - 1) if tokens.endswith("*") else 0
        self.start = self._settled(1)

    def _place(self, bit: int, char: str) -> None:
        if char in _STARS:
            self._stars |= bit
            self._plain |= bit if char == "*" else 0
            for other in _BARRED[char]:
                self._barred[other] |= bit
        elif char == "?":
            self._any |= bit
        else:
            self._advance[char] = self._advance.get(char, 0) | bit
            self._chars[bit] = char

    def _settled(self, state: int) -> int:
        state |= (state & self._stars) << 1
        passed = state & self._plain
        return state & -(1 << (passed.bit_length() - 1)) if passed else state

    def step(self, state: int, char: str) -> int:
        """Where the pattern is after one more character; 0 when it can't match any more."""
        moving = state & (self._any | self._advance.get(char, 0))
        staying = state & self._stars & ~self._barred.get(char, 0)
        return self._settled(moving << 1 | staying)

    def accepts(self, state: int) -> bool:
        """Whether the pattern matches the text so far."""
        return bool(state & self._accepting)

    def accepts_all(self, state: int) -> bool:
        """Whether it matches the text so far whatever follows."""
        return bool(state & self._last)

    def waits_for(self, state: int) -> set[str]:
        """The characters that take it elsewhere than any other would."""
        chars, waiting = set[str](), state
        while waiting:
            bit = waiting & -waiting
            waiting ^= bit
            if bit in self._chars:
                chars.add(self._chars[bit])
        for char, barred in self._barred.items():
            if state & barred:
                chars.add(char)
        return chars


_OTHER = ""
"""Any character that no pattern waits for."""
_DEAD, _ALL = 0, 1


class _Patterns:
    """Patterns side by side as one automaton, made as far as it is walked.

    Patterns without a wildcard but at the end share a tree of their texts: however many there are, a text
    is at one place of it. The others are moved on one by one.
    """

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._tree: list[dict[str, int]] = [{}]
        self._ends: set[int] = set()
        self._opens: set[int] = set()
        distinct = dict.fromkeys(patterns)
        for pattern in filter(_is_plain, distinct):
            self._plant(pattern)
        self._globs = tuple(_Glob(p) for p in distinct if not _is_plain(p))
        self._states: dict[tuple[int, tuple[tuple[int, int], ...]], int] = {}
        self._places: list[tuple[int, tuple[tuple[int, int], ...]]] = [(-1, ()), (-1, ())]
        self._next: list[dict[str, int]] = [{_OTHER: _DEAD}, {_OTHER: _ALL}]
        self.chars: list[frozenset[str]] = [frozenset(), frozenset()]
        self.accepting: list[bool] = [False, True]
        self.weight: list[int] = [0, 0]
        self.start = self._state(0, tuple((i, g.start) for i, g in enumerate(self._globs)))

    def _plant(self, pattern: str) -> None:
        node = 0
        for char in pattern.removesuffix("*"):
            following = self._tree[node].get(char)
            if following is None:
                following = self._tree[node][char] = len(self._tree)
                self._tree.append({})
            node = following
        (self._opens if pattern.endswith("*") else self._ends).add(node)

    def _state(self, node: int, globs: tuple[tuple[int, int], ...]) -> int:
        if node in self._opens or any(self._globs[i].accepts_all(place) for i, place in globs):
            return _ALL
        if node >= 0 and not self._tree[node] and node not in self._ends:
            node = -1
        if node < 0 and not globs:
            return _DEAD
        found = self._states.get((node, globs))
        if found is None:
            found = self._states[node, globs] = len(self._places)
            self._places.append((node, globs))
            self._next.append({})
            self._describe(node, globs)
        return found

    def _describe(self, node: int, globs: tuple[tuple[int, int], ...]) -> None:
        waiting = set(self._tree[node]) if node >= 0 else set[str]()
        waiting.update(*(self._globs[i].waits_for(place) for i, place in globs))
        self.chars.append(frozenset(waiting))
        self.accepting.append(node in self._ends or any(self._globs[i].accepts(p) for i, p in globs))
        self.weight.append(1 + len(globs))

    def step(self, state: int, char: str) -> int:
        """The state after one more character."""
        known = char if char in self.chars[state] else _OTHER
        found = self._next[state].get(known)
        if found is None:
            found = self._next[state][known] = self._step(state, known)
        return found

    def _step(self, state: int, char: str) -> int:
        node, globs = self._places[state]
        following = self._tree[node].get(char, -1) if node >= 0 else -1
        moved = ((i, self._globs[i].step(place, char)) for i, place in globs)
        return self._state(following, tuple((i, place) for i, place in moved if place))


@lru_cache(maxsize=256)
def _patterns(patterns: tuple[str, ...]) -> _Patterns:
    return _Patterns(patterns)


_Open = tuple[tuple[int, int], ...]
"""The sets that are not settled yet, each with the state of its patterns."""


class _Search:
    """A walk through all texts at once, from the shortest on, until one is an answer or none is left.

    A set is settled once no further text changes whether it holds it; what is settled is not walked on, so
    that texts which only differ in settled sets are one.
    """

    def __init__(self, groups: tuple[Union, ...], excluded: Union) -> None:
        sets = dict.fromkeys(s for union in (*groups, excluded) for s in union)
        self._sets = tuple((_patterns(s.patterns), s.negated) for s in sets)
        place = {s: i for i, s in enumerate(sets)}
        self._groups = tuple(frozenset(place[s] for s in g) for g in dict.fromkeys(groups))
        self._excluded = frozenset(place[s] for s in excluded)
        self._work = 0

    def run(self) -> _Found:
        """The shortest answer, None for none, or that it took too long to tell."""
        start = self._narrowed(tuple((i, p.start) for i, (p, _) in enumerate(self._sets)), self._groups)
        if start is None:
            return _Found(None)
        queue, seen = deque([(start, "")]), {start}
        while queue:
            (groups, places), word = queue.popleft()
            if self._is_answer(groups, places):
                return _Found(word, self._work)
            cost = _STATE + sum(self._sets[i][0].weight[state] for i, state in places)
            for char in self._chars(places):
                self._work += cost
                if self._work > _QUESTION:
                    return _Found(None, self._work, undecided=True)
                moved = tuple((i, self._sets[i][0].step(state, char)) for i, state in places)
                following = self._narrowed(moved, groups)
                if following is not None and following not in seen:
                    seen.add(following)
                    queue.append((following, word + char))
        return _Found(None, self._work)

    def _chars(self, places: _Open) -> Iterable[str]:
        waited = frozenset[str]().union(*(self._sets[i][0].chars[state] for i, state in places))
        other = next(c for c in _OTHERS if c not in waited)
        return (other, *sorted(waited))

    def _narrowed(
        self, places: _Open, groups: tuple[frozenset[int], ...]
    ) -> tuple[tuple[frozenset[int], ...], _Open] | None:
        """What is left to settle; None where it is settled that no text from here on is an answer."""
        truths: dict[int, bool] = {}
        for i, state in places:
            if state in (_DEAD, _ALL):
                truths[i] = (state == _ALL) != self._sets[i][1]
        if any(truths.get(i, False) for i in self._excluded):
            return None
        left = list[frozenset[int]]()
        open_now = frozenset(i for i, _ in places if i not in truths)
        for group in groups:
            if not any(truths.get(i, False) for i in group):
                undecided = group & open_now
                if not undecided:
                    return None
                left.append(undecided)
        wanted = self._excluded.union(*left)
        return tuple(left), tuple((i, s) for i, s in places if i in wanted and i in open_now)

    def _is_answer(self, groups: tuple[frozenset[int], ...], places: _Open) -> bool:
        held = {i: self._sets[i][0].accepting[s] != self._sets[i][1] for i, s in places}
        if any(held.get(i, False) for i in self._excluded):
            return False
        return all(any(held[i] for i in group) for group in groups)


_OTHERS = "xyzqw0123456789~" + "".join(map(chr, range(0xE100, 0xE900)))
"""Characters to stand for any that no pattern waits for: there are more than a state can wait for."""
