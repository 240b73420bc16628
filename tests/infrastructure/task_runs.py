"""Runs the registered task as ECS would, under moto's enforcement of IAM, and reads what it published."""

from __future__ import annotations

import csv
import io
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import container_engine
from deployments import Deployment
from embedded_cloud import MANAGEMENT, REGION, SECURITY, Cloud, enforcement, task_credentials
from moto.s3.models import s3_backends
from rendered import container, resources
from terraform_runs import Outcome

from job.snapshot.model import JsonObject

BUCKET = f"iam-access-key-report-{SECURITY}-{REGION}"
PREFIX = "iam-access-key-report"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """How one task ended, what it asked of AWS, and the rows of the day's CSV files; empty without a file."""

    code: int
    log: str
    seconds: float
    calls: Counter[str]
    keys: tuple[Mapping[str, str], ...]
    accounts: tuple[Mapping[str, str], ...]


def run_task(cloud: Cloud, deployment: Deployment, day: str, overrides: Mapping[str, str]) -> TaskRun:
    """Run the task of one day, and read what it published."""
    before, start = cloud.calls(), time.monotonic()
    done = start_task(cloud, deployment, overrides={"REPORT_DATE": day, **overrides})
    return TaskRun(
        code=done.code,
        log=done.text,
        seconds=time.monotonic() - start,
        calls=cloud.calls() - before,
        keys=rows("keys", day),
        accounts=rows("accounts", day),
    )


def start_task(cloud: Cloud, deployment: Deployment, *command: str, overrides: Mapping[str, str]) -> Outcome:
    """Run the image that the task definition names, with its environment, as its role; nothing else."""
    role_arn = resources(deployment.shown)["module.report.aws_ecs_task_definition.report"]["task_role_arn"]
    task = container(deployment.shown)
    stated = {entry["name"]: entry["value"] for entry in task["environment"]}
    with task_credentials(role_arn) as credentials, enforcement():
        return container_engine.run(
            task["image"].partition("@")[2],
            *command,
            environment={**cloud.region(), **credentials, **stated, **overrides},
            options=("--user", task["user"]),
        )


def read_organization(cloud: Cloud, deployment: Deployment) -> JsonObject:
    """What the task reads of the organization by its own role; the file that it wrote is removed."""
    environment = {each["name"]: each["value"] for each in container(deployment.shown)["environment"]}
    name = f"{environment['REPORT_PREFIX']}/organization.json"
    location = f"s3://{environment['REPORT_BUCKET']}/{name}"
    done = start_task(cloud, deployment, "organization", "--output", location, overrides={})
    assert done.code == 0, done.text
    keys = s3_backends[MANAGEMENT]["aws"].buckets[environment["REPORT_BUCKET"]].keys
    document: JsonObject = json.loads(keys.get(name).value)
    keys.pop(name)
    return document


def rows(dataset: str, day: str, prefix: str = PREFIX) -> tuple[Mapping[str, str], ...]:
    """The rows of one dataset's CSV of that day."""
    stored = (
        s3_backends[SECURITY]["aws"]
        .buckets[BUCKET]
        .keys.get(f"{prefix}/csv/{dataset}/dt={day}/{dataset}-{day}.csv")
    )
    text = "" if stored is None else stored.value.decode()
    return tuple(csv.DictReader(io.StringIO(text)))


def problems(run: TaskRun, truth: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """What is not as it should be, by account; under `task` where the task itself failed."""
    failed = {} if run.code == 0 else {"task": [f"exit code {run.code}"]}
    return failed | untrue(run.keys, truth)


def untrue(
    published: Sequence[Mapping[str, str]], truth: Sequence[Mapping[str, str]]
) -> dict[str, list[str]]:
    """What is not as it should be in rows of keys, by account."""
    found: dict[str, list[str]] = {}
    told = {identity(row): row for row in published}
    for row in truth:
        there = told.get(identity(row), {})
        wrong = [f"{name}: {there.get(name)!r}" for name in row if there.get(name) != row[name]]
        if wrong:
            found.setdefault(row["account_id"], []).extend(wrong)
    return found


def identity(row: Mapping[str, str]) -> tuple[str, str]:
    """Whose key a row is about: here nobody has two active ones."""
    return row["account_id"], row["user_name"]


def forget(day: str) -> None:
    """Remove everything of one day from the bucket, as if that day's run were still to come.

    What Security Hub was sent goes too, as nothing is sent twice for one day.
    """
    keys = s3_backends[SECURITY]["aws"].buckets[BUCKET].keys
    for name in [
        name for name in keys if any(part in name for part in (f"dt={day}/", "/latest/", "/security-hub/"))
    ]:
        keys.pop(name)
