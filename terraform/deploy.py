"""From a Terraform configuration to the first report: push the image, apply, start a run.

`make push`, `make deploy` and `make start` call it, with the folder of the configuration in `CONFIGURATION`.
What it asks AWS itself goes out as whoever the SDK's environment names, as Terraform's own calls do.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import boto3
from botocore.exceptions import BotoCoreError, ClientError

REPOSITORY = "aws_ecr_repository.report"
MACHINE = "aws_sfn_state_machine.report"
LOG = "aws_cloudwatch_log_group.report"

# Terraform takes it in by itself, at every later command in that folder.
PUSHED = "image.auto.tfvars.json"
ARCHITECTURES = {"amd64": "X86_64", "arm64": "ARM64"}
REPORT = Path("out/report.html")
SECONDS_BETWEEN_LOOKS = 5


class Registry(NamedTuple):
    """A repository of ECR by its address."""

    host: str
    region: str
    repository: str

    @classmethod
    def of(cls, address: str) -> Registry:
        """Take the address apart, `111122223333.dkr.ecr.eu-central-1.amazonaws.com/name`."""
        match = re.fullmatch(r"(\d{12}\.dkr[.-]ecr\.([a-z0-9-]+)\.[a-z0-9.]+)/(\S+)", address)
        if match is None:
            give_up(f"{address} is no repository of ECR")
        return cls(*match.groups())


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A folder with a configuration that calls the root module."""

    folder: Path
    flags: tuple[str, ...]

    def initialise(self) -> None:
        """Install providers and modules."""
        self._run("init", "-input=false")

    def apply(self, *arguments: str) -> None:
        """Make or change what is not as it should be; Terraform asks before, unless flags answer."""
        self._run("apply", *self.flags, *arguments)

    def made(self, address: str) -> dict[str, Any]:
        """Attributes of a resource of the root module; ends the program where it was not made yet."""
        shown = run(["terraform", f"-chdir={self.folder}", "show", "-json"], captured=True)
        root = json.loads(shown).get("values", {}).get("root_module", {})
        for module in (root, *root.get("child_modules", ())):
            for resource in module.get("resources", ()):
                if resource["mode"] == "managed" and resource["address"].endswith(address):
                    return dict(resource["values"])
        return give_up(f"{self.folder} has no {address} yet: make push, then make deploy")

    def _run(self, *arguments: str) -> None:
        run(["terraform", f"-chdir={self.folder}", *arguments])


def run(command: list[str], *, captured: bool = False, given: str | None = None) -> str:
    """Run a program to its end, before the person's eyes unless its output is wanted."""
    if shutil.which(command[0]) is None:
        give_up(f"{command[0]} is not installed")
    output = subprocess.PIPE if captured else None
    done = subprocess.run(command, stdout=output, input=given, text=True, check=False)  # noqa: S603 - as named here
    if done.returncode != 0:
        give_up(f"{shlex.join(command)} failed")
    return done.stdout or ""


def give_up(reason: str) -> NoReturn:
    """End the program and say why."""
    sys.exit(f"error: {reason}")


def push(configuration: Configuration, image: str) -> None:
    """Push the image that was built, once, and note its digest beside the configuration."""
    configuration.initialise()
    configuration.apply(f"-target=module.report.{REPOSITORY}")
    registry = Registry.of(configuration.made(REPOSITORY)["repository_url"])
    built: dict[str, Any] = json.loads(run(["docker", "image", "inspect", image], captured=True))[0]
    tag = built["Id"].removeprefix("sha256:")[:12]
    digest = digest_of(registry, tag) or pushed(registry, image, tag)
    noted = {"image_digest": digest, "architecture": ARCHITECTURES[built["Architecture"]]}
    (configuration.folder / PUSHED).write_text(json.dumps(noted, indent=2) + "\n")
    say(f"pushed {digest} for {noted['architecture']}, noted in {configuration.folder / PUSHED}")


def pushed(registry: Registry, image: str, tag: str) -> str:
    """Push an image and answer the digest under which the registry knows it."""
    token = boto3.client("ecr", region_name=registry.region).get_authorization_token()
    user, _, password = decoded(token["authorizationData"][0]["authorizationToken"]).partition(":")
    run(["docker", "login", "--username", user, "--password-stdin", registry.host], given=password)
    name = f"{registry.host}/{registry.repository}:{tag}"
    run(["docker", "tag", image, name])
    run(["docker", "push", name])
    digest = digest_of(registry, tag)
    if digest is None:
        give_up(f"{name} was pushed, and is not there")
    return digest


def digest_of(registry: Registry, tag: str) -> str | None:
    """The digest of an image that was pushed already; tags never change."""
    client = boto3.client("ecr", region_name=registry.region)
    try:
        found = client.describe_images(repositoryName=registry.repository, imageIds=[{"imageTag": tag}])
    except client.exceptions.ImageNotFoundException:
        return None
    return str(found["imageDetails"][0]["imageDigest"])


def decoded(token: str) -> str:
    """Text of a token."""
    return base64.b64decode(token).decode()


def deploy(configuration: Configuration) -> None:
    """Make everything, with the image that was pushed last."""
    configuration.initialise()
    configuration.apply()


def start(configuration: Configuration) -> int:
    """Start a run, wait for its end, fetch its page; answers the job's exit code for how it ended."""
    machine = configuration.made(MACHINE)["arn"]
    region = machine.split(":")[3]
    client = boto3.client("stepfunctions", region_name=region)
    name = f"manual-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    execution = client.start_execution(stateMachineArn=machine, name=name)["executionArn"]
    say(f"started {execution}; its log is {configuration.made(LOG)['name']}")
    while (ended := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if ended["status"] != "SUCCEEDED":
        give_up(f"{ended['status']} {ended.get('error', '')}: {ended.get('cause', '')}")
    told = json.loads(ended["output"])
    fetch(told["report"], region)
    say(f"{told['outcome']}: {told['report']}, fetched to {REPORT}")
    if warning := told.get("warning"):
        say(warning)
    return 3 if warning else 0


def fetch(report: str, region: str) -> None:
    """Fetch the page from its bucket."""
    bucket, _, key = report.removeprefix("s3://").partition("/")
    REPORT.parent.mkdir(exist_ok=True)
    boto3.client("s3", region_name=region).download_file(bucket, key, str(REPORT))


def say(line: str) -> None:
    """Tell the person."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Do one of the three."""
    parser = ArgumentParser(prog="terraform/deploy.py", description=__doc__)
    parser.add_argument("step", choices=("push", "deploy", "start"))
    parser.add_argument("--configuration", type=Path, required=True, help="folder of the configuration")
    parser.add_argument("--image", default="iam-access-key-report", help="name of the image that was built")
    parser.add_argument(
        "--flags", default="", help="what Terraform's apply gets besides, such as -auto-approve"
    )
    asked = parser.parse_args(arguments)
    configuration = Configuration(folder=asked.configuration, flags=tuple(shlex.split(asked.flags)))
    match asked.step:
        case "push":
            push(configuration, asked.image)
        case "deploy":
            deploy(configuration)
        case _:
            return start(configuration)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (BotoCoreError, ClientError) as error:
        give_up(str(error))
