"""What a run found out about one account, before any of it is a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from job.report.rows.account_rows import AccountRecord
from job.report.rows.change_rows import ChangeRecord
from job.report.rows.finding_rows import FindingRecord, findings_of
from job.report.rows.key_rows import KeyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOutcome:
    """The records of one account; `account` is None for one that is no longer in the organization.

    Records are in the report's order. `keys` are those that the report has rows for.
    """

    account: AccountRecord | None
    keys: tuple[KeyRecord, ...]
    changes: tuple[ChangeRecord, ...]

    @property
    def accounts(self) -> tuple[AccountRecord, ...]:
        """The account, if there is one."""
        return () if self.account is None else (self.account,)

    @property
    def findings(self) -> Iterator[FindingRecord]:
        """Every finding about the keys."""
        return (finding for key in self.keys for finding in findings_of(key))
