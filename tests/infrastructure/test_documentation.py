"""What the documents of deploying say can be typed as it stands, and lists what there is."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import botocore.session
import module_tables
import pytest
from botocore import xform_name
from botocore.model import OperationModel
from hcl import blocks
from terraform_runs import REPOSITORY, TERRAFORM

README = (TERRAFORM / "README.md").read_text()
DEPLOYING = (REPOSITORY / "docs" / "deploying.md").read_text()
RECIPES = re.findall(r"(?ms)^### (.+?)\n(.*?)(?=^##|\Z)", DEPLOYING)
EXAMPLES = sorted(path for path in (TERRAFORM / "examples").iterdir() if path.is_dir())

# Made up by the AWS CLI, with no operation of that name.
OF_THE_CLI = {("ecr", "get-login-password"), ("logs", "tail"), ("s3", "mv")}
GLOBAL_FLAGS = {"region", "query", "output"}
WITHOUT_REGION = {"organizations"}


class Command(NamedTuple):
    """One command of the AWS CLI: its service, its operation, and its flags with their values."""

    service: str
    operation: str
    given: tuple[tuple[str, str], ...]

    @property
    def flags(self) -> tuple[str, ...]:
        """Names of its flags."""
        return tuple(name for name, _ in self.given)

    @property
    def is_of_the_cli(self) -> bool:
        """Whether no operation has its name."""
        return (self.service, self.operation) in OF_THE_CLI

    @property
    def model(self) -> OperationModel:
        """The operation as AWS describes it."""
        service = botocore.session.get_session().get_service_model(self.service)
        operations = {xform_name(name, "-"): name for name in service.operation_names}
        return service.operation_model(operations[self.operation])


def commands(text: str) -> list[Command]:
    """Every `aws …` in the text, up to the end of the command, over lines that go on."""
    joined = re.sub(r"\\\n\s*", " ", text)
    return [command(found) for found in re.findall(r"\baws ([a-z][a-z0-9-]* [a-z][a-z-]+ [^`|\n]*)", joined)]


def command(text: str) -> Command:
    words = shlex.split(text.replace("…", "x").replace("$(", "x").replace(")", "").partition(" # ")[0])
    given = [(word[2:], value) for word, value in pairwise([*words, ""]) if word.startswith("--")]
    return Command(words[0], words[1], tuple(given))


COMMANDS = [*commands(README), *commands(DEPLOYING)]


def test_commands_are_found() -> None:
    assert len(COMMANDS) >= 7


@pytest.mark.parametrize("found", COMMANDS, ids=lambda found: f"{found.service} {found.operation}")
def test_every_command_is_one_that_aws_has(found: Command) -> None:
    if not found.is_of_the_cli:
        assert set(found.flags) <= set(members(found)) | GLOBAL_FLAGS


def members(found: Command) -> dict[str, str]:
    """What the operation takes, by the names of flags, with AWS's words for it."""
    shape = found.model.input_shape
    taken = shape.members if shape else {}
    return {xform_name(name, "-"): str(member.documentation) for name, member in taken.items()}


@pytest.mark.parametrize("found", COMMANDS, ids=lambda found: f"{found.service} {found.operation}")
def test_a_key_is_named_as_the_operation_takes_it(found: Command) -> None:
    by_alias = [name for name, value in found.given if value.startswith("alias/")]
    assert [name for name in by_alias if "alias name" not in members(found)[name].lower()] == []


def test_an_output_that_a_command_takes_is_there() -> None:
    taken = set(
        re.findall(r"terraform\S* (?:-chdir=\S+ )?output -json report \| jq -r \.(\w+)", README + DEPLOYING)
    )
    made = {block.labels[0] for block in blocks(TERRAFORM) if block.type == "output"}
    assert len(taken) == 4
    assert taken <= made


@pytest.mark.parametrize("found", COMMANDS, ids=lambda found: f"{found.service} {found.operation}")
def test_every_command_names_its_region(found: Command) -> None:
    assert "region" in found.flags or found.service in WITHOUT_REGION


def test_stack_sets_are_activated_and_not_only_trusted_before_the_first_apply() -> None:
    before, _, after = README.partition("terraform init && terraform apply")
    assert after
    assert "aws organizations enable-aws-service-access" in before
    assert "aws cloudformation activate-organizations-access" in before


def test_they_are_before_the_first_of_the_three_commands_too() -> None:
    before, _, after = DEPLOYING.partition("make push ")
    assert after
    assert "aws organizations enable-aws-service-access" in before
    assert "aws cloudformation activate-organizations-access" in before


@pytest.mark.parametrize(("name", "text"), RECIPES, ids=[name for name, _ in RECIPES])
def test_a_recipe_says_whether_it_was_tried(name: str, text: str) -> None:
    assert name
    assert re.search(r"\*(?:Tried|Not tried)\b", text)


def test_every_recipe_is_there() -> None:
    assert [name for name, _ in RECIPES] == [
        "Update the image",
        "Rotate the external id",
        "Add an account",
        "Change what the member role may",
        "Run it once, otherwise",
        "Tear it down",
    ]


def test_the_tables_of_inputs_and_outputs_are_those_of_the_modules() -> None:
    assert module_tables.written_anew(README) == README
    assert "| `organization_id` | input, needed |" in README


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_example_says_what_it_is_for(example: Path) -> None:
    text = (example / "README.md").read_text()
    assert text.startswith("# ")
    assert "terraform apply" in text
