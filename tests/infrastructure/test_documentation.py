"""What `terraform/README.md` says can be typed as it stands, and lists what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import botocore.session
import module_tables
import pytest
from botocore import xform_name
from terraform_runs import TERRAFORM

README = (TERRAFORM / "README.md").read_text()
EXAMPLES = sorted(path for path in (TERRAFORM / "examples").iterdir() if path.is_dir())

# Made up by the AWS CLI, with no operation of that name.
OF_THE_CLI = {("ecr", "get-login-password"), ("logs", "tail"), ("s3", "mv")}
GLOBAL_FLAGS = {"region", "query", "output"}
WITHOUT_REGION = {"organizations"}


class Command(NamedTuple):
    """One command of the AWS CLI: its service, its operation, and the names of its flags."""

    service: str
    operation: str
    flags: tuple[str, ...]


def commands(text: str) -> list[Command]:
    """Every `aws …` in the text, up to the end of the command, over lines that go on."""
    joined = re.sub(r"\\\n\s*", " ", text)
    return [command(found) for found in re.findall(r"\baws ([a-z][a-z0-9-]* [a-z][a-z-]+ [^`|\n]*)", joined)]


def command(text: str) -> Command:
    words = shlex.split(text.replace("…", "x").replace("$(", "x").replace(")", "").partition(" # ")[0])
    return Command(words[0], words[1], tuple(word[2:] for word in words if word.startswith("--")))


COMMANDS = commands(README)


def test_commands_are_found() -> None:
    assert len(COMMANDS) >= 7


@pytest.mark.parametrize("found", COMMANDS, ids=lambda found: f"{found.service} {found.operation}")
def test_every_command_is_one_that_aws_has(found: Command) -> None:
    if (found.service, found.operation) not in OF_THE_CLI:
        model = botocore.session.get_session().get_service_model(found.service)
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        assert found.operation in operations
        shape = model.operation_model(operations[found.operation]).input_shape
        members = {xform_name(name, "-") for name in (shape.members if shape else ())}
        assert set(found.flags) <= members | GLOBAL_FLAGS


@pytest.mark.parametrize("found", COMMANDS, ids=lambda found: f"{found.service} {found.operation}")
def test_every_command_names_its_region(found: Command) -> None:
    assert "region" in found.flags or found.service in WITHOUT_REGION


def test_stack_sets_are_activated_and_not_only_trusted_before_the_first_apply() -> None:
    before, _, after = README.partition("terraform init && terraform apply")
    assert after
    assert "aws organizations enable-aws-service-access" in before
    assert "aws cloudformation activate-organizations-access" in before


def test_the_tables_of_inputs_and_outputs_are_those_of_the_modules() -> None:
    assert module_tables.written_anew(README) == README
    assert "| `organization_id` | input, needed |" in README


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_example_says_what_it_is_for(example: Path) -> None:
    text = (example / "README.md").read_text()
    assert text.startswith("# ")
    assert "terraform apply" in text
