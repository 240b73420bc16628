"""One execution is one run: started again where its task died, and ended in words that say how."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

import botocore.session
import pytest
from botocore import xform_name
from deployments import Deployment
from embedded_cloud import REGION, SECURITY
from executions import BEFORE_A_TASK, FOR_A_TIME_LIMIT, ROLE, Ended
from fargate import NO_IMAGE, Task
from rendered import output
from task_runs import untrue
from test_proof import ON_THE_FIRST_DAY

MACHINE = f"arn:aws:states:{REGION}:{SECURITY}:stateMachine:iam-access-key-report"
REPORT = f"s3://iam-access-key-report-{SECURITY}-{REGION}/iam-access-key-report/latest/report.html"


def collected(task: Task) -> set[str]:
    """The accounts that a task read completely, by its log."""
    lines = [json.loads(line) for line in task.log.splitlines() if '"account.collected"' in line]
    return {line["account_id"] for line in lines}


def test_a_scheduled_execution_reports_the_true_rows(executions: Mapping[str, Ended]) -> None:
    assert executions["scheduled"].status == "SUCCEEDED"
    assert untrue(executions["scheduled"].keys, ON_THE_FIRST_DAY) == {}
    assert len(executions["scheduled"].keys) == len(ON_THE_FIRST_DAY)


def test_its_output_says_where_the_report_is(executions: Mapping[str, Ended]) -> None:
    assert executions["scheduled"].output == {
        "outcome": "complete",
        "run_id": "20261122T043000Z",
        "report": REPORT,
    }


def test_its_run_is_named_after_the_scheduled_time(executions: Mapping[str, Ended]) -> None:
    assert {row["run_id"] for row in executions["scheduled"].keys} == {"20261122T043000Z"}


def test_any_other_run_is_named_as_its_execution(executions: Mapping[str, Ended]) -> None:
    assert {row["run_id"] for row in executions["killed"].keys} == {"killed"}


def test_a_task_that_was_killed_and_one_that_was_stopped_are_started_again(
    executions: Mapping[str, Ended],
) -> None:
    assert [task.exit_code for task in executions["killed"].tasks] == [137, 143, 0]
    assert executions["killed"].status == "SUCCEEDED"


def test_a_task_that_was_started_again_reads_what_was_not_read(executions: Mapping[str, Ended]) -> None:
    first, second, third = (collected(task) for task in executions["killed"].tasks)
    assert first
    assert second
    assert third
    assert first & second == first & third == second & third == set()


def test_a_run_in_three_parts_reports_the_true_rows(executions: Mapping[str, Ended]) -> None:
    assert untrue(executions["killed"].keys, ON_THE_FIRST_DAY) == {}
    assert len(executions["killed"].keys) == len(ON_THE_FIRST_DAY)


def test_a_task_that_finds_no_room_or_no_image_is_started_again(executions: Mapping[str, Ended]) -> None:
    assert executions["late"].status == "SUCCEEDED"
    assert [task.exit_code for task in executions["late"].tasks] == [None, 0]


def test_a_task_whose_agent_of_guardduty_is_not_to_be_had_is_judged_by_the_jobs_own_container(
    executions: Mapping[str, Ended],
) -> None:
    assert [task.has_failed for task in executions["agentless"].tasks] == [True]
    assert [task.exit_code for task in executions["agentless"].tasks] == [0]
    assert executions["agentless"].output == {
        "outcome": "complete",
        "run_id": "agentless",
        "report": REPORT,
    }


def test_a_task_that_never_finds_room_fails_with_the_words_of_ecs(executions: Mapping[str, Ended]) -> None:
    assert executions["crowded"].status == "FAILED"
    assert executions["crowded"].error == "AmazonECS.Unknown"
    assert str(executions["crowded"].cause).startswith("Capacity is unavailable")
    assert executions["crowded"].tasks == []


def test_a_task_that_never_finds_its_image_fails_with_the_reason(executions: Mapping[str, Ended]) -> None:
    assert executions["imageless"].status == "FAILED"
    assert executions["imageless"].error == "Report.Died"
    assert len(executions["imageless"].tasks) == 4
    assert str(executions["imageless"].cause).endswith(NO_IMAGE)
    assert "run_id imageless" in str(executions["imageless"].cause)


@pytest.mark.parametrize(
    ("name", "code", "error", "words"),
    [
        ("nothing", 1, "Report.NothingPublished", "organizations:ListAccounts"),
        ("wrong", 2, "Report.WrongSettings", "error: REPORT_MIN_COVERAGE: expected a number"),
    ],
)
def test_a_run_that_failed_says_so_in_its_own_last_words(
    executions: Mapping[str, Ended], name: str, code: int, error: str, words: str
) -> None:
    ended = executions[name]
    assert [task.exit_code for task in ended.tasks] == [code]
    assert (ended.status, ended.error) == ("FAILED", error)
    assert words in str(ended.cause)
    assert ended.cause == ended.tasks[0].log.splitlines()[-1]


def test_a_report_below_the_minimum_coverage_is_a_success_with_a_warning(
    executions: Mapping[str, Ended],
) -> None:
    ended = executions["below"]
    assert [task.exit_code for task in ended.tasks] == [3]
    assert ended.status == "SUCCEEDED"
    assert ended.output["outcome"].startswith("published, but fewer accounts were read")
    assert "200000000001" in json.loads(ended.output["warning"])["not_read"]
    assert ended.output["report"] == REPORT


def test_shards_read_the_accounts_and_one_more_task_reports(executions: Mapping[str, Ended]) -> None:
    ended = executions["sharded"]
    parts = [task.command[3:] for task in ended.tasks]
    assert (parts[0], parts[-1]) == (["--shard", "0/4"], [])
    assert sorted(parts[1:-1]) == [["--shard", f"{number}/4"] for number in (1, 2, 3, 4)]
    assert [len(collected(task)) for task in ended.tasks] == [0, 3, 3, 3, 3, 0]
    assert ended.status == "SUCCEEDED"


def test_shards_report_what_one_task_reports(executions: Mapping[str, Ended]) -> None:
    sharded, single = executions["sharded"], executions["scheduled"]
    assert [steady(row) for row in sharded.keys] == [steady(row) for row in single.keys]
    assert [steady(row) for row in sharded.accounts] == [steady(row) for row in single.accounts]


def test_a_report_of_shards_knows_how_each_account_was_read(executions: Mapping[str, Ended]) -> None:
    told = executions["sharded"].accounts
    assert len(told) == 12
    assert all(int(row["api_calls"]) > 0 and float(row["seconds"]) > 0 and row["role_used"] for row in told)


def test_what_a_shard_that_died_for_good_left_unread_the_run_itself_reads(
    executions: Mapping[str, Ended],
) -> None:
    ended = executions["three of four"]
    lost = [task for task in ended.tasks if task.command[-1] == "2/4"]
    assert [task.exit_code for task in lost] == [None] * 4
    assert len(collected(ended.tasks[-1])) == 3
    assert untrue(ended.keys, ON_THE_FIRST_DAY) == {}
    assert ended.status == "SUCCEEDED"


def steady(row: Mapping[str, str]) -> dict[str, str]:
    """What does not tell when, by whom or how fast an account was read."""
    moving = {"run_id", "collected_at", "credential_report_at", "seconds", "retries", "api_calls"}
    return {name: value for name, value in row.items() if name not in moving}


def test_a_run_that_takes_too_long_is_stopped_and_says_how_to_go_on(executions: Mapping[str, Ended]) -> None:
    assert executions["long"].error == "Report.TimedOut"
    assert "run_id long" in str(executions["long"].cause)
    assert [task.exit_code for task in executions["long"].tasks] == [143]


def test_of_two_that_begin_at_once_one_runs_and_the_other_is_refused(executions: Mapping[str, Ended]) -> None:
    first, second = executions["first"], executions["second"]
    assert (first.status, second.status) == ("SUCCEEDED", "FAILED")
    assert second.error == "Report.AlreadyRunning"
    assert first.arn in str(second.cause)


def test_the_refused_one_wrote_nothing_and_the_other_everything(executions: Mapping[str, Ended]) -> None:
    assert executions["second"].keys == ()
    assert untrue(executions["first"].keys, ON_THE_FIRST_DAY) == {}
    assert {row["run_id"] for row in executions["first"].keys} == {"first"}


@pytest.mark.parametrize("action", BEFORE_A_TASK)
def test_without_a_permission_no_task_begins_and_the_cause_names_it(
    executions: Mapping[str, Ended], action: str
) -> None:
    assert executions[action].status == "FAILED"
    assert executions[action].tasks == []
    assert f"{ROLE} is not authorized to perform: {action}" in str(executions[action].cause)


def test_without_the_log_the_cause_is_what_ecs_says(executions: Mapping[str, Ended]) -> None:
    ended = executions["logs:GetLogEvents"]
    assert (ended.error, ended.cause) == ("Report.WrongSettings", "Essential container in task exited")


@pytest.mark.parametrize("action", FOR_A_TIME_LIMIT)
def test_without_the_right_to_stop_it_a_task_goes_on_and_the_execution_fails(
    executions: Mapping[str, Ended], action: str
) -> None:
    assert executions[action].status == "FAILED"
    assert f"is not authorized to perform: {action}" in str(executions[action].cause)
    assert [task.exit_code for task in executions[action].tasks] == [0]


def test_the_command_for_a_manual_run_is_one_that_aws_has(deployment: Deployment) -> None:
    command = output(deployment.shown, "report")["start_execution_command"]
    assert command == f"aws stepfunctions start-execution --region {REGION} --state-machine-arn {MACHINE}"
    model = botocore.session.get_session().get_service_model("stepfunctions")
    shape = model.operation_model("StartExecution").input_shape
    members = {xform_name(name, "-") for name in (shape.members if shape else ())}
    assert {word.removeprefix("--") for word in shlex.split(command)[3::2]} - {"region"} <= members
