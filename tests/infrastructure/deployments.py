"""The complete example as these tests deploy it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NoReturn

import embedded_cloud
import pytest
from terraform_runs import Outcome, Terraform

from job.snapshot.model import JsonObject

NOT_PUSHED = "sha256:" + "0" * 64

VARIABLES = f"""
region                  = "{embedded_cloud.REGION}"
organization_id         = "o-acme0infra"
organizational_unit_ids = ["ou-acme-security0", "ou-acme-workloads"]
management_role_arn     = "{embedded_cloud.MANAGEMENT_ROLE}"
architecture            = "X86_64"
external_id             = "acme-report"
alarm_emails            = ["security@acme.example"]
reader_arns             = ["arn:aws:iam::200000000001:role/analyst"]
quicksight_owner_arns   = ["arn:aws:quicksight:eu-central-1:{embedded_cloud.SECURITY}:user/default/analyst"]
disposable              = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The complete example as it was applied."""

    terraform: Terraform
    applied: Outcome
    shown: JsonObject
    variables: tuple[str, ...]


def missing(reason: str) -> NoReturn:
    """Skip, or fail where CI says that everything must be there."""
    if "INFRASTRUCTURE_REQUIRED" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)
