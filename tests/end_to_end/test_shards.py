"""A run in parts, each a process of its own, reports what one process reports."""

from __future__ import annotations

import gzip
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import orjson
import pytest

from job.demo.server import BUCKET
from tests.embedded import Embedded, embedded
from tests.end_to_end.published import QUICK, files_below, key_facts, rows, seeded_facts
from tests.end_to_end.sixty_accounts import first_accounts, sixty_accounts
from tests.in_process import run_here

SNAPSHOT = "snapshots/dt=2026-11-22/run_id=run-1"
DATASETS = ("keys", "accounts", "findings", "changes", "credentials")
MOVING = {"collected_at", "credential_report_at", "seconds", "retries", "api_calls"}
FOUR_SHARDS = ("0/4", "1/4", "2/4", "3/4", "4/4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forty:
    """Forty accounts as four shards and one more task reported them, and as one task did.

    `least` and `most` are the seconds from the end and the start of the first task to the end of the last.
    """

    aws: Embedded
    parts: Path
    whole: Path
    codes: Sequence[int]
    of_parts: Mapping[str, Any]
    of_whole: Mapping[str, Any]
    least: float
    most: float


SEVERAL_RUNS = pytest.mark.long("several runs of an organization, each a process")


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forty]:
    folder = tmp_path_factory.mktemp("forty")
    parts, whole = folder / "parts", folder / "whole"
    with embedded(first_accounts(40), folder) as aws:
        begun = time.monotonic()
        codes = run_parts(aws, parts, FOUR_SHARDS[0])
        organized = time.monotonic()
        codes += run_parts(aws, parts, *FOUR_SHARDS[1:])
        of_parts = aws.job("run", **settings(parts))
        ended = time.monotonic()
        of_whole = aws.job("run", **settings(whole))
        yield Forty(
            aws=aws,
            parts=parts,
            whole=whole,
            codes=[*codes, of_parts.returncode, of_whole.returncode],
            of_parts=measured(of_parts),
            of_whole=measured(of_whole),
            least=ended - organized,
            most=ended - begun,
        )


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Embedded]:
    with embedded(sixty_accounts(failing=False), tmp_path) as served:
        yield served


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded(first_accounts(8), tmp_path_factory.mktemp("few")) as served:
        yield served


@pytest.fixture
def twenty_four(tmp_path: Path) -> Iterator[Embedded]:
    with embedded(first_accounts(24), tmp_path) as served:
        yield served


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[Embedded]:
    with embedded(sixty_accounts(failing=True), tmp_path) as served:
        yield served


def settings(folder: Path) -> dict[str, str]:
    return {**QUICK, "REPORT_OUTPUT_DIR": str(folder)}


def steady(table: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: value for name, value in row.items() if name not in MOVING} for row in table]


def run_parts(aws: Embedded, folder: Path, *parts: str, **more: str) -> list[int]:
    return [aws.job("run", **settings(folder), **more, REPORT_SHARD=part).returncode for part in parts]


def measured(done: CompletedProcess[str]) -> dict[str, Any]:
    """The metrics of a run, by the line that holds them."""
    (line,) = (orjson.loads(line) for line in done.stderr.splitlines() if '"run.measured"' in line)
    names = [metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    return {name: line[name] for name in names}


def report_of(forty: Forty, snapshot: Path, output: Path) -> dict[str, bytes]:
    """Every file of a report of this snapshot alone."""
    done = forty.aws.job("report", "--snapshot", str(snapshot), "--output", str(output))
    assert done.returncode == 0, done.stderr
    return files_below(output)


def read_at_the_moments_of(there: Path, snapshot: Path) -> None:
    """Give every account of a snapshot, and the organization, the times of another's readings."""
    for file in (snapshot / "accounts").iterdir():
        mine, other = account_in(file), account_in(there / "accounts" / file.name)
        mine |= {name: other[name] for name in ("CollectedAt", "Collection")}
        uses = {role["Arn"]: role["RoleLastUsed"] for role in other["AuthorizationDetails"]["RoleDetailList"]}
        for role in mine["AuthorizationDetails"]["RoleDetailList"]:
            role["RoleLastUsed"] = uses[role["Arn"]]
        assert mine == other
        file.write_bytes(gzip.compress(orjson.dumps(mine)))
    mine, other = (orjson.loads((each / "organization.json").read_bytes()) for each in (snapshot, there))
    mine["CollectedAt"] = other["CollectedAt"]
    assert mine == other
    (snapshot / "organization.json").write_bytes(orjson.dumps(mine))


def account_in(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(gzip.decompress(file.read_bytes()))
    return document


@SEVERAL_RUNS
def test_four_shards_of_forty_accounts_report_what_one_task_reports(forty: Forty) -> None:
    assert forty.codes == [0, 0, 0, 0, 0, 0, 0]
    for dataset in DATASETS:
        assert steady(rows(forty.parts, dataset)) == steady(rows(forty.whole, dataset))
    assert key_facts(rows(forty.parts, "keys")) == seeded_facts(forty.aws.keys)


@SEVERAL_RUNS
def test_what_four_shards_read_gives_the_same_bytes_as_what_one_task_read(
    forty: Forty, tmp_path: Path
) -> None:
    snapshot = continued(forty, tmp_path)
    read_at_the_moments_of(forty.whole / SNAPSHOT, snapshot)
    of_shards = report_of(forty, snapshot, tmp_path / "shards")
    of_one = report_of(forty, forty.whole / SNAPSHOT, tmp_path / "one")
    assert of_shards == of_one
    assert f"csv/keys/dt={QUICK['REPORT_DATE']}/keys-{QUICK['REPORT_DATE']}.csv" in of_one


@SEVERAL_RUNS
def test_the_metrics_of_a_run_in_shards_are_those_of_the_whole_run(forty: Forty) -> None:
    counted = [{**metrics, "DurationSeconds": 0} for metrics in (forty.of_parts, forty.of_whole)]
    assert counted[0] == counted[1]
    assert (counted[0]["AccountsRead"], counted[0]["Coverage"]) == (40, 100)


@SEVERAL_RUNS
def test_a_run_in_shards_took_from_the_start_of_its_first_task_to_the_end_of_its_last(forty: Forty) -> None:
    assert forty.least < forty.of_parts["DurationSeconds"] < forty.most


@SEVERAL_RUNS
def test_a_task_that_is_started_again_forgets_no_earlier_beginning(forty: Forty, tmp_path: Path) -> None:
    noted = continued(forty, tmp_path) / "begun.json"
    first = noted.read_bytes()
    assert run_parts(forty.aws, tmp_path, "0/4", "3/4") == [0, 0]
    again = forty.aws.job("run", **settings(tmp_path))
    assert noted.read_bytes() == first
    assert measured(again)["DurationSeconds"] > forty.of_parts["DurationSeconds"]


@SEVERAL_RUNS
@pytest.mark.parametrize("garbled", [b'{"BegunAt": "yesterday"}', None], ids=["no time", "missing"])
def test_a_report_that_does_not_know_when_the_run_began_says_how_long_its_own_task_took(
    forty: Forty, tmp_path: Path, garbled: bytes | None
) -> None:
    noted = continued(forty, tmp_path) / "begun.json"
    noted.unlink()
    if garbled is not None:
        noted.write_bytes(garbled)
    before = time.monotonic()
    done = forty.aws.job("run", **settings(tmp_path))
    assert done.returncode == 0
    assert measured(done)["DurationSeconds"] < time.monotonic() - before
    assert steady(rows(tmp_path, "keys")) == steady(rows(forty.parts, "keys"))


def continued(forty: Forty, folder: Path) -> Path:
    """What the four shards read, in a folder where their run goes on."""
    copied: Path = shutil.copytree(forty.parts / SNAPSHOT, folder / SNAPSHOT)
    return copied


@SEVERAL_RUNS
def test_accounts_that_cannot_be_read_are_no_error_of_a_part_and_reported_all_the_same(
    failing: Embedded, tmp_path: Path
) -> None:
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    assert run_parts(failing, parts, "0/3", "1/3", "2/3", "3/3") == [0, 0, 0, 0]
    assert [failing.job("run", **settings(folder)).returncode for folder in (parts, whole)] == [3, 3]
    for dataset in ("keys", "accounts", "findings", "changes"):
        assert steady(rows(parts, dataset)) == steady(rows(whole, dataset))


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=SEVERAL_RUNS)])
def test_every_account_is_read_once_and_its_row_says_how(
    twenty_four: Embedded, tmp_path: Path, count: int
) -> None:
    out = tmp_path / "out"
    parts = [f"{part}/{count}" for part in range(count + 1)]
    assert run_parts(twenty_four, out, *parts) == [0] * len(parts)
    assert not (out / "csv").exists()
    assert twenty_four.job("run", **settings(out)).returncode == 0
    told = rows(out, "accounts")
    assert readings(twenty_four) == dict.fromkeys((row["account_id"] for row in told), 1)
    assert all(row["role_used"] and int(row["api_calls"]) > 0 and row["seconds"] for row in told)
    assert key_facts(rows(out, "keys")) == seeded_facts(twenty_four.keys)


def readings(aws: Embedded) -> dict[str, int]:
    return {
        call["account_id"]: call["count"]
        for call in aws.operations()
        if call["operation"] == "GetAccountAuthorizationDetails"
    }


@SEVERAL_RUNS
def test_each_part_keeps_the_managed_policies_that_it_read_in_a_file_of_its_own(
    aws: Embedded, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    folder = out / SNAPSHOT / "managed-policies"
    assert run_parts(aws, out, "0/2", "1/2") == [0, 0]
    first = (folder / "1-of-2.json.gz").rename(tmp_path / "not-yet-there")
    assert run_parts(aws, out, "2/2") == [0]
    first.rename(folder / "1-of-2.json.gz")
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["1-of-2.json.gz", "2-of-2.json.gz"]
    assert all(orjson.loads(gzip.decompress(file.read_bytes()))["Policies"] for file in files)
    assert aws.job("run", **settings(out)).returncode == 0
    assert not (out / SNAPSHOT / "managed-policies.json.gz").exists()


@SEVERAL_RUNS
def test_a_share_opens_no_account_of_another_share(aws: Embedded) -> None:
    in_bucket = {**QUICK, "REPORT_BUCKET": BUCKET}
    for part in ("0/2", "1/2", "2/2"):
        assert aws.job("run", **in_bucket, REPORT_SHARD=part).returncode == 0
    before = opened(aws)
    assert aws.job("run", **in_bucket, REPORT_SHARD="1/2").returncode == 0
    assert 30 <= opened(aws) - before < 60


def opened(aws: Embedded) -> int:
    """How many objects were asked for."""
    return sum(call["count"] for call in aws.operations() if call["operation"] == "GetObject")


@SEVERAL_RUNS
def test_a_part_that_never_was_is_read_by_the_run(aws: Embedded, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_parts(aws, out, "0/4", "1/4", "3/4") == [0, 0, 0]
    assert aws.job("run", **settings(out)).returncode == 0
    assert key_facts(rows(out, "keys")) == seeded_facts(aws.keys)


@pytest.mark.usefixtures("this_process_as_before")
def test_a_share_before_the_organization_is_told_of(few: Embedded, tmp_path: Path) -> None:
    done = run_here("run", env=few.variables(**settings(tmp_path / "out"), REPORT_SHARD="1/4"))
    assert done.returncode == 1
    assert "REPORT_SHARD=0/4 comes first" in done.stderr


@SEVERAL_RUNS
def test_an_account_that_is_left_out_is_in_no_part_and_the_report_says_so(
    aws: Embedded, tmp_path: Path
) -> None:
    out, left_out = tmp_path / "out", aws.keys[0]["account_id"]
    assert run_parts(aws, out, "0/2", "1/2", "2/2", REPORT_EXCLUDE_ACCOUNTS=left_out) == [0, 0, 0]
    assert aws.job("run", **settings(out), REPORT_EXCLUDE_ACCOUNTS=left_out).returncode == 0
    assert {row["account_id"]: row["coverage"] for row in rows(out, "accounts")}[left_out] == "skipped"
    assert left_out not in readings(aws)


@pytest.mark.usefixtures("this_process_as_before")
def test_a_file_names_the_accounts_that_collect_reads(few: Embedded, tmp_path: Path) -> None:
    organization, ids = tmp_path / "organization.json", tmp_path / "ids.json"
    variables = few.variables()
    assert run_here("organization", "--output", str(organization), env=variables).returncode == 0
    chosen = sorted({key["account_id"] for key in few.keys})[:2]
    ids.write_bytes(orjson.dumps(chosen))
    words = ("--organization", str(organization), "--snapshot", str(tmp_path / "kept"))
    assert run_here("collect", *words, "--accounts-file", str(ids), env=variables).returncode == 0
    read = {path.name.partition(".")[0] for path in (tmp_path / "kept" / "accounts").iterdir()}
    assert read == set(chosen)


@pytest.mark.usefixtures("this_process_as_before")
def test_a_file_and_a_list_of_accounts_are_one_too_many(tmp_path: Path) -> None:
    words = ("--organization", "o.json", "--snapshot", str(tmp_path / "kept"), "--accounts", "000000000001")
    done = run_here("collect", *words, "--accounts-file", "ids.json")
    assert done.returncode == 2
    assert "--accounts-file: leave it out" in done.stderr
