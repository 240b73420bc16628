"""The made-up organization: everything follows from a seed, so the expected rows are known without asking.

There are three: the easy one, the crowded one (`bench.crowded`) and one giant account (`bench.giant`). Texts
that programs stumble over (commas, `=`, leading zeros) occur in all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bench.crowded import crowded_account
from bench.easy import easy_account
from bench.giant import giant_account
from bench.policies import aws_managed_policies
from bench.seeds import AccountSeed, Draw, Kind

ACCOUNTS: Mapping[Kind, Callable[[Draw], AccountSeed]] = {
    "easy": easy_account,
    "crowded": crowded_account,
    "giant": giant_account,
}

OU_NAMES = ("Prod", "Dev", "Sandbox", "Security/Audit", "Team Ä", "Shared", "Suspended")
ORGANIZATION_ID = "o-benchmark01"
ROOT_ID = "r-be01"
#: Accounts of one team, which trust each other.
TEAM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class OuSeed:
    """One organizational unit; `parent` is the root's or another unit's id."""

    id: str
    name: str
    parent: str
    path: str


@dataclass(frozen=True, kw_only=True)
class World:
    """An organization of `size` accounts, the first of which manages it."""

    size: int
    seed: int = 1
    users_median: float = 4.0
    roles_median: float = 37.0
    kind: Kind = "easy"

    @cached_property
    def account_ids(self) -> tuple[str, ...]:
        """Every account's id; most have leading zeros."""
        return tuple(f"{1_234_567 + index * 8_999_993:012d}" for index in range(self.size))

    @cached_property
    def index(self) -> dict[str, int]:
        """Each account's place in the listing."""
        return {account_id: place for place, account_id in enumerate(self.account_ids)}

    @property
    def management_id(self) -> str:
        """The organization's management account."""
        return self.account_ids[0]

    def state(self, account_id: str) -> str:
        """Most accounts are active; one of 97 is suspended."""
        return "SUSPENDED" if self.index[account_id] % 97 == 96 else "ACTIVE"

    @cached_property
    def active_ids(self) -> tuple[str, ...]:
        """The accounts that can be read."""
        return tuple(each for each in self.account_ids if self.state(each) == "ACTIVE")

    @cached_property
    def units(self) -> tuple[OuSeed, ...]:
        """Organizational units up to five levels deep, about one for each 25 accounts."""
        chosen = random.Random(f"units-{self.seed}")
        units: list[OuSeed] = []
        for serial in range(max(3, min(2000, self.size // 25))):
            parents = [unit for unit in units[-40:] if unit.path.count("/ou-") < 5]
            parent = chosen.choice([None, *parents]) if parents else None
            unit_id = f"ou-be01-{serial:08d}"
            above = f"{ORGANIZATION_ID}/{ROOT_ID}/" if parent is None else parent.path
            units.append(
                OuSeed(
                    id=unit_id,
                    name=f"{chosen.choice(OU_NAMES)} {serial}",
                    parent=ROOT_ID if parent is None else parent.id,
                    path=f"{above}{unit_id}/",
                ),
            )
        return tuple(units)

    @cached_property
    def units_by_id(self) -> dict[str, OuSeed]:
        """The units by id."""
        return {unit.id: unit for unit in self.units}

    def parent(self, account_id: str) -> str:
        """The root for the management account, else a unit."""
        place = self.index[account_id]
        return ROOT_ID if place == 0 else self.units[place * 7 % len(self.units)].id

    def tags(self, account_id: str) -> dict[str, str]:
        """The account's tags; one account of nine has none."""
        place = self.index[account_id]
        if place % 9 == 8:
            return {}
        return {
            "Environment": ("production", "staging", "development")[place % 3],
            "DataClassification": ("public", "internal", "confidential", "")[place % 4],
            "Owner": f'team "{place % 40}", Köln',
        }

    def neighbour(self, account_id: str) -> str:
        """The account that roles of this one trust: the next of its team's four, round and round."""
        team, place = divmod(self.index[account_id], TEAM)
        members = self.account_ids[team * TEAM : (team + 1) * TEAM]
        return members[(place + 1) % len(members)]

    @cached_property
    def managed_policies(self) -> dict[str, dict[str, object]]:
        """The AWS managed policies in use, by ARN."""
        return aws_managed_policies()

    def account(self, account_id: str) -> AccountSeed:
        """One account's identities; the same for the same seed."""
        draw = Draw(
            account_id=account_id,
            place=self.index[account_id],
            users_median=self.users_median,
            roles_median=self.roles_median,
            chosen=random.Random(f"{self.seed}-{account_id}"),
        )
        return ACCOUNTS[self.kind](draw)
