"""How much of the organization a report covers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from job.report.account_rows import AccountCoverage, CoverageWord
from job.report.columns import Value
from job.report.table import Table
from job.report.values import clean

_NAMED_ACCOUNTS = 5
_NOT_COMPLETE = (CoverageWord.PARTIAL.value, CoverageWord.FAILED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Accounts by how well they were read.

    `inactive` counts those of the skipped that AWS Organizations says are not ACTIVE; the other skipped ones
    were left out by a setting.
    """

    complete: int
    partial: int
    failed: int
    skipped: int
    inactive: int

    @property
    def accounts(self) -> int:
        """All accounts of the organization."""
        return self.complete + self.partial + self.failed + self.skipped

    @property
    def percent(self) -> float:
        """Complete accounts in percent of those to be read, rounded down, so that 100 means all.

        To be read are the accounts that are ACTIVE (or of unknown state) and not left out by a setting. When
        there are none, nothing is covered.
        """
        return _percent(self.complete, self.accounts - self.skipped)

    @property
    def organization_percent(self) -> float:
        """The same in percent of all ACTIVE accounts, those left out by a setting included."""
        return _percent(self.complete, self.accounts - self.inactive)

    @property
    def is_nothing(self) -> bool:
        """Whether no account was read, not even in part."""
        return self.complete + self.partial == 0

    def is_worse_than(self, other: Coverage) -> bool:
        """Whether a report of this coverage must not replace one of the other's on the same date.

        The share of complete accounts among all ACTIVE ones decides, then the share of those read at all.
        So a run over a few chosen accounts replaces no run over all of them, and an account that was closed
        between two runs makes neither worse.
        """
        return self._shares() < other._shares()

    def _shares(self) -> tuple[Fraction, Fraction]:
        active = max(1, self.accounts - self.inactive)
        return Fraction(self.complete, active), Fraction(self.complete + self.partial, active)


def _percent(part: int, whole: int) -> float:
    return part * 10_000 // whole / 100 if whole else 0.0


def count_coverage(accounts: Mapping[str, tuple[str | None, AccountCoverage]]) -> Coverage:
    """Count accounts given as their state and how well they were read."""
    words = Counter(coverage.word for _, coverage in accounts.values())
    return Coverage(
        complete=words[CoverageWord.COMPLETE],
        partial=words[CoverageWord.PARTIAL],
        failed=words[CoverageWord.FAILED],
        skipped=words[CoverageWord.SKIPPED],
        inactive=sum(
            coverage.word is CoverageWord.SKIPPED and state not in (None, "ACTIVE")
            for state, coverage in accounts.values()
        ),
    )


def not_read(accounts: Table) -> str:
    """Which accounts were not read or not completely, and why, for a person; empty when all were."""
    lacking = [record for record in accounts.records() if record["coverage"] in _NOT_COMPLETE]
    if not lacking:
        read = any(record["coverage"] == CoverageWord.COMPLETE.value for record in accounts.records())
        return "" if read else "no account was to be read: each is left out by a setting or not ACTIVE"
    named = "; ".join(map(_why, lacking[:_NAMED_ACCOUNTS]))
    more = len(lacking) - _NAMED_ACCOUNTS
    rest = f"; and {more} more, see the accounts with coverage partial or failed" if more > 0 else ""
    return f"{len(lacking)} of {len(accounts.rows)} accounts not read completely: {named}{rest}"


def _why(account: Mapping[str, Value]) -> str:
    name = f" ({account['account_name']})" if account["account_name"] else ""
    cause = f" {account['failed_step']} {account['failed_code']}," if account["failed_step"] else ""
    word = "not read" if account["coverage"] == CoverageWord.FAILED.value else "read in part"
    return clean(
        f"{account['account_id']}{name}: {word},{cause} {account['coverage_note'] or ''}".strip(" ,")
    )
