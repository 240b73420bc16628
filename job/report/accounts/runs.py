"""One run of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from job.policy_file.company_policy import NO_POLICY, Policy
from job.snapshot.model import AccountRun


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRun:
    """One run: `now` is its only clock; `settings` go into summary.json and hold no secret.

    `policy` is what the company's policy file says, or that of a run without one.
    """

    run_id: str
    report_date: date
    now: datetime
    include_inactive: bool
    minimum_coverage: float
    formula_guard: bool
    settings: Mapping[str, str]
    versions: Mapping[str, str]
    accounts: Mapping[str, AccountRun]
    policy: Policy = NO_POLICY
