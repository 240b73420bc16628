"""Asks about stores one by one: each part of each by itself, so that what is refused costs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from job.aws.failure import AwsFailure
from job.collect.member import Member

# AWS's own answer, on its way to the snapshot file; it gets types where the snapshot is parsed.
Record: TypeAlias = "dict[str, Any]"

Answer = TypeVar("Answer")
Client = TypeVar("Client")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[Client]):
    """One thing that is asked about every store of a kind.

    `name` is its field in the snapshot; `absent` are the codes by which AWS says that the store has none.
    """

    name: str
    step: str
    ask: Callable[[Client, Record], Any]
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Description(Generic[Client]):
    """All that is asked about each store of a kind; `gone` are the codes that say it is no more."""

    parts: tuple[Part[Client], ...]
    gone: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Stores of a type; not `complete` where AWS refused the list, so that others may be there."""

    stores: list[Record]
    complete: bool

    def section(self, name: str, stores: list[Record] | None = None) -> Record:
        """The list under its name in the snapshot, told as incomplete where it may be."""
        section: Record = {name: self.stores if stores is None else stores}
        return section if self.complete else {**section, "Incomplete": [name]}


class Recorded(Protocol):
    """What is known of an account's stores before they are asked about."""

    def add_parts(self, resource_type: str, identity: str, store: Record) -> None:
        """Add to a store that was listed the parts that are known."""

    def listed(self, resource_type: str, region: str | None) -> list[Record]:
        """The stores of a type that are known, in a Region or (None) in all, for want of a list of AWS's."""


class StoreReader:
    """Asks about the stores of one account, and keeps the first failure of each step, code and Region."""

    def __init__(self, member: Member, recorded: Recorded) -> None:
        self._member = member
        self._recorded = recorded
        self._failures: dict[tuple[str, str, str | None], AwsFailure] = {}

    @property
    def failures(self) -> tuple[AwsFailure, ...]:
        """What AWS did not answer so far."""
        return tuple(self._failures.values())

    def ask(self, step: str, call: Callable[[], Answer], *, region: str | None = None) -> Answer | None:
        """The answer; None where there is none, which is kept as a failure."""
        answer = self._member.perform(step, call, region=region)
        if isinstance(answer, AwsFailure):
            self._keep(answer)
            return None
        return answer

    def listed(
        self,
        resource_type: str,
        step: str,
        call: Callable[[], list[Record]],
        *,
        region: str | None = None,
    ) -> Listed | None:
        """The stores of a type as AWS lists them, else as far as they are known; None without either."""
        answer = self.ask(step, call, region=region)
        if answer is not None:
            return Listed(stores=answer, complete=True)
        known = self._recorded.listed(resource_type, region)
        return Listed(stores=known, complete=False) if known else None

    def add_known(self, resource_type: str, identity: str, store: Record) -> None:
        """Add to a store that was listed the parts that are known, which are then not asked about."""
        self._recorded.add_parts(resource_type, identity, store)

    def describe(
        self, client: Client, store: Record, description: Description[Client], *, region: str
    ) -> bool:
        """Add every part that is not known yet to a listed store; False when the store is no more."""
        for part in description.parts:
            if part.name in store:
                continue
            answer = self._member.perform(part.step, partial(part.ask, client, store), region=region)
            if not isinstance(answer, AwsFailure):
                store[part.name] = answer
            elif answer.code in description.gone:
                return False
            elif answer.code in part.absent:
                store[part.name] = None
            else:
                self._keep(answer)
        return True

    def described(
        self,
        client: Client,
        stores: Iterable[Record],
        description: Description[Client],
        *,
        region: str,
    ) -> tuple[list[Record], list[Record]]:
        """The listed stores with all their parts, and those that are no more."""
        there: list[Record] = []
        gone: list[Record] = []
        for store in stores:
            is_there = self.describe(client, store, description, region=region)
            (there if is_there else gone).append(store)
        return there, gone

    def _keep(self, failure: AwsFailure) -> None:
        self._failures.setdefault((failure.step, failure.code, failure.region), failure)


def merged(pages: Iterable[Mapping[str, Any]], name: str) -> list[Record]:
    """One list of all pages."""
    return [dict(record) for page in pages for record in page.get(name) or ()]


def joined(sections: Iterable[Record]) -> Record:
    """Sections of several lists as one."""
    whole: Record = {}
    for section in sections:
        incomplete = [*whole.get("Incomplete", ()), *section.get("Incomplete", ())]
        whole |= section
        if incomplete:
            whole["Incomplete"] = incomplete
    return whole
