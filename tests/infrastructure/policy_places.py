"""ARNs and request keys that the questions about policies are asked with."""

from __future__ import annotations

from embedded_cloud import MANAGEMENT, REGION, SECURITY

TASK_ROLE = f"arn:aws:iam::{SECURITY}:role/iam-access-key-report-task"
MEMBER_ROLE = "arn:aws:iam::200000000001:role/security/iam-access-key-report-reader"
ORGANIZATION_ROLE = f"arn:aws:iam::{MANAGEMENT}:role/iam-access-key-report-organization"
BUCKET = f"arn:aws:s3:::iam-access-key-report-{SECURITY}-{REGION}"
REPORT = f"{BUCKET}/iam-access-key-report/csv/keys/dt=2026-11-22/keys-2026-11-22.csv"
SNAPSHOT = f"{BUCKET}/iam-access-key-report/snapshots/dt=2026-11-22/run_id=1/organization.json"
POLICY_FILE = f"{BUCKET}/policy-file/policy.toml"
NEWS = f"arn:aws:sns:{REGION}:{SECURITY}:iam-access-key-report-changes"
ALARMS = f"arn:aws:sns:{REGION}:{SECURITY}:iam-access-key-report-alarms"
CLUSTER = f"arn:aws:ecs:{REGION}:{SECURITY}:cluster/iam-access-key-report"
DEFINITION = f"arn:aws:ecs:{REGION}:{SECURITY}:task-definition/iam-access-key-report"
TASK = f"arn:aws:ecs:{REGION}:{SECURITY}:task/iam-access-key-report/0123"
MACHINE = f"arn:aws:states:{REGION}:{SECURITY}:stateMachine:iam-access-key-report"
HEARS_OF_TASKS = f"arn:aws:events:{REGION}:{SECURITY}:rule/StepFunctionsGetEventsForECSTaskRule"
QUEUE = f"arn:aws:sqs:{REGION}:{SECURITY}:iam-access-key-report-undelivered"
LOG = f"arn:aws:logs:{REGION}:{SECURITY}:log-group:/iam-access-key-report/iam-access-key-report"
ANALYST = "arn:aws:iam::200000000001:role/analyst"

OURS, OTHERS = "o-acme0infra", "o-someoneelse"
IN_CLUSTER = {"ecs:cluster": CLUSTER}
IN_ORGANIZATION = {"aws:ResourceOrgID": OURS}
AS_TASK = {"aws:PrincipalArn": TASK_ROLE, "aws:PrincipalOrgID": OURS, "sts:ExternalId": "acme-report"}
THROUGH_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
FOR_BUCKET = {**THROUGH_S3, "kms:EncryptionContext:aws:s3:arn": BUCKET}
BY_ECS = {"aws:SourceAccount": SECURITY, "aws:SourceArn": f"arn:aws:ecs:{REGION}:{SECURITY}:task/x"}
GROUP = f"arn:aws:scheduler:{REGION}:{SECURITY}:schedule-group/iam-access-key-report"
BY_SCHEDULER = {"aws:SourceAccount": SECURITY, "aws:SourceArn": GROUP}
BY_STATE_MACHINE = {"aws:SourceAccount": SECURITY, "aws:SourceArn": MACHINE}
BY_FLOW_LOG = {
    "aws:SourceAccount": SECURITY,
    "aws:SourceArn": f"arn:aws:ec2:{REGION}:{SECURITY}:vpc-flow-log/fl-1",
}
SECURELY = {"aws:SecureTransport": "true", "aws:PrincipalOrgID": OURS, "aws:PrincipalIsAWSService": "false"}
AS_ANALYST = {**SECURELY, "aws:PrincipalArn": ANALYST}
INSIGHTS = (
    f"arn:aws:logs:{REGION}:{SECURITY}:log-group:/aws/ecs/containerinsights/iam-access-key-report/performance"
)
