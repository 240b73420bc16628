"""What moto ignores: conditions, trust, external ids and keys, judged on the policies as they were made."""

from __future__ import annotations

from typing import Any

import pytest
from deployments import Deployment
from embedded_cloud import MANAGEMENT, REGION, SECURITY
from policy_requests import answer
from rendered import resources

TASK_ROLE = f"arn:aws:iam::{SECURITY}:role/iam-access-key-report-task"
MEMBER_ROLE = "arn:aws:iam::200000000001:role/security/iam-access-key-report-reader"
ORGANIZATION_ROLE = f"arn:aws:iam::{MANAGEMENT}:role/iam-access-key-report-organization"
BUCKET = f"arn:aws:s3:::iam-access-key-report-{SECURITY}-{REGION}"
REPORT = f"{BUCKET}/iam-access-key-report/csv/keys/dt=2026-11-22/keys-2026-11-22.csv"
SNAPSHOT = f"{BUCKET}/iam-access-key-report/snapshots/dt=2026-11-22/run_id=1/organization.json"
CLUSTER = f"arn:aws:ecs:{REGION}:{SECURITY}:cluster/iam-access-key-report"
DEFINITION = f"arn:aws:ecs:{REGION}:{SECURITY}:task-definition/iam-access-key-report"
QUEUE = f"arn:aws:sqs:{REGION}:{SECURITY}:iam-access-key-report-undelivered"
LOG = f"arn:aws:logs:{REGION}:{SECURITY}:log-group:/iam-access-key-report/iam-access-key-report"
ANALYST = "arn:aws:iam::200000000001:role/analyst"

OURS, OTHERS = "o-acme0infra", "o-someoneelse"
IN_ORGANIZATION = {"aws:ResourceOrgID": OURS}
AS_TASK = {"aws:PrincipalArn": TASK_ROLE, "aws:PrincipalOrgID": OURS, "sts:ExternalId": "acme-report"}
THROUGH_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
BY_ECS = {"aws:SourceAccount": SECURITY, "aws:SourceArn": f"arn:aws:ecs:{REGION}:{SECURITY}:task/x"}
GROUP = f"arn:aws:scheduler:{REGION}:{SECURITY}:schedule-group/iam-access-key-report"
BY_SCHEDULER = {"aws:SourceAccount": SECURITY, "aws:SourceArn": GROUP}
SECURELY = {"aws:SecureTransport": "true", "aws:PrincipalOrgID": OURS, "aws:PrincipalIsAWSService": "false"}


@pytest.fixture
def made(deployment: Deployment) -> dict[str, dict[str, Any]]:
    return resources(deployment.shown)


@pytest.fixture
def data_key(made: dict[str, dict[str, Any]]) -> str:
    return str(made["module.report.aws_kms_key.data"]["arn"])


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected"),
    [
        ("sts:AssumeRole", MEMBER_ROLE, IN_ORGANIZATION, "allowed"),
        ("sts:AssumeRole", MEMBER_ROLE, {"aws:ResourceOrgID": OTHERS}, "not allowed"),
        ("sts:AssumeRole", MEMBER_ROLE, {}, "not allowed"),
        ("sts:AssumeRole", "arn:aws:iam::200000000001:role/administrator", IN_ORGANIZATION, "not allowed"),
        ("sts:AssumeRole", MEMBER_ROLE.replace("security/", ""), IN_ORGANIZATION, "not allowed"),
        ("sts:AssumeRole", ORGANIZATION_ROLE, IN_ORGANIZATION, "allowed"),
        ("sts:AssumeRole", ORGANIZATION_ROLE, {"aws:ResourceOrgID": OTHERS}, "not allowed"),
        ("organizations:ListAccounts", "*", {}, "not allowed"),
        ("s3:PutObject", REPORT, {}, "allowed"),
        ("s3:GetObject", REPORT, {}, "allowed"),
        ("s3:PutObject", f"{BUCKET}/other/file", {}, "not allowed"),
        ("s3:PutObject", "arn:aws:s3:::elsewhere/iam-access-key-report/file", {}, "not allowed"),
        ("s3:DeleteObject", REPORT, {}, "not allowed"),
        ("s3:ListBucket", BUCKET, {"s3:prefix": "iam-access-key-report/runs/"}, "allowed"),
        ("s3:ListBucket", BUCKET, {"s3:prefix": ""}, "not allowed"),
        ("s3:ListBucket", BUCKET, {}, "not allowed"),
        ("iam:ListUsers", "*", {}, "not allowed"),
    ],
)
def test_the_task_may_do_what_it_is_for_and_no_more(
    made: dict[str, dict[str, Any]], action: str, resource: str, context: dict[str, str], expected: str
) -> None:
    policy = made["module.report.aws_iam_role_policy.task"]["policy"]
    assert answer(policy, action, resource, context) == expected


@pytest.mark.parametrize(
    ("action", "context", "expected"),
    [
        ("kms:GenerateDataKey", THROUGH_S3, "allowed"),
        ("kms:Decrypt", THROUGH_S3, "allowed"),
        ("kms:Decrypt", {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}, "not allowed"),
        ("kms:Decrypt", {}, "not allowed"),
        ("kms:CreateGrant", THROUGH_S3, "not allowed"),
    ],
)
def test_the_task_uses_its_key_through_its_bucket_only(
    made: dict[str, dict[str, Any]], data_key: str, action: str, context: dict[str, str], expected: str
) -> None:
    policy = made["module.report.aws_iam_role_policy.task"]["policy"]
    assert answer(policy, action, data_key, context) == expected
    assert answer(policy, action, data_key.replace(SECURITY, MANAGEMENT), context) == "not allowed"


@pytest.mark.parametrize("role", ["task", "execution"])
@pytest.mark.parametrize(
    ("principal", "context", "expected"),
    [
        ("ecs-tasks.amazonaws.com", BY_ECS, "allowed"),
        ("ecs-tasks.amazonaws.com", {**BY_ECS, "aws:SourceAccount": MANAGEMENT}, "not allowed"),
        (
            "ecs-tasks.amazonaws.com",
            {**BY_ECS, "aws:SourceArn": f"arn:aws:ecs:us-east-1:{SECURITY}:task/x"},
            "not allowed",
        ),
        ("ecs-tasks.amazonaws.com", {}, "not allowed"),
        ("ec2.amazonaws.com", BY_ECS, "not allowed"),
        (ANALYST, BY_ECS, "not allowed"),
    ],
)
def test_ecs_alone_takes_the_roles_of_the_task(
    made: dict[str, dict[str, Any]], role: str, principal: str, context: dict[str, str], expected: str
) -> None:
    trust = made[f"module.report.aws_iam_role.{role}"]["assume_role_policy"]
    assert answer(trust, "sts:AssumeRole", "*", context, principal) == expected


@pytest.mark.parametrize(
    ("principal", "context", "expected"),
    [
        (TASK_ROLE, AS_TASK, "allowed"),
        (TASK_ROLE, {**AS_TASK, "sts:ExternalId": "guess"}, "not allowed"),
        (TASK_ROLE, {"aws:PrincipalArn": TASK_ROLE, "aws:PrincipalOrgID": OURS}, "not allowed"),
        (TASK_ROLE, {**AS_TASK, "aws:PrincipalOrgID": OTHERS}, "not allowed"),
        (ANALYST, {**AS_TASK, "aws:PrincipalArn": ANALYST}, "not allowed"),
        (
            f"arn:aws:iam::{SECURITY}:role/x",
            {**AS_TASK, "aws:PrincipalArn": f"arn:aws:iam::{SECURITY}:role/x"},
            "not allowed",
        ),
        ("ecs-tasks.amazonaws.com", AS_TASK, "not allowed"),
    ],
)
@pytest.mark.parametrize("account_id", [MANAGEMENT, SECURITY, "200000000001"])
def test_a_member_role_trusts_the_task_role_alone(
    member_policies: dict[str, Any],
    account_id: str,
    principal: str,
    context: dict[str, str],
    expected: str,
) -> None:
    trust = member_policies[account_id]["trust"]
    assert answer(trust, "sts:AssumeRole", "*", context, principal) == expected


def test_the_organization_role_trusts_the_task_role_alone(made: dict[str, dict[str, Any]]) -> None:
    trust = made["module.organization_reader.aws_iam_role.reader"]["assume_role_policy"]
    other = {**AS_TASK, "aws:PrincipalArn": ANALYST}
    assert answer(trust, "sts:AssumeRole", "*", AS_TASK, TASK_ROLE) == "allowed"
    assert (
        answer(trust, "sts:AssumeRole", "*", {**AS_TASK, "aws:PrincipalOrgID": OTHERS}, TASK_ROLE)
        == "not allowed"
    )
    assert answer(trust, "sts:AssumeRole", "*", other, ANALYST) == "not allowed"


@pytest.mark.parametrize(
    "action", ["iam:CreateAccessKey", "iam:PutRolePolicy", "sts:AssumeRole", "s3:GetObject"]
)
def test_a_member_role_reads_and_changes_nothing(member_policies: dict[str, Any], action: str) -> None:
    (policy,) = member_policies["200000000001"]["policies"].values()
    assert answer(policy, "iam:GetAccountAuthorizationDetails", "*", {}) == "allowed"
    assert answer(policy, action, "*", {}) == "not allowed"


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected"),
    [
        ("ecs:RunTask", f"{DEFINITION}:7", {"ecs:cluster": CLUSTER}, "allowed"),
        ("ecs:RunTask", f"{DEFINITION}:7", {"ecs:cluster": f"{CLUSTER}-two"}, "not allowed"),
        ("ecs:RunTask", f"{DEFINITION}-two:1", {"ecs:cluster": CLUSTER}, "not allowed"),
        ("ecs:StopTask", f"{DEFINITION}:7", {"ecs:cluster": CLUSTER}, "not allowed"),
        ("iam:PassRole", TASK_ROLE, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}, "allowed"),
        ("iam:PassRole", TASK_ROLE, {"iam:PassedToService": "lambda.amazonaws.com"}, "not allowed"),
        ("iam:PassRole", MEMBER_ROLE, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}, "not allowed"),
        (
            "ecs:TagResource",
            CLUSTER.replace("cluster", "task") + "/1",
            {"ecs:CreateAction": "RunTask"},
            "allowed",
        ),
        ("ecs:TagResource", CLUSTER.replace("cluster", "task") + "/1", {}, "not allowed"),
        ("sqs:SendMessage", QUEUE, {}, "allowed"),
    ],
)
def test_the_scheduler_starts_this_task_and_nothing_else(
    made: dict[str, dict[str, Any]], action: str, resource: str, context: dict[str, str], expected: str
) -> None:
    policy = made["module.report.aws_iam_role_policy.scheduler"]["policy"]
    assert answer(policy, action, resource, context) == expected


@pytest.mark.parametrize(
    ("principal", "context", "expected"),
    [
        ("scheduler.amazonaws.com", BY_SCHEDULER, "allowed"),
        ("scheduler.amazonaws.com", {**BY_SCHEDULER, "aws:SourceArn": f"{GROUP}-two"}, "not allowed"),
        ("scheduler.amazonaws.com", {**BY_SCHEDULER, "aws:SourceAccount": MANAGEMENT}, "not allowed"),
        ("events.amazonaws.com", BY_SCHEDULER, "not allowed"),
    ],
)
def test_the_scheduler_takes_its_role_for_its_own_group_alone(
    made: dict[str, dict[str, Any]], principal: str, context: dict[str, str], expected: str
) -> None:
    trust = made["module.report.aws_iam_role.scheduler"]["assume_role_policy"]
    assert answer(trust, "sts:AssumeRole", "*", context, principal) == expected


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("logs:PutLogEvents", f"{LOG}:log-stream:run/report/1", "allowed"),
        ("logs:PutLogEvents", f"{LOG}-two:log-stream:run/report/1", "not allowed"),
        ("logs:CreateLogGroup", LOG, "not allowed"),
        ("ecr:BatchGetImage", f"arn:aws:ecr:{REGION}:{SECURITY}:repository/iam-access-key-report", "allowed"),
        ("ecr:BatchGetImage", f"arn:aws:ecr:{REGION}:{SECURITY}:repository/other", "not allowed"),
        ("ecr:PutImage", f"arn:aws:ecr:{REGION}:{SECURITY}:repository/iam-access-key-report", "not allowed"),
        ("ecr:GetAuthorizationToken", "*", "allowed"),
        ("s3:PutObject", REPORT, "not allowed"),
    ],
)
def test_ecs_pulls_this_image_and_writes_this_log(
    made: dict[str, dict[str, Any]], action: str, resource: str, expected: str
) -> None:
    policy = made["module.report.aws_iam_role_policy.execution"]["policy"]
    assert answer(policy, action, resource, {}) == expected


@pytest.mark.parametrize(
    ("principal", "action", "resource", "context", "expected"),
    [
        (TASK_ROLE, "s3:PutObject", REPORT, SECURELY, "not allowed"),
        (TASK_ROLE, "s3:PutObject", REPORT, {**SECURELY, "aws:SecureTransport": "false"}, "denied"),
        (TASK_ROLE, "s3:PutObject", REPORT, {**SECURELY, "aws:PrincipalOrgID": OTHERS}, "denied"),
        (
            TASK_ROLE,
            "s3:PutObject",
            REPORT,
            {**SECURELY, "s3:x-amz-server-side-encryption": "AES256"},
            "denied",
        ),
        (
            TASK_ROLE,
            "s3:PutObject",
            REPORT,
            {**SECURELY, "s3:x-amz-server-side-encryption": "aws:kms"},
            "not allowed",
        ),
        (ANALYST, "s3:GetObject", REPORT, SECURELY, "allowed"),
        (ANALYST, "s3:GetObject", REPORT, {**SECURELY, "aws:PrincipalOrgID": OTHERS}, "denied"),
        (ANALYST, "s3:GetObject", SNAPSHOT, SECURELY, "not allowed"),
        (ANALYST, "s3:PutObject", REPORT, SECURELY, "not allowed"),
        (
            ANALYST,
            "s3:ListBucket",
            BUCKET,
            {**SECURELY, "s3:prefix": "iam-access-key-report/latest/"},
            "allowed",
        ),
        (MEMBER_ROLE, "s3:GetObject", REPORT, SECURELY, "not allowed"),
        (
            "logging.s3.amazonaws.com",
            "s3:GetObject",
            REPORT,
            {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "true"},
            "not allowed",
        ),
    ],
)
def test_the_bucket_lets_readers_read_reports_and_nobody_else(  # noqa: PLR0913, PLR0917 - one row a question
    made: dict[str, dict[str, Any]],
    principal: str,
    action: str,
    resource: str,
    context: dict[str, str],
    expected: str,
) -> None:
    policy = made["module.report.aws_s3_bucket_policy.report"]["policy"]
    assert answer(policy, action, resource, context, principal) == expected


def test_the_bucket_refuses_another_key(made: dict[str, dict[str, Any]], data_key: str) -> None:
    policy = made["module.report.aws_s3_bucket_policy.report"]["policy"]
    header = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    other = data_key.replace(SECURITY, MANAGEMENT)
    assert answer(policy, "s3:PutObject", REPORT, {**SECURELY, header: data_key}, TASK_ROLE) == "not allowed"
    assert answer(policy, "s3:PutObject", REPORT, {**SECURELY, header: other}, TASK_ROLE) == "denied"


@pytest.mark.parametrize(
    ("key", "principal", "action", "context", "expected"),
    [
        ("data", ANALYST, "kms:Decrypt", THROUGH_S3, "allowed"),
        ("data", ANALYST, "kms:Decrypt", {}, "not allowed"),
        ("data", ANALYST, "kms:GenerateDataKey", THROUGH_S3, "not allowed"),
        ("data", MEMBER_ROLE, "kms:Decrypt", THROUGH_S3, "not allowed"),
        ("operations", ANALYST, "kms:Decrypt", THROUGH_S3, "not allowed"),
        (
            "operations",
            f"logs.{REGION}.amazonaws.com",
            "kms:GenerateDataKey",
            {"kms:EncryptionContext:aws:logs:arn": LOG},
            "allowed",
        ),
        (
            "operations",
            f"logs.{REGION}.amazonaws.com",
            "kms:GenerateDataKey",
            {"kms:EncryptionContext:aws:logs:arn": f"{LOG}-two"},
            "not allowed",
        ),
        (
            "operations",
            "cloudwatch.amazonaws.com",
            "kms:GenerateDataKey",
            {"aws:SourceAccount": SECURITY},
            "allowed",
        ),
        ("operations", "events.amazonaws.com", "kms:Decrypt", {"aws:SourceAccount": SECURITY}, "allowed"),
        (
            "operations",
            "events.amazonaws.com",
            "kms:Decrypt",
            {"aws:SourceAccount": MANAGEMENT},
            "not allowed",
        ),
    ],
)
def test_the_keys_let_in_whom_they_are_for(  # noqa: PLR0913, PLR0917 - one row a question
    made: dict[str, dict[str, Any]],
    key: str,
    principal: str,
    action: str,
    context: dict[str, str],
    expected: str,
) -> None:
    policy = made[f"module.report.aws_kms_key.{key}"]["policy"]
    assert answer(policy, action, "*", context, principal) == expected


@pytest.mark.parametrize(
    ("principal", "context", "expected"),
    [
        (
            "cloudwatch.amazonaws.com",
            {"aws:SourceAccount": SECURITY, "aws:SecureTransport": "true"},
            "allowed",
        ),
        ("events.amazonaws.com", {"aws:SourceAccount": SECURITY, "aws:SecureTransport": "true"}, "allowed"),
        (
            "events.amazonaws.com",
            {"aws:SourceAccount": MANAGEMENT, "aws:SecureTransport": "true"},
            "not allowed",
        ),
        (ANALYST, {"aws:SourceAccount": SECURITY, "aws:SecureTransport": "true"}, "not allowed"),
        ("events.amazonaws.com", {"aws:SourceAccount": SECURITY, "aws:SecureTransport": "false"}, "denied"),
    ],
)
def test_alarms_of_this_account_alone_reach_the_topic(
    made: dict[str, dict[str, Any]], principal: str, context: dict[str, str], expected: str
) -> None:
    policy = made["module.report.aws_sns_topic_policy.alarms[0]"]["policy"]
    topic = made["module.report.aws_sns_topic.alarms[0]"]["arn"]
    assert answer(policy, "sns:Publish", topic, context, principal) == expected


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected"),
    [
        (
            "s3:GetObject",
            f"{BUCKET}/iam-access-key-report/parquet/keys/dt=2026-11-22/keys.parquet",
            {},
            "allowed",
        ),
        ("s3:GetObject", SNAPSHOT, {}, "not allowed"),
        ("s3:PutObject", f"{BUCKET}/athena-results/1.csv", {}, "allowed"),
        ("s3:PutObject", REPORT, {}, "not allowed"),
        (
            "athena:StartQueryExecution",
            f"arn:aws:athena:{REGION}:{SECURITY}:workgroup/iam-access-key-report",
            {},
            "allowed",
        ),
        (
            "athena:StartQueryExecution",
            f"arn:aws:athena:{REGION}:{SECURITY}:workgroup/primary",
            {},
            "not allowed",
        ),
    ],
)
def test_quicksight_reads_reports_through_athena(
    made: dict[str, dict[str, Any]], action: str, resource: str, context: dict[str, str], expected: str
) -> None:
    policy = made["module.report.aws_iam_role_policy.quicksight[0]"]["policy"]
    assert answer(policy, action, resource, context) == expected
