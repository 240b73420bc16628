"""Commands that print what the code knows about itself, for Terraform and QuickSight."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict

import orjson

from job.cli.command import Command
from job.cli.exits import ExitCode
from job.cli.flags import add_setting_flags, given_flags, setting_overrides
from job.logs import METRIC_NAMESPACE, METRIC_UNITS
from job.permissions import as_json
from job.pipeline.chosen_capabilities import capabilities_of, schema_of
from job.pipeline.connections import Connections
from job.report.catalog import schema_json
from job.settings.load import load_settings, setting_descriptions

_SCHEMA_SETTINGS = ("REPORT_TAG_COLUMNS", "REPORT_CAPABILITIES_FILE", "AWS_REGION")


def _add_schema_arguments(parser: ArgumentParser) -> None:
    add_setting_flags(parser, _SCHEMA_SETTINGS)


def _print_schema(arguments: Namespace) -> int:
    settings = load_settings(
        setting_overrides(arguments), destination_required=False, flags=given_flags(arguments)
    )
    capabilities = capabilities_of(settings, Connections(settings))
    sys.stdout.write(schema_json(schema_of(settings, capabilities)))
    return ExitCode.COMPLETE


def _no_arguments(_parser: ArgumentParser) -> None:
    """Nothing can be chosen."""


def _print_permissions(_arguments: Namespace) -> int:
    sys.stdout.write(f"{as_json()}\n")
    return ExitCode.COMPLETE


def _print_settings(_arguments: Namespace) -> int:
    settings = [asdict(each) for each in setting_descriptions()]
    sys.stdout.write(orjson.dumps(settings, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
    return ExitCode.COMPLETE


def _print_metrics(_arguments: Namespace) -> int:
    metrics = {"namespace": METRIC_NAMESPACE, "metrics": dict(METRIC_UNITS)}
    sys.stdout.write(orjson.dumps(metrics, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
    return ExitCode.COMPLETE


SCHEMA = Command(
    name="schema",
    help="print every dataset's columns as JSON, with their words in Glue, Athena and QuickSight",
    add_arguments=_add_schema_arguments,
    run=_print_schema,
)
PERMISSIONS = Command(
    name="permissions",
    help="print the API operations that the job calls, by role, as JSON",
    add_arguments=_no_arguments,
    run=_print_permissions,
)
SETTINGS = Command(
    name="settings",
    help="print every setting's name, default and meaning as JSON",
    add_arguments=_no_arguments,
    run=_print_settings,
)
METRICS = Command(
    name="metrics",
    help="print the names and units of the metrics as JSON",
    add_arguments=_no_arguments,
    run=_print_metrics,
)
