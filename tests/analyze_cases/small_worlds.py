"""Small random accounts, in which much can be changed and something is worth reaching.

Three users, three roles, two groups and two customer managed policies, with boundaries, denies, and conditions
on tags, on MFA, on the attached policy and on the boundary. Worlds are as `policy_world` takes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy_documents import HOME, Spec

if TYPE_CHECKING:
    from random import Random

IAM = f"arn:aws:iam::{HOME}"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
USERS, ROLES, GROUPS, POLICIES = ("alice", "bob", "carol"), ("r1", "r2", "r3"), ("g1", "g2"), ("p1", "p2")
FULL: Spec = {"Effect": "Allow", "Action": "*", "Resource": "*"}
LAMBDA: Spec = {
    "Effect": "Allow",
    "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"],
    "Resource": "*",
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


def small_world(random: Random) -> Spec:
    """A world out of a seeded source."""
    people = {name: _person(random, 5 if name == "alice" else 3) for name in USERS}
    world: Spec = {
        "users": {name: {"keys": 1, **one} for name, one in people.items()},
        "roles": {name: {**_person(random, 3), "trust": _trust(random)} for name in ROLES},
        "groups": {name: {"inline": _inline(random, random.choice((0, 0, 1)))} for name in GROUPS},
        "policies": {name: _versions(random) for name in POLICIES},
    }
    for user in world["users"].values():
        user["groups"] = [name for name in GROUPS if random.random() < 0.2]
    _strengthen(random, world)
    return world


def _person(random: Random, most: int) -> Spec:
    one: Spec = {"inline": _inline(random, random.randint(most - 2, most)), "attached": []}
    if random.random() < 0.25:
        one["attached"].append(random.choice(POLICIES))
    if random.random() < 0.25:
        one["boundary"] = random.choice(POLICIES)
    if random.random() < 0.5:
        one["tags"] = {"team": random.choice(("red", "blue"))}
    if random.random() < 0.1:
        one["inline"]["deny"] = [_deny(random)]
    return one


def _inline(random: Random, count: int) -> Spec:
    return {f"i{n}": [_allow(random)] for n in range(count)}


def _allow(random: Random) -> Spec:
    roll = random.random()
    if roll < 0.04:
        return LAMBDA
    if roll < 0.08:
        return {"Effect": "Allow", "Action": ENROLLING, "Resource": "*"}
    names = random.choices(
        (ON_USERS, ON_ROLES, ON_GROUPS, ON_POLICIES, MAKING), weights=(9, 11, 4, 3, 1), k=1
    )[0]
    action = random.choice(names)
    statement: Spec = {"Effect": "Allow", "Action": action, "Resource": _resource(random, action)}
    if action == "iam:PassRole" and random.random() < 0.7:
        statement = {"Effect": "Allow", "Action": [action, *LAMBDA["Action"]], "Resource": "*"}
    elif random.random() < 0.3:
        statement["Condition"] = _condition(random, action)
    elif random.random() < 0.3:
        statement["Action"] = [action, random.choice(names)]
    return statement


def _resource(random: Random, action: str) -> str:
    if action in ON_USERS:
        names = [f"{IAM}:user/{name}" for name in USERS] + [f"{IAM}:user/*"]
    elif action in ON_ROLES:
        names = [f"{IAM}:role/{name}" for name in ROLES] + [f"{IAM}:role/*"]
    elif action in ON_GROUPS:
        names = [f"{IAM}:group/{name}" for name in GROUPS]
    elif action in ON_POLICIES:
        names = [policy_arn(name) for name in POLICIES]
    else:
        names = []
    return random.choice([*names, "*", "*"])


def _condition(random: Random, action: str) -> Spec:
    options: list[Spec] = [
        {"StringEquals": {"aws:PrincipalTag/team": "red"}},
        {"StringNotEquals": {"aws:PrincipalTag/team": "red"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    ]
    if action in (*ON_USERS, *ON_ROLES):
        options += 2 * [{"StringEquals": {"aws:ResourceTag/team": random.choice(("red", "blue"))}}]
    if action in BOUNDED:
        options += 2 * [{"StringEquals": {"iam:PermissionsBoundary": policy_arn(random.choice(POLICIES))}}]
    if action in WITH_POLICY:
        options += 2 * [{"ArnEquals": {"iam:PolicyARN": policy_arn(random.choice(POLICIES))}}]
    return random.choice(options)


def _deny(random: Random) -> Spec:
    action = random.choice(("*", "*", "iam:*", random.choice(ON_USERS), random.choice(ON_ROLES)))
    statement: Spec = {"Effect": "Deny", "Action": action, "Resource": "*"}
    if random.random() < 0.5:
        statement["Condition"] = random.choice(
            (
                {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
                {"StringNotEquals": {"aws:PrincipalTag/team": "red"}},
                {"StringEquals": {"aws:PrincipalTag/team": "blue"}},
            )
        )
    return statement


def _versions(random: Random) -> Spec:
    documents = [[_allow(random)] for _ in range(random.choice((1, 2)))]
    return {"versions": {f"v{n}": one for n, one in enumerate(documents, 1)}, "default": "v1"}


def _trust(random: Random) -> Spec | str:
    return random.choice(
        (
            "lambda.amazonaws.com",
            "lambda.amazonaws.com",
            "ec2.amazonaws.com",
            f"{IAM}:root",
            f"{IAM}:user/{random.choice(USERS[1:])}",
            f"{IAM}:role/{random.choice(ROLES)}",
        )
    )


def _strengthen(random: Random, world: Spec) -> None:
    """Somebody may do everything, mostly under a boundary, a deny or a condition."""
    kind = random.choice(("users", "roles", "roles", "groups", "policies"))
    if kind == "policies":
        policy = world["policies"][random.choice(POLICIES)]
        policy["versions"]["v3"] = [FULL]
        return
    one = world[kind][random.choice([n for n in world[kind] if n != "alice"])]
    statement: Spec = dict(FULL)
    guard = random.choice(("none", "boundary", "deny", "condition"))
    if guard == "boundary" and kind != "groups":
        one["boundary"] = random.choice(POLICIES)
    if guard == "deny":
        one["inline"]["deny"] = [_deny(random)]
    if guard == "condition":
        statement["Condition"] = random.choice(
            (
                {"StringEquals": {"aws:PrincipalTag/team": "red"}},
                {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            )
        )
    one["inline"]["strong"] = [statement]
