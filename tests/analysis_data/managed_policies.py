"""What each AWS managed policy gives a user who has nothing else; prints the table that the test compares.

Each policy is judged in two accounts of its own: one that has no roles, and one with an administrator role
that common services may assume. moto carries the policies as AWS published them.

    python tests/analysis_data/managed_policies.py > tests/analysis_data/managed_policies.csv
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.analyze.verdict import PrincipalVerdicts
from job.snapshot.model import ManagedPolicy
from job.snapshot.parse import parse_account, parse_managed_policies, parse_organization

COLUMNS = ("policy", "admin_alone", "admin_with_roles", "methods", "s3_read", "rds_read", "dynamodb_read")
ACCEPTED = ("allowed", "conditional")
SERVICES = (
    "batch",
    "bedrock-agentcore",
    "cloudformation",
    "codebuild",
    "codepipeline",
    "datapipeline",
    "ec2",
    "ecs-tasks",
    "elasticmapreduce",
    "glue",
    "lambda",
    "sagemaker",
    "scheduler",
    "ssm",
    "states",
    "tasks.apprunner",
)
"""The services that trust policies of roles in customers' accounts name most."""


def managed_policies() -> Mapping[str, ManagedPolicy]:
    """Every AWS managed policy that moto carries, as a snapshot holds them."""
    policies: Mapping[str, Mapping[str, Any]] = json.loads(aws_managed_policies_data)
    listed = [_policy(name, policy) for name, policy in policies.items()]
    return parse_managed_policies({"Policies": [*listed]})


def _policy(name: str, policy: Mapping[str, Any]) -> dict[str, Any]:
    version = policy["DefaultVersionId"]
    return {
        "PolicyName": name,
        "Arn": f"arn:aws:iam::aws:policy{policy['Path']}{name}",
        "DefaultVersionId": version,
        "PolicyVersionList": [
            {"VersionId": version, "IsDefaultVersion": True, "Document": policy["Document"]},
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An analysis of one account for each policy, and the verdicts of its user by the policy's name."""

    analysis: Analysis
    verdicts: Mapping[str, PrincipalVerdicts]

    def refused_witnesses(self) -> list[str]:
        """The findings whose witness is missing, or refused by the one-request evaluator."""
        return [
            f"{name}: {finding.capability} {finding.witness}"
            for name, verdicts in self.verdicts.items()
            for finding in verdicts.findings
            if finding.witness is None or self.analysis.accepts(finding.witness).verdict not in ACCEPTED
        ]


def rows(alone: Judged, beside: Judged) -> Iterator[tuple[str, ...]]:
    """One row for each policy that makes an administrator, escalates, or reads S3, RDS or DynamoDB."""
    for name in sorted(alone.verdicts, key=str.lower):
        answers = _answers(alone.verdicts[name], beside.verdicts[name])
        if set(answers) - {"none", ""}:
            yield name, *answers


def _answers(alone: PrincipalVerdicts, beside: PrincipalVerdicts) -> tuple[str, ...]:
    methods = {m for f in beside.findings if f.capability == "admin_access" for m in f.methods}
    data = [str(alone.capabilities[c].verdict) for c in ("s3_read", "rds_read", "dynamodb_read")]
    return str(alone.admin_access), str(beside.admin_access), " ".join(sorted(methods)), *data


def judge(policies: Mapping[str, ManagedPolicy], *, roles: bool) -> Judged:
    """Every policy in an account of its own."""
    analysis = Analysis(
        organization=parse_organization({"Accounts": []}),
        managed_policies=policies,
        capabilities=load_capabilities(),
    )
    accounts = {policy.name: f"{number:012}" for number, policy in enumerate(policies.values(), 1)}
    for policy in policies.values():
        account_id = accounts[policy.name]
        analysis.add(parse_account(account_id, account(account_id, policy.arn, roles=roles)))
    verdicts = {name: analysis.verdicts(account_id)[0] for name, account_id in accounts.items()}
    return Judged(analysis=analysis, verdicts=verdicts)


def account(account_id: str, policy_arn: str, *, roles: bool) -> dict[str, Any]:
    """An account with one user, who has a key and the policy, and perhaps an administrator role."""
    role = {
        "RoleName": "operations",
        "Arn": f"arn:aws:iam::{account_id}:role/operations",
        "Path": "/",
        "RoleId": "AROAOPERATIONS",
        "CreateDate": "2024-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": [f"{service}.amazonaws.com" for service in SERVICES]},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
        "InstanceProfileList": [
            {"Arn": f"arn:aws:iam::{account_id}:instance-profile/operations", "Roles": []},
        ],
        "RolePolicyList": [],
        "AttachedManagedPolicies": [
            {
                "PolicyName": "AdministratorAccess",
                "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
            }
        ],
    }
    user = {
        "UserName": "holder",
        "Arn": f"arn:aws:iam::{account_id}:user/holder",
        "Path": "/",
        "UserId": "AIDAHOLDER",
        "CreateDate": "2024-01-01T00:00:00Z",
        "GroupList": [],
        "AttachedManagedPolicies": [{"PolicyName": "", "PolicyArn": policy_arn}],
    }
    key = {
        "UserName": "holder",
        "AccessKeyId": "AKIAHOLDER",
        "Status": "Active",
        "CreateDate": "2024-01-01T00:00:00Z",
    }
    return {
        "AccountId": account_id,
        "CollectedAt": "2026-11-22T04:00:00Z",
        "AuthorizationDetails": {
            "UserDetailList": [user],
            "GroupDetailList": [],
            "RoleDetailList": [role] if roles else [],
            "Policies": [],
        },
        "AccessKeys": [key],
        "Failures": [],
    }


def table(alone: Judged, beside: Judged) -> str:
    """The table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows(alone, beside)])
    return text.getvalue()


if __name__ == "__main__":
    known = managed_policies()
    sys.stdout.write(table(judge(known, roles=False), judge(known, roles=True)))
