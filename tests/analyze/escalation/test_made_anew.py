"""A user is deleted and made anew: what is not known of it may be nothing that has to be taken off first."""

from __future__ import annotations

from typing import Any

import pytest

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.analyze.verdict import AdminAccess
from job.snapshot.parse import parse_account, parse_managed_policies, parse_organization
from tests.analyze.analyze_samples import ACCOUNT

ARN = f"arn:aws:iam::{ACCOUNT}:"
LISTED = {"UserName": "bob", "AccessKeyId": "AKIAEXAMPLEBOB1", "Status": "Active"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def user(name: str, *actions: str, **more: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": f"{ARN}user/bob"}
    listed = [{"PolicyName": "own", "PolicyDocument": document(statement)}] if actions else []
    return {"UserName": name, "Arn": f"{ARN}user/{name}", "Path": "/", "UserId": name.upper(), **more} | {
        "UserPolicyList": listed
    }


def admin_access(*keys: dict[str, str]) -> AdminAccess:
    """Of alice, who may delete bob and make him anew without his boundary; no report tells of passwords."""
    actions = ("iam:DeleteUser", "iam:CreateUser", "iam:CreateAccessKey", "iam:PutUserPolicy")
    boundary = {"PermissionsBoundary": {"PermissionsBoundaryArn": f"{ARN}policy/bound"}}
    bound = document({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": bound}
    policy = {"PolicyName": "bound", "Arn": f"{ARN}policy/bound", "DefaultVersionId": "v1"}
    analysis = Analysis(
        organization=parse_organization({"ManagementAccountId": "999988887777", "Accounts": []}),
        managed_policies=parse_managed_policies({"Policies": []}),
        capabilities=load_capabilities(),
    )
    account: dict[str, Any] = {
        "AccountId": ACCOUNT,
        "AuthorizationDetails": {
            "UserDetailList": [user("alice", *actions), user("bob", **boundary)],
            "Policies": [policy | {"PolicyVersionList": [version]}],
        },
        "AccessKeys": [{"UserName": "alice", "AccessKeyId": "AKIAEXAMPLEALICE1", "Status": "Active"}, *keys],
    }
    analysis.add(parse_account(ACCOUNT, account))
    return next(one.admin_access for one in analysis.verdicts(ACCOUNT) if one.user_name == "alice")


@pytest.mark.parametrize(("keys", "expected"), [((), AdminAccess.CONDITIONAL), ((LISTED,), AdminAccess.NONE)])
def test_a_password_that_may_be_there_leaves_it_open(
    keys: tuple[dict[str, str], ...], expected: AdminAccess
) -> None:
    assert admin_access(*keys) is expected
