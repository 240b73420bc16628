"""Runs Terraform in a copy of `terraform/`, with the provider from a local mirror where there is one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from job.snapshot.model import JsonObject

REPOSITORY = Path(__file__).resolve().parents[2]
TERRAFORM = REPOSITORY / "terraform"
LEFT_OVER = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars*")

# The provider repeats a call that the server does not know 25 times; three do here.
FEW_RETRIES = """
provider "aws" {
  max_retries = 3
}
"""
IN_MANAGEMENT_TOO = """
provider "aws" {
  alias       = "management"
  max_retries = 3
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one command ended, what it said, and how long it took."""

    code: int
    text: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terraform:
    """One configuration in one folder."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str, limit: float = 400) -> Outcome:
        """Run one command to its end, or stop it after `limit` seconds."""
        start = time.monotonic()
        done = subprocess.run(
            ["timeout", "--kill-after=5", str(limit), "terraform", *arguments],  # noqa: S607 - as people run it
            cwd=self.folder,
            env={**os.environ, **self.environment, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Outcome(code=done.returncode, text=plain(done.stdout), seconds=time.monotonic() - start)

    def step(self, name: str, *arguments: str, limit: float = 400) -> Outcome:
        """Do one of the three steps for people; what it writes, it writes into the configuration's folder."""
        start = time.monotonic()
        command = [
            sys.executable,
            str(TERRAFORM / "deploy.py"),
            name,
            "--configuration",
            str(self.folder),
            *arguments,
        ]
        done = subprocess.run(
            ["timeout", "--kill-after=5", str(limit), *command],  # noqa: S607 - as people run it
            cwd=self.folder,
            env={**os.environ, **self.environment, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Outcome(code=done.returncode, text=plain(done.stdout), seconds=time.monotonic() - start)

    def show(self) -> JsonObject:
        """What was made, with every value."""
        done = subprocess.run(
            ["terraform", "show", "-json"],  # noqa: S607 - as people run it
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            check=True,
        )
        shown: JsonObject = json.loads(done.stdout)
        return shown


def plain(text: str) -> str:
    """The text without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def provider_settings() -> Mapping[str, str] | str:
    """Environment in which `terraform init` finds the provider, or the reason why there is none."""
    if shutil.which("terraform") is None:
        return "no terraform on this machine"
    if Path(os.environ.get("TF_CLI_CONFIG_FILE", "")).is_file():
        return {}
    finder = REPOSITORY.parent / "shared" / "bin" / "terraform-config"
    if not finder.exists():
        return "no TF_CLI_CONFIG_FILE with a mirror of the AWS provider"
    done = subprocess.run([finder], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else {"TF_CLI_CONFIG_FILE": done.stdout.strip()}


def copied(target: Path) -> Path:
    """Copy `terraform/` to `target`: nothing is left behind in the work tree."""
    shutil.copytree(TERRAFORM, target, ignore=LEFT_OVER)
    (target / "examples" / "complete" / "zz_override.tf").write_text(FEW_RETRIES + IN_MANAGEMENT_TOO)
    (target / "examples" / "smallest" / "zz_override.tf").write_text(FEW_RETRIES)
    return target
