"""What the analysis costs by itself: `python -m bench.analysis` needs no AWS, real or made up.

One account of 1,000 users, each with a policy of its own, and 200 roles; the same whose users may manage
their own keys and passwords besides, which asks about everybody else; then an organization of 1,000 accounts
(6,000 keys, 40,000 roles), parsed and judged as a run does it.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.entities import Entities
from bench.policies import document, statement
from bench.snapshot import account_text, key_document, organization_document
from bench.world import KeySeed, UserSeed, World, iso
from job.analyze.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.snapshot.model import Account
from job.snapshot.parse import parse_account, parse_managed_policies, parse_organization

USERS = 1_000
ROLES = 200
BIG_ACCOUNT = "000001234567"
ACTIONS = (
    "s3:GetObject",
    "s3:*",
    "dynamodb:GetItem",
    "iam:PassRole",
    "lambda:CreateFunction",
    "sts:AssumeRole",
)


@dataclass(slots=True)
class Watch:
    """CPU seconds by step."""

    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, step: str, begun: float) -> None:
        """The step has taken the CPU since `begun`."""
        self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - begun


OWN_CREDENTIALS = statement(
    "Allow",
    [
        *(f"iam:{verb}AccessKey" for verb in ("Create", "Delete", "Update")),
        *(f"iam:{verb}LoginProfile" for verb in ("Create", "Delete", "Update")),
        *(f"iam:{verb}MFADevice" for verb in ("Deactivate", "Enable")),
        "iam:CreateServiceSpecificCredential",
        "iam:UploadSSHPublicKey",
    ],
    "arn:aws:iam::*:user/${aws:username}",
)


def big_account(*more: dict[str, object]) -> Account:
    """One account of many users and roles, no two users' policies alike; `more` is in everybody's."""
    seed = UserSeed(
        name="user",
        path="/",
        serial=0,
        created=1_700_000_000,
        keys=(),
        inline=None,
        attached=(),
        groups=(),
        boundary=False,
        password=False,
        mfa=False,
        unreported=False,
    )
    roles = [_role(serial) for serial in range(ROLES)]
    users = [_user(serial, more) for serial in range(USERS)]
    return parse_account(
        BIG_ACCOUNT,
        {
            "AccountId": BIG_ACCOUNT,
            "CollectedAt": iso(1_795_000_000),
            "AuthorizationDetails": {"UserDetailList": users, "RoleDetailList": roles},  # type: ignore[dict-item]  # JSON by nature
            "AccessKeys": [
                {**key_document(seed, _key(serial)), "UserName": f"user-{serial}"}  # type: ignore[dict-item]  # JSON by nature
                for serial in range(USERS)
            ],
        },
    )


def _key(serial: int) -> KeySeed:
    return KeySeed(
        id=f"AKIA{serial:016d}",
        active=True,
        created=1_700_000_000,
        rotated=1_700_000_000,
        used=None,
        service=None,
        region=None,
    )


def _user(serial: int, more: Sequence[dict[str, object]]) -> dict[str, object]:
    action = ACTIONS[serial % len(ACTIONS)]
    text = document(
        statement(
            "Allow",
            [action, "s3:ListBucket"],
            [f"arn:aws:s3:::data-{serial}/*", f"arn:aws:iam::*:role/r-{serial % ROLES}"],
        ),
        statement("Allow", f"dynamodb:*{serial % 7}", "*"),
        statement("Deny", "s3:GetObject", f"arn:aws:s3:::data-{serial}/secret/*"),
        *more,
    )
    return {
        "UserName": f"user-{serial}",
        "Arn": f"arn:aws:iam::{BIG_ACCOUNT}:user/user-{serial}",
        "Path": "/",
        "UserId": f"AIDA{serial:017d}",
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": text}],
    }


def _role(serial: int) -> dict[str, object]:
    principal = (
        f"arn:aws:iam::{BIG_ACCOUNT}:user/user-{serial}" if serial % 2 else f"arn:aws:iam::{BIG_ACCOUNT}:root"
    )
    services = ("lambda", "ec2", "glue", "ecs-tasks")
    return {
        "RoleName": f"r-{serial}",
        "Arn": f"arn:aws:iam::{BIG_ACCOUNT}:role/r-{serial}",
        "Path": "/",
        "RoleId": f"AROA{serial:017d}",
        "AssumeRolePolicyDocument": document(
            {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"},
            {
                "Effect": "Allow",
                "Principal": {"Service": f"{services[serial % 4]}.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        ),
        "RolePolicyList": [
            {
                "PolicyName": "own",
                "PolicyDocument": document(
                    statement("Allow", "sts:AssumeRole", f"arn:aws:iam::*:role/r-{(serial * 7 + 1) % ROLES}"),
                    statement("Allow", ["s3:Get*", "rds:*"], f"arn:aws:s3:::role-{serial}/*"),
                ),
            },
        ],
    }


def measure_big_account(title: str, account: Account) -> None:
    """Print what one large account costs."""
    watch = Watch()
    organization = parse_organization({"Accounts": [{"Id": BIG_ACCOUNT}]})
    begun = time.process_time()
    analysis = Analysis(organization=organization, managed_policies={}, capabilities=load_capabilities())
    analysis.add(account)
    watch.add("add", begun)
    begun = time.process_time()
    judged = analysis.verdicts(BIG_ACCOUNT)
    watch.add("verdicts", begun)
    _print(f"{title}, {USERS:,} users, {ROLES} roles, {len(judged):,} judged", watch)


def measure_organization(size: int) -> None:
    """Print what an organization of `size` accounts costs."""
    world = World(size=size)
    watch = Watch()
    organization = parse_organization(json.loads(json.dumps(organization_document(world))))
    managed = parse_managed_policies(
        json.loads(json.dumps({"Policies": list(world.managed_policies.values())}))
    )
    analysis = Analysis(organization=organization, managed_policies=managed, capabilities=load_capabilities())
    for account in _accounts(world, watch):
        begun = time.process_time()
        analysis.add(account)
        watch.add("add", begun)
    judged = 0
    gc.freeze()
    begun = time.process_time()
    for account_id in world.active_ids:
        judged += len(analysis.verdicts(account_id))
    watch.add("verdicts", begun)
    gc.unfreeze()
    _print(f"{size:,} accounts, {judged:,} judged", watch)


def _accounts(world: World, watch: Watch) -> Iterator[Account]:
    entities = Entities(world)
    for account_id in world.active_ids:
        content = json.loads(account_text(entities, world.account(account_id)))
        begun = time.process_time()
        account = parse_account(account_id, content)
        watch.add("parse", begun)
        yield account


def _print(title: str, watch: Watch) -> None:
    steps = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in watch.seconds.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{title}: {sum(watch.seconds.values()):.2f} CPU-s ({steps}), peak {peak:,.0f} MiB", flush=True)


def main() -> None:
    """Read the options and measure, collecting garbage as rarely, and of as little, as the job does."""
    gc.set_threshold(20_000)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", default="1000", help="sizes of organizations, comma-separated")
    given = parser.parse_args()
    measure_big_account("one account", big_account())
    measure_big_account("the same, own credentials", big_account(OWN_CREDENTIALS))
    for size in given.accounts.split(","):
        measure_organization(int(size))


if __name__ == "__main__":
    main()
