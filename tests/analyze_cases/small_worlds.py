"""Small random accounts, in which much can be changed and something is worth reaching.

Three users, three roles, two groups and two customer managed policies, with boundaries, denies, and
conditions on tags, on MFA, on the attached policy and on the boundary; as `policy_world` takes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from policy_documents import HOME, Policy, Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

IAM = f"arn:aws:iam::{HOME}"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
USERS, ROLES, GROUPS, POLICIES = ("alice", "bob", "carol"), ("r1", "r2", "r3"), ("g1", "g2"), ("p1", "p2")
FULL: Spec = {"Effect": "Allow", "Action": "*", "Resource": "*"}
LAMBDA: Spec = {
    "Effect": "Allow",
    "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"],
    "Resource": "*",
}
ONLY_OWN: Spec = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"],
    "Resource": "*",
    "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}},
}
FUNCTION = f"arn:aws:lambda:eu-west-1:{HOME}:function:f"

ON_USERS = (
    "iam:PutUserPolicy",
    "iam:AttachUserPolicy",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:TagUser",
    "iam:UntagUser",
    "iam:CreateAccessKey",
)
ON_ROLES = (
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "sts:AssumeRole",
    "iam:PassRole",
)
ON_GROUPS = (
    "iam:PutGroupPolicy",
    "iam:AttachGroupPolicy",
    "iam:DeleteGroupPolicy",
    "iam:DetachGroupPolicy",
    "iam:AddUserToGroup",
    "iam:RemoveUserFromGroup",
)
ON_POLICIES = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")
MAKING = ("iam:CreateUser", "iam:CreateRole")
ENROLLING = ["iam:EnableMFADevice", "iam:CreateVirtualMFADevice"]
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
BOUNDED = tuple(
    f"iam:{verb}{owner}{what}"
    for owner in ("User", "Role")
    for verb, what in (
        ("Put", "Policy"),
        ("Attach", "Policy"),
        ("Delete", "Policy"),
        ("Detach", "Policy"),
        ("Put", "PermissionsBoundary"),
        ("Delete", "PermissionsBoundary"),
        ("Create", ""),
    )
)
WITH_POLICY = tuple(f"iam:{v}{o}Policy" for v in ("Attach", "Detach") for o in ("User", "Role", "Group"))


def policy_arn(name: str) -> str:
    return name if name.startswith("arn:") else f"{IAM}:policy/{name}"


@dataclass(frozen=True, slots=True)
class Draw:
    """A seeded source, and the few names that policies of this world speak of most."""

    random: Random
    favourites: frozenset[str]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self, names: Sequence[str]) -> str:
        liked = [name for name in names if name in self.favourites]
        return self.random.choice(liked if liked and self.chance(0.7) else names)


def drawn(seed: int, *favourites: str) -> Draw:
    """A source of its own for each number."""
    return Draw(Random(seed), frozenset(favourites))  # noqa: S311 - no secret, the same world each time


def small_world(seed: int) -> Spec:
    """The world of a number."""
    random = drawn(seed).random
    strong = random.choice((*USERS[1:], *ROLES, *ROLES, *GROUPS, *POLICIES))
    between = random.choice((*USERS[1:], *ROLES))
    draw = Draw(random, frozenset((strong, between, random.choice(GROUPS), random.choice(POLICIES))))
    world: Spec = {
        "users": {name: {"keys": 1, **_person(draw, 5 if name == "alice" else 3)} for name in USERS},
        "roles": {name: {**_person(draw, 3), "trust": _trust(draw)} for name in ROLES},
        "groups": {name: {"inline": _inline(draw, random.choice((0, 0, 1)))} for name in GROUPS},
        "policies": {name: _versions(draw) for name in POLICIES},
        "organization": {"scps": {}, "rcps": {}},
    }
    for user in world["users"].values():
        user["groups"] = [name for name in GROUPS if draw.chance(0.2)]
    if draw.chance(0.1):
        world["organization"]["scps"]["Root"] = ["FullAWSAccess", further_deny(draw)]
    if draw.chance(0.2):
        world["organization"]["rcps"]["Root"] = [ONLY_OWN]
    _strengthen(draw, world, strong)
    return world


def _person(draw: Draw, most: int) -> Spec:
    one: Spec = {"inline": _inline(draw, draw.random.randint(most - 2, most)), "attached": []}
    if draw.chance(0.25):
        one["attached"].append(draw.name(POLICIES))
    if draw.chance(0.2):
        one["boundary"] = draw.name(POLICIES)
    if draw.chance(0.5):
        one["tags"] = {"team": draw.random.choice(("red", "blue"))}
    if draw.chance(0.1):
        one["inline"]["deny"] = [further_deny(draw)]
    return one


def _inline(draw: Draw, count: int) -> Spec:
    return {f"i{n}": [further_allow(draw)] for n in range(count)}


def further_allow(draw: Draw) -> Spec:
    roll = draw.random.random()
    if roll < 0.04:
        return LAMBDA
    if roll < 0.12:
        return {"Effect": "Allow", "Action": ENROLLING, "Resource": "*"}
    kinds = (ON_USERS, ON_ROLES, ON_GROUPS, ON_POLICIES, MAKING)
    names = draw.random.choices(kinds, weights=(9, 11, 4, 3, 1), k=1)[0]
    action = draw.random.choice(names)
    statement: Spec = {"Effect": "Allow", "Action": action, "Resource": _resource(draw, action)}
    if action == "iam:PassRole" and draw.chance(0.7):
        statement = {"Effect": "Allow", "Action": [action, *LAMBDA["Action"]], "Resource": "*"}
    elif draw.chance(0.4):
        statement["Condition"] = _condition(draw, action)
    elif draw.chance(0.4):
        statement["Action"] = [action, draw.random.choice(names)]
    return statement


def _resource(draw: Draw, action: str) -> str:
    for actions, names, kind in (
        (ON_USERS, USERS, "user"),
        (ON_ROLES, ROLES, "role"),
        (ON_GROUPS, GROUPS, "group"),
        (ON_POLICIES, POLICIES, "policy"),
    ):
        if action in actions:
            name = draw.name(names)
            return draw.random.choice((f"{IAM}:{kind}/{name}",) * 4 + (f"{IAM}:{kind}/*", "*"))
    return "*"


def _condition(draw: Draw, action: str) -> Spec:
    options: list[Spec] = [
        {"StringEquals": {"aws:PrincipalTag/team": "red"}},
        {"StringNotEquals": {"aws:PrincipalTag/team": "red"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"Null": {"aws:MultiFactorAuthPresent": "true"}},
    ]
    if action in (*ON_USERS, *ON_ROLES):
        options += 3 * [{"StringEquals": {"aws:ResourceTag/team": draw.random.choice(("red", "blue"))}}]
        options.append({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})
    if action in BOUNDED:
        options += 3 * [{"StringEquals": {"iam:PermissionsBoundary": policy_arn(draw.name(POLICIES))}}]
    if action in WITH_POLICY:
        options += 3 * [{"ArnEquals": {"iam:PolicyARN": policy_arn(draw.name(POLICIES))}}]
    return draw.random.choice(options)


def further_deny(draw: Draw) -> Spec:
    one = draw.random.choice((*ON_USERS, *ON_ROLES))
    action = draw.random.choice(("*", "*", "iam:*", "iam:Delete*", one))
    statement: Spec = {"Effect": "Deny", "Action": action, "Resource": "*"}
    if draw.chance(0.6):
        statement["Condition"] = draw.random.choice(
            (
                {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
                {"StringNotEquals": {"aws:PrincipalTag/team": "red"}},
                {"StringEquals": {"aws:PrincipalTag/team": "blue"}},
            )
        )
    return statement


def _versions(draw: Draw) -> Spec:
    documents = [[further_allow(draw)] for _ in range(draw.random.choice((1, 2)))]
    if draw.chance(0.15):
        documents[0].append(further_deny(draw))
    return {"versions": {f"v{n}": one for n, one in enumerate(documents, 1)}, "default": "v1"}


def _trust(draw: Draw) -> Policy | str:
    options = ["lambda.amazonaws.com", "lambda.amazonaws.com", "ec2.amazonaws.com", f"{IAM}:root"]
    options += [f"{IAM}:user/{draw.name(USERS[1:])}", f"{IAM}:role/{draw.name(ROLES)}"]
    trusted = draw.random.choice(options)
    if trusted.endswith(".amazonaws.com") or draw.chance(0.7):
        return trusted
    statement: Spec = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
    statement["Condition"] = _condition(draw, "sts:AssumeRole")
    return [statement]


def _strengthen(draw: Draw, world: Spec, name: str) -> None:
    """Somebody may do everything, mostly under boundaries, denies and conditions."""
    if name in POLICIES:
        world["policies"][name]["versions"]["v3"] = [FULL]
        return
    kind = next(kind for kind in ("users", "roles", "groups") if name in world[kind])
    one, statement = world[kind][name], dict(FULL)
    if draw.chance(0.5) and kind != "groups":
        one["boundary"] = draw.name(POLICIES)
    if draw.chance(0.4):
        one["inline"]["deny"] = [further_deny(draw)]
    if draw.chance(0.4):
        statement["Condition"] = draw.random.choice(
            (
                {"StringEquals": {"aws:PrincipalTag/team": "red"}},
                {"StringNotEquals": {"aws:PrincipalTag/team": "red"}},
                {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            )
        )
    one["inline"]["strong"] = [statement]
