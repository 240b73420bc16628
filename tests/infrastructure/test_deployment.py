"""Both examples, applied for real against moto, planned again and destroyed."""

from __future__ import annotations

import json
import re

import pytest
from deployments import Deployment
from embedded_cloud import MANAGEMENT, SECURITY
from rendered import container, kinds, output, resources
from terraform_runs import Outcome

MEMBERS = [f"2000000000{number:02d}" for number in range(1, 11)]


@pytest.mark.parametrize("example", ["complete", "smallest"])
def test_everything_is_created(deployments: dict[str, Deployment], example: str) -> None:
    applied = deployments[example].applied
    assert applied.code == 0, applied.text[-2000:]
    assert "Apply complete!" in applied.text


@pytest.mark.parametrize("example", ["complete", "smallest"])
def test_a_second_plan_finds_nothing_to_do(second_plans: dict[str, Outcome], example: str) -> None:
    assert second_plans[example].code == 0, second_plans[example].text[-2000:]
    assert "No changes." in second_plans[example].text


@pytest.mark.parametrize("example", ["complete", "smallest"])
def test_a_destroy_ends_well(destroyed: dict[str, Outcome], example: str) -> None:
    assert destroyed[example].code == 0, destroyed[example].text[-2000:]
    assert "Destroy complete!" in destroyed[example].text


def test_a_destroy_leaves_nothing(left_over: list[str]) -> None:
    assert left_over == []


def test_every_part_of_the_issue_is_there(deployment: Deployment) -> None:
    assert kinds(deployment.shown) >= {
        "aws_athena_named_query",
        "aws_athena_workgroup",
        "aws_cloudformation_stack_instances",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_log_metric_filter",
        "aws_cloudwatch_metric_alarm",
        "aws_ecr_lifecycle_policy",
        "aws_ecs_task_definition",
        "aws_glue_catalog_table",
        "aws_kms_key",
        "aws_nat_gateway",
        "aws_quicksight_data_set",
        "aws_quicksight_refresh_schedule",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_scheduler_schedule",
        "aws_sns_topic_subscription",
        "aws_sqs_queue",
    }


def test_the_smallest_example_has_no_part_that_must_be_asked_for(smallest: Deployment) -> None:
    assert {
        kind
        for kind in kinds(smallest.shown)
        if re.match("aws_(athena|glue|quicksight|cloudformation)", kind)
    } == set()


def test_unfinished_uploads_are_removed_wherever_they_are(deployment: Deployment) -> None:
    made = resources(deployment.shown)
    rules = made["module.report.aws_s3_bucket_lifecycle_configuration.report"]["rule"]
    (rule,) = (rule for rule in rules if rule["abort_incomplete_multipart_upload"])
    assert rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 2}]
    assert rule["status"] == "Enabled"
    assert [each["prefix"] for each in rule["filter"]] == [""]


def test_the_task_is_told_what_the_infrastructure_decided(deployment: Deployment) -> None:
    made = resources(deployment.shown)
    environment = {entry["name"]: entry["value"] for entry in container(deployment.shown)["environment"]}
    assert environment == {
        "REPORT_BUCKET": f"iam-access-key-report-{SECURITY}-eu-central-1",
        "REPORT_EXTERNAL_ID": "acme-report",
        "REPORT_KMS_KEY_ARN": made["module.report.aws_kms_key.data"]["arn"],
        "REPORT_MEMBER_ROLE": "security/iam-access-key-report-reader",
        "REPORT_MIN_COVERAGE": "100",
        "REPORT_ORGANIZATION_ROLE_ARN": f"arn:aws:iam::{MANAGEMENT}:role/iam-access-key-report-organization",
        "REPORT_PREFIX": "iam-access-key-report",
        "REPORT_TAG_COLUMNS": "Environment,DataClassification",
    }


def test_the_scheduler_names_the_run(deployment: Deployment) -> None:
    schedule = resources(deployment.shown)['module.report.aws_scheduler_schedule.report["daily"]']
    (target,) = schedule["target"]
    assert json.loads(target["input"]) == {
        "containerOverrides": [
            {
                "name": "report",
                "environment": [{"name": "REPORT_RUN_ID", "value": "<aws.scheduler.execution-id>"}],
            }
        ]
    }
    assert "<aws.scheduler.execution-id>" in target["input"]


def test_no_secret_is_in_the_task_definition(deployment: Deployment) -> None:
    assert "secrets" not in container(deployment.shown)
    assert "PASSWORD" not in json.dumps(container(deployment.shown)).upper()


@pytest.mark.parametrize("account_id", [MANAGEMENT, SECURITY, *MEMBERS])
def test_every_account_gets_the_member_role(
    deployment: Deployment, member_policies: dict[str, object], account_id: str
) -> None:
    assert deployment.applied.code == 0
    assert member_policies[account_id] == member_policies[MANAGEMENT]


def test_the_command_for_a_manual_run_names_what_was_made(deployment: Deployment) -> None:
    made = resources(deployment.shown)
    subnet = made["module.report.module.network[0].aws_subnet.private"]["id"]
    group = made["module.report.aws_security_group.task"]["id"]
    assert output(deployment.shown, "report")["run_task_command"] == (
        "aws ecs run-task --region eu-central-1 --cluster iam-access-key-report"
        " --task-definition iam-access-key-report --launch-type FARGATE --propagate-tags TASK_DEFINITION"
        f" --network-configuration 'awsvpcConfiguration={{subnets=[{subnet}],securityGroups=[{group}],"
        "assignPublicIp=DISABLED}'"
    )
