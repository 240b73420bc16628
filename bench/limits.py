"""How slow AWS is and how much it takes: log-normal latencies and token buckets by the published rates."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

#: Median seconds of an answer by service.
LATENCY = {"sts": 0.025, "iam": 0.045, "organizations": 0.060, "tagging": 0.060, "s3": 0.030}
SPREAD = 0.4

#: Requests a second and burst for each organization's management account
#: (AWS Organizations User Guide, "Quotas", throttling limits).
ORGANIZATIONS_RATES = {
    "ListAccounts": (8, 12),
    "ListTagsForResource": (10, 15),
    "ListParents": (5, 8),
    "ListAccountsForParent": (5, 8),
    "ListOrganizationalUnitsForParent": (5, 8),
    "DescribeAccount": (20, 30),
    "DescribeOrganizationalUnit": (2, 2),
    "DescribePolicy": (2, 2),
    "ListPolicies": (5, 8),
    "ListPoliciesForTarget": (5, 8),
    "ListTargetsForPolicy": (5, 8),
    "ListRoots": (1, 2),
    "DescribeOrganization": (1, 2),
}
OTHER_ORGANIZATIONS_RATE = (5, 8)
TAGGING_RATE = (15, 15)
IAM_RATE = (20, 20)
STS_RATE = (600, 600)
#: Of the services that tell of an account's data stores; their quotas are this high or higher.
STORE_RATE = (50, 50)
#: Assumed, as is the latency: AWS publishes none for the queries of an aggregator.
CONFIG_RATE = (10, 10)
#: The services whose limits are each account's own.
OF_AN_ACCOUNT = frozenset({"iam", "sts", "dynamodb", "kms", "rds", "secretsmanager", "ssm"})


@dataclass(slots=True)
class Bucket:
    """A token bucket."""

    rate: float
    burst: float
    tokens: float
    at: float

    def take(self, now: float) -> bool:
        """Whether one more request is let through now."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Limits:
    """Every bucket that was used so far, and the latencies of a seed; `scale` 0 answers at once."""

    scale: float = 1.0
    seed: int = 1
    enforce: bool = True
    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    _factors: tuple[float, ...] = ()
    _next: int = 0

    def __post_init__(self) -> None:
        chosen = random.Random(self.seed)
        self._factors = tuple(math.exp(SPREAD * chosen.gauss(0, 1)) for _ in range(4093))

    def delay(self, service: str) -> float:
        """Seconds that this answer takes."""
        self._next = (self._next + 1) % len(self._factors)
        return LATENCY.get(service, 0.05) * self._factors[self._next] * self.scale

    def allows(self, service: str, operation: str, account_id: str, now: float) -> bool:
        """Take a token from the bucket that this request counts against."""
        if not self.enforce or service == "s3":
            return True
        key = (service, account_id) if service in OF_AN_ACCOUNT else (service, operation)
        bucket = self._buckets.get(key)
        if bucket is None:
            rate, burst = _rate(service, operation)
            bucket = self._buckets[key] = Bucket(rate, burst, burst, now)
        return bucket.take(now)


def _rate(service: str, operation: str) -> tuple[float, float]:
    if service == "organizations":
        return ORGANIZATIONS_RATES.get(operation, OTHER_ORGANIZATIONS_RATE)
    of_service = {"iam": IAM_RATE, "sts": STS_RATE, "tagging": TAGGING_RATE, "config": CONFIG_RATE}
    return of_service.get(service, STORE_RATE)
