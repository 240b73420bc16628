"""The columns that every row of a run begins with."""

from __future__ import annotations

from typing import Protocol

from job.report.accounts.runs import ReportRun
from job.report.schema.columns import Column, ColumnType
from job.report.schema.dataset import SCHEMA_VERSION


class OfRun(Protocol):
    """A record of one run."""

    @property
    def run(self) -> ReportRun:
        """The run that made it."""


_Column = Column[OfRun]

RUN_COLUMNS = (
    REPORT_DATE := _Column(
        "report_date", ColumnType.DATE, "UTC date of the run's start", lambda row: row.run.report_date
    ),
    _Column(
        "run_id",
        ColumnType.STRING,
        "the scheduled time, the execution's name, or what was generated",
        lambda row: row.run.run_id,
    ),
    _Column(
        "schema_version",
        ColumnType.INT,
        "major version of these columns: names and meanings never change within one",
        lambda _: SCHEMA_VERSION,
    ),
)
