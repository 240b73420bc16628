"""Both examples, applied for real against moto, planned again and destroyed."""

from __future__ import annotations

import json
import re

import hcl
import pytest
from deployments import Deployment
from embedded_cloud import MANAGEMENT, SECURITY, KeptReports
from rendered import container, kinds, output, resources
from terraform_runs import Outcome

MEMBERS = [f"2000000000{number:02d}" for number in range(1, 11)]


@pytest.mark.parametrize("example", ["complete", "smallest"])
def test_everything_is_created(deployments: dict[str, Deployment], example: str) -> None:
    applied = deployments[example].applied
    assert applied.code == 0, applied.text[-2000:]
    assert "Apply complete!" in applied.text


@pytest.mark.parametrize("example", ["complete", "smallest"])
def test_a_second_plan_without_the_image_finds_nothing_to_do(
    second_plans: dict[str, Outcome], example: str
) -> None:
    assert second_plans[example].code == 0, second_plans[example].text[-2000:]
    assert "No changes." in second_plans[example].text


def test_a_destroy_of_what_is_disposable_ends_well(destroyed: dict[str, Outcome]) -> None:
    assert destroyed["complete"].code == 0, destroyed["complete"].text[-2000:]
    assert "Destroy complete!" in destroyed["complete"].text


def test_a_destroy_says_that_reports_are_kept(refused: Outcome) -> None:
    assert refused.code == 1
    assert "stays with its key and its locks" in " ".join(refused.text.split())


def test_reports_that_are_kept_keep_their_key_and_their_locks(kept: KeptReports) -> None:
    assert kept == KeptReports(
        policy=True, public_access_blocked=True, versioned=True, lifecycle_rules=2, key_state="Enabled"
    )


def test_all_that_runs_is_removed_beside_reports_that_are_kept(left_in_state: set[str]) -> None:
    assert {kind for kind in left_in_state if not kind.startswith("aws_s3_")} == {
        "aws_kms_alias",
        "aws_kms_key",
        "terraform_data",
    }


def test_reports_that_are_given_up_are_removed(given_up: list[Outcome]) -> None:
    assert [each.code for each in given_up] == [0, 0], given_up[-1].text[-2000:]
    assert "Destroy complete!" in given_up[-1].text


def test_a_destroy_leaves_nothing(left_over: list[str]) -> None:
    assert left_over == []


def test_every_part_of_the_issue_is_there(deployment: Deployment) -> None:
    assert kinds(deployment.shown) >= {
        "aws_athena_named_query",
        "aws_athena_workgroup",
        "aws_cloudformation_stack_instances",
        "aws_cloudwatch_composite_alarm",
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
        "aws_sfn_state_machine",
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
    rules = made["module.report.aws_s3_bucket_lifecycle_configuration.report[0]"]["rule"]
    (rule,) = (rule for rule in rules if rule["abort_incomplete_multipart_upload"])
    assert rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 2}]
    assert rule["status"] == "Enabled"
    assert [each["prefix"] for each in rule["filter"]] == [""]


def test_the_task_is_told_what_the_infrastructure_decided(deployment: Deployment) -> None:
    made = resources(deployment.shown)
    environment = {entry["name"]: entry["value"] for entry in container(deployment.shown)["environment"]}
    assert environment == {
        "REPORT_BUCKET": f"iam-access-key-report-{SECURITY}-eu-central-1",
        "REPORT_DEPLOYMENT": "iam-access-key-report",
        "REPORT_EXTERNAL_ID": "acme-report",
        "REPORT_KMS_KEY_ARN": made["module.report.aws_kms_key.data[0]"]["arn"],
        "REPORT_MEMBER_ROLE": "security/iam-access-key-report-reader",
        "REPORT_MIN_COVERAGE": "100",
        "REPORT_ORGANIZATION_ROLE_ARN": f"arn:aws:iam::{MANAGEMENT}:role/iam-access-key-report-organization",
        "REPORT_POLICY_FILE": f"s3://iam-access-key-report-{SECURITY}-eu-central-1/policy-file/policy.toml",
        "REPORT_PREFIX": "iam-access-key-report",
        "REPORT_TOPIC_ARN": made["module.report.aws_sns_topic.changes[0]"]["arn"],
        "REPORT_TAG_COLUMNS": "Environment,DataClassification",
    }


def test_the_task_waits_for_its_log_rather_than_losing_lines(deployment: Deployment) -> None:
    assert container(deployment.shown)["logConfiguration"]["options"]["mode"] == "blocking"


def test_the_task_finds_room_in_two_zones(deployment: Deployment) -> None:
    made = resources(deployment.shown)
    subnets = [made[f"module.report.module.network[0].aws_subnet.private[{index}]"] for index in (0, 1)]
    assert len({subnet["availability_zone"] for subnet in subnets}) == 2
    assert [subnet["cidr_block"] for subnet in subnets] == ["10.42.0.0/27", "10.42.0.48/28"]


def test_zones_without_fargate_are_left_out() -> None:
    (zones,) = (block for block in hcl.blocks() if block.labels == ("aws_availability_zones", "fargate"))
    excluded = {zone.strip('"') for zone in zones.body["exclude_zone_ids"]}
    assert excluded >= {"usw1-az2", "apne1-az3"}


def test_no_rule_removes_an_image_that_has_a_tag(deployment: Deployment) -> None:
    policy = json.loads(
        resources(deployment.shown)["module.report.aws_ecr_lifecycle_policy.report"]["policy"]
    )
    assert [rule["selection"]["tagStatus"] for rule in policy["rules"]] == ["untagged"]


def test_an_expired_snapshot_is_gone_a_day_later(deployment: Deployment) -> None:
    rules = resources(deployment.shown)["module.report.aws_s3_bucket_lifecycle_configuration.report[0]"][
        "rule"
    ]
    (rule,) = (rule for rule in rules if rule["id"] == "snapshots")
    assert rule["noncurrent_version_expiration"][0]["noncurrent_days"] == 1


def test_a_changed_member_role_reaches_hundreds_of_accounts(deployment: Deployment) -> None:
    made = resources(deployment.shown)
    stack_set = made["module.member_roles.aws_cloudformation_stack_set.member_role"]
    instances = made["module.member_roles.aws_cloudformation_stack_instances.member_role"]
    (whole,), (each,) = stack_set["operation_preferences"], instances["operation_preferences"]
    assert whole["failure_tolerance_percentage"] > whole["max_concurrent_percentage"] > 1
    assert each["concurrency_mode"] == "SOFT_FAILURE_TOLERANCE"
    assert each["max_concurrent_percentage"] == whole["max_concurrent_percentage"]
    assert stack_set["timeouts"] == {"update": "12h"}
    assert instances["timeouts"] == {"create": "12h", "update": "12h", "delete": "12h"}


def test_ecs_writes_its_figures_into_a_log_that_is_encrypted_and_ends(deployment: Deployment) -> None:
    made = resources(deployment.shown)
    log = made["module.report.aws_cloudwatch_log_group.container_insights"]
    assert log["name"] == "/aws/ecs/containerinsights/iam-access-key-report/performance"
    assert log["retention_in_days"] == 365
    assert log["kms_key_id"] == made["module.report.aws_kms_key.operations"]["arn"]


def test_a_workgroup_goes_with_the_queries_that_were_run_in_it(deployment: Deployment) -> None:
    assert (
        resources(deployment.shown)["module.report.aws_athena_workgroup.report[0]"]["force_destroy"] is True
    )


def test_the_scheduler_says_for_which_time_it_starts_an_execution(deployment: Deployment) -> None:
    made = resources(deployment.shown)
    (target,) = made['module.report.aws_scheduler_schedule.report["daily"]']["target"]
    assert target["arn"] == made["module.report.aws_sfn_state_machine.report"]["arn"]
    assert json.loads(target["input"]) == {"scheduled_at": "<aws.scheduler.scheduled-time>"}
    assert "<aws.scheduler.scheduled-time>" in target["input"]


def test_an_execution_writes_what_went_wrong_into_a_log_that_is_encrypted_and_ends(
    deployment: Deployment,
) -> None:
    made = resources(deployment.shown)
    log = made["module.report.aws_cloudwatch_log_group.executions"]
    (logging,) = made["module.report.aws_sfn_state_machine.report"]["logging_configuration"]
    assert (logging["level"], logging["log_destination"]) == ("ERROR", f"{log['arn']}:*")
    assert log["retention_in_days"] == 365
    assert log["kms_key_id"] == made["module.report.aws_kms_key.operations"]["arn"]


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
    subnets = ",".join(
        made[f"module.report.module.network[0].aws_subnet.private[{index}]"]["id"] for index in (0, 1)
    )
    group = made["module.report.aws_security_group.task"]["id"]
    assert output(deployment.shown, "report")["run_task_command"] == (
        "aws ecs run-task --region eu-central-1 --cluster iam-access-key-report"
        " --task-definition iam-access-key-report --launch-type FARGATE --propagate-tags TASK_DEFINITION"
        f" --network-configuration 'awsvpcConfiguration={{subnets=[{subnets}],securityGroups=[{group}],"
        "assignPublicIp=DISABLED}'"
    )
