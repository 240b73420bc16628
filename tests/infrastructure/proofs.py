"""The series of runs that shows each permission to be there, and each to be needed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from deployments import Deployment
from embedded_cloud import (
    MANAGEMENT,
    SECURITY,
    Cloud,
    findings_in_security_hub,
    granted,
    no_tags_in_bulk,
    without,
)
from rendered import container
from task_runs import TaskRun, forget, run_task

from job.permissions import ORGANIZATION, TASK, member_permissions

YESTERDAY, TODAY = "2026-11-21", "2026-11-22"

TASK_ROLE = f"arn:aws:iam::{SECURITY}:role/iam-access-key-report-task"
ORGANIZATION_ROLE = f"arn:aws:iam::{MANAGEMENT}:role/iam-access-key-report-organization"

# moto checks no use of a key (`test_storage_policies.py` judges that); everyone may ask who they are.
NOT_ENFORCED = {"kms:Decrypt", "kms:GenerateDataKey", "sts:GetCallerIdentity"}

# Granted only where the settings switch it on (`terraform/tests/switches.tftest.hcl`), which the examples
# do not do: two runs of their own have it on, one with the permission and one without.
HUB = "securityhub:BatchImportFindings"
WITH_HUB = {"REPORT_SECURITY_HUB": "true"}

# What stands in for the tagging API where that answers nothing: there alone it is missed.
ONE_BY_ONE = "organizations:ListTagsForResource"

# Those of the kinds of credentials that are read unless others are chosen.
MEMBER = member_permissions(credentials=("service_specific", "signing_certificates"), data_stores=())

# Each member permission is missed in another account, where somebody's row depends on it.
MISSED_IN = {
    "iam:GenerateCredentialReport": "200000000001",
    "iam:GetCredentialReport": "200000000002",
    "iam:GetAccountAuthorizationDetails": "200000000005",
    "iam:ListAccessKeys": "200000000006",
    "iam:GetAccessKeyLastUsed": "200000000007",
    "iam:GetUser": "200000000009",
    "iam:GetPolicy": "200000000003",
    "iam:GetPolicyVersion": "200000000004",
    "iam:ListServiceSpecificCredentials": "200000000008",
    "iam:ListSigningCertificates": "200000000010",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Every run: with all permissions on two days, without each of the roles', without one in each member.

    `one_by_one` is with all permissions where tags are not to be had in bulk. `with_hub` sends findings to
    Security Hub, which then holds `findings`; `lacking[HUB]` may not, and leaves it with `findings_before`.
    """

    image_id: str
    yesterday: TaskRun
    today: TaskRun
    one_by_one: TaskRun
    with_hub: TaskRun
    findings_before: int
    findings: int
    lacking: Mapping[str, TaskRun]
    lacking_in_members: TaskRun
    seconds: float
    runs: int


def prove(cloud: Cloud, deployment: Deployment) -> Proof:
    """Run the task in all these ways, one after the other."""
    start = time.monotonic()
    yesterday = run_task(cloud, deployment, YESTERDAY, {})
    today = again(cloud, deployment)
    lacking = {}
    for role_arn, permissions in ((TASK_ROLE, TASK), (ORGANIZATION_ROLE, ORGANIZATION)):
        for action in sorted({each.action for each in permissions} - NOT_ENFORCED - {HUB, ONE_BY_ONE}):
            with without(role_arn, action):
                lacking[action] = again(cloud, deployment)
    with no_tags_in_bulk():
        one_by_one = again(cloud, deployment)
        with without(ORGANIZATION_ROLE, ONE_BY_ONE):
            lacking[ONE_BY_ONE] = again(cloud, deployment)
    lacking[HUB] = again(cloud, deployment, WITH_HUB)
    findings_before = findings_in_security_hub()
    with granted(TASK_ROLE, HUB):
        with_hub = again(cloud, deployment, WITH_HUB)
    findings = findings_in_security_hub()
    with ExitStack() as taken:
        for each in MEMBER:
            taken.enter_context(without(member_role(MISSED_IN[each.action]), each.action))
        lacking_in_members = again(cloud, deployment)
    return Proof(
        image_id=container(deployment.shown)["image"].partition("@")[2],
        yesterday=yesterday,
        today=today,
        one_by_one=one_by_one,
        with_hub=with_hub,
        findings_before=findings_before,
        findings=findings,
        lacking=lacking,
        lacking_in_members=lacking_in_members,
        seconds=time.monotonic() - start,
        runs=len(lacking) + 5,
    )


def again(cloud: Cloud, deployment: Deployment, overrides: Mapping[str, str] | None = None) -> TaskRun:
    """Today's run, as if it were the first."""
    forget(TODAY)
    return run_task(cloud, deployment, TODAY, overrides or {})


def member_role(account_id: str) -> str:
    """The ARN of an account's member role."""
    return f"arn:aws:iam::{account_id}:role/security/iam-access-key-report-reader"
