"""summary.json: what a run read, what it found, what it wrote and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

import orjson

from job.analyze.service_reference.data_age import data_sources
from job.policy_file.company_policy import Thresholds
from job.policy_file.usage import remarks, state_of
from job.report.accounts.coverage import Coverage
from job.report.comparison.changes import SILENCE_DAYS
from job.report.risk.assessment import OPEN
from job.report.risk.rules import LEVELS
from job.report.rows.account_rows import ACCOUNT_ID, COVERAGE, FAILED_CODE, FAILED_STEP, not_complete
from job.report.rows.build import Report
from job.report.rows.datasets import first_moved
from job.report.rows.key_rows import (
    ADMIN_ACCESS,
    ANALYSIS_STATUS,
    CAN_BECOME_ADMIN,
    CHANGE,
    IS_ADMIN,
    KEY_STATUS,
    KNOWN_LEAKED,
    NEVER_USED,
    OPEN_RISK_LEVEL,
    PRINCIPAL_TYPE,
    RECOMMENDED_ACTION,
    RISK_LEVEL,
    RISK_STATUS,
    verdict_column,
)
from job.report.schema.cell_text import clean, timestamp_text
from job.report.schema.columns import AnyColumn, Value
from job.report.schema.dataset import SCHEMA_VERSION, Table
from job.snapshot.model import Json, JsonObject

_LISTED_ACCOUNTS = 100


class ExitReason(Enum):
    """How a run ended: the word in summary.json and the process's exit code."""

    COMPLETE = ("complete", 0)
    WORSE_THAN_PUBLISHED = ("worse_coverage_than_published", 1)
    BELOW_MINIMUM = ("coverage_below_minimum", 3)

    @property
    def word(self) -> str:
        """What summary.json says."""
        return self.value[0]

    @property
    def exit_code(self) -> int:
        """What the process ends with."""
        return self.value[1]


def exit_reason(coverage: Coverage, minimum_percent: float, *, published: bool) -> ExitReason:
    """How a run ends that got as far as publishing."""
    if not published:
        return ExitReason.WORSE_THAN_PUBLISHED
    return ExitReason.COMPLETE if coverage.percent >= minimum_percent else ExitReason.BELOW_MINIMUM


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedObject:
    """One file at the destination; `dataset` and `rows` are None for a file that is no table."""

    key: str
    dataset: str | None
    format: str
    rows: int | None
    bytes: int
    sha256: str


def summarize(report: Report) -> JsonObject:
    """Everything that is known before anything is written; the same for the same report."""
    run = report.run
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": run.run_id,
        "report_date": run.report_date.isoformat(),
        "started_at": timestamp_text(run.now),
        "versions": dict(run.versions),
        "aws_data": _aws_data(run.report_date),
        "organization": _organization(report),
        "settings": dict(run.settings),
        "include_inactive": run.include_inactive,
        "csv_formula_guard": run.formula_guard,
        "thresholds": _thresholds(run.minimum_coverage, run.policy.thresholds),
        "coverage": coverage_json(report.coverage),
        "accounts_not_complete": _accounts_not_complete(report.table("accounts")),
        "counts": _counts(report),
        "policy": _policy(report),
        "previous": _previous(report),
        "columns_moved": columns_moved(report),
        "columns": {dataset.name: list(dataset.names) for dataset in report.schema.datasets},
    }


def finish(
    summary: Mapping[str, Json], reason: ExitReason, objects: Sequence[PublishedObject], notes: Sequence[str]
) -> JsonObject:
    """The summary as it is written last; `notes` say what was left as it was, and why.

    Before them stands what readers of earlier files must know.
    """
    moved = summary.get("columns_moved")
    return {
        **summary,
        "published": reason is not ExitReason.WORSE_THAN_PUBLISHED,
        "exit_reason": reason.word,
        "exit_code": reason.exit_code,
        "notes": [*([moved] if moved else []), *notes],
        "objects": [
            {
                "key": written.key,
                "dataset": written.dataset,
                "format": written.format,
                "rows": written.rows,
                "bytes": written.bytes,
                "sha256": written.sha256,
            }
            for written in objects
        ],
    }


def columns_moved(report: Report) -> str | None:
    """What to know where `keys` has another column in a place than the report before, as after other tags."""
    previous = report.previous
    now = report.table("keys").schema.names
    place = first_moved(previous.key_columns, now) if previous else None
    if previous is None or place is None:
        return None
    return (
        f"keys: column {place} is {now[place - 1]} and was {previous.key_columns[place - 1]} until "
        f"{previous.report_date}: whoever reads CSV files by position, as Athena and QuickSight do, misreads "
        "those from before; read them by their header, use Parquet, or keep REPORT_TAG_COLUMNS as it was"
    )


def summary_bytes(summary: Mapping[str, Json]) -> bytes:
    """summary.json: readable, the same bytes for the same summary."""
    return orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def coverage_json(coverage: Coverage) -> JsonObject:
    """Coverage as summary.json holds it."""
    return {
        "percent": coverage.percent,
        "organization_percent": coverage.organization_percent,
        "accounts": coverage.accounts,
        "complete": coverage.complete,
        "partial": coverage.partial,
        "failed": coverage.failed,
        "skipped": coverage.skipped,
        "inactive": coverage.inactive,
    }


def _aws_data(on: date) -> JsonObject:
    """Where what is known of AWS's services comes from, with its age at the report's date."""
    return {
        source.name: {
            "package": source.package,
            "version": source.version,
            "date": source.copied_on.isoformat(),
            "age_days": source.age_days(on),
        }
        for source in data_sources()
    }


def _organization(report: Report) -> JsonObject:
    organization = report.organization
    collected = organization.collected_at
    return {
        "id": organization.id,
        "management_account_id": organization.management_account_id,
        "collected_at": timestamp_text(collected) if collected else None,
    }


def _thresholds(minimum_coverage: float, thresholds: Thresholds) -> JsonObject:
    return {
        "minimum_coverage_percent": minimum_coverage,
        "old_days": thresholds.old,
        "very_old_days": thresholds.very_old,
        "unused_days": thresholds.unused,
        "silence_days": SILENCE_DAYS,
    }


def _policy(report: Report) -> JsonObject:
    """What the policy file accepts, what of it has expired, and what is about nothing."""
    policy, usage, today = report.run.policy, report.usage, report.run.report_date
    return {
        "overrides": len(policy.overrides),
        "owner_tags": _texts(policy.owner_tags),
        "exceptions": [
            {
                "id": each.id,
                "rules": _texts(sorted(each.rules)),
                "reason": each.reason,
                "owner": each.owner,
                "expires": each.expires.isoformat(),
                "state": state_of(each, usage, today).value,
                "keys": usage.needed.get(each.id, 0),
                "credentials": usage.needed_by_credentials.get(each.id, 0),
            }
            for each in policy.exceptions
        ],
        "remarks": _texts(f"line {each.line}: {each.text}" for each in remarks(policy, usage, today)),
    }


def _texts(texts: Iterable[str]) -> list[Json]:
    return list(texts)


def _previous(report: Report) -> JsonObject | None:
    previous = report.previous
    if previous is None:
        return None
    return {"report_date": previous.report_date.isoformat(), "run_id": previous.run_id}


def _accounts_not_complete(accounts: Table) -> list[Json]:
    """The first accounts that were not read well, by id; the `accounts` dataset has them all."""
    names = [column.name for column in (ACCOUNT_ID, COVERAGE, FAILED_STEP, FAILED_CODE)]
    listed = not_complete(accounts)[:_LISTED_ACCOUNTS]
    return [{name: _plain(record[name]) for name in names} for record in listed]


def _plain(value: Value) -> Json:
    return clean(value) if isinstance(value, str) else None


def _counts(report: Report) -> JsonObject:
    keys, credentials = report.table("keys"), report.table("credentials")
    words, still_open = _occurrences(keys), _occurrences_of_open(keys)
    return {
        "keys": len(keys.rows),
        "active_keys": words(KEY_STATUS)["Active"],
        "inactive_keys": words(KEY_STATUS)["Inactive"],
        "root_keys": words(PRINCIPAL_TYPE)["root"],
        "never_used_keys": words(NEVER_USED)[True],
        "known_leaked_keys": still_open(KNOWN_LEAKED)[True],
        "administrators": still_open(IS_ADMIN)[True],
        "can_become_administrator": still_open(CAN_BECOME_ADMIN)[True],
        "admin_access": _by_word(words(ADMIN_ACCESS)),
        "capabilities": {
            each.id: _by_word(words(verdict_column(each))) for each in report.schema.capabilities
        },
        **_levels(keys),
        "recommended_actions": _by_word(words(RECOMMENDED_ACTION)),
        "analysis_status": _by_word(words(ANALYSIS_STATUS)),
        "findings": len(report.table("findings").rows),
        "changes": _by_word(Counter(report.table("changes").cells(CHANGE))),
        "credentials": {"credentials": len(credentials.rows), **_levels(credentials)},
    }


def _levels(table: Table) -> JsonObject:
    """How many rows have each level open, and how many of each are accepted."""
    words, still_open = _occurrences(table), _occurrences_of_open(table)
    return {
        "risk": {level: words(OPEN_RISK_LEVEL)[level] for level in LEVELS},
        "accepted": {level: words(RISK_LEVEL)[level] - still_open(RISK_LEVEL)[level] for level in LEVELS},
    }


def _occurrences(table: Table) -> Callable[[AnyColumn], Counter[Value]]:
    """How often each value of a column occurs."""
    return lambda column: Counter(table.cells(column))


def _occurrences_of_open(table: Table) -> Callable[[AnyColumn], Counter[Value]]:
    """The same for the keys whose risk is not accepted."""
    status = list(table.cells(RISK_STATUS))
    return lambda column: Counter(
        cell for cell, own in zip(table.cells(column), status, strict=True) if own == OPEN
    )


def _by_word(counts: Counter[Value]) -> JsonObject:
    return {str(word): counts[word] for word in sorted(counts, key=str)}
