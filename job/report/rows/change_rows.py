"""`changes`: one row for each thing that changed about a key since it was last read."""

from __future__ import annotations

from dataclasses import dataclass

from job.report.accounts.runs import ReportRun
from job.report.comparison.changes import Change
from job.report.rows.account_rows import ACCOUNT_NAME
from job.report.rows.finding_rows import CAPABILITY
from job.report.rows.key_rows import (
    ACCOUNT_OF_KEY,
    CHANGE,
    KEY_CREATED_AT,
    KEY_OF_ROW,
    KEY_STATUS,
    USER_ARN,
    USER_NAME,
)
from job.report.rows.run_columns import RUN_COLUMNS
from job.report.schema.columns import Column, ColumnType


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """One change, told by a run."""

    run: ReportRun
    change: Change


_Change = Column[ChangeRecord]

CHANGES_COLUMNS: tuple[Column[ChangeRecord], ...] = (
    *RUN_COLUMNS,
    _Change(
        "previous_report_date",
        ColumnType.DATE,
        "date of the report compared with: the last one for which the key's account was read",
        lambda row: row.change.since.report_date,
    ),
    _Change("previous_run_id", ColumnType.STRING, "its run", lambda row: row.change.since.run_id),
    ACCOUNT_OF_KEY.over(lambda row: row.change.key.identity.account_id),
    ACCOUNT_NAME.over(lambda row: row.change.key.account_name),
    USER_NAME.over(lambda row: row.change.key.user_name),
    USER_ARN.over(lambda row: row.change.key.user_arn),
    KEY_OF_ROW.over(lambda row: row.change.key.access_key_id),
    KEY_STATUS.over(lambda row: row.change.key.status),
    KEY_CREATED_AT.over(lambda row: row.change.key.created_at),
    CHANGE.over(
        lambda row: row.change.kind,
        "`new`, `gone`, `activated`, `deactivated`, `gained`, `lost`, `used_after_silence`, `leaked`",
    ),
    CAPABILITY.over(
        lambda row: row.change.capability, "for gained and lost: `admin_access` or the id of a capability"
    ),
    _Change(
        "before",
        ColumnType.STRING,
        "verdict, status or last use when it was last known",
        lambda row: row.change.before,
    ),
    _Change("after", ColumnType.STRING, "the same now", lambda row: row.change.after),
)
"""Of the dataset `changes`, in their order; a new one goes at the end."""
