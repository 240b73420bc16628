"""Ratios of what organizations cost: they say more than seconds, which are another machine's tomorrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.seeds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one organization of one size took."""

    kind: Kind
    accounts: int
    keys: int
    cpu: float
    peak_bytes: int

    @property
    def cpu_a_key(self) -> float:
        """CPU seconds for one key."""
        return self.cpu / max(1, self.keys)

    @property
    def cpu_an_account(self) -> float:
        """CPU seconds for one account."""
        return self.cpu / self.accounts

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.kind} {self.accounts:,}"


def ratios(costs: Sequence[Cost]) -> Iterator[str]:
    """Crowded beside easy for a key, a large size beside the next smaller for an account, then each cost."""
    for cost in costs:
        for easy in costs:
            if easy.kind == "easy" != cost.kind and easy.accounts == _comparable(cost, costs):
                ratio = cost.cpu_a_key / easy.cpu_a_key
                yield f"  CPU for a key, {cost.name} to {easy.name}: {ratio:.2f}"
    for kind in dict.fromkeys(cost.kind for cost in costs):
        sizes = sorted((each for each in costs if each.kind == kind), key=lambda each: each.accounts)
        for small, large in pairwise(sizes):
            cpu = large.cpu_an_account / small.cpu_an_account
            memory = large.peak_bytes / small.peak_bytes
            yield f"  {large.name} to {small.accounts:,}: CPU for an account {cpu:.2f}, memory {memory:.2f}"
    for cost in costs:
        yield (
            f"  {cost.name}: {cost.keys:,} keys, {cost.cpu:.2f} CPU-s, {cost.cpu_a_key * 1000:.2f} ms a key, "
            f"{cost.cpu_an_account * 1000:.1f} ms an account, peak {cost.peak_bytes / 2**20:,.0f} MiB"
        )


def _comparable(cost: Cost, costs: Sequence[Cost]) -> int:
    """The size of the easy organization that a cost is compared with: its own, for a giant the largest."""
    sizes = [each.accounts for each in costs if each.kind == "easy"]
    return cost.accounts if cost.accounts in sizes or not sizes else max(sizes)
