"""`python -m job COMMAND`: the container's entry point; without a command it runs the whole job."""

from __future__ import annotations

import sys
from argparse import Action, ArgumentParser
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from textwrap import indent
from typing import NoReturn

from job.analyze.service_reference.data_age import age_in_words
from job.cli.command import Command
from job.cli.demo import DEMO
from job.cli.error_handling import run_to_exit_code
from job.cli.explain import EXPLAIN
from job.cli.policy_check import POLICY
from job.cli.reference import METRICS, PERMISSIONS, SCHEMA, SETTINGS
from job.cli.simulate import SIMULATE
from job.cli.stages import COLLECT, ORGANIZATION, REPORT, RUN
from job.cli.startup import utc_now

COMMANDS: tuple[Command, ...] = (
    RUN,
    ORGANIZATION,
    COLLECT,
    REPORT,
    EXPLAIN,
    SIMULATE,
    POLICY,
    DEMO,
    SCHEMA,
    PERMISSIONS,
    SETTINGS,
    METRICS,
)
DEFAULT_COMMAND = "run"
_OF_NO_COMMAND = ("-h", "--help", "--version")


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the words, run the command, return its exit code."""
    return run_to_exit_code(lambda: _run(list(sys.argv[1:] if argv is None else argv)))


def _run(words: list[str]) -> int:
    parser = build_parser()
    if not words or (words[0].startswith("-") and words[0] not in _OF_NO_COMMAND):
        words.insert(0, DEFAULT_COMMAND)
    arguments = parser.parse_args(words)
    command: Command = arguments.command
    return command.run(arguments)


class _Version(Action):
    """Prints what `--version` tells, then leaves: the data's age is asked for only then."""

    def __call__(self, parser: ArgumentParser, *_: object) -> NoReturn:
        """Tell it on standard output."""
        sys.stdout.write(f"{version_text(utc_now().date())}\n")
        parser.exit()


def version_text(today: date) -> str:
    """The program's version, then one line for each list of AWS's services with its age."""
    name = "iam-access-key-report"
    return f"{name} {version(name)}\nAWS data:\n{indent(age_in_words(today), '  ')}"


def build_parser() -> ArgumentParser:
    """Return the parser of every command."""
    parser = ArgumentParser(
        prog="python -m job",
        description="Every active IAM access key of an AWS organization, and what a thief could do with it.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, help="the program's version, and the age of its AWS data"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name, help=command.help, description=command.help, allow_abbrev=False
        )
        command.add_arguments(sub)
        sub.set_defaults(command=command)
    return parser
