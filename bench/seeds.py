"""What a made-up account is made from: its users, their keys, and the texts that stand for them."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from typing import Literal, TypeAlias

#: The organizations that can be made up.
Kind: TypeAlias = Literal["easy", "crowded", "giant"]
KINDS: tuple[Kind, ...] = ("easy", "crowded", "giant")

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
    """One IAM user, its keys and what it may do; `inline` names documents of the stock."""

    name: str
    path: str
    serial: int
    created: int
    keys: tuple[KeySeed, ...]
    inline: tuple[str, ...]
    attached: tuple[str, ...]
    groups: tuple[str, ...]
    boundary: str | None
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
class Draw:
    """One account before it is made: its place in the organization, the sizes wanted, the dice."""

    account_id: str
    place: int
    users_median: float
    roles_median: float
    chosen: random.Random

    def log_normal(self, median: float, spread: float) -> int:
        """A size around a median."""
        return round(median * math.exp(spread * self.chosen.gauss(0, 1)))

    def root_keys(self) -> tuple[KeySeed, ...]:
        """One account of thirty has a key of its root user."""
        return (made_key(self.chosen, self.place, 9999, 0),) if self.place % 30 == 11 else ()


def made_key(chosen: random.Random, place: int, serial: int, slot: int) -> KeySeed:
    """A key that nobody else has: account, user and slot are in its id."""
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
