"""Keeps a client below request rates that it shares with everybody else in the organization."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from botocore.client import BaseClient

# Requests per second and account, "API throttling limits" of AWS Organizations:
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
ORGANIZATIONS_RATES: Mapping[str, float] = {
    "ListAccounts": 8,
    "ListTagsForResource": 10,
    "ListAccountsForParent": 5,
    "ListOrganizationalUnitsForParent": 5,
    "DescribePolicy": 2,
    "ListPolicies": 5,
    "ListTargetsForPolicy": 5,
    "ListRoots": 1,
    "DescribeOrganization": 1,
}
_UNDOCUMENTED_RATE = 1.0


class Pace:
    """Lets each operation's requests out one after another, evenly, retries included."""

    def __init__(self, rates: Mapping[str, float], percent: int) -> None:
        self._interval = {name: 100 / (rate * percent) for name, rate in rates.items()}
        self._other = 100 / (_UNDOCUMENTED_RATE * percent)
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
        with self._lock:
            turn = max(self._next.get(operation, now), now)
            self._next[operation] = turn + self._interval.get(operation, self._other)
        return turn - now
