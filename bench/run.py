"""The benchmark: `python -m bench.run` runs the job against the stand-in and prints what it took and why.

For each size: the whole run, the collection alone, and a plain boto3 reader of the same accounts, with wall
time, CPU, peak memory, calls an account, the lower bound and the ratio to it. The rows of the run
are compared with the made-up truth, so that no speed is bought with a lost key.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench.bound import lower_bound
from bench.measure import Endpoint, Usage, run, stand_in
from bench.profile import profile
from bench.truth import expected_rows
from bench.world import World

PYTHON = sys.executable
REPORT_DATE = "2026-11-22"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One program's figures."""

    name: str
    accounts: int
    usage: Usage
    calls: Mapping[str, int]
    throttled: int
    peak_in_flight: int

    def line(self) -> str:
        """The figures in one line."""
        usage = self.usage
        bound = lower_bound(self.calls, usage.cpu)
        requests = sum(self.calls.values())
        return (
            f"{self.name:<22}{self.accounts:>7,} {usage.wall:>8.1f} {usage.cpu:>8.1f} "
            f"{usage.peak_bytes / 2**20:>8,.0f} {requests / self.accounts:>8.2f} {self.throttled:>9,} "
            f"{self.peak_in_flight:>7} {bound.latency:>8.1f} {bound.throttle:>8.1f} {bound.seconds:>7.1f} "
            f"{usage.wall / bound.seconds:>6.2f} {usage.exit_code:>5}"
        )


HEADER = (
    f"{'':<22}{'accounts':>7} {'wall s':>8} {'CPU s':>8} {'MiB':>8} {'calls/a':>8} {'throttled':>9} "
    f"{'at once':>7} {'latency':>8} {'throttle':>8} {'bound':>7} {'ratio':>6} {'exit':>5}"
)


class Bench:
    """One size of organization on one stand-in."""

    def __init__(self, world: World, endpoint: Endpoint, folder: Path) -> None:
        self.world = world
        self.endpoint = endpoint
        self.folder = folder
        self.active = len(world.active_ids)

    def measure(self, name: str, command: Sequence[str], more: Mapping[str, str]) -> Measured:
        """Run one program from a cold start."""
        self.endpoint.reset()
        log = self.folder / f"{name.replace(' ', '-')}.log"
        usage = run(command, {**self.endpoint.environment(), **more}, str(log))
        stats = self.endpoint.stats()
        return Measured(
            name=name,
            accounts=self.active,
            usage=usage,
            calls=stats["calls"],
            throttled=sum(stats["throttled"].values()),
            peak_in_flight=int(str(stats["peak"])),
        )

    def whole_run(self, *, to_s3: bool) -> Measured:
        """`python -m job run`, from the organization to the last file."""
        return self.measure("whole run", [PYTHON, "-m", "job", "run"], self.settings(to_s3=to_s3))

    def settings(self, *, to_s3: bool) -> dict[str, str]:
        """The job's settings."""
        place = {"REPORT_BUCKET": "benchmark"} if to_s3 else {"REPORT_OUTPUT_DIR": str(self.folder / "out")}
        return {**place, "REPORT_DATE": REPORT_DATE, "REPORT_LOG_FORMAT": "json"}

    def collection(self) -> Measured:
        """`python -m job collect` of the known accounts."""
        target = str(self.folder / "snapshot")
        command = [
            PYTHON,
            "-m",
            "job",
            "collect",
            "--organization",
            str(self.metadata()),
            "--snapshot",
            target,
        ]
        return self.measure("collection alone", command, {"REPORT_OUTPUT_DIR": str(self.folder / "unused")})

    def plain(self) -> Measured:
        """The plain reader of the same accounts."""
        return self.measure("plain boto3 reader", [PYTHON, "-m", "bench.plain", str(self.metadata())], {})

    def metadata(self) -> Path:
        """A metadata file with the accounts that can be read."""
        path = self.folder / "accounts.json"
        path.write_bytes(orjson.dumps({"Accounts": [{"Id": each} for each in self.world.active_ids]}))
        return path

    def check(self) -> str:
        """Whether the whole run's rows are the truth."""
        path = self.folder / "out" / "csv" / "keys" / f"dt={REPORT_DATE}" / f"keys-{REPORT_DATE}.csv"
        if not path.exists():
            return "rows: no CSV"
        with path.open(newline="", encoding="utf-8") as file:
            found = {
                (row["account_id"], row["user_name"], row["access_key_id"]) for row in csv.DictReader(file)
            }
        truth = {
            (row.account_id, row.user_name, row.access_key_id or "")
            for each in self.world.active_ids
            for row in expected_rows(self.world, each)
        }
        missing, extra = len(truth - found), len(found - truth)
        return f"rows: {len(found):,}, missing {missing:,}, unexpected {extra:,}"

    def profile(self, *, to_s3: bool) -> str:
        """Where the CPU time of a whole run goes."""
        self.endpoint.reset()
        environment = {**self.endpoint.environment(), **self.settings(to_s3=to_s3)}
        return profile([PYTHON, "-m", "job", "run"], environment, self.folder / "samples.txt")


def bench(accounts: int, given: argparse.Namespace) -> None:
    """Measure and print one size."""
    world = World(size=accounts, seed=given.seed)
    kept = nullcontext(str(given.keep / str(accounts))) if given.keep else tempfile.TemporaryDirectory()
    options = ["--accounts", str(accounts), "--seed", str(given.seed)]
    with kept as folder, stand_in(*options) as endpoint:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - a text that tempfile gave
        size = Bench(world, endpoint, Path(folder))
        print(size.whole_run(to_s3=given.s3).line(), flush=True)
        if not given.s3:
            print(f"    {size.check()}", flush=True)
        if "collect" in given.parts:
            print(size.collection().line(), flush=True)
        if "plain" in given.parts and accounts <= given.plain_up_to:
            print(size.plain().line(), flush=True)
        if "profile" in given.parts and accounts <= given.profile_up_to:
            print(size.profile(to_s3=given.s3), flush=True)


def main() -> None:
    """Read the options and measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", default="100,1000,10000", help="sizes, comma-separated")
    parser.add_argument("--parts", default="collect,plain,profile", help="besides the whole run")
    parser.add_argument("--plain-up-to", type=int, default=1000, help="the largest size for the plain reader")
    parser.add_argument("--profile-up-to", type=int, default=1000, help="the largest size for the profile")
    parser.add_argument("--s3", action="store_true", help="publish to the stand-in's S3 instead of a folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="keep outputs and logs here")
    given = parser.parse_args()
    print(HEADER, flush=True)
    for accounts in given.accounts.split(","):
        bench(int(accounts), given)


if __name__ == "__main__":
    main()
