"""Who takes the roles and what they may do: conditions, trust and external ids, which moto ignores."""

from __future__ import annotations

import json
from typing import Any

import pytest
from deployments import Deployment
from embedded_cloud import MANAGEMENT, REGION, SECURITY
from policy_places import (
    ALARMS,
    ANALYST,
    AS_TASK,
    BUCKET,
    BY_ECS,
    BY_FLOW_LOG,
    BY_SCHEDULER,
    BY_STATE_MACHINE,
    CLUSTER,
    DEFINITION,
    GROUP,
    HEARS_OF_TASKS,
    IN_CLUSTER,
    IN_ORGANIZATION,
    LOG,
    MACHINE,
    MEMBER_ROLE,
    NEWS,
    ORGANIZATION_ROLE,
    OTHERS,
    OURS,
    POLICY_FILE,
    QUEUE,
    REPORT,
    TASK,
    TASK_ROLE,
)
from policy_requests import answer
from rendered import output

from job.permissions import ORGANIZATION


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
        ("s3:GetObject", POLICY_FILE, {}, "allowed"),
        ("s3:PutObject", POLICY_FILE, {}, "not allowed"),
        ("sns:Publish", NEWS, {}, "allowed"),
        ("sns:Publish", ALARMS, {}, "not allowed"),
        ("sns:Subscribe", NEWS, {}, "not allowed"),
        ("s3:DeleteObject", REPORT, {}, "not allowed"),
        ("s3:AbortMultipartUpload", REPORT, {}, "not allowed"),
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


@pytest.mark.parametrize("action", sorted(each.action for each in ORGANIZATION))
def test_a_task_without_another_role_reads_the_organization_itself(
    smallest_task_policy: str, action: str
) -> None:
    assert answer(smallest_task_policy, action, "*", {}) == "allowed"


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected"),
    [
        ("organizations:CreateAccount", "*", {}, "not allowed"),
        ("organizations:DescribeOrganization", "*", {}, "not allowed"),
        ("organizations:RegisterDelegatedAdministrator", "*", {}, "not allowed"),
        ("organizations:UpdatePolicy", "*", {}, "not allowed"),
        ("tag:TagResources", "*", {}, "not allowed"),
        (
            "sts:AssumeRole",
            "arn:aws:iam::200000000001:role/iam-access-key-report-reader",
            IN_ORGANIZATION,
            "allowed",
        ),
        (
            "sts:AssumeRole",
            "arn:aws:iam::200000000001:role/iam-access-key-report-reader",
            {"aws:ResourceOrgID": OTHERS},
            "not allowed",
        ),
        ("sts:AssumeRole", ORGANIZATION_ROLE, IN_ORGANIZATION, "not allowed"),
        ("s3:PutObject", REPORT.replace(SECURITY, MANAGEMENT), {}, "allowed"),
        ("s3:PutObject", REPORT, {}, "not allowed"),
        ("s3:GetObject", POLICY_FILE.replace(SECURITY, MANAGEMENT), {}, "not allowed"),
        ("sns:Publish", NEWS.replace(SECURITY, MANAGEMENT), {}, "not allowed"),
        ("iam:ListUsers", "*", {}, "not allowed"),
    ],
)
def test_a_task_that_reads_the_organization_itself_may_do_no_more_than_that(
    smallest_task_policy: str, action: str, resource: str, context: dict[str, str], expected: str
) -> None:
    assert answer(smallest_task_policy, action, resource, context) == expected


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


@pytest.mark.parametrize(
    ("principal", "context", "expected"),
    [
        (TASK_ROLE, {"aws:PrincipalArn": TASK_ROLE, "aws:PrincipalOrgID": OURS}, "allowed"),
        (TASK_ROLE, {"aws:PrincipalArn": TASK_ROLE, "aws:PrincipalOrgID": OTHERS}, "not allowed"),
        (TASK_ROLE, {"aws:PrincipalArn": TASK_ROLE}, "not allowed"),
        (ANALYST, {"aws:PrincipalArn": ANALYST, "aws:PrincipalOrgID": OURS}, "not allowed"),
    ],
)
def test_a_member_role_without_external_id_trusts_the_task_role_alone_too(
    trust_without_external_id: dict[str, Any], principal: str, context: dict[str, str], expected: str
) -> None:
    assert answer(trust_without_external_id, "sts:AssumeRole", "*", context, principal) == expected


@pytest.mark.parametrize(
    ("principal", "context", "expected"),
    [
        ("vpc-flow-logs.amazonaws.com", BY_FLOW_LOG, "allowed"),
        ("vpc-flow-logs.amazonaws.com", {**BY_FLOW_LOG, "aws:SourceAccount": MANAGEMENT}, "not allowed"),
        (
            "vpc-flow-logs.amazonaws.com",
            {**BY_FLOW_LOG, "aws:SourceArn": f"arn:aws:ec2:{REGION}:{MANAGEMENT}:vpc-flow-log/fl-1"},
            "not allowed",
        ),
        ("ecs-tasks.amazonaws.com", BY_FLOW_LOG, "not allowed"),
    ],
)
def test_flow_logs_of_this_account_alone_take_their_role(
    made: dict[str, dict[str, Any]], principal: str, context: dict[str, str], expected: str
) -> None:
    trust = made["module.report.module.network[0].aws_iam_role.flow_log"]["assume_role_policy"]
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
    ("action", "resource", "expected"),
    [
        ("states:StartExecution", MACHINE, "allowed"),
        ("states:StartExecution", f"{MACHINE}-two", "not allowed"),
        ("states:StopExecution", MACHINE, "not allowed"),
        ("ecs:RunTask", f"{DEFINITION}:7", "not allowed"),
        ("iam:PassRole", TASK_ROLE, "not allowed"),
        ("sqs:SendMessage", QUEUE, "allowed"),
    ],
)
def test_the_scheduler_starts_an_execution_and_nothing_else(
    made: dict[str, dict[str, Any]], action: str, resource: str, expected: str
) -> None:
    policy = made["module.report.aws_iam_role_policy.scheduler"]["policy"]
    assert answer(policy, action, resource, {}) == expected


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected"),
    [
        ("ecs:RunTask", f"{DEFINITION}:7", IN_CLUSTER, "allowed"),
        ("ecs:RunTask", DEFINITION, IN_CLUSTER, "allowed"),
        ("ecs:RunTask", f"{DEFINITION}:7", {"ecs:cluster": f"{CLUSTER}-two"}, "not allowed"),
        ("ecs:RunTask", f"{DEFINITION}-two:1", IN_CLUSTER, "not allowed"),
        ("ecs:DescribeTasks", TASK, IN_CLUSTER, "allowed"),
        ("ecs:StopTask", TASK, IN_CLUSTER, "allowed"),
        ("ecs:StopTask", TASK.replace("report/", "report-two/"), IN_CLUSTER, "not allowed"),
        ("ecs:StopTask", TASK, {"ecs:cluster": f"{CLUSTER}-two"}, "not allowed"),
        ("ecs:ListTasks", "*", IN_CLUSTER, "allowed"),
        ("ecs:ListTasks", "*", {"ecs:cluster": f"{CLUSTER}-two"}, "not allowed"),
        ("ecs:ListTasks", "*", {}, "not allowed"),
        ("ecs:TagResource", TASK, {"ecs:CreateAction": "RunTask"}, "allowed"),
        ("ecs:TagResource", TASK, {}, "not allowed"),
        ("ecs:RegisterTaskDefinition", "*", IN_CLUSTER, "not allowed"),
        ("ecs:ExecuteCommand", TASK, IN_CLUSTER, "not allowed"),
        ("iam:PassRole", TASK_ROLE, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}, "allowed"),
        ("iam:PassRole", TASK_ROLE, {"iam:PassedToService": "lambda.amazonaws.com"}, "not allowed"),
        ("iam:PassRole", MEMBER_ROLE, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}, "not allowed"),
        ("events:PutRule", HEARS_OF_TASKS, {}, "allowed"),
        ("events:PutRule", f"{HEARS_OF_TASKS}Two", {}, "not allowed"),
        ("events:DeleteRule", HEARS_OF_TASKS, {}, "not allowed"),
        ("states:ListExecutions", MACHINE, {}, "allowed"),
        ("states:ListExecutions", f"{MACHINE}-two", {}, "not allowed"),
        ("states:StartExecution", MACHINE, {}, "not allowed"),
        ("logs:GetLogEvents", f"{LOG}:log-stream:run/report/1", {}, "allowed"),
        ("logs:GetLogEvents", f"{LOG}-two:log-stream:run/report/1", {}, "not allowed"),
        ("logs:GetLogEvents", f"{LOG}:log-stream:flow/1", {}, "not allowed"),
        ("logs:PutLogEvents", f"{LOG}:log-stream:run/report/1", {}, "not allowed"),
        ("logs:CreateLogDelivery", "*", {}, "allowed"),
        ("sts:AssumeRole", MEMBER_ROLE, IN_ORGANIZATION, "not allowed"),
        ("s3:GetObject", REPORT, {}, "not allowed"),
    ],
)
def test_an_execution_starts_and_stops_this_task_and_reads_its_words_and_nothing_else(
    made: dict[str, dict[str, Any]], action: str, resource: str, context: dict[str, str], expected: str
) -> None:
    policy = made["module.report.aws_iam_role_policy.state_machine"]["policy"]
    assert answer(policy, action, resource, context) == expected


@pytest.mark.parametrize(
    ("principal", "context", "expected"),
    [
        ("states.amazonaws.com", BY_STATE_MACHINE, "allowed"),
        ("states.amazonaws.com", {**BY_STATE_MACHINE, "aws:SourceArn": f"{MACHINE}-two"}, "not allowed"),
        ("states.amazonaws.com", {**BY_STATE_MACHINE, "aws:SourceAccount": MANAGEMENT}, "not allowed"),
        ("states.amazonaws.com", {}, "not allowed"),
        ("scheduler.amazonaws.com", BY_STATE_MACHINE, "not allowed"),
        (ANALYST, BY_STATE_MACHINE, "not allowed"),
    ],
)
def test_the_state_machine_alone_takes_its_role(
    made: dict[str, dict[str, Any]], principal: str, context: dict[str, str], expected: str
) -> None:
    trust = made["module.report.aws_iam_role.state_machine"]["assume_role_policy"]
    assert answer(trust, "sts:AssumeRole", "*", context, principal) == expected


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
        (
            "ecr:BatchGetImage",
            f"arn:aws:ecr:{REGION}:323658145986:repository/aws-guardduty-agent-fargate",
            "allowed",
        ),
        ("ecr:BatchGetImage", f"arn:aws:ecr:{REGION}:323658145986:repository/other", "not allowed"),
        ("ecr:GetAuthorizationToken", "*", "allowed"),
        ("s3:PutObject", REPORT, "not allowed"),
    ],
)
def test_ecs_pulls_this_image_and_writes_this_log(
    made: dict[str, dict[str, Any]], action: str, resource: str, expected: str
) -> None:
    policy = made["module.report.aws_iam_role_policy.execution"]["policy"]
    assert answer(policy, action, resource, {}) == expected


def test_the_delegation_policy_lets_the_security_account_read_the_organization_and_nothing_else(
    deployment: Deployment,
) -> None:
    policy = output(deployment.shown, "report")["delegation_policy"]
    account = f"arn:aws:iam::{SECURITY}:root"
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Principal"] == {"AWS": account}
    asked = {permission.action for permission in ORGANIZATION}
    assert asked - set(statement["Action"]) == {"tag:GetResources"}
    assert set(statement["Action"]) - asked == {"organizations:ListAWSServiceAccessForOrganization"}
