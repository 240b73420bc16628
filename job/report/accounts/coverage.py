"""How well each account was read, and how much of the organization a report covers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from job.report.accounts.reported import ReportedAccount
from job.snapshot.model import AccountRun, Failure, OrganizationAccount

_READ_STATES = (None, "ACTIVE")


class CoverageWord(StrEnum):
    """How well an account was read."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCoverage:
    """How well one account was read, and why not better."""

    word: CoverageWord
    note: str | None = None
    failures: tuple[Failure, ...] = ()


def unlisted_account(account_id: str) -> OrganizationAccount:
    """An account that was read though the organization's list does not hold it."""
    return OrganizationAccount(
        id=account_id,
        name=None,
        email=None,
        state=None,
        joined_at=None,
        tags=None,
        ou_path=None,
        ou_text=None,
    )


def account_coverage(
    account: OrganizationAccount, read: ReportedAccount | None, run: AccountRun | None
) -> AccountCoverage:
    """Judge an account: what was read speaks first, then what the run says, then the account's state."""
    if read is not None:
        return _read_coverage(read)
    if run is not None and run.skipped is not None:
        return AccountCoverage(word=CoverageWord.SKIPPED, note=run.skipped)
    if run is not None and run.failure is not None:
        return AccountCoverage(word=CoverageWord.FAILED, note=run.failure.message, failures=(run.failure,))
    if account.state not in _READ_STATES:
        return AccountCoverage(word=CoverageWord.SKIPPED, note=f"account state {account.state}")
    return AccountCoverage(word=CoverageWord.FAILED, note="not read")


def _read_coverage(read: ReportedAccount) -> AccountCoverage:
    missing = read.missing()
    if not missing:
        return AccountCoverage(word=CoverageWord.COMPLETE)
    word = CoverageWord.FAILED if read.nothing_read else CoverageWord.PARTIAL
    return AccountCoverage(word=word, note="missing: " + ", ".join(missing), failures=read.failures)


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
