"""Who administers a whole organization: what an account more costs, and how many are told."""

from __future__ import annotations

import cProfile
import pstats

import pytest

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.analyze.verdict import PrincipalVerdicts
from job.snapshot.model import Json
from job.snapshot.parse import parse_account, parse_organization

MANAGEMENT = "100000000000"
CAPABILITIES = load_capabilities()
MOST_AN_ACCOUNT = 16_000
"""Calls for an account more: its administrator's rights. Entering its other roles takes twice that."""


def details(account_id: str, partners: list[str]) -> Json:
    """An account with Organizations' own role, and twelve that let in it and another account."""
    trusted: list[tuple[str, list[Json]]] = [("OrganizationAccountAccessRole", [MANAGEMENT])]
    trusted += [
        (f"shared-{number}-{partner}", [account_id, partner]) for number in range(6) for partner in partners
    ]
    roles: list[Json] = [
        {
            "RoleName": name,
            "Arn": f"arn:aws:iam::{account_id}:role/{name}",
            "Path": "/",
            "RoleId": f"AROA{account_id}{place}",
            "RolePolicyList": [
                {
                    "PolicyName": "own",
                    "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
                }
            ],
            "AssumeRolePolicyDocument": {
                "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": accounts}}
            },
        }
        for place, (name, accounts) in enumerate(trusted)
    ]
    return {"RoleDetailList": roles}


def judged(accounts: int) -> tuple[PrincipalVerdicts, int]:
    """The verdicts of the management account's administrator, and the function calls that they took."""
    members = [f"{200000000000 + number}" for number in range(accounts)]
    user: Json = {
        "UserName": "alice",
        "Arn": f"arn:aws:iam::{MANAGEMENT}:user/alice",
        "Path": "/",
        "UserId": "AIDAALICE",
        "UserPolicyList": [
            {
                "PolicyName": "own",
                "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
            }
        ],
    }
    keys: list[Json] = [{"UserName": "alice", "AccessKeyId": "AKIAALICE", "Status": "Active"}]
    listed: list[Json] = [{"Id": each} for each in (MANAGEMENT, *members)]
    analysis = Analysis(
        organization=parse_organization(
            {"Organization": {"Id": "o-a", "MasterAccountId": MANAGEMENT}, "Accounts": listed}
        ),
        managed_policies={},
        capabilities=CAPABILITIES,
    )
    analysis.add(
        parse_account(
            MANAGEMENT,
            {
                "AccountId": MANAGEMENT,
                "AuthorizationDetails": {"UserDetailList": [user], "RoleDetailList": []},
                "AccessKeys": keys,
            },
        )
    )
    for place, account_id in enumerate(members):
        partners = [members[place - 1], members[place - 2]]
        analysis.add(
            parse_account(
                account_id,
                {"AccountId": account_id, "AuthorizationDetails": details(account_id, partners)},
            )
        )
    profile = cProfile.Profile()
    (found,) = profile.runcall(analysis.verdicts, MANAGEMENT)
    return found, int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]  # the stubs leave it out


@pytest.fixture(scope="module")
def of_forty() -> tuple[PrincipalVerdicts, int]:
    return judged(40)


def test_every_account_is_reached(of_forty: tuple[PrincipalVerdicts, int]) -> None:
    assert of_forty[0].reachable_accounts == 41


def test_an_account_more_costs_its_administrators_rights(of_forty: tuple[PrincipalVerdicts, int]) -> None:
    assert (of_forty[1] - judged(20)[1]) / 20 < MOST_AN_ACCOUNT


def test_of_accounts_that_are_read_alike_eight_are_told(of_forty: tuple[PrincipalVerdicts, int]) -> None:
    told = [one for one in of_forty[0].findings if one.capability == "s3_read" and len(one.path) > 3]
    assert len(told) == 8
    assert "the same in 32 more accounts" in told[-1].note
