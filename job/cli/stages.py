"""`run`, and its stages alone: `organization`, `collect`, `report`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from datetime import date
from functools import partial

import orjson

from job.cli.command import Command
from job.cli.exits import ExitCode
from job.cli.flags import LOG_SETTINGS, add_setting_flags, given_flags, setting_overrides
from job.cli.outputs import file_problems, folder_problems
from job.cli.startup import settings_of, surroundings
from job.errors import SettingsError, SnapshotError
from job.logs import get_logger, run_context
from job.pipeline.account_sources import (
    KnownOrganization,
    account_source,
    refuse_unknown_accounts,
    tell_organization,
    wanted_accounts,
)
from job.pipeline.chosen_capabilities import capabilities_of
from job.pipeline.collection import Collecting, collect_accounts
from job.pipeline.connections import Connections
from job.pipeline.inputs import accounts_in, known_organization, named, read_inputs
from job.pipeline.loading import read_organization_of
from job.pipeline.places import OpenedSnapshot
from job.pipeline.policy_source import policy_of
from job.pipeline.reporting import RunIdentity
from job.pipeline.run import ReadSnapshot, identify, measure, report_and_publish, run
from job.pipeline.sharding import Shard, read_shard
from job.pipeline.surroundings import Surroundings
from job.publish.published_runs import find_previous
from job.settings.settings import Settings
from job.settings.validators import refusal_of, report_day, run_id
from job.snapshot.files import ORGANIZATION as ORGANIZATION_FILE
from job.snapshot.files import SnapshotFiles
from job.snapshot.model import Organization
from job.snapshot.parse import parse_organization

_NAMED = 5
_AWS = (
    "REPORT_ORGANIZATION_ROLE_ARN",
    "REPORT_EXTERNAL_ID",
    "REPORT_KMS_KEY_ARN",
    "AWS_REGION",
    *LOG_SETTINGS,
)
_ORGANIZATION = ("REPORT_METADATA_CSV", "REPORT_ORGANIZATIONS_RATE_PERCENT", *_AWS)
_COLLECT = (
    "REPORT_MEMBER_ROLE",
    "REPORT_ACCOUNTS",
    "REPORT_EXCLUDE_ACCOUNTS",
    "REPORT_INCLUDE_INACTIVE",
    "REPORT_MAX_CONCURRENCY",
    "REPORT_CREDENTIAL_REPORT_TIMEOUT",
    "REPORT_CREDENTIALS",
    "REPORT_ROOT_ACCESS",
    "REPORT_DATA_STORES",
    "REPORT_REGIONS",
    "REPORT_CONFIG_AGGREGATOR",
    "REPORT_MIN_COVERAGE",
    *_AWS,
)
_REPORT = (
    "REPORT_TAG_COLUMNS",
    "REPORT_INCLUDE_INACTIVE",
    "REPORT_MIN_COVERAGE",
    "REPORT_CAPABILITIES_FILE",
    "REPORT_POLICY_FILE",
    "REPORT_CSV_FORMULA_GUARD",
    "REPORT_DEPLOYMENT",
    "REPORT_KMS_KEY_ARN",
    "AWS_REGION",
    *LOG_SETTINGS,
)


def _run(arguments: Namespace) -> int:
    settings = settings_of(arguments, destination_required=True)
    connections = Connections(settings)
    inputs = read_inputs(settings, connections, given_flags(arguments))
    with surroundings(connections) as around:
        settings = _named(settings, around)
        with run_context(settings.run_id or ""):
            if settings.shard:
                read_shard(settings, inputs, around, Shard.parse(settings.shard))
                return ExitCode.COMPLETE
            return run(settings, inputs, around).exit_code


def _named(settings: Settings, around: Surroundings) -> Settings:
    """Settle run id and date before the first line is logged."""
    identity = identify(around.connections.place(settings.destination), settings, around.now())
    _warn_of_future(identity.report_date, around)
    return settings.model_copy(update={"run_id": identity.run_id, "date": identity.report_date})


def _warn_of_future(report_date: date, around: Surroundings) -> None:
    """A report of a day to come is the newest until that day, whatever is published meanwhile."""
    today = around.now().date()
    if report_date > today:
        get_logger().warning(
            "report.dated_ahead", report_date=report_date.isoformat(), today=today.isoformat()
        )


def _add_organization(parser: ArgumentParser) -> None:
    parser.add_argument("--output", required=True, metavar="FILE_OR_S3", help="where organization.json goes")
    add_setting_flags(parser, _ORGANIZATION)


def _organization(arguments: Namespace) -> int:
    read = setting_overrides(arguments).get("REPORT_METADATA_CSV")
    settings = settings_of(arguments, also=file_problems("--output", arguments.output, [read]))
    connections = Connections(settings)
    inputs = read_inputs(settings, connections, given_flags(arguments))
    with surroundings(connections) as around:
        source = account_source(inputs, around)
        refuse_unknown_accounts(source, settings)
        document = source.document()
        tell_organization(document)
        write_json(arguments.output, document, connections)
    return ExitCode.COMPLETE


def write_json(location: str, document: object, connections: Connections) -> None:
    """Write a document for people and programs."""
    data = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    connections.write_file(location, data, "application/json")


def _add_collect(parser: ArgumentParser) -> None:
    parser.add_argument("--organization", required=True, metavar="FILE", help="as `organization` wrote it")
    parser.add_argument("--snapshot", required=True, metavar="DIR_OR_S3", help="where the snapshot goes")
    parser.add_argument(
        "--accounts-file",
        metavar="FILE_OR_S3",
        help="the accounts to read, instead of --accounts: ids, one a line or a JSON array",
    )
    add_setting_flags(parser, _COLLECT)


def _collect(arguments: Namespace) -> int:
    settings = settings_of(arguments, also=folder_problems("--snapshot", arguments.snapshot))
    connections = Connections(settings)
    settings = _with_accounts(settings, arguments.accounts_file, connections)
    document = named("--organization", partial(known_organization, arguments.organization, connections))
    source = KnownOrganization(document)
    refuse_unknown_accounts(source, settings)
    files = SnapshotFiles(connections.place(arguments.snapshot))
    with surroundings(connections) as around:
        coverage = _collected_percent(Collecting(settings=settings, files=files, around=around), source)
        files.write_organization(source.document())
    if coverage == 0:
        return ExitCode.NOTHING_PUBLISHED
    return ExitCode.COMPLETE if coverage >= settings.min_coverage else ExitCode.COVERAGE_TOO_LOW


def _with_accounts(settings: Settings, location: str | None, connections: Connections) -> Settings:
    """The settings with the accounts that a file lists, if there is one."""
    if location is None:
        return settings
    if settings.accounts:
        raise SettingsError(("--accounts-file: leave it out, or --accounts (REPORT_ACCOUNTS)",))
    accounts = named("--accounts-file", partial(accounts_in, location, connections))
    return settings.model_copy(update={"accounts": accounts})


def _collected_percent(work: Collecting, source: KnownOrganization) -> float:
    wanted = frozenset(wanted_accounts(source, work.settings))
    collection = collect_accounts(work, sorted(wanted))
    _tell_incomplete(len(wanted), collection.reasons)
    return 100 * len(wanted - collection.incomplete) / len(wanted) if wanted else 100


def _tell_incomplete(accounts: int, reasons: Mapping[str, str]) -> None:
    """Say last, in words, which accounts were not read completely, and why."""
    if reasons:
        named = "; ".join(f"{account_id}: {reasons[account_id]}" for account_id in sorted(reasons)[:_NAMED])
        more = f"; and {len(reasons) - _NAMED} more" if len(reasons) > _NAMED else ""
        words = f"{len(reasons)} of {accounts} accounts not read completely: {named}{more}"
        get_logger().warning("collection.incomplete", not_read=words)


def _add_report(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--snapshot", required=True, metavar="DIR_OR_S3", help="a snapshot, or a run's output"
    )
    parser.add_argument("--output", required=True, metavar="DIR_OR_S3", help="where the report goes")
    parser.add_argument(
        "--report-date", type=_day, metavar="D", help="the report's date; default the snapshot's"
    )
    parser.add_argument("--run-id", type=_run_id, metavar="R", help="the run's id; default the snapshot's")
    add_setting_flags(parser, _REPORT)


def _report(arguments: Namespace) -> int:
    settings = settings_of(arguments)
    connections = Connections(settings)
    policy = named(_named_by(arguments, "REPORT_POLICY_FILE"), lambda: policy_of(settings, connections))
    opened = connections.snapshot(arguments.snapshot)
    organization = _organization_of(opened, arguments.snapshot)
    with surroundings(connections) as around:
        identity = _identity(arguments, opened, organization, around)
        _warn_of_future(identity.report_date, around)
        with run_context(identity.run_id):
            started = around.now()
            snapshot = ReadSnapshot(
                settings=settings,
                capabilities=capabilities_of(settings, connections),
                policy=policy,
                files=opened.files,
                identity=identity,
                runs={},
            )
            storage = connections.place(arguments.output)
            around.progress.begin("looking for the last report")
            previous = find_previous(storage, identity.report_date)
            outcome = report_and_publish(storage, snapshot, previous, around.progress)
            measure(outcome, started, around.now(), settings.deployment)
    return outcome.exit_code


def _named_by(arguments: Namespace, name: str) -> str:
    """A setting's name, with the flag where one was used."""
    flag = given_flags(arguments).get(name)
    return f"{name} ({flag})" if flag else name


def _organization_of(opened: OpenedSnapshot, location: str) -> Organization:
    """The snapshot's organization; accounts alone are a snapshot, too, but not those of a stopped run.

    Raises SnapshotError for the latter: the accounts that it did not come to would be in no file.
    """
    document = opened.files.read_organization()
    if document is not None:
        return parse_organization(document)
    if opened.files.was_begun_by_a_run():
        run = f"REPORT_RUN_ID={opened.run_id}" if opened.run_id else "its REPORT_RUN_ID"
        raise SnapshotError(
            f"{location}: no {ORGANIZATION_FILE} there: the run was stopped before it knew all of its "
            f"accounts; run it again with {run}, or write that file by `python -m job organization`"
        )
    get_logger().warning("organization.missing", snapshot=location)
    return read_organization_of(opened.files)


def _identity(
    arguments: Namespace, opened: OpenedSnapshot, organization: Organization, around: Surroundings
) -> RunIdentity:
    """Take everything from the snapshot where it says so: the same snapshot then gives the same bytes."""
    now = organization.collected_at or around.now()
    day = date.fromisoformat(opened.date) if opened.date else now.date()
    return RunIdentity(
        run_id=arguments.run_id or opened.run_id or "snapshot",
        report_date=arguments.report_date or day,
        now=now,
    )


def _day(text: str) -> date:
    try:
        return report_day(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _run_id(text: str) -> str:
    if refusal := refusal_of(run_id, text):
        raise ArgumentTypeError(refusal)
    return text


RUN = Command(
    name="run",
    help="the whole job (the default): organization, collect, analyze, report, publish",
    add_arguments=add_setting_flags,
    run=_run,
)
ORGANIZATION = Command(
    name="organization",
    help="read the organization with its tags into a file",
    add_arguments=_add_organization,
    run=_organization,
)
COLLECT = Command(
    name="collect", help="read accounts into a snapshot", add_arguments=_add_collect, run=_collect
)
REPORT = Command(
    name="report", help="analyze a snapshot and publish its report", add_arguments=_add_report, run=_report
)
