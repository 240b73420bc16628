"""A made-up report of any size, in the proportions of a real organization; no analysis is run for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from random import Random

from bench.made_up_accounts import account_row, made_up_accounts
from bench.made_up_findings import PREVIOUS, change_rows, finding_rows
from bench.made_up_keys import MADE_UP_EXCEPTION, key_row
from bench.made_up_stores import access_rows, credential_rows, store_rows
from job.analyze.answers.capabilities import load_capabilities
from job.report.html.html_input import HtmlInput
from job.report.rows.datasets import ReportSchema, report_schema
from job.report.schema.columns import Row, Value
from job.report.schema.dataset import Table

TAGS = ("Environment", "DataClassification")


def made_up_report(keys: int, *, accounts: int | None = None, seed: int = 22) -> HtmlInput:
    """Make a report of that many keys; the same arguments make the same report."""
    random, schema = Random(seed), _schema()
    capabilities = [one.id for one in schema.capabilities]
    made = made_up_accounts(accounts or max(12, keys // 40), random)
    read = [account for account in made if account.is_read]
    whose = [random.choice(read) for _ in range(keys)]
    rows = [key_row(account, number, capabilities, random) for number, account in enumerate(whose)]
    rows.sort(
        key=lambda cells: tuple(str(cells[name]) for name in ("account_id", "user_name", "key_created_at"))
    )
    held = Counter(account.id for account in whose)
    stores = list(store_rows(rows, random))
    findings = list(finding_rows(rows, capabilities, random))
    changes = list(change_rows(rows, random))
    access = list(access_rows(rows, stores, random))
    credentials = list(credential_rows(rows, random))
    return HtmlInput(
        schema=schema,
        keys=_table(schema, "keys", rows),
        accounts=_table(schema, "accounts", [account_row(account, held[account.id]) for account in made]),
        findings=_table(schema, "findings", findings),
        changes=_table(schema, "changes", changes),
        stores=_table(schema, "stores", stores),
        access=_table(schema, "access", access),
        credentials=_table(schema, "credentials", credentials),
        summary={
            "run_id": "made-up",
            "settings": {
                "min_coverage": 100,
                "tag_columns": [*TAGS],
                "data_stores": "s3,dynamodb,rds,secrets,kms",
            },
            "counts": {"keys": keys, "accounts": len(made)},
            "complete": True,
            "policy": {
                "exceptions": [
                    {
                        "id": MADE_UP_EXCEPTION,
                        "reason": "the vendor cannot rotate",
                        "owner": "vendor-office",
                        "expires": "2027-02-20",
                        "state": "holds",
                        "keys": len([row for row in rows if row["exception_id"]]),
                        "credentials": len([row for row in credentials if row["exception_id"]]),
                    },
                    {
                        "id": "SEC-0001",
                        "reason": "a migration that is over",
                        "owner": None,
                        "expires": "2026-10-31",
                        "state": "expired",
                        "keys": 0,
                        "credentials": 0,
                    },
                ],
                "remarks": ["line 9: exception SEC-0001: expired on 2026-10-31, and no longer counts"],
            },
        },
        previous_report_date=PREVIOUS,
    )


def _schema() -> ReportSchema:
    capabilities = load_capabilities()
    return report_schema(built_in=capabilities, capabilities=capabilities, tag_keys=TAGS)


def _table(schema: ReportSchema, name: str, records: Iterable[Mapping[str, Value]]) -> Table:
    dataset = schema.dataset(name)
    rows: list[Row] = [tuple(record.get(column) for column in dataset.names) for record in records]
    return Table(schema=dataset, rows=rows)
