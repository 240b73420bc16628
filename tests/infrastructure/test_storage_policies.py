"""Who reaches bucket, keys and topic: resource policies and conditions, which moto ignores."""

from __future__ import annotations

import json
from typing import Any

import pytest
from embedded_cloud import MANAGEMENT, REGION, SECURITY
from policy_places import (
    ANALYST,
    AS_ANALYST,
    BUCKET,
    FOR_BUCKET,
    INSIGHTS,
    LOG,
    MEMBER_ROLE,
    OTHERS,
    REPORT,
    SECURELY,
    SNAPSHOT,
    TASK_ROLE,
    THROUGH_S3,
)
from policy_requests import answer


@pytest.mark.parametrize(
    ("action", "context", "expected"),
    [
        ("kms:GenerateDataKey", FOR_BUCKET, "allowed"),
        ("kms:Decrypt", FOR_BUCKET, "allowed"),
        ("kms:Decrypt", {**THROUGH_S3, "kms:EncryptionContext:aws:s3:arn": REPORT}, "allowed"),
        ("kms:Decrypt", {**THROUGH_S3, "kms:EncryptionContext:aws:s3:arn": f"{BUCKET}-two"}, "not allowed"),
        ("kms:Decrypt", THROUGH_S3, "not allowed"),
        (
            "kms:Decrypt",
            {**FOR_BUCKET, "kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"},
            "not allowed",
        ),
        ("kms:Decrypt", {}, "not allowed"),
        ("kms:CreateGrant", FOR_BUCKET, "not allowed"),
    ],
)
def test_the_task_uses_its_key_through_its_bucket_only(
    made: dict[str, dict[str, Any]], data_key: str, action: str, context: dict[str, str], expected: str
) -> None:
    policy = made["module.report.aws_iam_role_policy.task"]["policy"]
    assert answer(policy, action, data_key, context) == expected
    assert answer(policy, action, data_key.replace(SECURITY, MANAGEMENT), context) == "not allowed"


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
        (ANALYST, "s3:GetObject", REPORT, AS_ANALYST, "allowed"),
        (
            ANALYST,
            "s3:GetObject",
            REPORT,
            {**SECURELY, "aws:PrincipalArn": "arn:aws:iam::200000000001:role/other"},
            "not allowed",
        ),
        (ANALYST, "s3:GetObject", REPORT, {**AS_ANALYST, "aws:PrincipalOrgID": OTHERS}, "denied"),
        (ANALYST, "s3:GetObject", SNAPSHOT, AS_ANALYST, "not allowed"),
        (ANALYST, "s3:PutObject", REPORT, AS_ANALYST, "not allowed"),
        (
            ANALYST,
            "s3:ListBucket",
            BUCKET,
            {**AS_ANALYST, "s3:prefix": "iam-access-key-report/latest/"},
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
    policy = made["module.report.aws_s3_bucket_policy.report[0]"]["policy"]
    assert answer(policy, action, resource, context, principal) == expected


def test_the_bucket_refuses_another_key(made: dict[str, dict[str, Any]], data_key: str) -> None:
    policy = made["module.report.aws_s3_bucket_policy.report[0]"]["policy"]
    header = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    other = data_key.replace(SECURITY, MANAGEMENT)
    assert answer(policy, "s3:PutObject", REPORT, {**SECURELY, header: data_key}, TASK_ROLE) == "not allowed"
    assert answer(policy, "s3:PutObject", REPORT, {**SECURELY, header: other}, TASK_ROLE) == "denied"


@pytest.mark.parametrize(
    ("key", "principal", "action", "context", "expected"),
    [
        ("data[0]", ANALYST, "kms:Decrypt", {**AS_ANALYST, **THROUGH_S3}, "allowed"),
        (
            "data[0]",
            ANALYST,
            "kms:Decrypt",
            {**AS_ANALYST, **THROUGH_S3, "aws:PrincipalArn": MEMBER_ROLE},
            "not allowed",
        ),
        ("data[0]", ANALYST, "kms:Decrypt", AS_ANALYST, "not allowed"),
        ("data[0]", ANALYST, "kms:GenerateDataKey", {**AS_ANALYST, **THROUGH_S3}, "not allowed"),
        ("data[0]", MEMBER_ROLE, "kms:Decrypt", THROUGH_S3, "not allowed"),
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
            {"kms:EncryptionContext:aws:logs:arn": INSIGHTS},
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
        (
            "operations",
            "cloudwatch.amazonaws.com",
            "kms:GenerateDataKey",
            {"aws:SourceAccount": MANAGEMENT},
            "not allowed",
        ),
        ("operations", "events.amazonaws.com", "kms:Decrypt", {}, "allowed"),
        ("operations", "events.amazonaws.com", "kms:CreateGrant", {}, "not allowed"),
        ("operations", "ec2.amazonaws.com", "kms:Decrypt", {"aws:SourceAccount": SECURITY}, "not allowed"),
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
    "address",
    ["aws_s3_bucket_policy.report[0]", "aws_kms_key.data[0]", "aws_kms_key.operations"],
)
def test_nobody_is_locked_out_by_being_made_anew(made: dict[str, dict[str, Any]], address: str) -> None:
    """A role that a policy names as principal is kept by its id, and another of that name is a stranger."""
    policy = json.loads(made[f"module.report.{address}"]["policy"])
    named = json.dumps([statement["Principal"] for statement in policy["Statement"]])
    assert ":role/" not in named
    assert ":user/" not in named


@pytest.mark.parametrize(
    ("principal", "context", "expected"),
    [
        (
            "cloudwatch.amazonaws.com",
            {"aws:SourceAccount": SECURITY, "aws:SecureTransport": "true"},
            "allowed",
        ),
        (
            "cloudwatch.amazonaws.com",
            {"aws:SourceAccount": MANAGEMENT, "aws:SecureTransport": "true"},
            "not allowed",
        ),
        ("events.amazonaws.com", {}, "allowed"),
        ("ec2.amazonaws.com", {"aws:SourceAccount": SECURITY}, "not allowed"),
        (ANALYST, {"aws:SourceAccount": SECURITY, "aws:SecureTransport": "true"}, "not allowed"),
        ("events.amazonaws.com", {"aws:SecureTransport": "false"}, "denied"),
    ],
)
def test_alarms_of_this_account_and_events_reach_the_topic(
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
        ("s3:GetObject", REPORT, {}, "allowed"),
        ("s3:GetObject", f"{BUCKET}/iam-access-key-report/manifests/quicksight.json", {}, "allowed"),
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
