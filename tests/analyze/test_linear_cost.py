from __future__ import annotations

import cProfile
import pstats

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.snapshot.model import Account, Json
from job.snapshot.parse import parse_account, parse_organization

ACCOUNT = "111122223333"
CAPABILITIES = load_capabilities()
MOST_A_POLICY = 3_000
"""Function calls for one more policy and five roles; asked about one by one it takes five times that."""
OWN_CREDENTIALS: Json = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "iam:*AccessKey",
                "iam:*LoginProfile",
                "iam:*MFADevice",
                "iam:CreateServiceSpecificCredential",
                "iam:PutUserPolicy",
            ],
            "Resource": "arn:aws:iam::*:user/${aws:username}",
        },
        {"Effect": "Deny", "Action": "iam:PutUserPolicy", "Resource": "*"},
    ],
}


def account_of(users: int) -> Account:
    """An account whose users may manage their own credentials, and nobody else's."""
    names = [f"user-{number}" for number in range(users)]
    details: dict[str, Json] = {
        "UserDetailList": [
            {
                "UserName": name,
                "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
                "Path": "/",
                "UserId": f"AIDA{name.upper()}",
                "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": OWN_CREDENTIALS}],
            }
            for name in names
        ]
    }
    keys: list[Json] = [
        {"UserName": name, "AccessKeyId": f"AKIA{name.upper()}", "Status": "Active"} for name in names
    ]
    return parse_account(ACCOUNT, {"AccountId": ACCOUNT, "AuthorizationDetails": details, "AccessKeys": keys})


def calls(users: int) -> int:
    """Function calls that judging them takes: the same on every machine."""
    analysis = Analysis(
        organization=parse_organization({"Accounts": [{"Id": ACCOUNT}]}),
        managed_policies={},
        capabilities=CAPABILITIES,
    )
    analysis.add(account_of(users))
    profile = cProfile.Profile()
    judged = profile.runcall(analysis.verdicts, ACCOUNT)
    assert len(judged) == users
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]  # the stubs leave it out


def test_users_who_manage_their_own_credentials_cost_no_more_each_the_more_they_are() -> None:
    few, more, many = calls(20), calls(60), calls(140)
    assert (many - more) / 80 < 1.2 * (more - few) / 40


def judging(statements: list[Json], policies: int = 0) -> int:
    """Function calls that judging one user takes, beside five roles and some customer managed policies."""
    allowing: Json = {"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}
    details: dict[str, Json] = {
        "UserDetailList": [
            {
                "UserName": "alice",
                "Arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
                "Path": "/",
                "UserId": "AIDAALICE",
                "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {"Statement": statements}}],
            }
        ],
        "RoleDetailList": [
            {
                "RoleName": f"r{number}",
                "Arn": f"arn:aws:iam::{ACCOUNT}:role/r{number}",
                "Path": "/",
                "RoleId": f"AROA{number}",
                "AssumeRolePolicyDocument": {
                    "Statement": {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                    }
                },
            }
            for number in range(5)
        ],
        "Policies": [
            {
                "PolicyName": f"p{number}",
                "Arn": f"arn:aws:iam::{ACCOUNT}:policy/p{number}",
                "DefaultVersionId": "v1",
                "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": allowing}],
            }
            for number in range(policies)
        ],
    }
    keys: list[Json] = [{"UserName": "alice", "AccessKeyId": "AKIAALICE", "Status": "Active"}]
    account = parse_account(
        ACCOUNT, {"AccountId": ACCOUNT, "AuthorizationDetails": details, "AccessKeys": keys}
    )
    analysis = Analysis(
        organization=parse_organization({"Accounts": [{"Id": ACCOUNT}]}),
        managed_policies={},
        capabilities=CAPABILITIES,
    )
    analysis.add(account)
    profile = cProfile.Profile()
    profile.runcall(analysis.verdicts, ACCOUNT)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]  # the stubs leave it out


def test_policies_that_no_condition_tells_apart_are_not_asked_about_one_by_one() -> None:
    tagged: dict[str, Json] = {f"aws:ResourceTag/k{number}": "v" for number in range(3)}
    condition: Json = {
        "StringEquals": tagged,
        "ArnNotLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"},
    }
    attaching: list[Json] = [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": "*", "Condition": condition},
        {"Effect": "Allow", "Action": ["iam:TagRole", "iam:UntagRole"], "Resource": "*"},
    ]
    judging(attaching, policies=5)
    few, many = judging(attaching, policies=20), judging(attaching, policies=220)
    assert (many - few) / 200 < MOST_A_POLICY


def test_services_that_nothing_allows_to_change_are_not_asked_whom_they_call() -> None:
    reading: list[Json] = [
        {"Effect": "Allow", "Action": [f"s{number}x:Get*" for number in range(400)], "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:ViaAWSService": "false"}},
        },
    ]
    judging(reading)
    assert judging(reading) < 2 * judging(reading[:1])
