from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from job.demo.server import BUCKET, ORGANIZATION_ROLE
from job.demo.spec import load_demo
from job.permissions import CREDENTIALS, ORGANIZATION, TASK, Permission, member_permissions
from tests.embedded import Embedded, Operation, embedded
from tests.end_to_end.published import QUICK, key_facts, parse_csv, seeded_facts

READER = "iam-access-key-report-reader"
UNREAD = ("600000000071", "600000000072")
# Operations of Security Hub are recorded by their method.
IAM_NAMES: dict[str | tuple[str, str], str] = {
    "tagging": "tag",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("securityhub", "POST"): "BatchImportFindings",
}
KMS = {"kms:GenerateDataKey", "kms:Decrypt"}
# A first report has no news.
NEWS = {"sns:Publish"}


@dataclass(frozen=True, kw_only=True)
class Ran:
    aws: Embedded
    operations: list[Operation]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    with embedded(load_demo(), tmp_path_factory.mktemp("permissions")) as aws:
        finished = aws.job(
            "run",
            **QUICK,
            REPORT_BUCKET=BUCKET,
            REPORT_PREFIX="keys",
            REPORT_MIN_COVERAGE="90",
            REPORT_CREDENTIALS=",".join(CREDENTIALS),
            REPORT_SECURITY_HUB="true",
        )
        assert finished.returncode == 0, finished.stderr
        yield Ran(aws=aws, operations=aws.operations())


def called(ran: Ran, role: str) -> set[str]:
    return {
        f"{IAM_NAMES.get(call['service'], call['service'])}:"
        f"{IAM_NAMES.get((call['service'], call['operation']), call['operation'])}"
        for call in ran.operations
        if call["caller"] == role
    }


def listed(permissions: tuple[Permission, ...]) -> set[str]:
    return {permission.action for permission in permissions}


def test_the_task_calls_what_its_list_says_and_nothing_else(ran: Ran) -> None:
    # S3 calls KMS on the caller's behalf, so no such request is ever seen.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    assert called(ran, f"{READER}-task") == listed(TASK) - KMS - NEWS


def test_the_organization_role_calls_what_its_list_says_and_nothing_else(ran: Ran) -> None:
    assert called(ran, ORGANIZATION_ROLE) == listed(ORGANIZATION)


def test_the_member_role_calls_what_its_list_says_and_nothing_else(ran: Ran) -> None:
    # GetUser waits for a count of boundaries that moto does not give (PermissionsBoundaryUsageCount).
    asked = member_permissions(credentials=CREDENTIALS, data_stores=())
    assert called(ran, READER) == listed(asked) - {"iam:GetUser"}


def test_nobody_else_called(ran: Ran) -> None:
    assert {call["caller"] for call in ran.operations} == {f"{READER}-task", ORGANIZATION_ROLE, READER}


def test_the_bucket_holds_the_report(ran: Ran, tmp_path: Path) -> None:
    environment = ran.aws.environment
    s3 = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
    )
    path = tmp_path / "keys.csv"
    s3.download_file(BUCKET, "keys/csv/keys/dt=2026-11-22/keys-2026-11-22.csv", str(path))
    users = [row for row in parse_csv(path.read_bytes()) if row["principal_type"] == "iam_user"]
    assert key_facts(users) == seeded_facts(ran.aws.keys, without=UNREAD)


def test_the_stages_alone_give_the_same_rows(ran: Ran, tmp_path: Path) -> None:
    place = f"s3://{BUCKET}/stages"
    steps = (
        ("organization", "--output", f"{place}/organization.json"),
        (
            "collect",
            "--organization",
            f"{place}/organization.json",
            "--snapshot",
            f"{place}/snapshot",
            "--min-coverage",
            "90",
        ),
        (
            "report",
            "--snapshot",
            f"{place}/snapshot",
            "--output",
            str(tmp_path),
            "--report-date",
            "2026-11-22",
            "--run-id",
            "r",
            "--min-coverage",
            "90",
        ),
    )
    for step in steps:
        finished = ran.aws.job(*step)
        assert finished.returncode == 0, finished.stderr
    users = [
        row
        for row in parse_csv((tmp_path / "latest" / "keys.csv").read_bytes())
        if row["principal_type"] == "iam_user"
    ]
    assert key_facts(users) == seeded_facts(ran.aws.keys, without=UNREAD)
