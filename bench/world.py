"""The made-up organization: everything follows from a seed, so the expected rows are known without asking.

Sizes follow what organizations look like: a median of 4 users an account, 40 roles, both log-normal, and
about 6 keys an account. Texts that programs stumble over (commas, `=`, leading zeros) occur.
"""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from functools import cached_property

from bench.policies import aws_managed_policies

#: The newest date of anything made up; nothing depends on the day of the run.
EPOCH = 1_795_000_000
DAY = 86_400
KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SERVICES = ("s3", "ec2", "dynamodb", "sts", "logs", "sqs", "cloudformation")
REGIONS = ("eu-central-1", "us-east-1", "eu-west-1", "ap-southeast-2")
NAMES = (
    "ci",
    "deploy",
    "backup",
    "ana.ruiz",
    "=cmd",
    "li,wei",
    "svc-app@example.com",
    "+ops",
    "terraform",
    "j_doe",
)
OU_NAMES = ("Prod", "Dev", "Sandbox", "Security/Audit", "Team Ä", "Shared", "Suspended")
ORGANIZATION_ID = "o-benchmark01"
ROOT_ID = "r-be01"


def iso(seconds: float) -> str:
    """A moment as IAM and the report write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySeed:
    """One access key; `rotated` is what the credential report calls last_rotated."""

    id: str
    active: bool
    created: int
    rotated: int
    used: int | None
    service: str | None
    region: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSeed:
    """One IAM user, its keys and what it may do."""

    name: str
    path: str
    serial: int
    created: int
    keys: tuple[KeySeed, ...]
    inline: int | None
    attached: tuple[str, ...]
    groups: tuple[str, ...]
    boundary: bool
    password: bool
    mfa: bool
    unreported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSeed:
    """One account's identities; `cached_report` is true when AWS still has a report from three hours ago."""

    id: str
    users: tuple[UserSeed, ...]
    roles: int
    policies: int
    root_keys: tuple[KeySeed, ...]
    cached_report: bool


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

    @cached_property
    def managed_policies(self) -> dict[str, dict[str, object]]:
        """The AWS managed policies in use, by ARN."""
        return aws_managed_policies()

    def account(self, account_id: str) -> AccountSeed:
        """One account's identities; the same for the same seed."""
        chosen = random.Random(f"{self.seed}-{account_id}")
        place = self.index[account_id]
        users = max(1, round(self.users_median * math.exp(0.6 * chosen.gauss(0, 1))))
        cached = place % 40 == 7
        return AccountSeed(
            id=account_id,
            users=tuple(self._user(chosen, place, serial, cached=cached) for serial in range(users)),
            roles=max(8, round(self.roles_median * math.exp(0.4 * chosen.gauss(0, 1)))),
            policies=chosen.randint(2, 7),
            root_keys=(self._key(chosen, place, 9999, 0),) if place % 30 == 11 else (),
            cached_report=cached,
        )

    def _user(self, chosen: random.Random, place: int, serial: int, *, cached: bool) -> UserSeed:
        count = chosen.choices((0, 1, 2, 3), (22, 30, 47.7, 0.3))[0]
        unreported = cached and serial == 0
        created = EPOCH - chosen.randint(10, 3000) * DAY
        return UserSeed(
            name=f"{NAMES[serial % len(NAMES)]}-{serial}",
            path="/" if serial % 4 else "/people/",
            serial=serial,
            created=created,
            keys=tuple(self._key(chosen, place, serial, slot) for slot in range(max(count, int(unreported)))),
            inline=chosen.randrange(5) if chosen.random() < 0.4 else None,
            attached=tuple(
                chosen.choices(sorted(self.attachable), k=chosen.choice((0, 1, 1, 2))),
            ),
            groups=tuple(f"group-{each}" for each in range(3) if chosen.random() < 0.3),
            boundary=chosen.random() < 0.05,
            password=chosen.random() < 0.5,
            mfa=chosen.random() < 0.4,
            unreported=unreported,
        )

    @cached_property
    def attachable(self) -> tuple[str, ...]:
        """AWS managed policies that people attach (not those of service-linked roles)."""
        return tuple(arn for arn in self.managed_policies if ":policy/aws-service-role/" not in arn)

    def _key(self, chosen: random.Random, place: int, serial: int, slot: int) -> KeySeed:
        created = EPOCH - chosen.randint(1, 2500) * DAY - chosen.randrange(DAY)
        used = (
            created + chosen.randint(1, max(2, EPOCH - created - 1)) // 900 * 900
            if chosen.random() < 0.75
            else None
        )
        service = chosen.choice(SERVICES)
        noise = "".join(chosen.choices(KEY_ALPHABET, k=6))
        code = "".join(KEY_ALPHABET[(place >> shift) & 31] for shift in (15, 10, 5, 0))
        tail = "".join(KEY_ALPHABET[(serial >> shift) & 31] for shift in (10, 5, 0))
        return KeySeed(
            id=f"AKIA{noise}{code}{tail}{KEY_ALPHABET[slot]}AA",
            active=chosen.random() < 0.85,
            created=created,
            rotated=min(EPOCH, created + 40 * DAY) if chosen.random() < 0.03 else created,
            used=used,
            service=None if used is None else service,
            region=None if used is None or service == "s3" else chosen.choice(REGIONS),
        )
