"""Accounts of the easy organization: a median of 4 users and 40 roles, both log-normal, and about 6 keys.

Policies are few for each user, and most of them are about services that nobody is asked about.
"""

from __future__ import annotations

import random
from functools import cache

from bench.policies import EASY_INLINE, aws_managed_policies
from bench.seeds import DAY, EPOCH, NAMES, AccountSeed, Draw, UserSeed, made_key


def easy_account(draw: Draw) -> AccountSeed:
    """One account's identities."""
    chosen = draw.chosen
    users = max(1, draw.log_normal(draw.users_median, 0.6))
    cached = draw.place % 40 == 7
    return AccountSeed(
        id=draw.account_id,
        users=tuple(_user(chosen, draw.place, serial, cached=cached) for serial in range(users)),
        roles=max(8, draw.log_normal(draw.roles_median, 0.4)),
        policies=chosen.randint(2, 7),
        root_keys=draw.root_keys(),
        cached_report=cached,
    )


def _user(chosen: random.Random, place: int, serial: int, *, cached: bool) -> UserSeed:
    count = chosen.choices((0, 1, 2, 3), (22, 30, 47.7, 0.3))[0]
    unreported = cached and serial == 0
    created = EPOCH - chosen.randint(10, 3000) * DAY
    return UserSeed(
        name=f"{NAMES[serial % len(NAMES)]}-{serial}",
        path="/" if serial % 4 else "/people/",
        serial=serial,
        created=created,
        keys=tuple(made_key(chosen, place, serial, slot) for slot in range(max(count, int(unreported)))),
        inline=(chosen.choice(tuple(EASY_INLINE)),) if chosen.random() < 0.4 else (),
        attached=tuple(chosen.choices(_attachable(), k=chosen.choice((0, 1, 1, 2)))),
        groups=tuple(f"group-{each}" for each in range(3) if chosen.random() < 0.3),
        boundary="arn:aws:iam::ACCOUNTID:policy/boundary" if chosen.random() < 0.05 else None,
        password=chosen.random() < 0.5,
        mfa=chosen.random() < 0.4,
        unreported=unreported,
    )


@cache
def _attachable() -> tuple[str, ...]:
    """AWS managed policies that people attach (not those of service-linked roles)."""
    return tuple(sorted(arn for arn in aws_managed_policies() if ":policy/aws-service-role/" not in arn))
