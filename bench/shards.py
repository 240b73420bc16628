"""What the tasks of a run in shards take, measured, and what that makes of larger runs, computed.

`python -m bench.shards` runs a run's three stages one after the other, each in a process of its own: the
organization, the accounts, the report. From the CPU time of each it computes how long 1, 4 and 16 tasks take
for larger organizations, and what they cost on Fargate.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.limits import LATENCY, ORGANIZATIONS_RATES
from bench.measure import Endpoint, Usage, middle, options_of, run, stand_in
from bench.run import PYTHON, REPORT_DATE
from bench.world import World

#: Dollars an hour for Linux on ARM in us-east-1, by AWS's price list of September 2026.
VCPU_HOUR, GB_HOUR = 0.03238, 0.00356
#: Assumed: seconds to find room, pull the image and start. Fargate bills a minute at least.
START, LEAST_BILLED = 30.0, 60.0
#: Pages of this many accounts; the job keeps to this share of AWS's rates.
PAGE, SHARE_OF_RATES = 20, 0.8
#: Calls an account and threads, which decide where CPU does not.
CALLS, THREADS = 8, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The size of every task of a run."""

    vcpus: int
    gigabytes: int

    @property
    def dollars_an_hour(self) -> float:
        """The price."""
        return self.vcpus * VCPU_HOUR + self.gigabytes * GB_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """CPU seconds an account of each stage; each is done by one process on one core."""

    organization: float
    reading: float
    reporting: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """From the start of a run to its end, and what its tasks are billed."""

    seconds: float
    dollars: float

    def cell(self) -> str:
        """Both for a table, the price with two digits that count."""
        return f"{self.seconds / 60:.0f} min, ${self.dollars:#.2g}"


def cost(measured: Effort, accounts: int, shards: int, task: Task, times: float = 1) -> Cost:
    """Compute a run; accounts may take `times` as long to read as those that were measured.

    One task reads accounts while the organization loads; shards wait for all of it.
    """
    listing = max(accounts * measured.organization, slowest_listing(accounts))
    reading = times * max(measured.reading, CALLS * LATENCY["iam"] / THREADS) * accounts / shards
    reporting = accounts * measured.reporting
    if shards == 1:
        tasks = [START + max(listing, reading) + reporting]
        return _billed(tasks, sum(tasks), task)
    stages = [START + listing, START + reading, START + reporting]
    tasks = [stages[0], *[stages[1]] * shards, stages[2]]
    return _billed(tasks, sum(stages), task)


def _billed(tasks: Sequence[float], seconds: float, task: Task) -> Cost:
    billed = sum(max(LEAST_BILLED, each) for each in tasks)
    return Cost(seconds=seconds, dollars=billed / 3600 * task.dollars_an_hour)


def slowest_listing(accounts: int) -> float:
    """Seconds that the slowest of AWS's rates takes: `FullAWSAccess` is attached to every account."""
    pages = accounts / PAGE
    rates = [ORGANIZATIONS_RATES[name][0] for name in ("ListAccounts", "ListTargetsForPolicy")]
    return pages / (SHARE_OF_RATES * min(rates))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What each stage of one run took."""

    accounts: int
    organization: Usage
    reading: Usage
    report: Usage

    def lines(self) -> Iterator[str]:
        """The figures."""
        stages = {"organization": self.organization, "accounts": self.reading, "report": self.report}
        for name, usage in stages.items():
            a_piece = 1000 / self.accounts
            yield (
                f"{name:<14}{self.accounts:>7,} {usage.wall:>8.1f} s {usage.cpu:>8.1f} CPU-s "
                f"{usage.wall * a_piece:>7.1f} ms {usage.cpu * a_piece:>7.1f} CPU-ms an account "
                f"{usage.peak_bytes / 2**20:>7,.0f} MiB, exit {usage.exit_code}"
            )


def effort(small: Stages, large: Stages) -> Effort:
    """CPU for an account more: what a process takes to start is in both, and falls out."""
    more = large.accounts - small.accounts
    return Effort(
        organization=(large.organization.cpu - small.organization.cpu) / more,
        reading=(large.reading.cpu - small.reading.cpu) / more,
        reporting=(large.report.cpu - small.report.cpu) / more,
    )


def measure(world: World, repeat: int) -> Stages:
    """Run the stages as often as asked, each time from a cold start; each figure is the median of its own."""
    taken: list[list[Usage]] = [[], [], []]
    with stand_in(*options_of(world)) as endpoint:
        for _ in range(repeat):
            endpoint.reset()
            with tempfile.TemporaryDirectory() as folder:
                for stage, usage in zip(taken, stages_of(endpoint, Path(folder)), strict=True):
                    stage.append(usage)
    organization, reading, report = (middle(stage) for stage in taken)
    return Stages(accounts=len(world.active_ids), organization=organization, reading=reading, report=report)


def stages_of(endpoint: Endpoint, folder: Path) -> Iterator[Usage]:
    """Run the organization, all accounts in one share, and the report."""
    settings = {
        "REPORT_OUTPUT_DIR": str(folder),
        "REPORT_DATE": REPORT_DATE,
        "REPORT_RUN_ID": "measured",
        "REPORT_LOG_FORMAT": "json",
    }
    for part in ({"REPORT_SHARD": "0/1"}, {"REPORT_SHARD": "1/1"}, {}):
        yield run([PYTHON, "-m", "job", "run"], {**endpoint.environment(), **settings, **part})


#: Rows of the table: accounts, how many times as long they take to read, and the task's size. What 50,000
#: accounts take of memory is more than a task of one vCPU can have.
ROWS = (
    (10_000, 1, Task(vcpus=1, gigabytes=3)),
    (50_000, 1, Task(vcpus=2, gigabytes=12)),
    (10_000, 10, Task(vcpus=1, gigabytes=3)),
    (50_000, 10, Task(vcpus=2, gigabytes=12)),
)


def table(measured: Effort) -> Iterator[str]:
    """The table of docs/operations.md."""
    yield "| accounts | the task | 1 task | 4 shards | 16 shards |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for accounts, times, task in ROWS:
        slower = "" if times == 1 else f" that take {times} times as long to read"
        cells = [cost(measured, accounts, shards, task, times).cell() for shards in (1, 4, 16)]
        yield f"| {accounts:,}{slower} | {task.vcpus} vCPU, {task.gigabytes} GB | {' | '.join(cells)} |"


def main() -> None:
    """Measure, and compute."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--accounts", default="100,1000", help="two sizes; what one more account takes counts"
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs; the median of each stage counts")
    given = parser.parse_args()
    small, large = (measure(World(size=int(size)), given.repeat) for size in given.accounts.split(","))
    found = effort(small, large)
    print("\n".join([*small.lines(), *large.lines(), "", str(found), "", *table(found)]))


if __name__ == "__main__":
    main()
