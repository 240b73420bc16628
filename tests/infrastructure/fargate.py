"""Tasks of a container engine in place of Fargate's, with what moto lacks of it: rights, last words, mishaps.

A task runs the image that its registered definition names, with that one's environment and role, as it was
overridden. moto's own tasks run nothing.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import container_engine
from embedded_cloud import Cloud, enforcement, identities, task_credentials
from moto.ecs.models import TaskDefinition, ecs_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from policy_requests import answer

# What may happen to a task: there is no room for it, its image is not to be had, nor that of the agent which
# GuardDuty added to it, or half-way it is killed, stopped, or comes to a standstill.
Mishap: TypeAlias = Literal["no room", "no image", "no agent", "killed", "stopped", "stands still"]
INTERRUPTIONS = {"killed": "kill", "stopped": "stop", "stands still": "pause"}

AGENT = "aws-guardduty-agent-mfjGLB"
NO_IMAGE = "CannotPullContainerError: failed to resolve ref: not found"

# How many accounts a task gets further before it is interrupted.
SOME_ACCOUNTS = 3


class RefusedError(Exception):
    """A call that a role may not make."""


class NoRoomError(Exception):
    """Fargate has no capacity."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a role's policies permit at this moment."""

    role_arn: str

    def require(self, action: str, resource: str, **context: str) -> None:
        """Raise RefusedError unless this request is allowed; `ecs__cluster` is the key `ecs:cluster`."""
        role = identities(self.role_arn.split(":")[4]).get_role(self.role_arn.rpartition("/")[2])
        known = {key.replace("__", ":"): value for key, value in context.items()}
        answers = [answer(text, action, resource, known) for text in role.policies.values()]
        if "denied" in answers or "allowed" not in answers:
            raise RefusedError(
                f"{self.role_arn} is not authorized to perform: {action} on resource: {resource}"
            )


@dataclass(slots=True)
class Task:
    """A task as DescribeTasks tells of it, in the spelling of Step Functions."""

    arn: str
    definition: TaskDefinition
    description: dict[str, Any]
    container: str
    log: str = ""

    @property
    def run_id(self) -> str:
        """The run that it is a task of."""
        return self.command[2]

    @property
    def command(self) -> list[str]:
        """What its container was told to do."""
        (override,) = self.description["Overrides"]["ContainerOverrides"]
        return list(override["Command"])

    @property
    def has_stopped(self) -> bool:
        """Whether it has come to its end."""
        return bool(self.description["LastStatus"] == "STOPPED")

    @property
    def exit_code(self) -> int | None:
        """What its container ended with; None when that never ran."""
        code: int | None = self.description["Containers"][-1].get("ExitCode")
        return code

    @property
    def has_failed(self) -> bool:
        """Whether a container of it ended with another code than 0, or with none."""
        return any(container.get("ExitCode") != 0 for container in self.description["Containers"])

    def stop(self, code: int | None, stop_code: str, reason: str) -> None:
        """Note how it ended; the status last, for others look at it."""
        if code is not None:
            self.description["Containers"][-1]["ExitCode"] = code
        self.description |= {"StopCode": stop_code, "StoppedReason": reason}
        self.description["LastStatus"] = "STOPPED"


@dataclass(slots=True)
class Fargate:
    """Every task that an execution started, in their order; `mishaps` are of the next ones.

    The parts of a run that `imageless` names never find their image.
    """

    cloud: Cloud
    tasks: dict[str, Task] = field(default_factory=dict)
    mishaps: deque[Mishap | None] = field(default_factory=deque)
    imageless: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def run_task(self, asked: Mapping[str, Any], rights: Rights) -> Task:
        """Start one; raises RefusedError, NoRoomError."""
        _, _, _, region, account_id, cluster = asked["Cluster"].split(":", 5)
        ecs = ecs_backends[account_id][region]
        assert cluster.partition("/")[2] in ecs.clusters
        definition = ecs.describe_task_definition(asked["TaskDefinition"])
        arn = f"arn:aws:ecs:{region}:{account_id}:task/{cluster.partition('/')[2]}/{next(self.numbers):032x}"
        self._require_rights(asked, definition, arn, rights)
        (override,) = asked["Overrides"]["ContainerOverrides"]
        mishap = self.mishaps.popleft() if self.mishaps else None
        if override["Command"][-1] in self.imageless:
            mishap = "no image"
        if mishap == "no room":
            raise NoRoomError("Capacity is unavailable at this time. Please try again later")
        task = Task(arn, definition, _description(asked, definition, arn), f"task-{time.monotonic_ns()}")
        self.tasks[arn] = task
        if mishap == "no image":
            task.stop(None, "TaskFailedToStart", NO_IMAGE)
            return task
        if mishap == "no agent":
            task.description["Containers"].insert(0, {"Name": AGENT, "TaskArn": arn, "Reason": NO_IMAGE})
        threading.Thread(target=self._run, args=(task, override), daemon=True).start()
        if mishap in INTERRUPTIONS:
            threading.Thread(target=self._interrupt, args=(task, mishap), daemon=True).start()
        return task

    def _require_rights(
        self, asked: Mapping[str, Any], definition: TaskDefinition, arn: str, rights: Rights
    ) -> None:
        cluster = asked["Cluster"]
        rights.require("ecs:RunTask", definition.arn, ecs__cluster=cluster)
        assert asked["PropagateTags"] == "TASK_DEFINITION"
        rights.require("ecs:TagResource", arn, ecs__CreateAction="RunTask")
        for role_arn in (definition.task_role_arn, definition.execution_role_arn):
            rights.require("iam:PassRole", role_arn, iam__PassedToService="ecs-tasks.amazonaws.com")
        rights.require("ecs:DescribeTasks", arn, ecs__cluster=cluster)
        rule = ":".join([*cluster.split(":")[:2], "events", *cluster.split(":")[3:5]])
        for action in ("events:PutRule", "events:PutTargets", "events:DescribeRule"):
            rights.require(action, f"{rule}:rule/StepFunctionsGetEventsForECSTaskRule")

    def running(self, cluster: str, started_by: str) -> list[str]:
        """The tasks of a cluster that have not stopped."""
        wanted = {"ClusterArn": cluster, "StartedBy": started_by}
        tasks = [task for task in self.tasks.values() if wanted.items() <= task.description.items()]
        return [task.arn for task in tasks if not task.has_stopped]

    def stop_task(self, arn: str, reason: str) -> None:
        """Ask a task to stop, as ECS does: SIGTERM, and what follows it."""
        self.tasks[arn].description["StoppedReason"] = reason
        container_engine.docker("stop", "--time", "60", self.tasks[arn].container)

    def wait(self) -> None:
        """Let those that stand still go on, and wait until no task runs."""
        for task in self.tasks.values():
            if not task.has_stopped:
                container_engine.docker("unpause", task.container)
        while any(not task.has_stopped for task in self.tasks.values()):
            time.sleep(0.1)

    def _run(self, task: Task, override: Mapping[str, Any]) -> None:
        """Run the container to its end, write its log, and only then tell that it stopped."""
        container = task.definition.container_definitions[0]
        stated = {entry["name"]: entry["value"] for entry in container["environment"]}
        given = {entry["Name"]: entry["Value"] for entry in override.get("Environment", ())}
        with task_credentials(task.definition.task_role_arn) as credentials, enforcement():
            done = container_engine.run(
                container["image"].partition("@")[2],
                *override.get("Command", ()),
                environment={**self.cloud.region(), **credentials, **stated, **given},
                options=("--user", container["user"], "--name", task.container),
            )
        task.log = done.text
        _write_log(task, container)
        task.stop(done.code, "EssentialContainerExited", "Essential container in task exited")

    def _interrupt(self, task: Task, mishap: Mishap) -> None:
        """End the container when it has saved some accounts."""
        starts = sum(each.run_id == task.run_id for each in self.tasks.values())
        while not task.has_stopped and saved_accounts(task.run_id) < SOME_ACCOUNTS * starts:
            time.sleep(0.02)
        container_engine.docker(INTERRUPTIONS[mishap], task.container)


def saved_accounts(run_id: str) -> int:
    """How many accounts a run has saved until now."""
    buckets = [bucket for backend in s3_backends.values() for bucket in backend["aws"].buckets.values()]
    return sum(f"run_id={run_id}/accounts/" in key for bucket in buckets for key in list(bucket.keys))


def _description(asked: Mapping[str, Any], definition: TaskDefinition, arn: str) -> dict[str, Any]:
    return {
        "ClusterArn": asked["Cluster"],
        "Containers": [{"Name": "report", "TaskArn": arn, "LastStatus": "STOPPED"}],
        "Group": asked["Group"],
        "LastStatus": "RUNNING",
        "Overrides": asked["Overrides"],
        "StartedBy": "AWS Step Functions",
        "TaskArn": arn,
        "TaskDefinitionArn": definition.arn,
    }


def _write_log(task: Task, container: Mapping[str, Any]) -> None:
    """As the log driver does, into the stream that it makes for the task."""
    options = container["logConfiguration"]["options"]
    _, _, _, region, account_id, place = task.arn.split(":", 5)
    stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{place.rpartition('/')[2]}"
    logs = logs_backends[account_id][region]
    logs.create_log_stream(options["awslogs-group"], stream)
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": line} for line in task.log.splitlines() if line]
    logs.groups[options["awslogs-group"]].put_log_events(stream, events)
