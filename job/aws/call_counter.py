"""Counts what a thread asks of AWS: calls, and the requests that it took to get them answered."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from botocore.client import BaseClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Calls made, and attempts beyond the first of each."""

    calls: int
    retries: int

    def since(self, earlier: Count) -> Count:
        """What was added after the earlier count."""
        return Count(calls=self.calls - earlier.calls, retries=self.retries - earlier.retries)

    def plus(self, other: Count) -> Count:
        """Both together."""
        return Count(calls=self.calls + other.calls, retries=self.retries + other.retries)


NOTHING = Count(calls=0, retries=0)


class CallCounter:
    """A counter for each thread, fed by botocore's events, so that pages and retries count themselves."""

    def __init__(self) -> None:
        self._thread = threading.local()

    def apply_to(self, client: BaseClient) -> None:
        """Count this client's calls from now on."""
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"before-call.{service}", self._called)
        client.meta.events.register(f"before-send.{service}", self._sent)

    @property
    def count(self) -> Count:
        """What the calling thread has asked so far."""
        calls, sent = self._numbers()
        return Count(calls=calls, retries=max(0, sent - calls))

    def _numbers(self) -> tuple[int, int]:
        return getattr(self._thread, "calls", 0), getattr(self._thread, "sent", 0)

    def _called(self, **_: object) -> None:
        self._thread.calls = self._numbers()[0] + 1

    def _sent(self, **_: object) -> None:
        self._thread.sent = self._numbers()[1] + 1
