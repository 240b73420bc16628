"""What only computes is given AWS's answers, the environment and the time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = ("snapshot", "analyze", "policy_file", "report", "publish", "pipeline")
BANNED = """\
import os
from datetime import date, datetime, UTC

import boto3
from botocore.client import BaseClient

print(boto3, BaseClient, os.environ, os.getenv("A"), datetime.now(UTC), datetime.today(), date.today())
"""


def refusals(folder: str) -> list[tuple[str, int]]:
    """What ruff would say of such a module in the folder: rule and line."""
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--output-format", "json"]
    done = subprocess.run(
        [*command, "--stdin-filename", f"job/{folder}/deeper/new.py", "-"],
        cwd=ROOT,
        input=BANNED,
        capture_output=True,
        text=True,
        check=False,
    )
    return [(each["code"], each["location"]["row"]) for each in json.loads(done.stdout)]


@pytest.mark.parametrize("folder", PURE)
def test_a_pure_folder_may_import_no_sdk_and_read_neither_environment_nor_clock(folder: str) -> None:
    assert refusals(folder) == [("TID251", line) for line in (4, 5, 7, 7, 7, 7, 7)]


def test_a_folder_that_asks_aws_may() -> None:
    assert refusals("collect") == []
