"""The cells that describe an account, and the row that says how well it was read."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from job.report.columns import Value
from job.report.facts import AccountFacts, RunFacts
from job.report.schema import SCHEMA_VERSION
from job.snapshot.model import AccountRun, Failure, Organization, OrganizationAccount, OrganizationalUnit

_LEVELS = 5
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
    account: OrganizationAccount, facts: AccountFacts | None, run: AccountRun | None
) -> AccountCoverage:
    """Judge an account: what was read speaks first, then what the run says, then the account's state."""
    if facts is not None:
        return _read_coverage(facts)
    if run is not None and run.skipped is not None:
        return AccountCoverage(word=CoverageWord.SKIPPED, note=run.skipped)
    if run is not None and run.failure is not None:
        return AccountCoverage(word=CoverageWord.FAILED, note=run.failure.message, failures=(run.failure,))
    if account.state not in _READ_STATES:
        return AccountCoverage(word=CoverageWord.SKIPPED, note=f"account state {account.state}")
    return AccountCoverage(word=CoverageWord.FAILED, note="not read")


def _read_coverage(facts: AccountFacts) -> AccountCoverage:
    missing = facts.missing()
    if not missing:
        return AccountCoverage(word=CoverageWord.COMPLETE)
    word = CoverageWord.FAILED if facts.nothing_read else CoverageWord.PARTIAL
    return AccountCoverage(word=word, note="missing: " + ", ".join(missing), failures=facts.failures)


def run_cells(run: RunFacts) -> dict[str, Value]:
    """The cells that every row of a run begins with."""
    return {"report_date": run.report_date, "run_id": run.run_id, "schema_version": SCHEMA_VERSION}


def account_cells(
    organization: Organization, account: OrganizationAccount, facts: AccountFacts | None
) -> dict[str, Value]:
    """Who and where an account is."""
    management = organization.management_account_id
    path = _ou_path(account)
    return {
        "collected_at": facts.collected_at if facts else None,
        "credential_report_at": facts.credential_report_at if facts else None,
        "organization_id": organization.id,
        "account_id": account.id,
        "account_name": account.name,
        "account_email": account.email,
        "account_state": account.state,
        "is_management_account": None if management is None else account.id == management,
        "ou_id": account.ou_path[-1].id if account.ou_path else None,
        "ou_path": "/".join(name.replace("/", "%2F") for name in path) or None,
        **{f"ou_level_{level}": name for level, name in _ou_levels(path).items()},
        "account_tags": account.tags,
    }


def _ou_path(account: OrganizationAccount) -> tuple[str, ...]:
    """Names from the root down; the original tool's text (`OU=root,OU=Prod`) when there is nothing better."""
    if account.ou_path is not None:
        return tuple(map(_unit_name, account.ou_path))
    return tuple(re.split(r"(?:^|,)OU=", account.ou_text or "")[1:])


def _unit_name(unit: OrganizationalUnit) -> str:
    return unit.name if unit.name is not None else unit.id


def _ou_levels(path: tuple[str, ...]) -> Mapping[int, str | None]:
    below_root = path[1:]
    return {
        level: below_root[level - 1] if level <= len(below_root) else None for level in range(1, _LEVELS + 1)
    }


def coverage_cells(
    account: OrganizationAccount,
    coverage: AccountCoverage,
    facts: AccountFacts | None,
    run: AccountRun | None,
) -> dict[str, Value]:
    """The cells of the `accounts` dataset behind those that describe the account."""
    first = coverage.failures[0] if coverage.failures else None
    return {
        "joined_at": account.joined_at,
        "coverage": coverage.word.value,
        "coverage_note": coverage.note,
        "failed_step": first.step if first else None,
        "failed_code": first.code if first else None,
        "failures": tuple(sorted({f"{failure.step}:{failure.code}" for failure in coverage.failures})),
        **_effort_cells(run),
        **_count_cells(facts),
    }


def _effort_cells(run: AccountRun | None) -> dict[str, Value]:
    if run is None:
        return dict.fromkeys(("role_used", "api_calls", "retries", "seconds"))
    return {
        "role_used": run.role_arn,
        "api_calls": run.api_calls,
        "retries": run.retries,
        "seconds": None if run.seconds is None else math.ceil(run.seconds),
    }


def _count_cells(facts: AccountFacts | None) -> dict[str, Value]:
    """Zero only where zero was read."""
    if facts is None:
        return dict.fromkeys(("users", "keys", "active_keys"))
    return {
        "users": facts.users,
        "keys": len(facts.keys) if facts.all_keys_read else None,
        "active_keys": sum(key.active for key in facts.keys) if facts.all_keys_read else None,
    }
