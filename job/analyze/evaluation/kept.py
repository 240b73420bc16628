"""Answers kept for the next question, each kind in a dictionary of its own type, all let go of at once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeVar

_Answers = TypeVar("_Answers", bound=dict[Any, Any])
_Value = TypeVar("_Value", bound=Hashable)


class _Equal(dict[Hashable, Any]):
    pass


class Kept:
    """The dictionaries of answers that belong to one thing, a principal or the world, by their types.

    Whoever keeps answers declares a type, `class _Entered(dict[RoleMember, Admission])`, and asks for
    `of(_Entered)`.
    """

    __slots__ = ("_kinds",)

    def __init__(self) -> None:
        self._kinds: dict[type[object], object] = {}

    def of(self, kind: type[_Answers]) -> _Answers:
        """The answers of one kind, empty at first."""
        found = self._kinds.get(kind)
        if not isinstance(found, kind):
            found = self._kinds[kind] = kind()
        return found

    def shared(self, value: _Value) -> _Value:
        """The first of all values that are equal to it: edges by the ten thousand need not hold one each."""
        found: _Value = self.of(_Equal).setdefault(value, value)
        return found

    def forget(self) -> None:
        """Drop all answers; they are found again when asked for."""
        self._kinds.clear()
