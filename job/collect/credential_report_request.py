"""Asks for an account's credential report, and fetches it when it is ready.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from job.aws.failure import AwsFailure, error_code
from job.aws.policy_documents import JsonObject
from job.collect.member import Member
from job.snapshot.credential_report import (
    CredentialReport,
    ReportMalformedError,
    parse_credential_report,
    parse_timestamp,
)

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.type_defs import GenerateCredentialReportResponseTypeDef

_IN_PROGRESS = frozenset({"ReportInProgress", "LimitExceeded"})
_ABSENT = frozenset({"ReportNotPresent", "ReportExpired"})
_CLOCK_GRACE = timedelta(seconds=5)
FIRST_GUESS = 0.25
_FAST_GUESSES = 2.0
_LONGEST_GUESS = 10.0


class ReportDelay:
    """How long reports take, learnt from all accounts: asking early costs calls, asking late costs time.

    `first_guess`, in seconds, is what it begins with and never goes below.
    """

    def __init__(self, first_guess: float = FIRST_GUESS) -> None:
        self._lock = threading.Lock()
        self._first_guess = self._guess = first_guess

    @property
    def seconds(self) -> float:
        """The age at which a report is probably ready."""
        return self._guess

    def was_early(self, age: float) -> None:
        """A report of this age was still being made."""
        with self._lock:
            self._guess = min(_LONGEST_GUESS, max(self._guess, age * 1.3, min(age * 2, _FAST_GUESSES)))

    def was_ready(self) -> None:
        """A report was ready when asked for."""
        with self._lock:
            self._guess = max(self._first_guess, self._guess * 0.995)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedReport:
    """The report as AWS gave it; `parsed` is None when it is malformed, as the snapshot's reader will say.

    `is_fresh` tells that the report was made for this very run: whom it shows without a key had none then.
    """

    document: JsonObject
    parsed: CredentialReport | None
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class NotReady:
    """The report is still being made."""


class ReportRequest:
    """One account's report, from the request on."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._asked_at: datetime | None = None

    def generate(self) -> bool | AwsFailure:
        """Have AWS make a report; True when one of the last four hours is there already."""
        answer = self._member.read("GenerateCredentialReport", _generate)
        match answer:
            case AwsFailure():
                return answer
            case None:
                return False
        if answer["State"] == "COMPLETE":
            return True
        self._asked_at = _answered_at(answer)
        return False

    def fetch(self) -> FetchedReport | NotReady | AwsFailure:
        """The report, if it is ready; one that AWS has not, or no longer, is asked for again."""
        answer = self._member.read("GetCredentialReport", _get)
        match answer:
            case NotReady() | AwsFailure():
                return answer
            case None:
                again = self.generate()
                return again if isinstance(again, AwsFailure) else NotReady()
        return self._fetched(*answer)

    def _fetched(self, content: bytes, generated: str) -> FetchedReport:
        text = content.decode(errors="replace")
        return FetchedReport(
            document={"GeneratedTime": generated, "Content": text},
            parsed=_parsed(text),
            is_fresh=self._is_fresh(generated),
        )

    def _is_fresh(self, generated: str) -> bool:
        """Both times are AWS's own; without either the report counts as old."""
        generated_at = parse_timestamp(generated)
        if generated_at is None or self._asked_at is None:
            return False
        return generated_at >= self._asked_at - _CLOCK_GRACE


def _generate(iam: IAMClient) -> GenerateCredentialReportResponseTypeDef | None:
    """The answer; None when AWS is too busy with reports of this account to take the request."""
    try:
        return iam.generate_credential_report()
    except ClientError as error:
        if error_code(error) in _IN_PROGRESS:
            return None
        raise


def _get(iam: IAMClient) -> tuple[bytes, str] | NotReady | None:
    """The report and when it was made; None when there is none to wait for."""
    try:
        answer = iam.get_credential_report()
    except ClientError as error:
        if error_code(error) in _IN_PROGRESS:
            return NotReady()
        if error_code(error) in _ABSENT:
            return None
        raise
    return answer.get("Content", b""), str(answer.get("GeneratedTime", ""))


def _answered_at(answer: GenerateCredentialReportResponseTypeDef) -> datetime | None:
    header = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    try:
        return parsedate_to_datetime(header) if header else None
    except ValueError:
        return None


def _parsed(text: str) -> CredentialReport | None:
    try:
        return parse_credential_report(text)
    except ReportMalformedError:
        return None
