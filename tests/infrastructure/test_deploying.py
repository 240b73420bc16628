"""The three commands of a person: push the image, apply, start a run."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from container_engine import Image
from deployments import ADDED, OTHER_ID, Deployment, Updated
from policy_places import AS_TASK, TASK_ROLE
from policy_requests import answer
from rendered import container, output, resources
from terraform_runs import Outcome, Terraform, copied


@pytest.fixture(scope="session")
def never_applied(provider: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """A configuration that nobody has applied."""
    folder = copied(tmp_path_factory.mktemp("never") / "terraform") / "examples" / "smallest"
    return Terraform(folder=folder, environment=provider)


def test_the_image_is_in_the_repository_under_its_digest(pushed: dict[str, str], image: Image) -> None:
    assert pushed == {image.id.removeprefix("sha256:")[:12]: image.id}


def test_what_was_pushed_is_noted_where_every_later_apply_finds_it(
    deployment: Deployment, image: Image
) -> None:
    noted = json.loads((deployment.terraform.folder / "image.auto.tfvars.json").read_text())
    assert noted == {"image_digest": image.id, "architecture": "X86_64"}
    assert output(deployment.shown, "report")["image_digest"] == image.id


def test_the_task_runs_on_the_processor_that_the_image_was_built_for(deployment: Deployment) -> None:
    definition = resources(deployment.shown)["module.report.aws_ecs_task_definition.report"]
    assert definition["runtime_platform"][0]["cpu_architecture"] == "X86_64"


def test_a_run_that_a_person_starts_ends_with_the_report_on_the_persons_disk(
    deployment: Deployment, started_by_a_person: Outcome
) -> None:
    assert started_by_a_person.code == 0, started_by_a_person.text
    assert "complete: s3://" in started_by_a_person.text
    page = (deployment.terraform.folder / "out" / "report.html").read_text()
    assert page.startswith("<!doctype html>")


def test_a_run_cannot_be_started_before_there_is_anything(never_applied: Terraform) -> None:
    done = never_applied.step("start")
    assert done.code == 1
    assert "error:" in done.text
    assert "make push, then make deploy" in done.text
    assert "Traceback" not in done.text


def test_another_external_id_reaches_task_and_roles_in_one_apply(updated: Updated) -> None:
    environment = {each["name"]: each["value"] for each in container(updated.deployment.shown)["environment"]}
    trust = updated.member_role["trust"]
    other = {**AS_TASK, "sts:ExternalId": OTHER_ID}
    assert environment["REPORT_EXTERNAL_ID"] == OTHER_ID
    assert answer(trust, "sts:AssumeRole", "*", other, TASK_ROLE) == "allowed"
    assert answer(trust, "sts:AssumeRole", "*", AS_TASK, TASK_ROLE) == "not allowed"
    assert stack_set(updated)["ExternalId"] == OTHER_ID


def test_another_member_permission_reaches_all_roles_in_one_apply(updated: Updated) -> None:
    (policy,) = updated.member_role["policies"].values()
    assert ADDED in policy["Statement"][0]["Action"]
    assert ADDED in stack_set(updated)["Actions"].split(",")


def test_a_changed_template_takes_no_unit_away(updated: Updated) -> None:
    address = "module.member_roles.aws_cloudformation_stack_instances.member_role"
    (targets,) = resources(updated.deployment.shown)[address]["deployment_targets"]
    assert targets["organizational_unit_ids"] == ["ou-acme-security0", "ou-acme-workloads"]


def stack_set(updated: Updated) -> dict[str, str]:
    made = resources(updated.deployment.shown)["module.member_roles.aws_cloudformation_stack_set.member_role"]
    parameters: dict[str, str] = made["parameters"]
    return parameters


def test_what_people_change_moves_neither_image_nor_schedule(updated: Updated, image: Image) -> None:
    assert container(updated.deployment.shown)["image"].endswith(f"@{image.id}")
    schedule = resources(updated.deployment.shown)['module.report.aws_scheduler_schedule.report["daily"]']
    assert schedule["state"] == "ENABLED"
