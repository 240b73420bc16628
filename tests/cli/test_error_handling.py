from __future__ import annotations

import errno
import io
import sys
import threading
from pathlib import Path

import orjson
import pytest
from botocore.exceptions import ClientError, NoRegionError

from job.cli.error_handling import run_to_exit_code
from job.cli.exits import EXIT_CODE_MEANINGS, ExitCode
from job.errors import OrganizationError, PublishError, SettingsError
from job.logs import configure_logging


def raising(error: BaseException) -> int:
    raise error


def test_a_commands_exit_code_is_passed_on() -> None:
    assert run_to_exit_code(lambda: ExitCode.COVERAGE_TOO_LOW) == 3


def test_every_wrong_setting_has_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = SettingsError(("REPORT_DATE: not a date", "REPORT_BUCKET: not a bucket"))
    assert run_to_exit_code(lambda: raising(wrong)) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: REPORT_DATE: not a date",
        "error: REPORT_BUCKET: not a bucket",
    ]


def test_an_error_of_ours_is_one_line_and_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_to_exit_code(lambda: raising(OrganizationError("ListAccounts: AccessDenied"))) == 1
    assert capsys.readouterr().err == "error: ListAccounts: AccessDenied\n"


def test_the_unexpected_is_one_line_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_to_exit_code(lambda: raising(ZeroDivisionError("by\nzero"))) == 1
    assert capsys.readouterr().err == "error: unexpected ZeroDivisionError: by zero\n"


def test_the_keyboards_interrupt_has_its_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_to_exit_code(lambda: raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "error: interrupted\n"


def test_a_full_disk_below_standard_output_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert run_to_exit_code(lambda: full.write("an answer") and 0) == 1
    assert capsys.readouterr().err == ("error: standard output cannot be written: No space left on device\n")


def test_another_error_of_the_system_is_no_matter_of_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = PermissionError(errno.EACCES, "Permission denied", "keys.csv")
    assert run_to_exit_code(lambda: raising(refused)) == 1
    assert "unexpected PermissionError" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_stream_that_was_closed_before_the_start_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, name, None)
    assert run_to_exit_code(lambda: getattr(sys, name).write("a line") and 3) == 3
    getattr(sys, name).close()


def test_sigterms_exit_goes_through() -> None:
    with pytest.raises(SystemExit) as ended:
        run_to_exit_code(lambda: raising(SystemExit(143)))
    assert ended.value.code == 143


def test_with_logging_an_error_is_an_event() -> None:
    stream = io.StringIO()
    configure_logging(level="INFO", log_format="json", stream=stream)
    run_to_exit_code(lambda: raising(ZeroDivisionError("zero")))
    event = orjson.loads(stream.getvalue())
    assert (event["event"], event["level"]) == ("command.failed", "error")
    assert event["error"] == "unexpected ZeroDivisionError: zero"


def test_debugging_shows_the_traceback_inside_its_line() -> None:
    stream = io.StringIO()
    configure_logging(level="DEBUG", log_format="json", stream=stream)
    run_to_exit_code(lambda: raising(ZeroDivisionError("zero")))
    assert [orjson.loads(line)["event"] for line in stream.getvalue().splitlines()] == [
        "command.failed",
        "traceback",
    ]


def test_no_line_of_the_border_holds_a_secret_before_logging_is_set_up(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SENTINEL-KEY")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:SENTINEL-PASSWORD@proxy:3128")
    for text in ("a SENTINEL-KEY", "b SENTINEL-PASSWORD", "c http://user:SENTINEL-PASSWORD@proxy:3128"):
        run_to_exit_code(lambda text=text: raising(ZeroDivisionError(text)))  # type: ignore[misc]
    assert capsys.readouterr().err.splitlines() == [
        "error: unexpected ZeroDivisionError: a ***",
        "error: unexpected ZeroDivisionError: b ***",
        "error: unexpected ZeroDivisionError: c http://***@proxy:3128",
    ]


def test_a_threads_defect_is_a_line_of_the_log() -> None:
    stream = io.StringIO()
    configure_logging(level="INFO", log_format="json", stream=stream)

    def work() -> int:
        thread = threading.Thread(target=raising, args=(ZeroDivisionError("aws_session_token=SENTINEL"),))
        thread.start()
        thread.join()
        return 0

    assert run_to_exit_code(work) == 0
    event = orjson.loads(stream.getvalue())
    assert (event["event"], event["error"]) == ("thread.failed", "ZeroDivisionError: aws_session_token=***")


def test_settings_have_the_names_that_the_programs_user_types(capsys: pytest.CaptureFixture[str]) -> None:
    error = OrganizationError("set REPORT_ORGANIZATION_FILE, or REPORT_ORGANIZATION_FILES")
    run_to_exit_code(lambda: raising(error), {"REPORT_ORGANIZATION_FILE": "-i"})
    assert capsys.readouterr().err == (
        "error: set -i (REPORT_ORGANIZATION_FILE), or REPORT_ORGANIZATION_FILES\n"
    )


@pytest.mark.parametrize(
    "problem", ["REPORT_MEMBER_ROLE: expected a name", "REPORT_MEMBER_ROLE (-r): expected a name"]
)
def test_a_setting_that_heads_a_problem_is_left_as_it_was_given(
    problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_to_exit_code(lambda: raising(SettingsError((problem,))), {"REPORT_MEMBER_ROLE": "-r"})
    assert capsys.readouterr().err == f"error: {problem}\n"


def test_an_error_says_what_helps_against_the_error_of_aws_below_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    storage, publishing = (
        PublishError("s3://b/k cannot be written"),
        PublishError("s3://b/k cannot be written"),
    )
    storage.__cause__ = ClientError({"Error": {"Code": "NoSuchBucket", "Message": "none"}}, "PutObject")
    publishing.__cause__ = storage
    assert run_to_exit_code(lambda: raising(publishing)) == 1
    assert capsys.readouterr().err == (
        "error: s3://b/k cannot be written; create the bucket, or correct REPORT_BUCKET\n"
    )


def test_an_error_of_the_sdk_that_nobody_took_up_is_none_of_the_unexpected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_to_exit_code(lambda: raising(NoRegionError())) == 1
    assert capsys.readouterr().err == (
        "error: You must specify a region; set AWS_REGION, or region of the AWS profile\n"
    )


def test_every_exit_code_is_documented() -> None:
    assert set(EXIT_CODE_MEANINGS) == set(ExitCode)
