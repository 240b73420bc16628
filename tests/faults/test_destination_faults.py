from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest

from bench.faults import Rule, as_json
from bench.measure import Endpoint
from bench.world import World
from tests.faults.fault_runs import DATE, run_job, truth

pytestmark = pytest.mark.long("whole runs, each into a place that refuses")

BUCKET = "reports"
KEYS = f"iam-access-key-report/csv/keys/dt={DATE}/keys-{DATE}.csv"
# Python 3.11 would leave a module's bytecode cut off where no more could be written, for all later imports.
NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}


def full_at(limit: int) -> tuple[str, ...]:
    """A command line's begin that lets no file grow beyond so many bytes."""
    return ("prlimit", f"--fsize={limit}")


def published_rows(aws: Endpoint) -> int:
    s3 = boto3.client(
        "s3",
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    return s3.get_object(Bucket=BUCKET, Key=KEYS)["Body"].read().decode().count("\n") - 1


@pytest.mark.parametrize(
    "rule",
    [
        Rule(kind="error", operations=("s3:*",), status=503, code="SlowDown", probability=0.2),
        Rule(kind="error", operations=("s3:PutObject",), status=500, code="InternalError", times=2),
        Rule(kind="reset", operations=("s3:PutObject",), probability=0.1),
        Rule(kind="truncate", operations=("s3:GetObject", "s3:List*"), times=1),
    ],
    ids=["SlowDown", "InternalError", "resets", "truncated"],
)
def test_a_bucket_that_refuses_now_and_then_gets_everything(
    rule: Rule, aws: Endpoint, world: World, tmp_path: Path
) -> None:
    aws.faults(as_json([rule]))

    outcome = run_job(aws, tmp_path, REPORT_BUCKET=BUCKET)

    assert outcome.exit_code == 0
    assert published_rows(aws) == len(truth(world))


@pytest.mark.parametrize("skip", [0, 5, 30])
def test_a_bucket_that_refuses_for_good_ends_the_run_with_a_clear_line(
    skip: int, aws: Endpoint, tmp_path: Path
) -> None:
    rule = Rule(kind="error", operations=("s3:PutObject",), status=403, code="AccessDenied", skip=skip)
    aws.faults(as_json([rule]))

    outcome = run_job(aws, tmp_path, REPORT_BUCKET=BUCKET)

    assert outcome.exit_code == 1
    assert "AccessDenied" in outcome.log
    assert "Traceback" not in outcome.log


@pytest.mark.parametrize("limit", [0, 2_000, 20_000])
def test_a_full_disk_ends_the_run_with_a_clear_line_and_no_half_file(
    limit: int, aws: Endpoint, tmp_path: Path
) -> None:
    outcome = run_job(aws, tmp_path, prefix=full_at(limit), **NO_BYTECODE)

    assert outcome.exit_code == 1
    assert "File too large" in outcome.log
    assert "Traceback" not in outcome.log
    assert [path.name for path in tmp_path.rglob("summary.json")] == []


def test_a_run_after_a_full_disk_is_whole(aws: Endpoint, world: World, tmp_path: Path) -> None:
    run_job(aws, tmp_path, prefix=full_at(20_000), REPORT_RUN_ID="full", **NO_BYTECODE)

    outcome = run_job(aws, tmp_path, REPORT_RUN_ID="full")

    assert outcome.exit_code == 0
    assert outcome.rows == truth(world)
    assert json.loads((tmp_path / "latest" / "summary.json").read_text())
