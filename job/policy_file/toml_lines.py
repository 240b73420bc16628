"""Where each value of a TOML text stands: `tomllib` tells values without their lines.

A statement of TOML (a header, or a key with its value) is the shortest run of lines that is a text of its
own. So each is parsed alone, and what it holds says which value of the whole it is.
https://toml.io/en/v1.0.0#keyvalue-pair
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Path: TypeAlias = "tuple[str | int, ...]"
"""Keys of tables and places in arrays, from the top: `("exception", 0, "users", 2)`."""

# A statement of several lines ends in one that closes an array, a table or a long string.
_CLOSING = ("]", "}", '"""', "'''")
# What lies deeper in a pair has the line of what holds it.
_DEEPEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """One header or pair with the number of its first line, counted from 1."""

    line: int
    text: str


class Lines:
    """The lines of a text that `tomllib` takes."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._statements: dict[Path, _Statement] = {}
        self._tables: dict[Path, int] = {}
        table: Path = ()
        for statement in _statements(text):
            table = self._add(statement, table)

    def of(self, path: Path) -> int:
        """The line that a value begins in, or what holds it where that has no line; counted from 1."""
        known = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in self._lines), None)
        if known is None:
            return 1
        statement, place = self._statements.get(known), path[len(known) : len(known) + 1]
        match place:
            case (int() as item,) if statement is not None:
                return statement.line + _line_of_item(statement.text, item)
            case _:
                return self._lines[known]

    def _add(self, statement: _Statement, table: Path) -> Path:
        """Keep where a statement's values stand; answers the table that what follows it belongs to."""
        document = tomllib.loads(statement.text)
        if statement.text.lstrip().startswith("["):
            return self._open(document, statement)
        for path in _paths(document):
            self._lines.setdefault((*table, *path), statement.line)
            self._statements.setdefault((*table, *path), statement)
        return table

    def _open(self, document: object, statement: _Statement) -> Path:
        path: Path = ()
        while isinstance(document, dict) and document:
            name, document = next(iter(document.items()))
            path = (*path, name)
            if isinstance(document, list):
                self._tables[path] = self._tables.get(path, -1) + 1
            self._lines.setdefault(path, statement.line)
            if path in self._tables:
                path = (*path, self._tables[path])
            self._lines.setdefault(path, statement.line)
        return path


def _statements(text: str) -> Iterator[_Statement]:
    begun, taken = 1, ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        taken += f"{line}\n"
        several = number > begun
        if (several and not any(mark in line for mark in _CLOSING)) or not _is_whole(taken):
            continue
        if taken.strip() and not taken.lstrip().startswith("#"):
            yield _Statement(line=begun, text=taken)
        begun, taken = number + 1, ""


def _is_whole(text: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def _paths(value: object, depth: int = _DEEPEST) -> Iterator[Path]:
    """The paths of a pair: dotted keys and inline tables look alike, and stand in the same line."""
    if isinstance(value, dict) and depth:
        for name, inner in value.items():
            yield (name,)
            yield from ((name, *path) for path in _paths(inner, depth - 1))


def _line_of_item(text: str, place: int) -> int:
    """In which line of an array's statement, counted from 0, an item of it ends."""
    lines = text.rstrip("\n").split("\n")
    for number in range(len(lines) - 1):
        begun = "\n".join(lines[: number + 1])
        if _items(f"{begun}\n]") > place:
            return number
    return len(lines) - 1


def _items(text: str) -> int:
    """How many items the array of a statement has; none where the text ends within one."""
    try:
        value: object = tomllib.loads(text)
    except ValueError:
        return 0
    while isinstance(value, dict) and value:
        value = next(iter(value.values()))
    return len(value) if isinstance(value, list) else 0
