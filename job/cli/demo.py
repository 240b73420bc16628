"""`demo`: the whole run against an embedded, made-up organization, over HTTP as the container does it."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from job.cli.command import Command
from job.cli.startup import log_as_set, surroundings, utc_now
from job.cli.terminal import closing_table
from job.errors import SettingsError
from job.pipeline.connections import Connections
from job.pipeline.inputs import read_inputs
from job.pipeline.run import Outcome, run
from job.settings.load import load_settings
from job.settings.settings import Settings

_NOT_IN_THE_IMAGE = ("moto", "job.demo")
_RUN_ID = "demo"
_OVERRIDES = {
    "REPORT_RUN_ID": _RUN_ID,
    "REPORT_MIN_COVERAGE": "90",  # one account of the story has no reader role
    "REPORT_ORGANIZATIONS_RATE_PERCENT": "100",  # shared with nobody
    "REPORT_DATA_STORES": "s3,dynamodb,secrets,kms",
    "REPORT_REGIONS": "eu-central-1",
    "REPORT_LOG_LEVEL": "ERROR",
}


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--output", default="out", metavar="DIR", help="where the results go (default: out)")


def _run(arguments: Namespace) -> int:
    if any(find_spec(name) is None for name in _NOT_IN_THE_IMAGE):
        raise SettingsError(("demo: needs the extra `demo` (pip install 'iam-access-key-report[demo]')",))
    from job.demo.server import serve  # noqa: PLC0415 - it and moto are no part of the container
    from job.demo.spec import load_demo  # noqa: PLC0415

    output = Path(arguments.output)
    shutil.rmtree(output / "snapshots", ignore_errors=True)
    with serve(load_demo(), now=utc_now()) as aws:
        _enter(aws.environment)
        policy = str(files("job.demo").joinpath("policy.toml"))
        settings = load_settings(
            {**_OVERRIDES, "REPORT_OUTPUT_DIR": str(output), "REPORT_POLICY_FILE": policy}
        )
        log_as_set(settings, metrics=False)
        outcome = _job(settings)
    _tell(output, outcome)
    return outcome.exit_code


DEMO = Command(
    name="demo",
    help="the whole run against a made-up organization; no AWS account needed",
    add_arguments=_add_arguments,
    run=_run,
)


def _enter(environment: Mapping[str, str]) -> None:
    """Be the made-up task: none of the user's own AWS or report settings may reach it."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "REPORT_"))]:
        del os.environ[name]
    os.environ.update(environment)


def _job(settings: Settings) -> Outcome:
    connections = Connections(settings)
    with surroundings(connections) as around:
        return run(settings, read_inputs(settings, connections), around)


def _tell(output: Path, outcome: Outcome) -> None:
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 140)
    closing_table(console, outcome.report)
    console.print(f"For people:   {output / 'latest' / 'report.html'}", highlight=False)
    console.print(f"For programs: {output / 'latest' / 'keys.csv'}", highlight=False)
    console.print(
        f"Ask why:      python -m job explain --snapshot {output} --user 012345678901/deploy-lambda",
        highlight=False,
    )
