"""What rises and when: the rule for failed runs, the alarms, the dashboard and the data sets' columns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from embedded_cloud import REGION, SECURITY
from event_patterns import fits

from job.logs import METRIC_UNITS

CLUSTER = f"arn:aws:ecs:{REGION}:{SECURITY}:cluster/iam-access-key-report"


@pytest.fixture
def failed(made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Pattern of the events that tell of a failed run."""
    pattern: dict[str, Any] = json.loads(
        made["module.report.aws_cloudwatch_event_rule.failed"]["event_pattern"]
    )
    return pattern


def stopped(**detail: object) -> dict[str, object]:
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {
            "clusterArn": CLUSTER,
            "lastStatus": "STOPPED",
            "stopCode": "EssentialContainerExited",
            "containers": [{"name": "report", "exitCode": 0}],
            **detail,
        },
    }


@pytest.mark.parametrize("code", [1, 2, 3, 137, 143])
def test_a_task_that_ends_with_another_code_than_0_is_told_of(failed: dict[str, Any], code: int) -> None:
    assert fits(failed, stopped(containers=[{"name": "report", "exitCode": code}]))


def test_a_task_that_never_started_is_told_of(failed: dict[str, Any]) -> None:
    assert fits(failed, stopped(containers=[{"name": "report"}], stopCode="TaskFailedToStart"))


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"containers": [{"name": "report", "exitCode": 3}], "lastStatus": "RUNNING"},
        {"containers": [{"name": "report", "exitCode": 3}], "clusterArn": f"{CLUSTER}-two"},
    ],
)
def test_no_other_task_is_told_of(failed: dict[str, Any], detail: dict[str, object]) -> None:
    assert not fits(failed, stopped(**detail))


@pytest.mark.parametrize(
    ("name", "metric", "rises"),
    [
        ("run-failed", "AWS/Events TriggeredRules", "Sum GreaterThanThreshold 0, else notBreaching"),
        ("errors-logged", "IamAccessKeyReport ErrorsLogged", "Sum GreaterThanThreshold 0, else notBreaching"),
        ("coverage-low", "IamAccessKeyReport Coverage", "Minimum LessThanThreshold 100, else notBreaching"),
        ("run-missed", "IamAccessKeyReport Coverage", "SampleCount LessThanThreshold 1, else breaching"),
        (
            "start-undelivered",
            "AWS/SQS ApproximateNumberOfMessagesVisible",
            "Maximum GreaterThanThreshold 0, else notBreaching",
        ),
    ],
)
def test_each_alarm_watches_its_metric_and_tells_the_topic(
    made: dict[str, dict[str, Any]], name: str, metric: str, rises: str
) -> None:
    alarm = made[f'module.report.aws_cloudwatch_metric_alarm.report["{name}"]']
    assert f"{alarm['namespace']} {alarm['metric_name']}" == metric
    condition = f"{alarm['statistic']} {alarm['comparison_operator']} {alarm['threshold']}"
    assert f"{condition}, else {alarm['treat_missing_data']}" == rises
    assert alarm["alarm_actions"] == [made["module.report.aws_sns_topic.alarms[0]"]["arn"]]
    assert alarm["actions_enabled"] is True


def test_a_run_is_missed_after_26_hours(made: dict[str, dict[str, Any]]) -> None:
    alarm = made['module.report.aws_cloudwatch_metric_alarm.report["run-missed"]']
    assert (alarm["period"], alarm["evaluation_periods"]) == (3600, 26)


def test_the_dashboard_shows_every_metric_of_the_job(made: dict[str, dict[str, Any]]) -> None:
    dashboard = json.loads(made["module.report.aws_cloudwatch_dashboard.report"]["dashboard_body"])
    shown = [
        metric for widget in dashboard["widgets"] for _, metric in widget["properties"].get("metrics", ())
    ]
    assert sorted(shown) == sorted(METRIC_UNITS)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("report_date", "DATETIME"),
        ("account_id", "STRING"),
        ("key_created_at", "DATETIME"),
        ("key_age_days", "INTEGER"),
        ("is_admin", "BIT"),
    ],
)
def test_quicksight_gets_typed_columns(made: dict[str, dict[str, Any]], column: str, kind: str) -> None:
    (table,) = made['module.report.aws_quicksight_data_set.report["keys"]']["physical_table_map"]
    types = {each["name"]: each["type"] for each in table["relational_table"][0]["input_columns"]}
    assert types[column] == kind
