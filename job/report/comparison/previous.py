"""The report to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from job.report.comparison.key_state import Reading
from job.report.comparison.last_readings import NEVER_READ, LastReadings


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousRun:
    """One earlier report, with every account that it, or a report before it, knew.

    `api_calls` are by account id, where it read the account itself; `key_columns` are those of its `keys`,
    `unread` the accounts that it read nothing of.
    """

    run_id: str
    report_date: date
    include_inactive: bool
    organization_id: str | None
    accounts: Mapping[str, LastReadings]
    api_calls: Mapping[str, int]
    key_columns: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()

    def last_readings(self, account_id: str, organization_id: str | None) -> LastReadings:
        """What is remembered of an account; one that joined the same organization since had no keys then."""
        found = self.accounts.get(account_id)
        if found is not None or not self.is_of(organization_id):
            return found or NEVER_READ
        joined = Reading(
            run_id=self.run_id, report_date=self.report_date, include_inactive=True, read_at=None
        )
        return replace(NEVER_READ, users=joined)

    def is_of(self, organization_id: str | None) -> bool:
        """Whether both are lists of one organization, so that an account that is in one only came or went."""
        return organization_id is not None and organization_id == self.organization_id
