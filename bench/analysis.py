"""What the analysis costs by itself: `python -m bench.analysis` needs no AWS, real or made up.

For each organization a snapshot is written, then read, parsed and judged as a run does it, in a process of
its own. Without --easy, --crowded, --giant or --unalike: all of them. Ratios are printed first.

Where the time goes, quickly, the same on every machine (function calls under cProfile):

    python -m bench.analysis --crowded --accounts 50 --profile tottime
    python -m bench.analysis --giant --profile cumtime --profile-file giant.pstats

The same over one snapshot again and again, without making it: `--keep FOLDER`. `--report` measures
`python -m job report` instead: the analysis and every file, with the rows compared with the truth.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import gzip
import multiprocessing
import pstats
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bench.measure import middle, noise, run
from bench.ratios import Cost, ratios
from bench.seeds import KINDS, Kind
from bench.snapshot import write_snapshot
from bench.truth import compare, expected_rows
from bench.unalike import OWN_CREDENTIALS, ROLES, USERS, big_account
from bench.world import World
from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.snapshot.model import Account, Json
from job.snapshot.parse import parse_account, parse_managed_policies, parse_organization

REPORT_DATE = "2026-11-22"
#: Functions that a profile shows.
_MOST = 40


@dataclass(slots=True)
class Watch:
    """CPU seconds by step, how many principals were judged, and the memory that it took."""

    seconds: dict[str, float] = field(default_factory=dict)
    judged: int = 0
    peak_bytes: int = 0

    def add(self, step: str, begun: float) -> None:
        """The step has taken the CPU since `begun`."""
        self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - begun

    @property
    def analysis(self) -> float:
        """CPU seconds of the analysis: parsing, adding, judging; without reading the files."""
        return sum(seconds for step, seconds in self.seconds.items() if step != "read")

    def line(self, title: str, noise_of_it: str = "") -> str:
        """The figures in one line."""
        steps = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in self.seconds.items())
        return (
            f"{title}, {self.judged:,} judged: {self.analysis:.2f} CPU-s {noise_of_it}({steps}), "
            f"peak {self.peak_bytes / 2**20:,.0f} MiB"
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A written snapshot's files, decoded one at a time."""

    folder: Path

    def organization(self) -> Json:
        """The organization file."""
        return self._read(self.folder / "organization.json")

    def managed_policies(self) -> Json:
        """The AWS managed policies."""
        return self._read(self.folder / "managed-policies.json.gz")

    def accounts(self) -> Iterator[tuple[str, Json]]:
        """Each account's id and content."""
        for path in sorted((self.folder / "accounts").iterdir()):
            yield path.name[:12], self._read(path)

    @staticmethod
    def _read(path: Path) -> Json:
        data = path.read_bytes()
        content: Json = orjson.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
        return content


def judge(folder: Path, watch: Watch) -> None:
    """Parse and judge a snapshot."""
    snapshot = Snapshot(folder)
    analysis = Analysis(
        organization=parse_organization(snapshot.organization()),
        managed_policies=parse_managed_policies(snapshot.managed_policies()),
        capabilities=load_capabilities(),
    )
    accounts = []
    for account in _parsed(snapshot, watch):
        begun = time.process_time()
        analysis.add(account)
        accounts.append(account.account_id)
        watch.add("add", begun)
    gc.freeze()
    begun = time.process_time()
    for account_id in accounts:
        watch.judged += len(analysis.verdicts(account_id))
    watch.add("verdicts", begun)
    gc.unfreeze()


def _parsed(snapshot: Snapshot, watch: Watch) -> Iterator[Account]:
    begun = time.process_time()
    for account_id, content in snapshot.accounts():
        watch.add("read", begun)
        begun = time.process_time()
        account = parse_account(account_id, content)
        watch.add("parse", begun)
        yield account
        begun = time.process_time()


def judge_unalike(more: Sequence[dict[str, object]], watch: Watch) -> None:
    """Judge one account whose users all have policies of their own; `more` is in everybody's."""
    account = big_account(*more)
    organization = parse_organization({"Accounts": [{"Id": account.account_id}]})
    begun = time.process_time()
    analysis = Analysis(organization=organization, managed_policies={}, capabilities=load_capabilities())
    analysis.add(account)
    watch.add("add", begun)
    begun = time.process_time()
    watch.judged += len(analysis.verdicts(account.account_id))
    watch.add("verdicts", begun)


def _work(what: Path | Sequence[dict[str, object]], watch: Watch) -> None:
    if isinstance(what, Path):
        judge(what, watch)
    else:
        judge_unalike(what, watch)


def _measured(what: Path | Sequence[dict[str, object]]) -> Watch:
    """One measurement, collecting garbage as rarely, and of as little, as the job does."""
    gc.set_threshold(20_000)
    watch = Watch()
    _work(what, watch)
    watch.peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return watch


def _profiled(what: Path | Sequence[dict[str, object]], sort: str, file: str | None) -> None:
    """Print function calls, and the functions that take most of them."""
    watch = Watch()
    profile = cProfile.Profile()
    profile.runcall(_work, what, watch)
    stats = pstats.Stats(profile)
    calls = int(stats.total_calls)  # type: ignore[attr-defined]  # the stubs leave it out
    print(
        f"{calls:,} function calls, {calls / max(1, watch.judged):,.0f} for each of {watch.judged:,} judged"
    )
    stats.strip_dirs().sort_stats(sort).print_stats(_MOST)
    if file is not None:
        stats.dump_stats(file)


def in_a_process_of_its_own(what: Path | Sequence[dict[str, object]]) -> Watch:
    """Measure where nothing was made up before: memory counts from the interpreter's own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measured, (what,))


def measure_unalike(given: argparse.Namespace) -> Iterator[str]:
    """The accounts of `bench.unalike`."""
    documents: Mapping[str, Sequence[dict[str, object]]] = {
        "one account, no two users alike": (),
        "the same, own credentials": (OWN_CREDENTIALS,),
    }
    for title, more in documents.items():
        if given.profile:
            _profiled(more, given.profile, given.profile_file)
        else:
            yield in_a_process_of_its_own(more).line(f"{title}, {USERS:,} users, {ROLES} roles")


def measure(world: World, folder: Path, given: argparse.Namespace) -> tuple[Cost | None, str]:
    """One organization: its cost and the line that tells it; no cost where it is profiled."""
    if not (folder / "organization.json").exists():
        write_snapshot(world, folder)
    if given.profile:
        _profiled(folder, given.profile, given.profile_file)
        return None, ""
    if given.report:
        return _report(world, folder, given)
    watches = sorted(
        (in_a_process_of_its_own(folder) for _ in range(given.repeat)), key=lambda one: one.analysis
    )
    watch = watches[len(watches) // 2]
    spread = (watches[-1].analysis - watches[0].analysis) / 2 / watch.analysis
    cost = _cost(world, watch.analysis, watch.peak_bytes)
    return cost, watch.line(cost.name, f"±{spread:.0%} " if given.repeat > 1 else "")


def _report(world: World, folder: Path, given: argparse.Namespace) -> tuple[Cost, str]:
    """The same by `python -m job report`: the analysis and every file."""
    with tempfile.TemporaryDirectory() as output:
        command = [sys.executable, "-m", "job", "report", "--report-date", REPORT_DATE]
        command += ["--snapshot", str(folder), "--output", output]
        usages = [run(command, {"PATH": ""}) for _ in range(given.repeat)]
        found = list(Path(output).rglob(f"keys-{REPORT_DATE}.csv"))
        rows = compare(world, found[0]).line() if found else "no CSV"
    usage = middle(usages)
    cost = _cost(world, usage.cpu, usage.peak_bytes)
    taken = f"{usage.wall:.2f} s, {usage.cpu:.2f} CPU-s {noise(usages)}, exit {usage.exit_code}"
    return cost, f"{cost.name}: {taken}; {rows}"


def _cost(world: World, cpu: float, peak_bytes: int) -> Cost:
    keys = sum(len(expected_rows(world, each)) for each in world.active_ids)
    return Cost(kind=world.kind, accounts=len(world.active_ids), keys=keys, cpu=cpu, peak_bytes=peak_bytes)


def worlds(given: argparse.Namespace) -> Iterator[World]:
    """The organizations asked for, each in each size."""
    chosen: list[Kind] = [kind for kind in KINDS if getattr(given, kind)]
    for kind in chosen or ([] if given.unalike else KINDS):
        for accounts in [1] if kind == "giant" else map(int, given.accounts.split(",")):
            yield World(size=accounts, seed=given.seed, kind=kind)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--easy", action="store_true", help="the easy organization")
    parser.add_argument("--crowded", action="store_true", help="the crowded organization")
    parser.add_argument("--giant", action="store_true", help="one account of 2,000 users and 500 roles")
    parser.add_argument("--unalike", action="store_true", help="one account, no two users' policies alike")
    parser.add_argument("--accounts", default="1000", help="sizes of organizations, comma-separated")
    parser.add_argument("--repeat", type=int, default=1, help="measurements of each; the median counts")
    parser.add_argument("--report", action="store_true", help="measure `python -m job report` instead")
    parser.add_argument("--profile", choices=("tottime", "cumtime", "ncalls"), help="function calls instead")
    parser.add_argument("--profile-file", metavar="FILE", help="write the profile for pstats, too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write snapshots here, or read them")
    return parser.parse_args()


def main() -> None:
    """Read the options and measure."""
    given = _options()
    results = []
    for world in worlds(given):
        name = f"{world.kind}-{world.size}-{world.seed}"
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        kept = nullcontext(given.keep) if given.keep else tempfile.TemporaryDirectory()
        with kept as folder:
            results.append(measure(world, Path(folder) / name, given))
    if costs := [cost for cost, _ in results if cost]:
        title = "analysis and files" if given.report else "analysis"
        print("\n".join([f"{title}, ratios first:", *ratios(costs), *(line for _, line in results)]))
    if given.unalike or not any(getattr(given, kind) for kind in KINDS):
        print("\n".join(measure_unalike(given)))


if __name__ == "__main__":
    main()
