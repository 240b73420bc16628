"""What moto's interpreter of state machines lacks, closed by name as in `shims.py`, which says how.

Installed when the embedded AWS is served: tasks have to know where.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NoReturn

from fargate import Fargate, NoRoomError, RefusedError, Rights, Task
from moto.core.config import default_user_config
from moto.core.responses import ActionResult
from moto.iam.access_control import IAMRequestBase
from moto.logs.models import logs_backends
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_ecs import (
    StateTaskServiceEcs,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse

SHORTENED = 100
"""A pause of a minute takes 0.6 seconds."""


def install(fargate: Fargate) -> None:
    """Close all gaps."""
    execute_state_machines()
    validate_state_machines()
    list_no_versions()
    shorten_pauses()
    let_administrators_act()
    run_tasks(fargate)
    call_with_rights(fargate)


def execute_state_machines() -> None:
    """Step Functions: executions are made up unless asked for. Goes when moto runs them by itself."""
    default_user_config["stepfunctions"] = {"execute_state_machine": True}


def validate_state_machines() -> None:
    """Step Functions: ValidateStateMachineDefinition is missing; a parser is there. Goes when moto has it."""

    def validate(self: StepFunctionResponse) -> ActionResult:
        validator = vars(type(self.stepfunction_backend))["_validate_definition"]
        validator.__func__(self._get_param("definition"))
        return ActionResult({"result": "OK", "diagnostics": [], "truncated": False})

    setattr(StepFunctionResponse, "validate_state_machine_definition", validate)  # noqa: B010 - not declared


def list_no_versions() -> None:
    """Step Functions: ListStateMachineVersions is missing; nobody makes versions. Goes when moto has it."""

    def versions(_self: StepFunctionResponse) -> ActionResult:
        return ActionResult({"stateMachineVersions": []})

    setattr(StepFunctionResponse, "list_state_machine_versions", versions)  # noqa: B010 - not declared


def shorten_pauses() -> None:
    """Not a gap: nobody waits for minutes. States that wait, and retries, wait a hundredth."""

    def shorter(_self: WaitFunction, env: Environment, wait_seconds: float) -> None:
        env.program_state_event.wait(wait_seconds / SHORTENED)

    setattr(WaitFunction, "_wait_interval", shorter)  # noqa: B010 - private
    slept = retrier_decl.time.sleep
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: slept(seconds / SHORTENED))


def let_administrators_act() -> None:
    """Not a gap: those who apply and start have rights that no policy here says, while a task has its own."""
    check = IAMRequestBase.check_action_permitted

    def permitted(self: IAMRequestBase, resource: str) -> None:
        key = vars(self)["_access_key"]
        if getattr(key, "_owner_role_name", None) != "terraform":
            check(self, resource)

    setattr(IAMRequestBase, "check_action_permitted", permitted)  # noqa: B010 - not declared


def run_tasks(fargate: Fargate) -> None:
    """`ecs:runTask.sync`: it fails, once more at once when retried, and moto's tasks run nothing.

    Goes when moto runs containers.
    """

    def submit(
        _self: StateTaskServiceEcs,
        env: Environment,
        _part: object,
        parameters: Mapping[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        try:
            task = fargate.run_task(parameters, Rights(state_credentials.role_arn))
        except RefusedError as error:
            fail(env, CustomErrorName("ECS.AccessDeniedException"), str(error))
        except NoRoomError as error:
            fail(env, CustomErrorName("AmazonECS.Unknown"), str(error))
        env.stack.append({"Failures": [], "Tasks": [task.description]})

    def resolver(
        _self: StateTaskServiceEcs,
        env: Environment,
        _part: object,
        _parameters: object,
        _credentials: StateCredentials,
    ) -> Callable[[], dict[str, Any] | None]:
        task = fargate.tasks[env.stack.pop()["Tasks"][0]["TaskArn"]]
        return lambda: result_of(env, task)

    setattr(  # noqa: B010 - private
        StateTaskServiceEcs,
        "_eval_service_task",
        lambda self, env, **named: submit(self, env, *named.values()),
    )

    def wait(_self: StateTaskServiceEcs, env: Environment, **named: Any) -> dict[str, Any] | None:  # noqa: ANN401 - moto's
        while env.is_running():
            if result := named["sync_resolver"]():
                return dict(result)
            time.sleep(0.1)
        return None

    setattr(StateTaskServiceEcs, "_eval_sync", wait)  # noqa: B010 - private
    setattr(  # noqa: B010 - private
        StateTaskServiceEcs,
        "_build_sync_resolver",
        lambda self, env, **named: resolver(self, env, *named.values()),
    )


def result_of(env: Environment, task: Task) -> dict[str, Any] | None:
    """A task that went well, nothing while it runs; a failed one fails its state."""
    if not task.has_stopped:
        return None
    if task.has_failed:
        name = StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed)
        fail(env, name, json.dumps(task.description))
    return task.description


def fail(env: Environment, name: ErrorName, cause: str) -> NoReturn:
    """Fail a state as Step Functions does."""
    details = TaskFailedEventDetails(
        error=name.error_name, cause=cause, resource="runTask.sync", resourceType="ecs"
    )
    raise FailureEventException(
        FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )
    )


def call_with_rights(fargate: Fargate) -> None:
    """`aws-sdk:…`: called as nobody, in moto's spelling. Goes when moto calls as the role, in AWS's."""

    def client_for(region: str, service: str, state_credentials: StateCredentials) -> SimpleNamespace:
        rights = Rights(state_credentials.role_arn)
        return SimpleNamespace(**OPERATIONS[service](fargate, rights, region))

    original = boto_client.boto_client_for
    for module in list(sys.modules.values()):
        if vars(module).get("boto_client_for") is original:
            setattr(module, "boto_client_for", client_for)  # noqa: B010 - of many modules

    told = vars(StateTaskServiceAwsSdk)["_from_error"]

    def from_error(self: StateTaskServiceAwsSdk, env: Environment, ex: Exception) -> FailureEvent:
        if not isinstance(ex, RefusedError):
            return told(self, env, ex)
        try:
            fail(env, CustomErrorName(f"{self.resource.api_name}.AccessDeniedException"), str(ex))
        except FailureEventException as failed:
            return failed.failure_event

    setattr(StateTaskServiceAwsSdk, "_from_error", from_error)  # noqa: B010 - private


Operations = dict[str, Callable[..., dict[str, Any]]]


def executions(_fargate: Fargate, rights: Rights, region: str) -> Operations:
    """Of Step Functions itself."""

    def list_executions(*, StateMachineArn: str, StatusFilter: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        rights.require("states:ListExecutions", StateMachineArn)
        backend = stepfunctions_parser_backends[StateMachineArn.split(":")[4]][region]
        found, _ = backend.list_executions(StateMachineArn, status_filter=StatusFilter)
        return {"Executions": [{"ExecutionArn": each.execution_arn} for each in found]}

    return {"list_executions": list_executions}


def tasks(fargate: Fargate, rights: Rights, _region: str) -> Operations:
    """Of ECS."""

    def list_tasks(*, Cluster: str, StartedBy: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        rights.require("ecs:ListTasks", "*", ecs__cluster=Cluster)
        return {"TaskArns": fargate.running(Cluster, StartedBy)}

    def stop_task(*, Cluster: str, Task: str, Reason: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        rights.require("ecs:StopTask", Task, ecs__cluster=Cluster)
        fargate.stop_task(Task, Reason)
        return {"Task": fargate.tasks[Task].description}

    return {"list_tasks": list_tasks, "stop_task": stop_task}


def log_events(_fargate: Fargate, rights: Rights, region: str) -> Operations:
    """Of CloudWatch Logs."""

    def get_log_events(
        *,
        LogGroupName: str,  # noqa: N803 - AWS's
        LogStreamName: str,  # noqa: N803 - AWS's
        Limit: int,  # noqa: N803 - AWS's
        StartFromHead: bool,  # noqa: N803 - AWS's
    ) -> dict[str, Any]:
        assert not StartFromHead
        account_id = rights.role_arn.split(":")[4]
        group = f"arn:aws:logs:{region}:{account_id}:log-group:{LogGroupName}"
        rights.require("logs:GetLogEvents", f"{group}:log-stream:{LogStreamName}")
        stream = logs_backends[account_id][region].groups[LogGroupName].streams[LogStreamName]
        return {"Events": [{"Message": event.message} for event in stream.events[-Limit:]]}

    return {"get_log_events": get_log_events}


OPERATIONS: Mapping[str, Callable[[Fargate, Rights, str], Operations]] = {
    "stepfunctions": executions,
    "ecs": tasks,
    "cloudwatchlogs": log_events,
}
