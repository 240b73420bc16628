"""The container image, built by the real Dockerfile."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator

import container_engine
import pytest
from container_engine import Image
from terraform_runs import Outcome

MAXIMUM_OVER_BASE = 75_000_000

LOADS_EVERY_CLIENT = """
import boto3
from job.permissions import CONFIG_AGGREGATOR, CREDENTIALS, DATA_STORES, ORGANIZATION, ROOT_ACCESS, TASK
from job.permissions import member_permissions
members = member_permissions(credentials=CREDENTIALS, data_stores=DATA_STORES)
task = (*TASK, *CONFIG_AGGREGATOR)
prefixes = {each.action.split(":")[0] for each in (*members, *ORGANIZATION, *ROOT_ACCESS, *task)}
names = {"tag": "resourcegroupstaggingapi"}
services = sorted(names.get(prefix, prefix) for prefix in prefixes)
print([boto3.client(service).meta.service_model.service_name for service in services])
"""

SHOWS_A_TRACEBACK = """
from rich.console import Console
try:
    1 / 0
except ZeroDivisionError:
    Console().print_exception()
"""


@pytest.fixture
def silent_aws() -> Iterator[socket.socket]:
    """An endpoint that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server


def inside(image: Image, *command: str) -> Outcome:
    options = ("--entrypoint", command[0])
    return container_engine.run(
        image.id, *command[1:], environment={"AWS_DEFAULT_REGION": "eu-central-1"}, options=options
    )


def test_it_adds_at_most_75_mb_to_its_base(image: Image) -> None:
    assert image.bytes_over_base <= MAXIMUM_OVER_BASE


def test_it_runs_as_a_numbered_user_without_rights(image: Image) -> None:
    assert inside(image, "id").text.strip() == "uid=65532 gid=65532 groups=65532"


def test_its_entry_point_is_the_job_and_its_default_command_a_run(image: Image) -> None:
    shown = container_engine.docker("image", "inspect", "--format", "{{json .Config}}", image.id).text
    config = json.loads(shown)
    assert config["Entrypoint"] == ["python", "-m", "job"]
    assert config["Cmd"] == ["run"]


def test_every_command_explains_itself_on_a_read_only_file_system(image: Image) -> None:
    done = container_engine.run(image.id, "--help", environment={})
    assert done.code == 0
    assert "usage: python -m job" in done.text


def test_the_clients_of_all_services_that_the_job_calls_load(image: Image) -> None:
    done = inside(image, "python", "-c", LOADS_EVERY_CLIENT)
    assert json.loads(done.text.strip().replace("'", '"')) == [
        "config",
        "dynamodb",
        "iam",
        "kms",
        "organizations",
        "rds",
        "resourcegroupstaggingapi",
        "s3",
        "secretsmanager",
        "securityhub",
        "sns",
        "ssm",
        "sts",
    ]


def test_other_services_are_left_out(image: Image) -> None:
    done = inside(image, "python", "-c", "import boto3; boto3.client('ec2')")
    assert "UnknownServiceError" in done.text


def test_tracebacks_still_show_their_source(image: Image) -> None:
    done = inside(image, "python", "-c", SHOWS_A_TRACEBACK)
    assert done.code == 0
    assert "ZeroDivisionError" in done.text


def test_a_stopped_task_ends_soon_and_says_so(image: Image, silent_aws: socket.socket) -> None:
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent_aws.getsockname()[1]}",
        "REPORT_BUCKET": "reports",
    }
    started = container_engine.run(image.id, environment=environment, options=("--detach",))
    name = started.text.strip()
    waiting = subprocess.Popen(["docker", "wait", name], stdout=subprocess.PIPE, text=True)  # noqa: S607
    with silent_aws.accept()[0]:
        stopped = container_engine.docker("stop", "--time", "60", name)
    assert waiting.communicate()[0].strip() == "143"
    assert stopped.seconds < 30


@pytest.mark.parametrize("tool", ["pip", "ensurepip", "setuptools"])
def test_no_installer_is_left_inside(image: Image, tool: str) -> None:
    assert f"No module named {tool}" in inside(image, "python", "-m", tool).text


def test_all_bytecode_was_made_when_it_was_built(image: Image) -> None:
    script = (
        'find /opt/job/lib -name "*.py" | while read f; do [ -e "${f%/*}/__pycache__" ] || echo "$f"; done'
    )
    assert inside(image, "sh", "-c", script).text == ""


def test_nothing_of_the_build_is_left_inside(image: Image) -> None:
    assert "cannot access" in inside(image, "ls", "/src").text


def test_its_labels_say_what_it_is(image: Image) -> None:
    shown = container_engine.docker("image", "inspect", "--format", "{{json .Config.Labels}}", image.id).text
    labels = json.loads(shown)
    assert labels["org.opencontainers.image.title"] == "iam-access-key-report"
    assert labels["org.opencontainers.image.licenses"] == "MIT-0"
