from __future__ import annotations

import io
import logging
from datetime import UTC, datetime

import orjson
import pytest
from botocore.exceptions import ClientError, UnauthorizedSSOTokenError

from job.errors import SettingsError
from job.logs import configure_logging, get_logger, hide, log_metrics, run_context

START = datetime(2026, 11, 22, 4, 0, 12, tzinfo=UTC)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def lines() -> io.StringIO:
    stream = io.StringIO()
    configure_logging(level="info", log_format="", stream=stream)
    return stream


def test_without_a_terminal_every_line_is_json(lines: io.StringIO) -> None:
    with run_context("run-1"):
        get_logger().info("account.collected", account_id="012345678901")
    event = orjson.loads(lines.getvalue())
    assert (event["event"], event["run_id"], event["account_id"]) == (
        "account.collected",
        "run-1",
        "012345678901",
    )


def test_lines_of_libraries_are_json_too(lines: io.StringIO) -> None:
    logging.getLogger("botocore").warning("retrying %s", "AssumeRole")
    assert orjson.loads(lines.getvalue())["event"] == "retrying AssumeRole"


def test_libraries_speak_up_from_warnings_on(lines: io.StringIO) -> None:
    logging.getLogger("botocore").info("found credentials")
    assert not lines.getvalue()


def test_metrics_are_one_line_in_the_embedded_metric_format(lines: io.StringIO) -> None:
    log_metrics({"AccountsRead": 59, "Coverage": 98.3}, at=START)
    event = orjson.loads(lines.getvalue())
    directive = event["_aws"]["CloudWatchMetrics"][0]
    assert event["_aws"]["Timestamp"] == 1795320012000
    assert directive["Namespace"] == "IamAccessKeyReport"
    assert directive["Metrics"] == [
        {"Name": "AccountsRead", "Unit": "Count"},
        {"Name": "Coverage", "Unit": "Percent"},
    ]
    assert (event["AccountsRead"], event["Coverage"]) == (59, 98.3)


def test_metrics_of_a_named_deployment_are_apart_from_others(lines: io.StringIO) -> None:
    log_metrics({"Coverage": 98.3}, at=START, deployment="acme")
    event = orjson.loads(lines.getvalue())
    assert event["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Deployment"]]
    assert event["Deployment"] == "acme"


def test_metrics_of_no_deployment_have_no_dimension(lines: io.StringIO) -> None:
    log_metrics({"Coverage": 98.3}, at=START)
    event = orjson.loads(lines.getvalue())
    assert event["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]
    assert "Deployment" not in event


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_neither_level_nor_form_keeps_metrics_from_the_alarms(log_format: str) -> None:
    stream = io.StringIO()
    configure_logging(level="error", log_format=log_format, stream=stream)
    get_logger().warning("account.failed")
    log_metrics({"Coverage": 98.3}, at=START)
    assert orjson.loads(stream.getvalue())["Coverage"] == 98.3


def test_a_person_reads_no_metrics_and_no_json() -> None:
    terminal = Terminal()
    configure_logging(level="info", log_format="", stream=terminal)
    get_logger().info("run.started", accounts=3)
    log_metrics({"AccountsRead": 3}, at=START)
    assert "run.started" in terminal.getvalue()
    assert "accounts=3" in terminal.getvalue()
    assert "_aws" not in terminal.getvalue()


def test_a_pipe_gets_the_readable_form_when_asked_for() -> None:
    stream = io.StringIO()
    configure_logging(level="info", log_format="console", stream=stream)
    get_logger().info("run.started")
    assert not stream.getvalue().startswith("{")


def test_the_level_silences_what_is_below(lines: io.StringIO) -> None:
    get_logger().debug("details.read")
    assert not lines.getvalue()


def test_what_json_cannot_hold_is_told_all_the_same(lines: io.StringIO) -> None:
    get_logger().error("command.failed", error="caf\udce9: no snapshot there", size=2**70)
    event = orjson.loads(lines.getvalue())
    assert event["error"] == "caf?: no snapshot there"
    assert event["size"] == pytest.approx(2**70)


def test_an_exception_stays_on_its_line(lines: io.StringIO) -> None:
    try:
        int("x")
    except ValueError as error:
        get_logger().error("account.failed", exc_info=error)
    assert lines.getvalue().count("\n") == 1
    assert "ValueError" in orjson.loads(lines.getvalue())["exception"]


def _failing_with_a_secret(error: Exception) -> None:
    session_token = "SENTINEL-TOKEN"
    assert session_token
    raise error


@pytest.mark.parametrize("log_format", ["json", "console", ""])
@pytest.mark.parametrize(
    "error",
    [
        UnauthorizedSSOTokenError(),
        ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole"),
        SettingsError(("REPORT_DATE: not a date",)),
    ],
)
def test_a_known_error_is_words_and_no_traceback_whoever_logs_it(error: Exception, log_format: str) -> None:
    terminal = Terminal()
    configure_logging(level="DEBUG", log_format=log_format, stream=terminal)
    try:
        _failing_with_a_secret(error)
    except type(error):
        logging.getLogger("botocore.credentials").warning("Refreshing failed", exc_info=True)
        get_logger().error("command.failed", exc_info=True)
    assert terminal.getvalue().count("\n") == 2
    assert terminal.getvalue().count(type(error).__name__) == 2
    assert terminal.getvalue().count(f"{type(error).__name__}: ") == 1
    assert "Traceback" not in terminal.getvalue()
    assert "SENTINEL" not in terminal.getvalue()


@pytest.mark.parametrize("log_format", ["json", "console", ""])
def test_a_defects_traceback_has_no_variables_and_no_secret(log_format: str) -> None:
    terminal = Terminal()
    configure_logging(level="DEBUG", log_format=log_format, stream=terminal, secrets={"SENTINEL-WORD"})
    try:
        _failing_with_a_secret(KeyError("SENTINEL-WORD and wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))
    except KeyError:
        get_logger().error("command.failed", exc_info=True)
    assert "Traceback" in terminal.getvalue()
    assert "_failing_with_a_secret" in terminal.getvalue()
    assert "SENTINEL-TOKEN" not in terminal.getvalue()
    assert "SENTINEL-WORD and" not in terminal.getvalue()
    assert "EXAMPLEKEY" not in terminal.getvalue()


@pytest.mark.parametrize("log_format", ["json", "console", ""])
def test_no_line_of_any_kind_holds_a_secret(log_format: str) -> None:
    terminal = Terminal()
    configure_logging(level="INFO", log_format=log_format, stream=terminal, secrets={"SENTINEL-ID"})
    get_logger().info("account.failed", message="with SENTINEL-ID", failures=["aws_session_token=SENTINEL"])
    logging.getLogger("botocore").warning("sent %s", {"Authorization": "Bearer SENTINELSENTINEL"})
    assert terminal.getvalue().count("***") == 3
    assert "SENTINEL" not in terminal.getvalue()


def test_secrets_that_are_found_on_the_way_are_hidden_from_then_on(lines: io.StringIO) -> None:
    get_logger().info("of a profile: SENTINEL-1")
    hide(["SENTINEL-1"])
    hide(["SENTINEL-2"])
    get_logger().info("SENTINEL-1 and SENTINEL-2")
    assert [orjson.loads(line)["event"] for line in lines.getvalue().splitlines()] == [
        "of a profile: SENTINEL-1",
        "*** and ***",
    ]


def test_what_the_sdk_raises_anyway_it_does_not_log_before(lines: io.StringIO) -> None:
    sdk = logging.getLogger("botocore.credentials")
    sdk.warning("Refreshing temporary credentials failed during %s refresh period.", "mandatory")
    assert not lines.getvalue()
    sdk.warning("Refreshing temporary credentials failed during %s refresh period.", "advisory")
    assert "advisory" in orjson.loads(lines.getvalue())["event"]


def test_at_debug_no_request_of_a_library_is_shown(lines: io.StringIO) -> None:
    configure_logging(level="DEBUG", log_format="json", stream=lines)
    logging.getLogger("botocore.endpoint").debug("Sending http request: %s", "SENTINEL")
    logging.getLogger("urllib3.connectionpool").info("SENTINEL")
    assert not lines.getvalue()


def test_who_wants_errors_alone_hears_no_warnings_of_libraries(lines: io.StringIO) -> None:
    configure_logging(level="ERROR", log_format="json", stream=lines)
    logging.getLogger("botocore").warning("retrying")
    assert not lines.getvalue()


def test_a_line_without_an_error_under_way_has_none(lines: io.StringIO) -> None:
    get_logger().error("account.failed", exc_info=True)
    assert "exception" not in orjson.loads(lines.getvalue())
