"""A folder that has what the commands of the documents read, beside an embedded organization."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import orjson
import pytest

from job.demo.spec import OrganizationSpec
from tests.documents.pages import PAGES, ROOT, name_of
from tests.documents.shell import Shell
from tests.embedded import Embedded, embedded

MANAGEMENT, SECURITY = "100000000001", "200000000002"
ROLE = "iam-access-key-report-reader"
PROFILES = ("PROFILE", "MEMBER_PROFILE")
_CONSOLE = "import sys; from job.cli.console import main; sys.exit(main())"
SPEC: OrganizationSpec = {
    "organization": {
        "id": "o-documents0",
        "root": "r-docs",
        "management": MANAGEMENT,
        "reader": SECURITY,
    },
    "units": [],
    "delegated_administrators": {},
    "service_control_policies": [],
    "resource_control_policies": [],
    "accounts": [
        {
            "id": account_id,
            "name": name,
            "email": f"{name}@example.com",
            "ou": "Root",
            "joined": 100,
            "tags": {"Environment": name},
            "users": [
                {
                    "name": "alice",
                    "created": 50,
                    "attached": ["aws:AmazonS3ReadOnlyAccess"],
                    "keys": [{"age": 40}],
                }
            ],
        }
        for account_id, name in ((MANAGEMENT, "main"), (SECURITY, "security"))
    ],
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded(SPEC, tmp_path_factory.mktemp("organization")) as served:
        yield served


@pytest.fixture(scope="module")
def shell(aws: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    folder = tmp_path_factory.mktemp("shown")
    _install(folder)
    shell = Shell(
        folder=folder,
        environment={
            **aws.variables(),
            "AWS_CONFIG_FILE": str(_profiles(folder, aws)),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "PATH": f"{folder / '.venv/bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "REPORT_OUTPUT_DIR": str(folder / "out"),
        },
        words={
            "-r ROLE": f"-r {ROLE}",
            "AKIA…": aws.keys[0]["access_key_id"],
            "ACCOUNT/NAME": f"{MANAGEMENT}/alice",
            "--action A ": "--action s3:GetObject ",
            "--resource ARN": "--resource arn:aws:s3:::a-bucket/key",
        },
    )
    _prepare(shell)
    return shell


def _install(folder: Path) -> None:
    """The programs of an installed clone, and its documents."""
    programs = folder / ".venv/bin"
    programs.mkdir(parents=True)
    python = shlex.quote(sys.executable)
    for name, words in (("python", ""), ("iam-access-key-report", f" -c {shlex.quote(_CONSOLE)}")):
        (programs / name).write_text(f'#!/bin/sh\nexec {python}{words} "$@"\n')
        (programs / name).chmod(0o755)
    for page in PAGES:
        (folder / name_of(page)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(page, folder / name_of(page))


def _profiles(folder: Path, aws: Embedded) -> Path:
    """Profiles of the names that the documents give: one reads the organization, all may assume the role."""
    given = aws.environment
    keys = "".join(
        f"{name} = {given[name.upper()]}\n"
        for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    )
    of_the_organization = (
        f"[profile ORGANIZATION_PROFILE]\nrole_arn = {given['REPORT_ORGANIZATION_ROLE_ARN']}\n"
        "source_profile = PROFILE\n"
    )
    config = folder / "config"
    config.write_text("".join(f"[profile {name}]\n{keys}" for name in PROFILES) + of_the_organization)
    return config


def _prepare(shell: Shell) -> None:
    """Make what earlier commands, or a person, would have left in the folder."""
    accounts = f"aws_account_id,Environment\n{SECURITY},mine\n"
    (shell.folder / "accounts.csv").write_text(accounts)
    request = {
        "account": MANAGEMENT,
        "user": "alice",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/k",
    }
    (shell.folder / "requests.jsonl").write_bytes(orjson.dumps(request))
    (shell.folder / "policy.toml").write_bytes(files("job.demo").joinpath("policy.toml").read_bytes())
    for command in (
        "iam-access-key-report -p ORGANIZATION_PROFILE -m tags.json",
        "iam-access-key-report -p PROFILE -r ROLE --snapshot kept first.csv",
    ):
        done = shell.type(command, {})
        assert done.returncode == 0, done.stderr
