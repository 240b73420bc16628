"""One account of 1,000 users, each with a policy of its own, and 200 roles; no two questions are alike.

With `OWN_CREDENTIALS` the users may manage their own keys and passwords besides, which asks about everybody
else.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.policies import document, statement
from bench.seeds import KeySeed, UserSeed, iso
from bench.snapshot import key_document
from job.snapshot.model import Account
from job.snapshot.parse import parse_account

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
        inline=(),
        attached=(),
        groups=(),
        boundary=None,
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
