"""What the HTML report is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from job.report.rows.datasets import ReportSchema
from job.report.schema.dataset import Table
from job.snapshot.model import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlInput:
    """The datasets with typed cells, before any format turned them into text.

    A cell is None, bool, int, str, date, datetime (UTC), a sorted tuple of str for a list column, or a
    mapping of str to str for a map column. `schema` gives every column's title and meaning, the columns of
    each capability and those of tags. `summary` is summary.json's content without the objects.
    `previous_report_date` is None when there is no earlier report to compare with. `findings.rows` may be
    many: go through them once. `stores` and `access` are empty where no data stores were read.
    """

    schema: ReportSchema
    keys: Table
    accounts: Table
    findings: Table
    changes: Table
    stores: Table
    access: Table
    credentials: Table
    summary: JsonObject
    previous_report_date: date | None
