"""One deployment for all tests: applied once, planned again, run, and destroyed last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import container_engine
import embedded_cloud
import pytest
from container_engine import Image
from deployments import NOT_PUSHED, VARIABLES, Deployment, missing
from embedded_cloud import Cloud
from proofs import Proof, prove
from rendered import resources
from terraform_runs import Outcome, Terraform, copied, provider_settings

TIMES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TIMES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash[TIMES]:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def times(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the output: how long things took, how large they are."""
    return request.config.stash[TIMES]


@pytest.fixture(scope="session")
def provider() -> Mapping[str, str]:
    settings = provider_settings()
    if isinstance(settings, str):
        missing(settings)
    return settings


@pytest.fixture(scope="session")
def image(times: list[str]) -> Image:
    reason = container_engine.engine_missing()
    if reason:
        missing(reason)
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
def deployment(
    cloud: Cloud,
    provider: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
    times: list[str],
) -> Deployment:
    """The complete example, applied."""
    root = copied(tmp_path_factory.mktemp("apply") / "terraform")
    example = root / "examples" / "complete"
    (example / "terraform.tfvars").write_text(VARIABLES)
    terraform = Terraform(folder=example, environment={**provider, **cloud.environment()})
    engine = container_engine.engine_missing()
    digest = NOT_PUSHED if engine else request.getfixturevalue("image").id
    variables = (f"-var=image_digest={digest}",)
    assert terraform.run("init", "-input=false").code == 0
    applied = terraform.run("apply", "-auto-approve", "-input=false", "-parallelism=20", *variables)
    times.append(f"terraform apply: {applied.seconds:.0f} s")
    return Deployment(terraform=terraform, applied=applied, shown=terraform.show(), variables=variables)


@pytest.fixture(scope="session")
def made(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Attributes of every resource that was made, by address."""
    return resources(deployment.shown)


@pytest.fixture(scope="session")
def data_key(made: dict[str, dict[str, Any]]) -> str:
    """The key that the reports are encrypted with."""
    return str(made["module.report.aws_kms_key.data"]["arn"])


@pytest.fixture(scope="session")
def second_plan(deployment: Deployment) -> Outcome:
    """A plan right after the apply; exit code 2 would be a difference."""
    return deployment.terraform.run("plan", "-detailed-exitcode", "-input=false", *deployment.variables)


@pytest.fixture(scope="session")
def member_policies(deployment: Deployment, cloud: Cloud) -> dict[str, object]:
    """Trust and policies of each account's member role, as they were made."""
    assert deployment.applied.code == 0
    return {account_id: embedded_cloud.member_role_of(account_id) for account_id in cloud.accounts}


@pytest.fixture(scope="session")
def proof(
    deployment: Deployment, second_plan: Outcome, image: Image, cloud: Cloud, times: list[str]
) -> Proof:
    """The task run for real: yesterday, today, and today again with each permission taken away."""
    assert second_plan
    made = prove(cloud, deployment)
    assert made.image_id == image.id
    times.append(
        f"task: {made.today.seconds:.1f} s for twelve accounts; {made.seconds:.0f} s for all {made.runs} runs"
    )
    return made


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `terraform/` that no deployment uses."""
    return copied(tmp_path_factory.mktemp("workspace") / "terraform")


@pytest.fixture(scope="session")
def destroyed(
    deployment: Deployment,
    second_plan: Outcome,
    member_policies: dict[str, object],
    request: pytest.FixtureRequest,
    times: list[str],
) -> Outcome:
    """The end of the deployment, after everything that looks at it."""
    assert second_plan
    assert member_policies
    if not container_engine.engine_missing():
        request.getfixturevalue("proof")
    done = deployment.terraform.run(
        "destroy", "-auto-approve", "-input=false", "-parallelism=20", *deployment.variables
    )
    times.append(f"terraform destroy: {done.seconds:.0f} s")
    return done


@pytest.fixture(scope="session")
def left_over(destroyed: Outcome, cloud: Cloud) -> list[str]:
    """What is still there after the destroy and was not there before the apply."""
    assert destroyed
    return sorted(set(embedded_cloud.inventory()) - set(cloud.before))
