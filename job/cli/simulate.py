"""`simulate`: one concrete request, or a file of them, answered offline over a snapshot."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import orjson

from job.analyze.simulate import Answer, Request
from job.cli.command import Command
from job.cli.exits import ExitCode
from job.cli.explain import split_user
from job.cli.explain_text import statement_text
from job.cli.flags import add_setting_flags, given_flags, setting_overrides
from job.cli.simulate_requests import RequestError, answer_document, answer_lines, answered, context_of
from job.errors import SettingsError, SnapshotError
from job.pipeline.chosen_capabilities import capabilities_of
from job.pipeline.connections import Connections
from job.pipeline.loading import load_snapshot
from job.settings.load import load_settings

_ONE = ("user", "action", "resource")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--snapshot", required=True, metavar="DIR_OR_S3", help="a snapshot, or a run's output"
    )
    parser.add_argument("--user", metavar="ACCOUNT/NAME", help="who asks")
    parser.add_argument("--action", metavar="A", help="the action, such as s3:GetObject")
    parser.add_argument("--resource", metavar="ARN", help="the resource's ARN, or *")
    parser.add_argument(
        "--context", metavar="KEY=VALUE", nargs="+", action="extend", default=[], help="condition keys"
    )
    parser.add_argument("--requests", metavar="FILE", help="one JSON request a line; - is standard input")
    parser.add_argument("--json", action="store_true", help="one line of JSON for a program")
    add_setting_flags(parser, ("REPORT_CAPABILITIES_FILE", "AWS_REGION"))


def _run(arguments: Namespace) -> int:
    _check_usage(arguments)
    settings = load_settings(
        setting_overrides(arguments), destination_required=False, flags=given_flags(arguments)
    )
    request = None if arguments.requests else _one_request(arguments)
    connections = Connections(settings)
    files = connections.snapshot(arguments.snapshot).files
    loaded = load_snapshot(files, capabilities_of(settings, connections))
    ask = loaded.intake.analysis.simulate
    if request is None:
        return _answer_file(arguments.requests, ask)
    try:
        answer = answered(request, ask)
    except RequestError as error:
        raise SnapshotError(str(error)) from error
    _print_answer(answer, as_json=arguments.json)
    return ExitCode.COMPLETE


SIMULATE = Command(
    name="simulate",
    help="would AWS allow this request? an offline IAM simulator over what was read",
    add_arguments=_add_arguments,
    run=_run,
)


def _check_usage(arguments: Namespace) -> None:
    given = [f"--{name}" for name in _ONE if getattr(arguments, name) is not None]
    if arguments.requests and (given or arguments.context):
        raise SettingsError(("--requests: its lines name user, action, resource and context themselves",))
    missing = [f"--{name}" for name in _ONE if f"--{name}" not in given]
    if not arguments.requests and missing:
        raise SettingsError((f"{', '.join(missing)}: missing; or give --requests FILE",))


def _one_request(arguments: Namespace) -> Request:
    account_id, user_name = split_user(arguments.user)
    try:
        context = context_of(arguments.context)
    except RequestError as error:
        raise SettingsError((str(error),)) from error
    return Request(
        account_id=account_id,
        user_name=user_name,
        action=arguments.action,
        resource=arguments.resource,
        context={key: tuple(values) for key, values in context.items()},
        absent=frozenset(),
    )


def _answer_file(name: str, ask: Callable[[Request], Answer]) -> int:
    """Answer every line; lines that were no requests make the exit code that of wrong usage."""
    wrong = False
    with _opened(name) as lines:
        for document in answer_lines(lines, ask):
            wrong = wrong or "error" in document
            sys.stdout.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE).decode())
    return ExitCode.WRONG_USAGE if wrong else ExitCode.COMPLETE


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below; only opening it may fail as usage
    except OSError as error:
        raise SettingsError((f"--requests {name}: {error.strerror}",)) from error
    with file:
        yield file


def _print_answer(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(answer_document(answer), option=orjson.OPT_APPEND_NEWLINE).decode())
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(answer))


def _lines(answer: Answer) -> Iterator[str]:
    yield answer.verdict
    yield from (f"  allowed by {statement_text(evidence)}" for evidence in answer.allowed_by)
    yield from (f"  denied by {statement_text(evidence)}" for evidence in answer.denied_by)
    if answer.blocked_by:
        yield f"  blocked by {answer.blocked_by}"
    if answer.unread:
        yield f"  needs {answer.unread} too, which the snapshot does not hold"
    if answer.open_keys:
        yield f"  depends on {', '.join(answer.open_keys)}"
