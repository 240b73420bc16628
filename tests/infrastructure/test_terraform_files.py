"""The Terraform files by themselves: form, validity, the tests with a mocked provider, linters."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hcl
import pytest
from deployments import missing
from hcl import MODULES, Block
from terraform_runs import REPOSITORY, TERRAFORM, Outcome, Terraform

TOOLS = REPOSITORY / ".venv"
TYPED = [block for block in hcl.blocks() if block.type == "variable"]
DESCRIBED = [block for block in hcl.blocks() if block.type in {"variable", "output"}]
ROLES = [block for block in hcl.blocks() if block.labels[:1] == ("aws_iam_role",)]
NAMED = [block for block in hcl.blocks() if block.labels]


def name_of(block: Block) -> str:
    return f"{block.file.parent.name}.{'.'.join(block.labels)}"


@pytest.fixture(scope="session")
def initialised(workspace: Path, provider: Mapping[str, str]) -> Mapping[str, Terraform]:
    """Every root configuration with its provider installed."""
    folders = {"root": ".", "smallest": "examples/smallest", "complete": "examples/complete"}
    made = {name: Terraform(folder=workspace / path, environment=provider) for name, path in folders.items()}
    assert [terraform.run("init", "-input=false").code for terraform in made.values()] == [0, 0, 0]
    return made


@pytest.fixture(scope="session")
def mocked(initialised: Mapping[str, Terraform], times: list[str]) -> Outcome:
    done = initialised["root"].run("test", limit=900)
    times.append(f"terraform test with a mocked provider: {done.seconds:.0f} s")
    return done


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the development tools, or the scanner that has an environment of its own."""
    found = shutil.which(name, path=f"{TOOLS / 'bin'}:{TOOLS / 'infrastructure' / 'bin'}")
    if found is None:
        missing(name, ".ci/infrastructure installs it")
    return subprocess.run([found, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_the_files_are_formatted() -> None:
    if shutil.which("terraform") is None:
        missing("Terraform", "no terraform on this machine")
    done = Terraform(folder=TERRAFORM, environment={}).run("fmt", "-check", "-recursive", "-diff")
    assert done.code == 0, done.text


@pytest.mark.parametrize("name", ["root", "smallest", "complete"])
def test_every_configuration_is_valid(initialised: Mapping[str, Terraform], name: str) -> None:
    assert "Success!" in initialised[name].run("validate").text


def test_switches_and_validations_work_with_a_mocked_provider(mocked: Outcome) -> None:
    assert re.search(r"Success! \d\d passed, 0 failed", mocked.text), mocked.text


def test_checkov_finds_nothing_in_the_infrastructure() -> None:
    frameworks = ("--framework", "terraform", "--framework", "cloudformation")
    done = tool("checkov", "--directory", "terraform", *frameworks, "--compact", "--quiet", "--skip-download")
    assert done.returncode == 0, done.stdout
    assert "Failed checks: 0" in done.stdout


def test_checkov_finds_nothing_in_the_image() -> None:
    chosen = ("--file", "docker/Dockerfile", "--framework", "dockerfile")
    done = tool("checkov", *chosen, "--compact", "--quiet", "--skip-download")
    assert done.returncode == 0, done.stdout
    assert "Failed checks: 0" in done.stdout


def test_every_skipped_check_has_its_reason() -> None:
    files = [*TERRAFORM.rglob("*.tf"), REPOSITORY / "docker" / "Dockerfile"]
    skips = [
        line.strip() for file in files for line in file.read_text().splitlines() if "checkov:skip" in line
    ]
    assert len(skips) > 10
    assert [skip for skip in skips if not re.fullmatch(r"#checkov:skip=CKV2?_[A-Z]+_\d+:\S.{8,}", skip)] == []


def test_cfn_lint_finds_nothing_in_the_stack_set_template() -> None:
    done = tool("cfn-lint", "terraform/modules/stackset/member-role.yaml")
    assert done.stdout == ""
    assert done.returncode == 0


def test_cfn_lint_finds_nothing_in_the_state_machine(made: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    machine = made["module.report.aws_sfn_state_machine.report"]
    properties = {"RoleArn": machine["role_arn"], "Definition": json.loads(machine["definition"])}
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    template = tmp_path / "state-machine.json"
    template.write_text(json.dumps({"Resources": {"Report": resource}}))
    done = tool("cfn-lint", str(template))
    assert done.stdout == ""
    assert done.returncode == 0


def test_hadolint_finds_nothing_in_the_image() -> None:
    done = tool("hadolint", "docker/Dockerfile")
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize("block", TYPED, ids=name_of)
def test_every_variable_has_a_type(block: Block) -> None:
    assert "type" in block.body


@pytest.mark.parametrize("block", DESCRIBED, ids=name_of)
def test_every_variable_and_output_is_described(block: Block) -> None:
    assert len(block.body["description"]) > 10


@pytest.mark.parametrize("block", NAMED, ids=name_of)
def test_every_name_is_in_snake_case(block: Block) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", block.labels[-1])


@pytest.mark.parametrize("block", TYPED, ids=name_of)
def test_every_variable_is_used(block: Block) -> None:
    text = "".join(file.read_text() for file in block.file.parent.glob("*.tf"))
    outside = re.sub(r'variable "\w+" \{.*?\n\}\n', "", text, flags=re.DOTALL)
    assert re.search(rf"\bvar\.{block.labels[0]}\b", outside)


@pytest.mark.parametrize("block", ROLES, ids=name_of)
def test_every_role_takes_a_permissions_boundary(block: Block) -> None:
    assert "permissions_boundary" in block.body


@pytest.mark.parametrize("suffix", ["*.tf", "*.yaml", "*.asl.json"])
def test_no_arn_is_written_for_one_partition(suffix: str) -> None:
    texts = {file: file.read_text() for file in TERRAFORM.rglob(suffix)}
    assert texts
    assert [file for file, text in texts.items() if re.search(r"arn:aws[:-]", text)] == []


def test_a_destroy_asks_for_the_reports_before_it_touches_any_lock_of_theirs() -> None:
    root = [block for block in hcl.blocks(TERRAFORM) if block.type == "resource"]
    (guard,) = (block.body for block in root if block.labels == ("terraform_data", "reports_kept"))
    locks = {".".join(block.labels) for block in root if block.labels[0].startswith("aws_s3_bucket_")}
    waiting = {str(address).strip("${}") for address in guard["depends_on"]}
    assert waiting == locks | {"aws_kms_key.data", "aws_kms_alias.data"}
    assert "aws_s3_bucket.report[0].bucket" in guard["triggers_replace"]


def test_one_resource_makes_the_roles_of_all_units() -> None:
    kinds = [block.labels[0] for block in hcl.blocks() if block.type == "resource"]
    assert kinds.count("aws_cloudformation_stack_instances") == 1
    assert kinds.count("aws_cloudformation_stack_set_instance") == 0


def test_a_task_is_told_its_run_and_its_number_and_never_a_list_of_accounts() -> None:
    text = (TERRAFORM / "execution.asl.json").read_text()
    assert re.findall(r'"Command\.\$": "States\.Array\((.*)\)"', text) == [
        "'run', '--run-id', $.run.run_id, '--shard', States.Format('0/{}', $.run.shards)",
        "'run', '--run-id', $.run_id, '--shard', $.shard",
        "'run', '--run-id', $.run.run_id",
    ]
    assert text.count('"ContainerOverrides"') == 3
    assert "ItemReader" not in text


@pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)
def test_every_module_bounds_its_versions(folder: Path) -> None:
    text = (folder / "versions.tf").read_text()
    assert 'required_version = ">= 1.10, < 2.0"' in text
    assert 'version = ">= 5.100, < 7.0"' in text
