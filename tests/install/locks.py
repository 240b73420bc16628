"""The lock files line by line, and what the packages that they name ask for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements"
LINE = re.compile(
    r"(?P<requirement>[\w.-]+(\[[\w., -]+\])?==[\w.+!]+( ; [^\\]+?)?)"
    r"(?P<hashes>( --hash=sha256:[0-9a-f]{64})+)"
)

Requires = Callable[[str], Sequence[str]]
"""What the installed package of this name asks for, as its metadata writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One line of a lock: what it pins, and the archives that it admits."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The package's name, normalized."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """The one version."""
        return str(self.requirement.specifier).removeprefix("==")

    @property
    def applies(self) -> bool:
        """Whether this Python on this machine gets it."""
        return self.requirement.marker is None or self.requirement.marker.evaluate()


def read_lock(path: Path) -> list[Pin]:
    """Read a lock, of which every line is a pin with hashes; anything else is a `ValueError`."""
    return [_pin(line) for line in path.read_text(encoding="utf-8").replace(" \\\n   ", "").splitlines()]


def _pin(line: str) -> Pin:
    match = LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"not a pin with hashes: {line}")
    hashes = re.findall(r"sha256:\w+", match["hashes"])
    return Pin(requirement=Requirement(match["requirement"]), hashes=tuple(hashes))


def asked_by_the_project(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, with these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    chosen = [project["optional-dependencies"][extra] for extra in extras]
    return [Requirement(text) for text in sum(chosen, start=list(project["dependencies"]))]


def unmet(pins: Iterable[Pin], asked: Iterable[Requirement], requires: Requires) -> list[str]:
    """What is asked for here, directly or by a package that is asked for, and the lock does not give."""
    given = {pin.name: pin for pin in pins if pin.applies}
    return [str(requirement) for requirement in _closure(asked, requires) if not _meets(given, requirement)]


def _meets(given: Mapping[str, Pin], requirement: Requirement) -> bool:
    pin = given.get(canonicalize_name(requirement.name))
    return (
        pin is not None
        and requirement.specifier.contains(pin.version, prereleases=True)
        and {*map(canonicalize_name, requirement.extras)} <= {*map(canonicalize_name, pin.requirement.extras)}
    )


def _closure(asked: Iterable[Requirement], requires: Requires) -> Iterator[Requirement]:
    waiting, seen = list(asked), set[str]()
    while waiting:
        requirement = waiting.pop()
        if str(requirement) not in seen:
            seen.add(str(requirement))
            yield requirement
            waiting += _asked_by(requirement, requires)


def _asked_by(requirement: Requirement, requires: Requires) -> Iterator[Requirement]:
    for text in requires(requirement.name):
        further = Requirement(text)
        extras = ("", *requirement.extras)
        if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
            yield further
