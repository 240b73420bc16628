"""The benchmark: `python -m bench.run` runs the job against the stand-in and prints what it took and why.

For each organization and size: the whole run, the collection alone, and a plain boto3 reader of the same
accounts, with wall time, CPU, peak memory, calls an account, the lower bound and the ratio to it. The rows of
the run are compared with the made-up truth, so that no speed is bought with a lost key. Ratios are printed
first; figures are those of the median run.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench.bound import lower_bound
from bench.measure import Endpoint, Usage, middle, noise, options_of, run, stand_in
from bench.profile import profile
from bench.ratios import Cost, ratios
from bench.seeds import KINDS, Kind
from bench.store_rows import read_back
from bench.stores import KINDS as STORE_KINDS
from bench.stores import REGION
from bench.truth import compare, expected_rows
from bench.world import World

PYTHON = sys.executable
REPORT_DATE = "2026-11-22"
WHOLE_RUN = "whole run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One program's figures; `usage` is the median of `repeats`."""

    name: str
    accounts: int
    usage: Usage
    calls: Mapping[str, int]
    throttled: int
    peak_in_flight: int
    noise: str = ""

    def line(self) -> str:
        """The figures in one line."""
        usage = self.usage
        bound = lower_bound(self.calls, usage.cpu)
        requests = sum(self.calls.values())
        return (
            f"{self.name:<26}{self.accounts:>7,} {usage.wall:>8.1f} {usage.cpu:>8.1f} "
            f"{usage.peak_bytes / 2**20:>8,.0f} {requests / self.accounts:>8.2f} {self.throttled:>9,} "
            f"{self.peak_in_flight:>7} {bound.latency:>8.1f} {bound.throttle:>8.1f} {bound.seconds:>7.1f} "
            f"{usage.wall / bound.seconds:>6.2f} {usage.exit_code:>5} {self.noise}"
        )


HEADER = (
    f"{'':<26}{'accounts':>7} {'wall s':>8} {'CPU s':>8} {'MiB':>8} {'calls/a':>8} {'throttled':>9} "
    f"{'at once':>7} {'latency':>8} {'throttle':>8} {'bound':>7} {'ratio':>6} {'exit':>5} noise"
)


class Bench:
    """One size of one organization on one stand-in."""

    def __init__(self, world: World, endpoint: Endpoint, folder: Path) -> None:
        self.world = world
        self.endpoint = endpoint
        self.folder = folder
        self.active = len(world.active_ids)

    def measure(
        self, name: str, command: Sequence[str], more: Mapping[str, str], *, repeat: int = 1
    ) -> Measured:
        """Run one program as often as asked, each time from a cold start."""
        usages = []
        for _ in range(repeat):
            self.endpoint.reset()
            log = self.folder / f"{name.replace(' ', '-')}.log"
            usages.append(run(command, {**self.endpoint.environment(), **more}, str(log)))
        stats = self.endpoint.stats()
        return Measured(
            name=f"{self.world.kind}: {name}",
            accounts=self.active,
            usage=middle(usages),
            calls=stats["calls"],
            throttled=sum(stats["throttled"].values()),
            peak_in_flight=int(str(stats["peak"])),
            noise=noise(usages),
        )

    def whole_run(self, *, to_s3: bool, repeat: int) -> Measured:
        """`python -m job run`, from the organization to the last file."""
        command = [PYTHON, "-m", "job", "run"]
        return self.measure(WHOLE_RUN, command, self.settings(to_s3=to_s3), repeat=repeat)

    def with_stores(self, name: str, more: Mapping[str, str]) -> tuple[Measured, Path]:
        """A whole run that reads data stores as well, and where its files are."""
        output = self.folder / name.replace(" ", "-")
        settings = {
            **self.settings(to_s3=False),
            "REPORT_OUTPUT_DIR": str(output),
            "REPORT_DATA_STORES": ",".join(STORE_KINDS),
            "REPORT_REGIONS": REGION,
            **more,
        }
        return self.measure(name, [PYTHON, "-m", "job", "run"], settings), output

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
        return compare(self.world, path).line() if path.exists() else "rows: no CSV"

    def profile(self, *, to_s3: bool) -> str:
        """Where the CPU time of a whole run goes."""
        self.endpoint.reset()
        environment = {**self.endpoint.environment(), **self.settings(to_s3=to_s3)}
        return profile([PYTHON, "-m", "job", "run"], environment, self.folder / "samples.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the whole run over one organization costs, and all that was measured of it, in lines."""

    cost: Cost
    lines: tuple[str, ...]


def bench(world: World, given: argparse.Namespace) -> Result:
    """Measure one size of one organization."""
    name = f"{world.kind}-{world.size}"
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    kept = nullcontext(str(given.keep / name)) if given.keep else tempfile.TemporaryDirectory()
    with kept as folder, stand_in(*options_of(world)) as endpoint:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - a text that tempfile gave
        size = Bench(world, endpoint, Path(folder))
        whole = size.whole_run(to_s3=given.s3, repeat=given.repeat)
        lines = (whole.line(), *_parts(size, given), *_stores(size, given, whole))
    cost = Cost(
        kind=world.kind,
        accounts=whole.accounts,
        keys=sum(len(expected_rows(world, each)) for each in world.active_ids),
        cpu=whole.usage.cpu,
        peak_bytes=whole.usage.peak_bytes,
    )
    return Result(cost=cost, lines=lines)


def _parts(size: Bench, given: argparse.Namespace) -> Iterator[str]:
    if not given.s3:
        yield f"    {size.check()}"
    if "collect" in given.parts:
        yield size.collection().line()
    if "plain" in given.parts and size.world.size <= given.plain_up_to:
        yield size.plain().line()
    if "profile" in given.parts and size.world.size <= given.profile_up_to:
        yield size.profile(to_s3=given.s3)


def _stores(size: Bench, given: argparse.Namespace, without: Measured) -> Iterator[str]:
    """The runs that read data stores, each beside the one that reads none."""
    ways: Mapping[str, Mapping[str, str]] = {
        "stores": {},
        "aggregator": {"REPORT_CONFIG_AGGREGATOR": "everything"},
    }
    for part, more in ways.items():
        if part in given.parts:
            measured, output = size.with_stores(f"with {part}", more)
            yield measured.line()
            yield f"    {_beside(measured, without)}"
            yield f"    {read_back(output, size.world, REPORT_DATE)}"


def _beside(measured: Measured, without: Measured) -> str:
    """Calls, CPU and wall time of an account, and how many times those of the run without stores."""
    accounts, calls = measured.accounts, sum(measured.calls.values())
    usage, other = measured.usage, without.usage
    return (
        f"an account: {calls / accounts:.1f} calls ({calls / sum(without.calls.values()):.1f} times), "
        f"{usage.cpu / accounts:.3f} CPU-s ({usage.cpu / other.cpu:.1f} times), "
        f"{usage.wall / accounts:.3f} s ({usage.wall / other.wall:.1f} times)"
    )


def worlds(given: argparse.Namespace) -> Iterator[World]:
    """The organizations asked for, each in each size; all but the giant, whose keys take minutes to list."""
    chosen: list[Kind] = [kind for kind in KINDS if getattr(given, kind)] or ["easy", "crowded"]
    for kind in chosen:
        for accounts in [1] if kind == "giant" else map(int, given.accounts.split(",")):
            yield World(size=accounts, seed=given.seed, kind=kind)


def main() -> None:
    """Read the options and measure each organization and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--easy", action="store_true", help="the easy organization")
    parser.add_argument("--crowded", action="store_true", help="the crowded one; default: both")
    parser.add_argument("--giant", action="store_true", help="one account of 2,000 users and 500 roles")
    parser.add_argument("--accounts", default="100,1000,10000", help="sizes, comma-separated")
    parts = "besides the whole run, of collect, plain, profile, stores, aggregator; '' for none"
    parser.add_argument("--parts", default="collect,plain,profile", help=parts)
    parser.add_argument("--repeat", type=int, default=1, help="whole runs of each size; the median counts")
    parser.add_argument("--plain-up-to", type=int, default=1000, help="the largest size for the plain reader")
    parser.add_argument("--profile-up-to", type=int, default=1000, help="the largest size for the profile")
    parser.add_argument("--s3", action="store_true", help="publish to the stand-in's S3 instead of a folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="keep outputs and logs here")
    given = parser.parse_args()
    results = [bench(world, given) for world in worlds(given)]
    print("\n".join(["whole run, ratios first:", *ratios([each.cost for each in results]), "", HEADER]))
    print("\n".join(line for each in results for line in each.lines))


if __name__ == "__main__":
    main()
