"""Security Hub in the embedded AWS, with what moto leaves out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import boto3
import pytest
from moto import mock_aws
from moto.securityhub.exceptions import SecurityHubClientError
from moto.securityhub.models import SecurityHubBackend

from job.aws.clients import CallerIdentity
from job.aws.finding_batches import SecurityHub

TASK_ACCOUNT = "123456789012"
Answer: TypeAlias = "tuple[int, int, list[dict[str, Any]]]"
Imports: TypeAlias = "Callable[[SecurityHubBackend, list[dict[str, Any]]], Answer]"

MOTO_IMPORTS: Imports = SecurityHubBackend.batch_import_findings


@dataclass
class EmbeddedHub:
    """The hub, the ids of each call, and what the next calls refuse."""

    hub: SecurityHub
    client: Any
    calls: list[list[str]] = field(default_factory=list)
    is_enabled: bool = True
    refused: set[str] = field(default_factory=set)

    def findings(self) -> dict[str, dict[str, Any]]:
        pages = self.client.get_paginator("get_findings").paginate()
        return {each["Id"]: each for page in pages for each in page["Findings"]}


@contextmanager
def embedded_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedHub]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    with mock_aws():
        client = boto3.client("securityhub", "eu-central-1")
        caller = CallerIdentity(account_id=TASK_ACCOUNT, partition="aws", arn="")
        embedded = EmbeddedHub(hub=SecurityHub(client, caller), client=client)
        monkeypatch.setattr(SecurityHubBackend, "batch_import_findings", imports_as_aws_does(embedded))
        yield embedded


def imports_as_aws_does(embedded: EmbeddedHub) -> Imports:
    """moto takes any number of findings, of any account, without a hub, and old ones over new ones."""

    def imports(backend: SecurityHubBackend, findings: list[dict[str, Any]]) -> Answer:
        if not embedded.is_enabled:
            raise SecurityHubClientError("InvalidAccessException", "Account is not subscribed")
        assert 1 <= len(findings) <= 100
        embedded.calls.append([each["Id"] for each in findings])
        known = {each.id: each.data["UpdatedAt"] for each in backend.findings}
        good = [
            each
            for each in findings
            if each["AwsAccountId"] == TASK_ACCOUNT
            and each["ProductArn"].endswith(f":{TASK_ACCOUNT}:product/{TASK_ACCOUNT}/default")
            and known.get(each["Id"], "") < each["UpdatedAt"]
            and each["Id"] not in embedded.refused
        ]
        MOTO_IMPORTS(backend, good)
        failed = [
            {"Id": each["Id"], "ErrorCode": "InvalidInput", "ErrorMessage": "refused"}
            for each in findings
            if each not in good
        ]
        return len(failed), len(good), failed

    return imports
