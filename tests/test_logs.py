from __future__ import annotations

import io
import logging
from datetime import UTC, datetime

import orjson
import pytest

from job.logs import configure_logging, get_logger, log_metrics, run_context

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


def test_an_exception_stays_on_its_line(lines: io.StringIO) -> None:
    try:
        int("x")
    except ValueError as error:
        get_logger().error("account.failed", exc_info=error)
    assert lines.getvalue().count("\n") == 1
    assert "ValueError" in orjson.loads(lines.getvalue())["exception"]
