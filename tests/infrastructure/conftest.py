"""One deployment for all tests: applied once, planned again, run, and destroyed last."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import container_engine
import embedded_cloud
import execution_shims
import pytest
from container_engine import Image
from deployments import (
    ADMINISTRATORS,
    EXAMPLES,
    NOT_PUSHED,
    Deployment,
    Updated,
    apply,
    at_once,
    missing,
    push_and_apply,
    update,
)
from embedded_cloud import Cloud
from executions import Ended, run_executions
from fargate import Fargate
from policy_places import OURS, TASK_ROLE
from proofs import Proof, prove
from rendered import kinds, resources
from task_runs import read_organization
from terraform_runs import TERRAFORM, Outcome, Terraform, copied, provider_settings

from job.snapshot.model import JsonObject

TIMES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TIMES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = {f"{report.longrepr[2]}" for report in terminalreporter.stats.get("skipped", ())}
    for line in (*config.stash[TIMES], *sorted(skipped)):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def times(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the output: how long things took, how large they are."""
    return request.config.stash[TIMES]


@pytest.fixture(scope="session")
def provider() -> Mapping[str, str]:
    settings = provider_settings()
    if isinstance(settings, str):
        missing("Terraform", settings)
    return settings


@pytest.fixture(scope="session")
def image(times: list[str]) -> Image:
    reason = container_engine.engine_missing()
    if reason:
        missing("the image", reason)
    built = container_engine.build()
    times.append(
        f"image: built in {built.build_seconds:.0f} s, {built.bytes_over_base / 1e6:.1f} MB over its base"
    )
    return built


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    with embedded_cloud.serve() as served:
        yield served


@pytest.fixture(scope="session")
def fargate(cloud: Cloud) -> Fargate:
    """What runs the tasks of executions, and may have mishaps."""
    made = Fargate(cloud=cloud)
    execution_shims.install(made)
    return made


@pytest.fixture(scope="session")
def deployments(
    fargate: Fargate,
    provider: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
    times: list[str],
) -> dict[str, Deployment]:
    """Both examples by their names, applied: the complete one from the security account, the smallest in the
    management account.
    """
    examples = {}
    for name, variables in EXAMPLES.items():
        folder = copied(tmp_path_factory.mktemp(name) / "terraform") / "examples" / name
        (folder / "terraform.tfvars").write_text(variables)
        environment = {**provider, **fargate.cloud.environment(ADMINISTRATORS[name])}
        examples[name] = Terraform(folder=folder, environment=environment)
        assert examples[name].run("init", "-input=false").code == 0
    if container_engine.engine_missing():
        make = partial(apply, digest=NOT_PUSHED)
        made = at_once(make, examples)
    else:
        image = request.getfixturevalue("image")
        tools = tmp_path_factory.mktemp("tools")
        ways = {
            "complete": partial(push_and_apply, image=image.id, tools=tools),
            "smallest": partial(apply, digest=image.id),
        }
        made = at_once(lambda way: way[0](way[1]), {name: (ways[name], examples[name]) for name in examples})
    tell(times, "apply", {name: each.applied for name, each in made.items()})
    return made


def tell(times: list[str], command: str, outcomes: Mapping[str, Outcome]) -> None:
    """Tell how long each example took; they are worked on at the same time."""
    times += [f"terraform {command}, {name}: {done.seconds:.0f} s" for name, done in outcomes.items()]


@pytest.fixture(scope="session")
def deployment(deployments: dict[str, Deployment]) -> Deployment:
    """The complete example."""
    return deployments["complete"]


@pytest.fixture(scope="session")
def smallest(deployments: dict[str, Deployment]) -> Deployment:
    """The smallest example."""
    return deployments["smallest"]


@pytest.fixture(scope="session")
def made(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Attributes of every resource that was made, by address."""
    return resources(deployment.shown)


@pytest.fixture(scope="session")
def data_key(made: dict[str, dict[str, Any]]) -> str:
    """The key that the reports are encrypted with."""
    return str(made["module.report.aws_kms_key.data[0]"]["arn"])


@pytest.fixture(scope="session")
def smallest_task_policy(smallest: Deployment) -> str:
    """What the task may do that reads the organization itself."""
    return str(resources(smallest.shown)["module.report.aws_iam_role_policy.task"]["policy"])


@pytest.fixture(scope="session")
def second_plans(deployments: dict[str, Deployment]) -> dict[str, Outcome]:
    """A plan of each example right after the apply."""
    return at_once(Deployment.plan, deployments)


@pytest.fixture(scope="session")
def member_policies(deployment: Deployment, cloud: Cloud) -> dict[str, object]:
    """Trust and policies of each account's member role, as they were made."""
    assert deployment.applied.code == 0
    return {account_id: embedded_cloud.member_role_of(account_id) for account_id in cloud.accounts}


@pytest.fixture(scope="session")
def trust_without_external_id(cloud: Cloud) -> dict[str, Any]:
    """What the StackSet's template makes of a role that asks for no external id."""
    values = {
        "RoleName": "without-external-id",
        "Actions": "iam:GetUser",
        "TrustedAccountId": embedded_cloud.SECURITY,
        "TrustedRoleArn": TASK_ROLE,
        "OrganizationId": OURS,
    }
    template = (TERRAFORM / "modules" / "stackset" / "member-role.yaml").read_text()
    return embedded_cloud.trust_made_by(cloud, template, values)


@pytest.fixture(scope="session")
def proof(
    deployment: Deployment, second_plans: dict[str, Outcome], image: Image, cloud: Cloud, times: list[str]
) -> Proof:
    """The task run for real: yesterday, today, and today again with each permission taken away."""
    assert second_plans
    made = prove(cloud, deployment)
    assert made.image_id == image.id
    times.append(
        f"task: {made.today.seconds:.1f} s for twelve accounts; {made.seconds:.0f} s for all {made.runs} runs"
    )
    return made


@pytest.fixture(scope="session")
def executions(
    deployment: Deployment,
    second_plans: dict[str, Outcome],
    image: Image,
    fargate: Fargate,
    times: list[str],
) -> Mapping[str, Ended]:
    """Executions of the state machine, each with another fate, by their names."""
    assert second_plans
    assert image
    start = time.monotonic()
    ended = run_executions(fargate, deployment)
    times.append(f"executions: {time.monotonic() - start:.0f} s for {len(ended)}")
    return ended


@pytest.fixture(scope="session")
def started_by_a_person(deployment: Deployment, second_plans: dict[str, Outcome], image: Image) -> Outcome:
    """The last of the commands for people: a run, from its start to the report on the disk."""
    assert second_plans
    assert image
    return deployment.terraform.step("start")


@pytest.fixture(scope="session")
def organization_read_by_the_task(
    smallest: Deployment, second_plans: dict[str, Outcome], image: Image, cloud: Cloud
) -> JsonObject:
    """What the smallest example's task reads of the organization, without another role."""
    assert second_plans
    assert image
    return read_organization(cloud, smallest)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `terraform/` that no deployment uses."""
    return copied(tmp_path_factory.mktemp("workspace") / "terraform")


@pytest.fixture(scope="session")
def updated(
    deployment: Deployment,
    second_plans: dict[str, Outcome],
    member_policies: dict[str, object],
    request: pytest.FixtureRequest,
    times: list[str],
) -> Updated:
    """The complete example with another external id and one more member permission, after all runs of it."""
    assert second_plans
    assert member_policies
    if not container_engine.engine_missing():
        for runs in ("proof", "executions", "started_by_a_person", "organization_read_by_the_task"):
            request.getfixturevalue(runs)
    changed = update(deployment)
    times.append(f"terraform apply of what people change, complete: {changed.applied.seconds:.0f} s")
    return Updated(deployment=changed, member_role=embedded_cloud.member_role_of(embedded_cloud.MANAGEMENT))


@pytest.fixture(scope="session")
def pushed(deployment: Deployment) -> dict[str, str]:
    """Digests of the images in the repository, by their tags."""
    assert deployment.applied.code == 0
    return embedded_cloud.images_of(embedded_cloud.SECURITY)


@pytest.fixture(scope="session")
def destroyed(
    deployments: dict[str, Deployment], pushed: dict[str, str], updated: Updated, times: list[str]
) -> dict[str, Outcome]:
    """The end of both examples, after everything that looks at them."""
    assert updated.deployment.applied.code == 0, updated.deployment.applied.text[-2000:]
    assert container_engine.engine_missing() or pushed
    done = at_once(Deployment.destroy, deployments)
    tell(times, "destroy", done)
    return done


@pytest.fixture(scope="session")
def refused(destroyed: dict[str, Outcome]) -> Outcome:
    """The destroy of the smallest example, whose reports may not go."""
    return destroyed["smallest"]


@pytest.fixture(scope="session")
def kept(refused: Outcome) -> embedded_cloud.KeptReports:
    """What is there of the smallest example's reports after that."""
    assert refused
    return embedded_cloud.kept_reports(
        f"iam-access-key-report-{embedded_cloud.MANAGEMENT}-{embedded_cloud.REGION}"
    )


@pytest.fixture(scope="session")
def left_in_state(smallest: Deployment, refused: Outcome) -> set[str]:
    """Types of what Terraform still manages of it."""
    assert refused
    return kinds(smallest.terraform.show())


@pytest.fixture(scope="session")
def given_up(
    smallest: Deployment, kept: embedded_cloud.KeptReports, left_in_state: set[str]
) -> list[Outcome]:
    """Then the apply that lets the reports go, and the destroy that removes them."""
    assert kept
    assert left_in_state
    return [smallest.give_up_reports(), smallest.destroy()]


@pytest.fixture(scope="session")
def left_over(given_up: list[Outcome], cloud: Cloud) -> list[str]:
    """What is still there after the last destroy and was not there before the apply."""
    assert given_up
    return sorted(set(embedded_cloud.inventory()) - set(cloud.before))
