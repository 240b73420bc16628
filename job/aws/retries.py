"""Retries on clients that all accounts share: each request has its own attempts, and none spends another's.

botocore's standard mode keeps one quota for a client, worth a hundred retries. On a bad day a few accounts
use it up within a second, and all others fail at their first error. Attempts, conditions and back-off stay
botocore's: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

import random
from collections.abc import Callable

from botocore.client import BaseClient
from botocore.retries.standard import (
    ExponentialBackoff,
    RetryContext,
    RetryEventAdapter,
    RetryHandler,
    RetryPolicy,
    StandardRetryConditions,
    ThrottlingErrorDetector,
)


class _Unlimited:
    """The quota that always has something left; the number of attempts is the limit."""

    def acquire_retry_quota(self, _context: RetryContext) -> bool:
        return True


def retry_each_request(
    client: BaseClient, attempts: int, *, jitter: Callable[[], float] = random.random
) -> None:
    """Give every request of the client that many attempts, whatever happened to others.

    `jitter` is the share, 0 to 1, that is waited of each back-off.
    """
    service = client.meta.service_model.service_id.hyphenize()
    adapter = RetryEventAdapter()
    handler = RetryHandler(
        retry_policy=RetryPolicy(
            retry_checker=StandardRetryConditions(max_attempts=attempts),
            retry_backoff=ExponentialBackoff(
                random=jitter, service_name=service, throttling_detector=ThrottlingErrorDetector(adapter)
            ),
        ),
        retry_event_adapter=adapter,
        retry_quota=_Unlimited(),  # type: ignore[arg-type]  # the one method that is called
        service_name=service,
    )
    events, replaced = client.meta.events, f"retry-config-{service}"
    events.unregister(f"needs-retry.{service}", unique_id=replaced)
    events.register(f"needs-retry.{service}", handler.needs_retry, unique_id=replaced)  # type: ignore[arg-type]  # as botocore does
