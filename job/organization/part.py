"""One part of the organization: what was read of it, and what AWS refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from job.aws.failure import AwsFailure, failure_of

Value = TypeVar("Value")

AWS_ERRORS = (ClientError, BotoCoreError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[Value]):
    """`value` is None when nothing could be read."""

    value: Value | None
    failures: tuple[AwsFailure, ...] = ()


def attempt(step: str, ask: Callable[[], Value]) -> Value | AwsFailure:
    """The answer, or the failure that it became."""
    try:
        return ask()
    except AWS_ERRORS as error:
        return failure_of(step, error)


def in_background(work: Callable[[], Value]) -> Future[Value]:
    """Run in a thread that does not keep the process."""
    future: Future[Value] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 - raised again where the result is taken
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
