"""`iam-access-key-report`: the report from a terminal, with the interface of the original tool."""

from __future__ import annotations

import io
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from job.cli.error_handling import run_to_exit_code
from job.cli.exits import ExitCode
from job.cli.outputs import file_problems, folder_problems, missing_folder_problems
from job.cli.stages import write_json
from job.cli.startup import log_as_set, surroundings, utc_now
from job.cli.terminal import closing_table, tell_incomplete
from job.logs import run_context
from job.pipeline.account_sources import account_source, refuse_unknown_accounts
from job.pipeline.connections import Connections
from job.pipeline.inputs import Inputs, read_inputs
from job.pipeline.places import snapshot_folder
from job.pipeline.run import ReadSnapshot, identify, make_report, read_everything
from job.pipeline.surroundings import Surroundings
from job.report.formats.file_format import FormatOptions
from job.report.formats.registry import format_named
from job.report.rows.build import Report
from job.report.summary import ExitReason, exit_reason
from job.settings.load import load_settings
from job.settings.settings import Settings
from job.snapshot.files import SnapshotFiles

# What a person types here for a setting that an error names.
_FLAGS = {
    "REPORT_MEMBER_ROLE": "-r",
    "REPORT_ORGANIZATION_FILE": "-i",
    "REPORT_METADATA_CSV": "--metadata-csv",
    "AWS_PROFILE": "-p",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the words, do what they ask, return the exit code."""
    return run_to_exit_code(lambda: _run(_parsed(argv)), _FLAGS)


def _parsed(argv: Sequence[str] | None) -> Namespace:
    parser = build_parser()
    arguments = parser.parse_args(argv)
    _check_usage(parser, arguments)
    return arguments


def build_parser() -> ArgumentParser:
    """Return the parser; `-s` and `-l` are the letters that the original tool took up later."""
    parser = ArgumentParser(
        prog="iam-access-key-report",
        description="Every active access key of an AWS organization, and what it can do, as one CSV.",
        epilog="Settings of `python -m job run` in the environment (REPORT_…) hold here too.",
        allow_abbrev=False,
    )
    metadata = parser.add_mutually_exclusive_group()
    metadata.add_argument(
        "-m", "-s", "--metadata-output", metavar="FILE", help="write the accounts with their tags and exit"
    )
    metadata.add_argument(
        "-i",
        "-l",
        "--metadata-input",
        metavar="FILE",
        help="take accounts and tags from a file that -m wrote",
    )
    parser.add_argument(
        "--metadata-csv", metavar="FILE", help="accounts (column aws_account_id) and tags of your own"
    )
    parser.add_argument("-r", "--role", help="name of the role to assume in every account")
    parser.add_argument("-p", "--profile", help="AWS profile (default: the credentials of the environment)")
    parser.add_argument("--member-profile", help="another AWS profile, to assume the role with")
    parser.add_argument("--snapshot", metavar="DIR", help="keep what was read, for `python -m job explain`")
    parser.add_argument("-o", "--csv", dest="csv_option", metavar="CSV", help="the report's file")
    parser.add_argument("csv_output", nargs="?", help="the report's file")
    return parser


def _check_usage(parser: ArgumentParser, arguments: Namespace) -> None:
    outputs = [path for path in (arguments.csv_option, arguments.csv_output) if path is not None]
    if arguments.metadata_output and outputs:
        parser.error("-m writes the metadata and exits: no CSV output goes with it")
    if not arguments.metadata_output and len(outputs) != 1:
        parser.error("name the CSV output once, or use -m")
    arguments.output = outputs[0] if outputs else None
    if (arguments.metadata_input or "").lower().endswith(".csv") and not arguments.metadata_csv:
        arguments.metadata_input, arguments.metadata_csv = None, arguments.metadata_input


def _run(arguments: Namespace) -> int:
    settings = _settings(arguments)
    connections = Connections(settings, profile=arguments.profile, member_profile=arguments.member_profile)
    inputs = read_inputs(settings, connections, _given_flags(arguments))
    with surroundings(connections) as around:
        if arguments.metadata_output:
            source = account_source(inputs, around)
            refuse_unknown_accounts(source, settings)
            write_json(arguments.metadata_output, source.document(), connections)
            return ExitCode.COMPLETE
        report = _report(arguments.snapshot, settings, inputs, around)
        connections.write_file(arguments.output, keys_csv(report), "text/csv; charset=utf-8")
    if sys.stdout.isatty():
        closing_table(Console(), report)
    reason = exit_reason(report.coverage, settings.min_coverage, published=True)
    if reason is ExitReason.BELOW_MINIMUM:
        tell_incomplete(report, settings.min_coverage)
    return reason.exit_code


def _settings(arguments: Namespace) -> Settings:
    given = {
        "REPORT_MEMBER_ROLE": arguments.role,
        "REPORT_ORGANIZATION_FILE": arguments.metadata_input,
        "REPORT_METADATA_CSV": arguments.metadata_csv,
        "REPORT_LOG_LEVEL": "ERROR" if sys.stderr.isatty() else None,
    }
    settings = load_settings(
        {name: value for name, value in given.items() if value},
        destination_required=False,
        flags=_given_flags(arguments),
        also=_output_problems(arguments),
        today=utc_now().date(),
    )
    log_as_set(settings, metrics=False)
    return settings


def _given_flags(arguments: Namespace) -> Mapping[str, str]:
    """The flags that were used, by the setting that each stands for."""
    flags = {
        "REPORT_MEMBER_ROLE": ("-r", arguments.role),
        "REPORT_ORGANIZATION_FILE": ("-i", arguments.metadata_input),
        "REPORT_METADATA_CSV": ("--metadata-csv", arguments.metadata_csv),
    }
    return {name: flag for name, (flag, value) in flags.items() if value}


def _output_problems(arguments: Namespace) -> Iterator[str]:
    read = (arguments.metadata_input, arguments.metadata_csv)
    outputs = {
        "-m": arguments.metadata_output,
        "-o" if arguments.csv_option else "csv_output": arguments.output,
    }
    for flag, location in outputs.items():
        missing = tuple(missing_folder_problems(flag, location))
        yield from missing or file_problems(flag, location, read)
    yield from folder_problems("--snapshot", arguments.snapshot)


def _report(snapshot: str | None, settings: Settings, inputs: Inputs, around: Surroundings) -> Report:
    with _kept_in(snapshot) as place:
        storage = around.connections.place(place)
        identity = identify(storage, settings, around.now())
        folder = snapshot_folder(identity.report_date.isoformat(), identity.run_id)
        files = SnapshotFiles(storage, folder)
        if inputs.own_tags and inputs.organization is None:
            files.write_organization(inputs.own_tags.metadata)
        with run_context(identity.run_id):
            runs = read_everything(settings, inputs, files, around, sizes={}, begun=around.now())
            around.progress.begin("analyzing")
            read = ReadSnapshot(
                settings=settings,
                capabilities=inputs.capabilities,
                policy=inputs.policy,
                files=files,
                identity=identity,
                runs=runs,
            )
            return make_report(read, previous=None)


@contextmanager
def _kept_in(folder: str | None) -> Iterator[str]:
    """Hand out the folder for the snapshot; without one, a folder that is gone afterwards."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="iam-access-key-report-") as temporary:
        yield str(Path(temporary))


def keys_csv(report: Report) -> bytes:
    """Return the CSV of the dataset `keys`."""
    file = io.BytesIO()
    options = FormatOptions(formula_guard=report.run.formula_guard)
    format_named("csv").write(report.table("keys"), file, options)
    return file.getvalue()
