"""What rises and when: the rule for failed runs, the alarms, the dashboard and the data sets' columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from event_patterns import fits
from policy_places import CLUSTER, MACHINE

from job.logs import METRIC_DIMENSION, METRIC_UNITS


def pattern_of(made: dict[str, dict[str, Any]], start: str) -> dict[str, Any]:
    rule = made[f'module.report.aws_cloudwatch_event_rule.failed["{start}"]']
    pattern: dict[str, Any] = json.loads(rule["event_pattern"])
    return pattern


@pytest.fixture
def failed(made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Pattern of the events that tell of a failed task."""
    return pattern_of(made, "task")


@pytest.fixture
def ended_badly(made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Pattern of the events that tell of a failed execution."""
    return pattern_of(made, "execution")


def ended(**detail: object) -> dict[str, object]:
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"stateMachineArn": MACHINE, "status": "FAILED", "error": "Report.Died", **detail},
    }


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"error": None},
        {"error": "States.Runtime"},
        {"status": "TIMED_OUT", "error": None},
        {"status": "ABORTED", "error": None},
    ],
)
def test_an_execution_that_ended_badly_is_told_of(
    ended_badly: dict[str, Any], detail: dict[str, object]
) -> None:
    assert fits(ended_badly, ended(**detail))


def test_it_is_told_of_too_where_the_event_names_no_error(ended_badly: dict[str, Any]) -> None:
    event = ended()
    event["detail"] = {"stateMachineArn": MACHINE, "status": "FAILED"}
    assert fits(ended_badly, event)


@pytest.mark.parametrize(
    "detail",
    [
        {"status": "SUCCEEDED", "error": None},
        {"status": "RUNNING", "error": None},
        {"error": "Report.AlreadyRunning"},
        {"stateMachineArn": f"{MACHINE}-two"},
    ],
)
def test_no_other_execution_is_told_of(ended_badly: dict[str, Any], detail: dict[str, object]) -> None:
    assert not fits(ended_badly, ended(**detail))


def test_the_error_of_a_refused_execution_is_the_one_that_is_left_out(
    made: dict[str, dict[str, Any]],
) -> None:
    definition = json.loads(made["module.report.aws_sfn_state_machine.report"]["definition"])
    (left_out,) = pattern_of(made, "execution")["detail"]["error"][-1]["anything-but"]
    assert definition["States"]["AlreadyRunning"]["Error"] == left_out


def test_the_message_of_a_failed_execution_holds_its_cause_whatever_is_in_it(
    made: dict[str, dict[str, Any]],
) -> None:
    target = made['module.report.aws_cloudwatch_event_target.failed["execution"]']
    (transformer,) = target["input_transformer"]
    cause = json.dumps({"event": "command.failed", "error": 'no "organizations:ListAccounts"'})
    event = ended(cause=cause)
    assert transformer["input_paths"] == {"execution": "$.detail"}
    sent = transformer["input_template"].replace("<execution>", json.dumps(event["detail"]))
    assert json.loads(sent)["execution"]["cause"] == cause


def test_a_task_of_an_execution_is_left_to_it(
    failed: dict[str, Any], made: dict[str, dict[str, Any]]
) -> None:
    definition = json.loads(made["module.report.aws_sfn_state_machine.report"]["definition"])
    group = definition["States"]["RunTask"]["Parameters"]["Group"]
    killed = [{"name": "report", "exitCode": 137}]
    assert fits(failed, stopped(containers=killed))
    assert not fits(failed, stopped(containers=killed, group=group))


def stopped(**detail: object) -> dict[str, object]:
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {
            "clusterArn": CLUSTER,
            "group": "family:iam-access-key-report",
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
        (
            "errors-logged",
            "IamAccessKeyReport/iam-access-key-report ErrorsLogged",
            "Sum GreaterThanThreshold 0, else notBreaching",
        ),
        ("coverage-low", "IamAccessKeyReport Coverage", "Minimum LessThanThreshold 100, else notBreaching"),
        ("run-missed", "IamAccessKeyReport Coverage", "SampleCount LessThanThreshold 1, else breaching"),
        (
            "start-undelivered",
            "AWS/SQS ApproximateNumberOfMessagesVisible",
            "Maximum GreaterThanThreshold 0, else notBreaching",
        ),
    ],
)
def test_each_alarm_watches_its_metric(
    made: dict[str, dict[str, Any]], name: str, metric: str, rises: str
) -> None:
    alarm = made[f'module.report.aws_cloudwatch_metric_alarm.report["{name}"]']
    assert f"{alarm['namespace']} {alarm['metric_name']}" == metric
    condition = f"{alarm['statistic']} {alarm['comparison_operator']} {alarm['threshold']}"
    assert f"{condition}, else {alarm['treat_missing_data']}" == rises
    assert alarm["actions_enabled"] is True


def test_a_bad_run_is_told_of_once_however_much_is_wrong_with_it(made: dict[str, dict[str, Any]]) -> None:
    trouble = made["module.report.aws_cloudwatch_composite_alarm.trouble[0]"]
    names = ("coverage-low", "errors-logged", "run-failed")
    assert trouble["alarm_rule"] == " OR ".join(f'ALARM("iam-access-key-report-{name}")' for name in names)
    assert trouble["alarm_actions"] == [made["module.report.aws_sns_topic.alarms[0]"]["arn"]]
    assert trouble["ok_actions"] is None
    alarms = [made[f'module.report.aws_cloudwatch_metric_alarm.report["{name}"]'] for name in names]
    assert [(alarm["alarm_actions"], alarm["ok_actions"]) for alarm in alarms] == [(None, None)] * 3


def test_a_start_that_was_not_delivered_is_told_of_by_itself_since_it_stays(
    made: dict[str, dict[str, Any]],
) -> None:
    alarm = made['module.report.aws_cloudwatch_metric_alarm.report["start-undelivered"]']
    topic = made["module.report.aws_sns_topic.alarms[0]"]["arn"]
    assert (alarm["alarm_actions"], alarm["ok_actions"]) == ([topic], None)


def test_absent_reports_are_told_of_and_their_return_too(made: dict[str, dict[str, Any]]) -> None:
    alarm = made['module.report.aws_cloudwatch_metric_alarm.report["run-missed"]']
    topic = made["module.report.aws_sns_topic.alarms[0]"]["arn"]
    assert (alarm["alarm_actions"], alarm["ok_actions"]) == ([topic], [topic])


@pytest.mark.parametrize("name", ["coverage-low", "run-missed"])
def test_the_jobs_metrics_are_watched_under_the_deployments_name(
    made: dict[str, dict[str, Any]], name: str
) -> None:
    alarm = made[f'module.report.aws_cloudwatch_metric_alarm.report["{name}"]']
    assert alarm["dimensions"] == {METRIC_DIMENSION: "iam-access-key-report"}


def test_a_run_is_missed_after_26_hours(made: dict[str, dict[str, Any]]) -> None:
    alarm = made['module.report.aws_cloudwatch_metric_alarm.report["run-missed"]']
    assert (alarm["period"], alarm["evaluation_periods"]) == (3600, 26)


def test_the_dashboard_shows_every_metric_of_the_job(made: dict[str, dict[str, Any]]) -> None:
    dashboard = json.loads(made["module.report.aws_cloudwatch_dashboard.report"]["dashboard_body"])
    shown = [line for widget in dashboard["widgets"] for line in widget["properties"].get("metrics", ())]
    assert sorted(name for _, name, _, _ in shown) == sorted(METRIC_UNITS)
    assert {tuple(dimension) for _, _, *dimension in shown} == {(METRIC_DIMENSION, "iam-access-key-report")}


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
    types = {each["name"]: each["type"] for each in table["custom_sql"][0]["columns"]}
    assert types[column] == kind


@pytest.fixture
def spice(made: dict[str, dict[str, Any]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The table of keys with one row of today, and what QuickSight imports of it as the view `imported`."""
    (table,) = made['module.report.aws_quicksight_data_set.report["keys"]']["physical_table_map"]
    names = [each["name"] for each in table["custom_sql"][0]["columns"]]
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA iam_access_key_report")
        columns = ", ".join(f"{name} varchar" for name in names)
        connection.execute(f"CREATE TABLE iam_access_key_report.keys ({columns}, dt varchar)")
        connection.execute(f"CREATE VIEW imported AS {table['custom_sql'][0]['sql_query']}")
        yield connection


def test_quicksight_imports_every_column(
    spice: duckdb.DuckDBPyConnection, made: dict[str, dict[str, Any]]
) -> None:
    (table,) = made['module.report.aws_quicksight_data_set.report["keys"]']["physical_table_map"]
    names = [each["name"] for each in table["custom_sql"][0]["columns"]]
    assert [column[0] for column in spice.sql("SELECT * FROM imported").description] == names


@pytest.mark.parametrize(
    ("text", "imported"),
    [("x" * 2047, "x" * 2047), ("x" * 2048, "x" * 2046 + "…"), ("é" * 9000, "é" * 2046 + "…"), (None, None)],
    ids=["as long as may be", "longer by one", "longer by far", "none"],
)
def test_quicksight_is_given_text_no_longer_than_it_takes(
    spice: duckdb.DuckDBPyConnection, text: str | None, imported: str | None
) -> None:
    spice.execute(
        "INSERT INTO iam_access_key_report.keys (policies, dt) VALUES (?, CAST(current_date AS varchar))",
        [text],
    )
    assert spice.sql("SELECT policies FROM imported").fetchall() == [(imported,)]


@pytest.mark.parametrize(("age_days", "rows"), [(0, 1), (34, 1), (35, 0)])
def test_quicksight_imports_the_reports_of_the_last_days_alone(
    spice: duckdb.DuckDBPyConnection, age_days: int, rows: int
) -> None:
    spice.execute(
        "INSERT INTO iam_access_key_report.keys (dt)"
        " VALUES (CAST(CAST(current_date - to_days(?) AS date) AS varchar))",
        [age_days],
    )
    assert len(spice.sql("SELECT * FROM imported").fetchall()) == rows


def test_owners_of_a_data_set_may_all_that_quicksight_knows(made: dict[str, dict[str, Any]]) -> None:
    (permissions,) = made['module.report.aws_quicksight_data_set.report["keys"]']["permissions"]
    assert len(permissions["actions"]) == 18
