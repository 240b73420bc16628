"""Runs the job as a process of its own against the stand-in for AWS, and reads back what it published."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import boto3

from bench.measure import Endpoint
from bench.truth import KeyRow, expected_rows
from bench.world import World

DATE = "2026-11-22"
PREFIX = "iam-access-key-report"
ROOT = "<root_account>"
COLUMNS = [field.name for field in fields(KeyRow)]
JOB = (sys.executable, "-m", "job")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a finished run left behind."""

    exit_code: int
    rows: frozenset[KeyRow]
    accounts: Mapping[str, Mapping[str, str]]
    log: str

    def coverage(self, account_id: str) -> str:
        """The account's coverage."""
        return self.accounts[account_id]["coverage"]

    def not_complete(self) -> dict[str, str]:
        """Every account that was to be read and was not read wholly, with its coverage."""
        return {
            name: row["coverage"]
            for name, row in self.accounts.items()
            if row["coverage"] not in {"complete", "skipped"}
        }

    def unexplained(self) -> list[str]:
        """Accounts that are not complete and do not say why."""
        return [name for name in self.not_complete() if not self.accounts[name]["failures"]]


def settings(endpoint: Endpoint, folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """The job's environment; the results go to a folder unless a bucket is named."""
    place = {} if "REPORT_BUCKET" in more else {"REPORT_OUTPUT_DIR": str(folder)}
    return {
        **endpoint.environment(),
        **place,
        "REPORT_DATE": DATE,
        "REPORT_LOG_FORMAT": "json",
        "REPORT_CREDENTIAL_REPORT_TIMEOUT": "20",
        **more,
    }


def run_job(endpoint: Endpoint, folder: Path, *, prefix: Sequence[str] = (), **more: str) -> Outcome:
    """Run the job to its end; `prefix` is put before its command line."""
    done = subprocess.run(
        [*prefix, *JOB, "run"],
        env=settings(endpoint, folder, more),
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    return outcome(folder, done.returncode, done.stdout + done.stderr)


def start_job(endpoint: Endpoint, folder: Path, **more: str) -> subprocess.Popen[bytes]:
    """Start the job and leave it running."""
    return subprocess.Popen(
        [*JOB, "run"],
        env=settings(endpoint, folder, more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def download(endpoint: Endpoint, bucket: str, folder: Path) -> None:
    """Copy the datasets that a bucket holds into a folder, the same tree below the prefix."""
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    for dataset in ("keys", "accounts"):
        name = f"csv/{dataset}/dt={DATE}/{dataset}-{DATE}.csv"
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        answer = s3.get_object(Bucket=bucket, Key=f"{PREFIX}/{name}")
        place.write_bytes(answer["Body"].read())


def outcome(folder: Path, exit_code: int, log: str) -> Outcome:
    """What is published in the folder."""
    return Outcome(
        exit_code=exit_code,
        rows=frozenset(_key_row(row) for row in read_dataset(folder, "keys")),
        accounts={row["account_id"]: row for row in read_dataset(folder, "accounts")},
        log=log,
    )


def accounts_done(folder: Path) -> int:
    """How many accounts are saved."""
    return len(list(folder.rglob("accounts/*.json.gz")))


def wait_for_accounts(folder: Path, count: int) -> None:
    """Wait until that many accounts are saved."""
    deadline = time.monotonic() + 60
    while accounts_done(folder) < count and time.monotonic() < deadline:
        time.sleep(0.02)


def read_dataset(folder: Path, dataset: str) -> list[dict[str, str]]:
    """A published dataset's rows; none when it is not there."""
    path = folder / "csv" / dataset / f"dt={DATE}" / f"{dataset}-{DATE}.csv"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _key_row(row: Mapping[str, str]) -> KeyRow:
    return known(KeyRow(**{name: row[name] or None for name in COLUMNS}))  # type: ignore[arg-type]  # texts


def known(row: KeyRow) -> KeyRow:
    """A root key's creation date is not told by AWS, only when it was last changed."""
    return replace(row, key_created_at=None) if row.user_name == ROOT else row


def truth(world: World, without: Iterable[str] = ()) -> frozenset[KeyRow]:
    """The rows of every active account but these."""
    left_out = set(without)
    return frozenset(
        row for each in world.active_ids if each not in left_out for row in expected_rows(world, each)
    )


def of_users(rows: Iterable[KeyRow]) -> frozenset[KeyRow]:
    """The rows of IAM users, without root users."""
    return frozenset(row for row in rows if row.user_name != ROOT)


def without_keys(rows: Iterable[KeyRow], accounts: Iterable[str]) -> frozenset[KeyRow]:
    """The rows of all accounts but these."""
    left_out = set(accounts)
    return frozenset(row for row in rows if row.account_id not in left_out)
