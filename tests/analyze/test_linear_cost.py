from __future__ import annotations

import cProfile
import pstats

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.snapshot.model import Account, Json
from job.snapshot.parse import parse_account, parse_organization

ACCOUNT = "111122223333"
CAPABILITIES = load_capabilities()
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
