"""The least time that a run could take: AWS's rates, its latencies, and the CPU that the run itself used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.limits import LATENCY, ORGANIZATIONS_RATES

#: Requests in flight with which latency no longer decides.
IN_FLIGHT = 64
#: The longest that a credential report takes, from the first request for it to its being ready.
REPORT_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Each limit by itself, in seconds; the largest decides."""

    latency: float
    throttle: float
    cpu: float

    @property
    def seconds(self) -> float:
        """The lower bound."""
        return max(self.latency, self.throttle, self.cpu)


def lower_bound(calls: Mapping[str, int], cpu: float) -> Bound:
    """The bound for a run that made these calls (counted by `service:operation`) and used that much CPU."""
    waiting = sum(count * LATENCY.get(name.partition(":")[0], 0.05) for name, count in calls.items())
    one_account = LATENCY["sts"] + 3 * LATENCY["iam"] + REPORT_SECONDS
    return Bound(latency=max(waiting / IN_FLIGHT, one_account), throttle=_throttled(calls), cpu=cpu)


def _throttled(calls: Mapping[str, int]) -> float:
    slowest = 0.0
    for operation, (rate, burst) in ORGANIZATIONS_RATES.items():
        count = calls.get(f"organizations:{operation}", 0)
        slowest = max(slowest, (count - burst) / rate)
    return slowest
