"""Other accounts that policies speak of without naming them: any but one's own, those of an organization."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from job.analyze.evaluation.subject import Subject
from job.analyze.language.context import Overlay
from job.analyze.principals.world import OUTSIDE, World

Place: TypeAlias = "tuple[str, Overlay]"
"""An account, and what a request's context says of its resources."""
# Values that are no other organization's: variables, and the operator Null where there is none.
_NO_NAMES = ("$", "true")
_ACCOUNT_PATTERN = re.compile(r"[0-9*?]{1,12}")


class UnnamedAccounts:
    """Accounts that stand for all that policies may tell from a principal's own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._alike: Mapping[object, tuple[str, ...]] | None = None

    def forget(self) -> None:
        """Drops what was found; it is found again when asked for."""
        self._alike = None

    def of(self, subject: Subject, asked: Collection[str]) -> Iterator[Place]:
        """One outside of the organization, then one of each place in it.

        What lies outside is in no organization, or in one that is `asked` for, of an account that is.
        """
        yield OUTSIDE, self._world.overlay_outside(OUTSIDE)
        patterns = sorted(one for one in asked if _ACCOUNT_PATTERN.fullmatch(one))
        for account_id in (*map(_account_like, patterns), *self._of_others(asked)):
            yield account_id, self._world.resource_overlay(account_id)
        for accounts in self._places().values():
            member = next((one for one in accounts if one != subject.account_id), None)
            if member is not None:
                yield member, self._world.resource_overlay(member)

    def _of_others(self, asked: Collection[str]) -> Iterable[str]:
        own = self._world.organization.id
        known = (*_NO_NAMES, own) if own else _NO_NAMES
        named = (value for value in asked if value and not _ACCOUNT_PATTERN.fullmatch(value))
        return () if all(value.startswith(known) for value in named) else (OUTSIDE,)

    def _places(self) -> Mapping[object, tuple[str, ...]]:
        """Two accounts, one of which may be the asker's own, of all that paths and RCPs do not tell apart."""
        if self._alike is None:
            places: dict[object, list[str]] = defaultdict(list)
            for account_id in sorted(self._world.organization.accounts):
                place = (self._world.organization_path(account_id), self._world.policies.rcps(account_id))
                places[place].append(account_id)
            self._alike = {place: tuple(accounts[:2]) for place, accounts in places.items()}
        return self._alike


def _account_like(pattern: str) -> str:
    """An account's id that a pattern matches."""
    head, star, tail = pattern.replace("?", "0").partition("*")
    tail = tail.replace("*", "")
    return head + ("0" * (12 - len(head) - len(tail)) if star else "") + tail
