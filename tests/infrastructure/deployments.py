"""The examples as these tests deploy them: the complete one, and the smallest in the management account."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, TypeVar

import embedded_cloud
import pytest
from terraform_runs import Outcome, Terraform

from job.snapshot.model import JsonObject

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

HERE = Path(__file__).parent
UNASKED = ("-auto-approve", "-input=false", "-parallelism=20")
OTHER_ID, ADDED = "acme-other", "iam:ListMFADevices"
NOT_PUSHED = "sha256:" + "0" * 64

COMPLETE = f"""
region                  = "{embedded_cloud.REGION}"
organization_id         = "o-acme0infra"
organizational_unit_ids = ["ou-acme-security0", "ou-acme-workloads"]
management_role_arn     = "{embedded_cloud.MANAGEMENT_ROLE}"
architecture            = "X86_64"
external_id             = "acme-report"
alarm_emails            = ["security@acme.example"]
news_emails             = ["security@acme.example"]
policy_file             = "{Path(__file__).with_name("policy.toml")}"
reader_arns             = ["arn:aws:iam::200000000001:role/analyst"]
quicksight_owner_arns   = ["arn:aws:quicksight:eu-central-1:{embedded_cloud.SECURITY}:user/default/analyst"]
disposable              = true
"""

# There the task reads the organization by its own rights.
SMALLEST = f"""
region          = "{embedded_cloud.REGION}"
organization_id = "o-acme0infra"
architecture    = "X86_64"
"""

EXAMPLES = {"complete": COMPLETE, "smallest": SMALLEST}
ADMINISTRATORS = {"complete": embedded_cloud.ADMINISTRATOR, "smallest": embedded_cloud.MANAGEMENT_ROLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One example as it was applied."""

    terraform: Terraform
    applied: Outcome
    shown: JsonObject

    def plan(self) -> Outcome:
        """Plan again, without naming the image; exit code 2 would be a difference."""
        return self.terraform.run("plan", "-detailed-exitcode", "-input=false")

    def destroy(self) -> Outcome:
        """Remove everything that may go."""
        return self.terraform.run("destroy", *UNASKED)

    def give_up_reports(self) -> Outcome:
        """Apply that a destroy may remove the reports."""
        kept = ("aws_s3_bucket.report", "terraform_data.reports_kept")
        targets = [f"-target=module.report.{address}" for address in kept]
        return self.terraform.run("apply", *UNASKED, "-var=disposable=true", *targets)


def apply(terraform: Terraform, digest: str) -> Deployment:
    """Make everything of one example."""
    applied = terraform.run("apply", *UNASKED, f"-var=image_digest={digest}")
    return Deployment(terraform=terraform, applied=applied, shown=terraform.show())


def push_and_apply(terraform: Terraform, image: str, tools: Path) -> Deployment:
    """The same in two of the commands for people, with a `docker` of the tests in front of the engine's."""
    (tools / "docker").write_text(
        f'#!/bin/sh\nexec {sys.executable} {HERE / "docker_at_ecr.py"} {shutil.which("docker")} "$@"\n'
    )
    (tools / "docker").chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    with_tools = replace(terraform, environment={**terraform.environment, "PATH": path})
    pushed = with_tools.step("push", "--image", image, f"--flags={' '.join(UNASKED)}")
    assert pushed.code == 0, pushed.text[-2000:]
    applied = with_tools.step("deploy", f"--flags={' '.join(UNASKED)}")
    return Deployment(terraform=terraform, applied=applied, shown=terraform.show())


def update(deployment: Deployment) -> Deployment:
    """Apply another external id and one more permission of the member roles, as people change them."""
    terraform = deployment.terraform
    variables = terraform.folder / "terraform.tfvars"
    variables.write_text(variables.read_text().replace('"acme-report"', f'"{OTHER_ID}"'))
    permissions = terraform.folder.parents[1] / "permissions.json"
    listed = json.loads(permissions.read_text())
    listed["member"].append({"action": ADDED, "what_for": "to try it", "without_it": "nothing"})
    permissions.write_text(json.dumps(listed))
    applied = terraform.step("deploy", f"--flags={' '.join(UNASKED)}")
    return Deployment(terraform=terraform, applied=applied, shown=terraform.show())


def at_once(work: Callable[[_Item], _Result], items: Mapping[str, _Item]) -> dict[str, _Result]:
    """Do the same with each item at the same time: Terraform mostly waits."""
    with ThreadPoolExecutor(len(items)) as pool:
        return dict(zip(items, pool.map(work, items.values()), strict=True))


def missing(what: str, reason: str) -> NoReturn:
    """Skip what cannot run here and say why, or fail where CI says that everything must be there."""
    if "INFRASTRUCTURE_REQUIRED" in os.environ:
        pytest.fail(f"{what}: {reason}")
    pytest.skip(f"{what}: {reason}")
