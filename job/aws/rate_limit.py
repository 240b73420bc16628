"""Keeps a client below request rates that it shares with everybody else in the organization."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from botocore.client import BaseClient

# Requests per second and account, and how many at once, "API throttling limits" of AWS Organizations:
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
ORGANIZATIONS_RATES: Mapping[str, tuple[float, float]] = {
    "ListAccounts": (8, 12),
    "ListTagsForResource": (10, 15),
    "ListAccountsForParent": (5, 8),
    "ListOrganizationalUnitsForParent": (5, 8),
    "DescribePolicy": (2, 2),
    "ListPolicies": (5, 8),
    "ListTargetsForPolicy": (5, 8),
    "ListRoots": (1, 2),
}
_UNDOCUMENTED_RATE = (1.0, 2.0)


class RateLimit:
    """Holds back each operation's requests, retries included, to a share of its rate and of its burst."""

    def __init__(self, rates: Mapping[str, tuple[float, float]], percent: int) -> None:
        self._rates = rates
        self._share = percent / 100
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def apply_to(self, client: BaseClient) -> None:
        """Hold back every request of this client as needed; answers go untouched."""
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"before-send.{service}", self._wait)

    def _wait(self, event_name: str, **_: object) -> None:
        delay = self._reserve(event_name.rpartition(".")[2], time.monotonic())
        if delay > 0:
            time.sleep(delay)

    def _reserve(self, operation: str, now: float) -> float:
        """Seconds until this request's turn, which is thereby taken."""
        rate, burst = self._rates.get(operation, _UNDOCUMENTED_RATE)
        interval = 1 / (rate * self._share)
        earliest = now - interval * max(0.0, burst * self._share - 1)
        with self._lock:
            turn = max(self._next.get(operation, earliest), earliest)
            self._next[operation] = turn + interval
        return turn - now
