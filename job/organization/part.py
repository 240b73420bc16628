"""One part of the organization: what was read of it, and what AWS refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from job.aws.failure import AwsFailure, failure_of
from job.logs import get_logger, start_thread
from job.permissions import ORGANIZATION

Value = TypeVar("Value")

AWS_ERRORS = (ClientError, BotoCoreError)

# By operation: what the report lacks without it, or how the job does without.
_WITHOUT = {each.action.partition(":")[2]: each.optional for each in ORGANIZATION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[Value]):
    """`value` is None when nothing could be read."""

    value: Value | None
    failures: tuple[AwsFailure, ...] = ()


def attempt(step: str, ask: Callable[[], Value]) -> Value | AwsFailure:
    """The answer, or the failure that it became: logged with what that means for the report.

    A failure of the identity is not: it ends the listing, which says so once.
    """
    try:
        return ask()
    except AWS_ERRORS as error:
        failure = failure_of(step, error)
        if failure.is_of_identity:
            return failure
        get_logger().warning(
            "organization.call_failed",
            operation=failure.step,
            code=failure.code,
            message=failure.message,
            effect=_WITHOUT[failure.step],
        )
        return failure


def in_background(work: Callable[[], Value]) -> Future[Value]:
    """Run in a thread that does not keep the process, its log lines bound as those of the caller."""
    future: Future[Value] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 - raised again where the result is taken
            future.set_exception(error)

    start_thread(run)
    return future
