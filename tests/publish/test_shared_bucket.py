"""Several organizations in one bucket, each below a prefix of its own that ends in its id."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import boto3
import orjson
import pytest
from moto import mock_aws

from job.publish.publish import publish
from job.publish.published_runs import find_previous
from job.report.html.html_input import HtmlInput
from job.report.rows.build import Report
from job.report.summary import ExitReason
from job.snapshot.model import AccountRun, Failure
from job.storage.storage import Storage, open_storage
from tests.report.report_samples import (
    DEV,
    MANAGEMENT,
    PROD,
    access_key,
    account,
    full_report,
    report_run,
    sample_report,
    sample_schema,
    user,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TODAY, YESTERDAY = date(2026, 11, 22), date(2026, 11, 21)
LATE = Failure(step="AssumeRole", code="AccessDenied", message="no")


def no_page(_: HtmlInput) -> bytes:
    return b""


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    with mock_aws():
        client = boto3.client("s3", "us-east-1")
        client.create_bucket(Bucket="central")
        yield client


def storage_of(s3: S3Client, prefix: str) -> Storage:
    return open_storage(f"s3://central/{prefix}", lambda: s3)


def keys_of(s3: S3Client, prefix: str = "") -> set[str]:
    return {found["Key"] for found in s3.list_objects_v2(Bucket="central", Prefix=prefix).get("Contents", [])}


def smaller_report() -> Report:
    """Of an organization that is read less well than the first."""
    return sample_report(
        account(MANAGEMENT),
        account(PROD, user("ci", access_key())),
        run=report_run(run_id="smaller", accounts={DEV: AccountRun(failure=LATE)}),
    )


def test_a_report_yields_to_no_better_one_of_another_organization(s3: S3Client) -> None:
    publish(storage_of(s3, "keys/o-first"), full_report(), no_page)
    second = publish(storage_of(s3, "keys/o-second"), smaller_report(), no_page)
    assert second.reason is not ExitReason.WORSE_THAN_PUBLISHED
    assert second.notes == ()


def test_neither_touches_what_the_other_wrote(s3: S3Client) -> None:
    publish(storage_of(s3, "keys/o-first"), full_report(), no_page)
    first = {key: s3.get_object(Bucket="central", Key=key)["ETag"] for key in keys_of(s3)}
    publish(storage_of(s3, "keys/o-second"), smaller_report(), no_page)
    assert {key: s3.get_object(Bucket="central", Key=key)["ETag"] for key in first} == first
    assert keys_of(s3) - set(first) == keys_of(s3, "keys/o-second/")


@pytest.mark.parametrize("prefix", ["keys/o-second", "keys"])
def test_none_is_compared_with_anothers_past(s3: S3Client, prefix: str) -> None:
    publish(storage_of(s3, "keys/o-first"), full_report(report_run(report_date=YESTERDAY)), no_page)
    assert find_previous(storage_of(s3, prefix), TODAY) is None
    assert find_previous(storage_of(s3, "keys/o-first"), TODAY) is not None


def test_reports_that_were_moved_into_a_folder_are_gone_on_with(s3: S3Client) -> None:
    before, after = storage_of(s3, "keys"), storage_of(s3, "keys/o-first")
    publish(before, full_report(report_run(report_date=date(2026, 11, 20))), no_page)
    publish(before, wider_report(YESTERDAY), no_page)
    for key in keys_of(s3):
        moved = key.replace("keys/", "keys/o-first/", 1)
        s3.copy_object(Bucket="central", Key=moved, CopySource={"Bucket": "central", "Key": key})
        s3.delete_object(Bucket="central", Key=key)
    assert find_previous(after, TODAY) is not None
    publish(after, wider_report(TODAY), no_page)
    manifest = orjson.loads(after.read("manifests/quicksight.json") or b"")
    assert manifest["fileLocations"] == [
        {
            "URIs": [
                "s3://central/keys/o-first/csv/keys/dt=2026-11-21/keys-2026-11-21.csv",
                "s3://central/keys/o-first/csv/keys/dt=2026-11-22/keys-2026-11-22.csv",
            ]
        }
    ]


def wider_report(day: date) -> Report:
    """With another column than before, so that the manifest names files."""
    return sample_report(
        account(MANAGEMENT),
        account(PROD),
        account(DEV),
        run=report_run(report_date=day),
        schema=sample_schema(tags=("Owner",)),
    )
