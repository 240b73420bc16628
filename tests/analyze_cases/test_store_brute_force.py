"""Small random worlds around one bucket, compared with AWS's flow of decisions for every concrete request.

The flow is written here a second time, for one request at a time and without any of the analysis' code:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

import itertools
from random import Random
from typing import Any, NamedTuple, TypeAlias

import pytest
from policy_questions import principal_verdicts, refused_witnesses
from policy_world import build_world

Json: TypeAlias = "dict[str, Any]"

HOME, OTHER = "111122223333", "444455556666"
ALICE = f"arn:aws:iam::{HOME}:user/alice"
NEAR, FAR = "203.0.113.7", "198.51.100.9"
RANGE = "203.0.113.0/24"
OBJECTS = ("a/1", "b/1", "c/1")
PATTERNS = ("*", "a/*", "b/*")
PRINCIPALS: tuple[Json | str, ...] = (
    "*",
    {"AWS": ALICE},
    {"AWS": f"arn:aws:iam::{HOME}:root"},
    {"AWS": OTHER},
    {"AWS": f"arn:aws:iam::{HOME}:user/bob"},
)
CONDITIONS: tuple[Json, ...] = (
    {},
    {},
    {"IpAddress": {"aws:SourceIp": RANGE}},
    {"NotIpAddress": {"aws:SourceIp": RANGE}},
)
SEEDS = range(300)


class Request(NamedTuple):
    """A request of alice's for an object, from an address."""

    name: str
    address: str


REQUESTS = [Request(*both) for both in itertools.product(OBJECTS, (NEAR, FAR))]


def statement(random: Random, *, deny: float) -> Json:
    conditions = random.choice(CONDITIONS)
    return {
        "Effect": "Deny" if random.random() < deny else "Allow",
        "Action": random.choice(["s3:GetObject", "s3:GetObject", "s3:ListBucket"]),
        "Resource": f"arn:aws:s3:::payroll/{random.choice(PATTERNS)}",
        **({"Condition": conditions} if conditions else {}),
    }


def resource_statement(random: Random, *, deny: float) -> Json:
    return {**statement(random, deny=deny), "Principal": random.choice(PRINCIPALS)}


def some_of(random: Random, make: Any, most: int, *, deny: float = 0.25) -> list[Json]:  # noqa: ANN401 - either of the two
    return [make(random, deny=deny) for _ in range(random.randint(0, most))]


def random_world(random: Random) -> Json:
    boundary = random.random() < 0.4
    own = some_of(random, statement, 2)
    bounded: Json = {"boundary": "fence"} if boundary else {}
    control: Json = {}
    if random.random() < 0.4:
        control["scps"] = {"Root": [{"Version": "2012-10-17", "Statement": scp_statements(random)}]}
    if random.random() < 0.3:
        denied = {**statement(random, deny=1), "Principal": "*"}
        control["rcps"] = {"Root": [denied]}
    bucket: Json = {"type": "bucket", "account": random.choice([HOME, HOME, OTHER])}
    policy = some_of(random, resource_statement, 3)
    return {
        "user": {"inline": own, **bounded},
        "users": {"bob": {}},
        "policies": {"fence": some_of(random, statement, 2) or [statement(random, deny=0)]},
        "organization": control,
        "stores": {"payroll": {**bucket, **({"policy": policy} if policy else {})}},
    }


def scp_statements(random: Random) -> list[Json]:
    whole = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return [whole, statement(random, deny=1)] if random.random() < 0.7 else [statement(random, deny=0)]


def speaks(one: Json, request: Request) -> bool:
    pattern = one["Resource"].removeprefix("arn:aws:s3:::payroll/")
    matches = one["Resource"] == "*" or pattern == "*" or request.name.startswith(pattern.rstrip("*"))
    condition = one.get("Condition", {})
    if "IpAddress" in condition and request.address != NEAR:
        return False
    if "NotIpAddress" in condition and request.address == NEAR:
        return False
    return matches and one["Action"] in ("*", "s3:GetObject")


def allows(listed: list[Json], request: Request) -> bool:
    return any(one["Effect"] == "Allow" and speaks(one, request) for one in listed)


def denies(listed: list[Json], request: Request) -> bool:
    return any(one["Effect"] == "Deny" and speaks(one, request) for one in listed)


def naming(one: Json) -> str:
    principal = one["Principal"]
    if principal == "*" or principal["AWS"] == ALICE:
        return "itself"
    return "account" if HOME in principal["AWS"] and "user/" not in principal["AWS"] else "not"


def is_allowed(world: Json, request: Request) -> bool:
    """AWS's flow: explicit denies, RCPs, SCPs, resource policy, identity policies, boundary."""
    user, bucket, organization = world["user"], world["stores"]["payroll"], world["organization"]
    policy: list[Json] = bucket.get("policy", [])
    named = [one for one in policy if naming(one) != "not"]
    itself = [one for one in policy if naming(one) == "itself"]
    boundary: list[Json] | None = world["policies"]["fence"] if "boundary" in user else None
    scps = organization.get("scps", {}).get("Root", [{"Statement": []}])[0]["Statement"]
    rcps: list[Json] = organization.get("rcps", {}).get("Root", [])
    every = (user["inline"], named, boundary or [], scps, rcps)
    if any(denies(listed, request) for listed in every):
        return False
    if "scps" in organization and not allows(scps, request):
        return False
    own = allows(user["inline"], request) and (boundary is None or allows(boundary, request))
    if bucket["account"] == HOME:
        return own or allows(itself, request)
    return own and allows(named, request)


def expected(world: Json) -> str:
    allowed = {request for request in REQUESTS if is_allowed(world, request)}
    whole = [name for name in OBJECTS if {Request(name, NEAR), Request(name, FAR)} <= allowed]
    if len(whole) == len(OBJECTS):
        return "all"
    return "some" if whole else "conditional" if allowed else "none"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_verdict_is_what_every_concrete_request_shows(seed: int) -> None:
    spec = random_world(Random(seed))  # noqa: S311 - seeded on purpose
    world = build_world(spec)
    found = principal_verdicts(world, "alice", HOME).stores
    assert {str(access.verdict) for access in found} == {expected(spec)} - {"none"}
    assert refused_witnesses(world) == []


def test_every_verdict_is_among_the_worlds() -> None:
    verdicts = {expected(random_world(Random(seed))) for seed in SEEDS}  # noqa: S311 - seeded on purpose
    assert verdicts == {"all", "some", "conditional", "none"}
