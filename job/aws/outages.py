"""Says soon that an endpoint is not reached, where the SDK would try again in silence for minutes."""

from __future__ import annotations

import threading
import time
from typing import Any
from urllib.parse import urlsplit

from botocore.client import BaseClient
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)

from job.aws.error_messages import asks_for_proxy_password, remedy_of, what_happened
from job.logs import get_logger

_UNREACHED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, ReadTimeoutError)
# Seconds between two words about one endpoint.
_REPEATED_AFTER = 60.0
# A name that does not resolve or a port that is closed for a moment is nothing to speak of.
_TRIES_IN_SILENCE = 2
_CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"


class OutageWatch:
    """Watches clients' failed tries: tells of an endpoint once a minute, and ends what trying cannot mend."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[str, float] = {}

    def apply_to(self, client: BaseClient) -> None:
        """Watch every try of this client; answers go untouched."""
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"needs-retry.{service}", self._look)

    def _look(self, *, caught_exception: Exception | None = None, attempts: int = 1, **_event: Any) -> None:  # noqa: ANN401 - what botocore's event brings
        if caught_exception is None:
            return
        if is_lasting(caught_exception):
            raise caught_exception
        waited = isinstance(caught_exception, ConnectTimeoutError | ReadTimeoutError)
        if isinstance(caught_exception, _UNREACHED) and (waited or attempts > _TRIES_IN_SILENCE):
            self._tell(caught_exception, attempts)

    def _tell(
        self,
        error: ConnectTimeoutError | EndpointConnectionError | ProxyConnectionError | ReadTimeoutError,
        attempts: int,
    ) -> None:
        endpoint = urlsplit(str(error.kwargs.get("endpoint_url") or error.kwargs.get("proxy_url"))).hostname
        if self._is_due(endpoint or ""):
            get_logger().error(
                "aws.unreachable",
                endpoint=endpoint,
                attempt=attempts,
                error=what_happened(error),
                remedy=remedy_of(error),
            )

    def _is_due(self, endpoint: str) -> bool:
        now = time.monotonic()
        with self._lock:
            due = now - self._told.get(endpoint, float("-inf")) >= _REPEATED_AFTER
            if due:
                self._told[endpoint] = now
        return due


def is_lasting(error: Exception) -> bool:
    """Whether the next try would fail, too: an unknown authority, a proxy that wants a password."""
    if isinstance(error, SSLError):
        return _CERTIFICATE in str(error)
    return isinstance(error, ProxyConnectionError) and asks_for_proxy_password(error)
