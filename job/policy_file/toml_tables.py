"""Reads the values of a table, each as what it must be; one that is not is kept as a problem."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from job.policy_file.toml_lines import Lines, Path

TagValues: TypeAlias = "Mapping[str, frozenset[str]]"
"""For each tag's key the values that count."""

LONGEST_TEXT = 500
_LONGEST_SHOWN = 40
_MOST_DAYS = 36_500
_TEXT = f'expected a text in quotes, of {LONGEST_TEXT} characters at most and in one line, such as "team-x"'


@dataclass(slots=True)
class Problems:
    """What is wrong in a file, with the line of each."""

    lines: Lines
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, path: Path, problem: str) -> None:
        """Keep a problem of the value at `path`."""
        self.found.append((self.lines.of(path), problem))

    def told(self) -> tuple[str, ...]:
        """Every problem in the order of the file, its line first."""
        return tuple(f"line {line}: {problem}" for line, problem in sorted(set(self.found)))


class Table:
    """One table of the file; `title` is what a person calls it.

    Readers answer what is there, or nothing for what is missing, and also for what is wrong, which is then
    among the problems.
    """

    def __init__(self, values: Mapping[str, object], path: Path, title: str, problems: Problems) -> None:
        self._values = values
        self._path = path
        self._problems = problems
        self.title = title

    @property
    def line(self) -> int:
        """The line that it begins in."""
        return self._problems.lines.of(self._path)

    def refuse(self, problem: str, *place: str | int) -> None:
        """Keep a problem of the table, or of a value in it."""
        name = "".join(f"{shown(str(each))}: " for each in place[:1])
        self._problems.add((*self._path, *place), f"{self.title}: {name}{problem}")

    def expect(self, names: Sequence[str], required: Sequence[str] = ()) -> None:
        """Refuse what is called otherwise, and tell what is missing."""
        for name in self._values:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
                hint = f"is it {near[0]}?" if near else f"expected {', '.join(names)}"
                self.refuse(f"no such name: {hint}", name)
        for name in required:
            if name not in self._values:
                self.refuse(f"{name} is missing: give one")

    def has(self, name: str) -> bool:
        """Whether the name is there, with a good value or not."""
        return name in self._values

    def text(self, name: str) -> str | None:
        """A text of one line."""
        if name not in self._values:
            return None
        return self._text(self._values[name], name)

    def texts(self, name: str, check: Callable[[str], str | None] | None = None) -> tuple[str, ...]:
        """A text, or an array of texts, each once; `check` tells what is wrong with one."""
        if name not in self._values:
            return ()
        return tuple(self._texts(self._values[name], check, name))

    def days(self, name: str) -> int | None:
        """A number of days."""
        value = self._values.get(name)
        if name not in self._values:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_DAYS:
            return value
        self.refuse(f"expected a whole number of days, from 1 to {_MOST_DAYS}, without quotes", name)
        return None

    def day(self, name: str) -> date | None:
        """A date."""
        value = self._values.get(name)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if name in self._values:
            self.refuse("expected a date without quotes and time, such as 2027-03-01", name)
        return None

    def tags(self, name: str) -> TagValues:
        """Keys of tags, each with its value or an array of values that count."""
        if name not in self._values:
            return {}
        value = self._values[name]
        if not isinstance(value, dict) or not value:
            self.refuse('expected tags and their values, such as { Environment = "Production" }', name)
            return {}
        return {key: frozenset(self._texts(value[key], None, name, key)) for key in value}

    def table(self, name: str) -> Table | None:
        """The table of that name."""
        value = self._values.get(name)
        if isinstance(value, dict):
            return Table(value, (*self._path, name), name, self._problems)
        if name in self._values:
            self._problems.add(
                (*self._path, name), f"{name}: expected a table: write [{name}], with one bracket"
            )
        return None

    def tables(self, name: str, full_name: str) -> Iterator[Table]:
        """The tables of an array; `full_name` is what its headers say."""
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            problem = f"{full_name}: expected tables: write [[{full_name}]], with two brackets, before each"
            self._problems.add((*self._path, name), problem)
            return
        for place, each in enumerate(value):
            identity = each.get("id")
            called = shown(identity) if isinstance(identity, str) and identity else str(place + 1)
            yield Table(each, (*self._path, name, place), f"{full_name} {called}", self._problems)

    def _text(self, value: object, *place: str | int) -> str | None:
        if isinstance(value, str) and value.strip() and len(value) <= LONGEST_TEXT and value.isprintable():
            return value
        self.refuse(_TEXT, *place)
        return None

    def _texts(
        self, value: object, check: Callable[[str], str | None] | None, *place: str | int
    ) -> Iterator[str]:
        items = value if isinstance(value, list) else [value]
        if not items:
            self.refuse("an empty array is about nothing: name something, or leave it out", *place)
        seen = set[str]()
        for number, item in enumerate(items):
            where = (*place, number) if isinstance(value, list) else place
            text = self._text(item, *where)
            if text is None:
                continue
            problem = (
                f"{shown(text)} is there twice: leave one out" if text in seen else check and check(text)
            )
            seen.add(text)
            if problem:
                self.refuse(problem, *where)
            else:
                yield text


def shown(text: str) -> str:
    """A text of the file as a message shows it: short, and in one line."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[: _LONGEST_SHOWN - 1]}…"
