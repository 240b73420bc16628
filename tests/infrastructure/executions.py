"""Executions of the state machine as it was made: each with another fate, and how it ended."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from deployments import Deployment
from embedded_cloud import REGION, SECURITY, without
from fargate import Fargate, Mishap, Task
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from policy_places import MEMBER_ROLE, ORGANIZATION_ROLE
from rendered import resources
from task_runs import PREFIX, rows

ROLE = f"arn:aws:iam::{SECURITY}:role/iam-access-key-report-state-machine"
DAY = "2026-11-22"
MOST_SECONDS = 240

SLOWLY = {"REPORT_MAX_CONCURRENCY": "1"}
WRONG = {"REPORT_MIN_COVERAGE": "many"}
# Seconds: long enough for a task to begin its work.
SHORT = 10
ONE_ACCOUNT = {"REPORT_ACCOUNTS": "200000000001"}

# Without these no task begins; without the other three something else is missing.
BEFORE_A_TASK = (
    "ecs:DescribeTasks",
    "ecs:RunTask",
    "ecs:TagResource",
    "events:DescribeRule",
    "events:PutRule",
    "events:PutTargets",
    "iam:PassRole",
    "states:ListExecutions",
)
FOR_A_TIME_LIMIT = ("ecs:ListTasks", "ecs:StopTask")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an execution ended, which tasks it started, and the rows that it published."""

    arn: str
    status: str
    error: str | None
    cause: str | None
    output: Mapping[str, Any]
    tasks: Sequence[Task]
    keys: Sequence[Mapping[str, str]]
    accounts: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Machine:
    """The state machine of the deployment."""

    fargate: Fargate
    arn: str

    @property
    def backend(self) -> StepFunctionsParserBackend:
        """What moto holds of it."""
        backend: StepFunctionsParserBackend = stepfunctions_parser_backends[SECURITY][REGION]
        return backend

    def start(self, name: str, given: Mapping[str, object]) -> Execution:
        """Start an execution."""
        return self.backend.start_execution(self.arn, name, json.dumps(given))

    def run(
        self,
        name: str,
        *mishaps: Mishap | None,
        settings: Mapping[str, str] | None = None,
        **given: str | int,
    ) -> Ended:
        """Run one to its end, in a folder of its own; `mishaps` are those of its tasks, in their order."""
        before = len(self.fargate.tasks)
        self.fargate.mishaps.extend(mishaps)
        execution = self.start(name, {**given, "environment": environment(name, settings or {})})
        ended = self.ended(execution, name)
        return replace(ended, tasks=list(self.fargate.tasks.values())[before:])

    def ended(self, execution: Execution, name: str) -> Ended:
        """Wait for an execution's end."""
        before = time.monotonic()
        while execution.status == "RUNNING" and time.monotonic() - before < MOST_SECONDS:
            time.sleep(0.1)
        return Ended(
            arn=execution.exec_arn,
            status=execution.status,
            error=execution.error,
            cause=execution.cause,
            output=execution.output or {},
            tasks=(),
            keys=rows("keys", DAY, f"{PREFIX}/{name}"),
            accounts=rows("accounts", DAY, f"{PREFIX}/{name}"),
        )

    @contextmanager
    def limited_to(self, seconds: int) -> Iterator[None]:
        """Give every task of executions that begin inside so much time."""
        machine = self.backend.describe_state_machine(self.arn)
        before = machine.definition
        definition = json.loads(before)
        definition["States"]["RunTask"]["TimeoutSeconds"] = seconds
        machine.definition = json.dumps(definition)
        try:
            yield
        finally:
            machine.definition = before


def environment(name: str, settings: Mapping[str, str]) -> list[dict[str, str]]:
    """A run's own settings in the form that ECS has for them."""
    stated = {"REPORT_DATE": DAY, "REPORT_PREFIX": f"{PREFIX}/{name}", **settings}
    return [{"Name": setting, "Value": value} for setting, value in stated.items()]


def run_executions(fargate: Fargate, deployment: Deployment) -> Mapping[str, Ended]:
    """Run them one after the other, but for those that begin at once."""
    made = resources(deployment.shown)["module.report.aws_sfn_state_machine.report"]
    machine = Machine(fargate, made["arn"])
    ended = {
        "scheduled": machine.run("scheduled", scheduled_at="2026-11-22T04:30:00Z"),
        "killed": machine.run("killed", "killed", "stopped", settings=SLOWLY),
        "late": machine.run("late", "no room", "no image", settings=ONE_ACCOUNT),
        "crowded": machine.run("crowded", "no room", "no room", "no room", "no room"),
        "imageless": machine.run("imageless", "no image", "no image", "no image", "no image"),
        "agentless": machine.run("agentless", "no agent", settings=ONE_ACCOUNT),
        "wrong": machine.run("wrong", settings=WRONG),
    }
    with without(ORGANIZATION_ROLE, "organizations:ListAccounts"):
        ended["nothing"] = machine.run("nothing")
    with without(MEMBER_ROLE, "iam:GetAccountAuthorizationDetails"):
        ended["below"] = machine.run("below", "no agent")
    ended["sharded"] = machine.run("sharded", shards=4)
    fargate.imageless.add("2/4")
    ended["three of four"] = machine.run("three-of-four", shards=4)
    fargate.imageless.clear()
    with machine.limited_to(SHORT):
        ended["long"] = machine.run("long", "stands still", settings=SLOWLY)
    return ended | at_once(machine) | lacking(machine)


def at_once(machine: Machine) -> dict[str, Ended]:
    """Two that begin at the same time."""
    names = ("first", "second")
    begun = [machine.start(name, {"environment": environment(name, {})}) for name in names]
    return {name: machine.ended(execution, name) for name, execution in zip(names, begun, strict=True)}


def lacking(machine: Machine) -> dict[str, Ended]:
    """One without each permission of the state machine's role, by the permission."""
    ended = {}
    for action in BEFORE_A_TASK:
        with without(ROLE, action):
            ended[action] = machine.run(f"without-{action.replace(':', '-')}")
    with without(ROLE, "logs:GetLogEvents"):
        ended["logs:GetLogEvents"] = machine.run("without-words", settings=WRONG)
    for action in FOR_A_TIME_LIMIT:
        with without(ROLE, action), machine.limited_to(SHORT):
            ended[action] = machine.run(
                f"without-{action.replace(':', '-')}", "stands still", settings=SLOWLY
            )
        machine.fargate.wait()
    return ended
