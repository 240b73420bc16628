"""Queries over a published tree of three dates, by an engine that reads Hive-style partitions like Athena."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from job.analyze.verdict import AdminAccess, Verdict
from job.policy_file.company_policy import Policy, Sensitive
from job.publish.publish import publish
from job.publish.published_runs import find_previous
from job.report.catalog import typed_select
from job.report.html.html_input import HtmlInput
from job.report.rows.build import Report
from job.report.rows.datasets import ReportSchema
from job.report.schema.columns import ColumnType
from job.snapshot.model import Account, AccountRun, CredentialKind, Failure, OtherCredential
from job.storage.folder import FolderStorage
from job.storage.storage import Storage
from tests.report.report_samples import (
    DEV,
    FINDING,
    MANAGEMENT,
    OWN,
    PAYROLL,
    PAYROLL_ACCESS,
    PROD,
    access_key,
    account,
    capability,
    report_run,
    root_user,
    sample_report,
    sample_schema,
    user,
    verdicts,
)

API_KEY = OtherCredential(
    kind=CredentialKind.SERVICE_SPECIFIC,
    user_name="ci",
    id="ACCA1",
    service="bedrock",
    alias='a "chat", and\nmore',
    status="Active",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)
DAYS = (date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22))
NARROW, WIDE = sample_schema(), sample_schema((OWN,))
PARTITIONS = "hive_partitioning = true, hive_types_autocast = false, union_by_name = true"
# Athena's name for what DuckDB calls otherwise.
TRINO = "CREATE MACRO json_extract_scalar(text, path) AS json_extract_string(text, path)"
QUERIES = sorted(Path("terraform/queries").glob("*.sql"))
HOSTILE_TAGS = {"Environment": "prod", "Evil": "=cmd|' /C calc'!A0,\"\\\r\n;é", "Long": "x" * 256}


RESTRICTED_IS_SENSITIVE = Policy(
    sensitive=Sensitive(store_tags={"DataClassification": frozenset({"Restricted"})})
)


def no_page(_: HtmlInput) -> bytes:
    return b""


def day_report(storage: Storage, day: date, schema: ReportSchema, *more: Account) -> Report:
    """The shop's key reads S3 from the second day on, and its root user has a key."""
    first = day == DAYS[0]
    reads = capability("s3_read", Verdict.NONE if first else Verdict.ALL, ("direct",), "s3:*\non *")
    denied = AccountRun(failure=Failure(step="AssumeRole", code="AccessDenied", message="not authorized"))
    return sample_report(
        account(MANAGEMENT),
        replace(
            account(
                PROD,
                user("ci", access_key("AKIAA", created=None), tags=HOSTILE_TAGS),
                user('old, "key"', access_key("AKIAB", created="2020-01-01", used="2026-01-01")),
                root=root_user(access_key(None, created="2019-01-01", used=None, use_read=False)),
            ),
            other_credentials=(API_KEY,),
        ),
        *more,
        verdicts=(
            verdicts("ci", reads, findings=(FINDING,), stores=(PAYROLL_ACCESS,)),
            verdicts('old, "key"', admin=AdminAccess.ESCALATES),
        ),
        run=report_run(
            run_id=f"run-{day}", report_date=day, accounts={DEV: denied}, policy=RESTRICTED_IS_SENSITIVE
        ),
        previous=find_previous(storage, day),
        schema=schema,
        stores=(PAYROLL,),
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three dates; on the last there are three columns more, and the sandbox cannot be read."""
    folder = tmp_path_factory.mktemp("tree")
    storage = FolderStorage(folder)
    sandbox = account(DEV, user("dev", access_key("AKIAD", created="2024-01-01", used=None)))
    publish(storage, day_report(storage, DAYS[0], NARROW, sandbox), no_page)
    publish(storage, day_report(storage, DAYS[1], NARROW, sandbox), no_page)
    publish(storage, day_report(storage, DAYS[2], WIDE), no_page)
    return folder


@pytest.fixture
def parquet(tree: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The Parquet files; Athena's timestamps have no zone, so neither have these."""
    with duckdb.connect() as connection:
        connection.execute(TRINO)
        connection.execute("SET TimeZone = 'UTC'")
        for dataset in WIDE.datasets:
            times = [column.name for column in dataset.columns if column.type is ColumnType.TIMESTAMP]
            casts = ", ".join(f"CAST({name} AS timestamp) AS {name}" for name in times)
            connection.execute(
                f"CREATE VIEW {dataset.name} AS SELECT * REPLACE ({casts}) "  # noqa: S608 - names of our own
                f"FROM read_parquet('{tree}/parquet/{dataset.name}/*/*.parquet', {PARTITIONS})"
            )
        yield connection


@pytest.fixture
def csv(tree: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The CSV files as Athena's reader sees them, every column text, below the typed view."""
    with duckdb.connect() as connection:
        connection.execute(TRINO)
        for dataset in WIDE.datasets:
            table = f"{dataset.name}_csv"
            connection.execute(
                f"CREATE VIEW {table} AS FROM read_csv('{tree}/csv/{dataset.name}/*/*.csv', {PARTITIONS}, "
                "all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')"
            )
            connection.execute(f"CREATE VIEW {dataset.name} AS {typed_select(dataset, table)}")
        yield connection


def test_there_are_queries() -> None:
    assert len(QUERIES) >= 5


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_every_named_query_gives_the_same_answer_from_parquet_and_from_csv(
    query: Path, parquet: duckdb.DuckDBPyConnection, csv: duckdb.DuckDBPyConnection
) -> None:
    sql = query.read_text(encoding="utf-8")
    from_parquet = parquet.execute(sql).fetchall()
    assert len(from_parquet) >= 1
    assert from_parquet == csv.execute(sql).fetchall()


@pytest.mark.parametrize("dataset", ["keys", "accounts", "changes", "stores", "access", "credentials"])
def test_every_cell_is_the_same_in_both(
    dataset: str, parquet: duckdb.DuckDBPyConnection, csv: duckdb.DuckDBPyConnection
) -> None:
    sql = f"FROM {dataset} ORDER BY ALL"
    rows = parquet.execute(sql).fetchall()
    assert rows
    assert rows == csv.execute(sql).fetchall()


def test_findings_are_whole_in_both(
    parquet: duckdb.DuckDBPyConnection, csv: duckdb.DuckDBPyConnection
) -> None:
    sql = "SELECT dt, user_name, path, evidence, conditions, statement_index FROM findings ORDER BY ALL"
    rows = parquet.execute(sql).fetchall()
    assert len(rows) == 3
    assert rows == csv.execute(sql).fetchall()


def test_dates_are_partitions_and_columns_have_types(parquet: duckdb.DuckDBPyConnection) -> None:
    rows = parquet.execute("SELECT dt, report_date, count(*) FROM keys GROUP BY ALL ORDER BY dt").fetchall()
    assert rows == [("2026-11-20", DAYS[0], 4), ("2026-11-21", DAYS[1], 4), ("2026-11-22", DAYS[2], 3)]
    types = dict(parquet.execute("SELECT column_name, column_type FROM (DESCRIBE keys)").fetchall())
    assert {types["report_date"], types["first_seen_date"]} == {"DATE"}
    assert {types["collected_at"], types["key_last_used_at"]} == {"TIMESTAMP"}
    assert {types["key_age_days"], types["reachable_roles"], types["schema_version"]} == {"BIGINT"}
    assert {types["is_admin"], types["never_used"]} == {"BOOLEAN"}
    assert {types["account_id"], types["user_groups"], types["account_tags"]} == {"VARCHAR"}


def test_nulls_are_nulls(parquet: duckdb.DuckDBPyConnection, csv: duckdb.DuckDBPyConnection) -> None:
    sql = """
        SELECT count(*) - count(key_created_at), count(*) - count(access_key_id),
          count(*) - count(never_used), count(*) - count(change), count(*) FILTER (user_name = '')
        FROM keys
    """
    assert parquet.execute(sql).fetchall() == csv.execute(sql).fetchall() == [(3, 3, 3, 4, 0)]


def test_a_column_added_later_is_null_in_older_files(
    parquet: duckdb.DuckDBPyConnection, csv: duckdb.DuckDBPyConnection
) -> None:
    sql = "SELECT dt, count(*), count(orders_read) FROM keys GROUP BY dt ORDER BY dt"
    expected = [("2026-11-20", 4, 0), ("2026-11-21", 4, 0), ("2026-11-22", 3, 3)]
    assert parquet.execute(sql).fetchall() == csv.execute(sql).fetchall() == expected


def test_account_ids_keep_their_zeros(
    parquet: duckdb.DuckDBPyConnection, csv: duckdb.DuckDBPyConnection
) -> None:
    sql = "SELECT DISTINCT account_id FROM accounts ORDER BY account_id"
    assert parquet.execute(sql).fetchall() == csv.execute(sql).fetchall() == [(MANAGEMENT,), (PROD,), (DEV,)]


def test_an_unread_account_is_not_an_account_without_keys(parquet: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT account_id, coverage, active_keys FROM accounts WHERE dt = '2026-11-22' ORDER BY account_id"
    assert parquet.execute(sql).fetchall() == [
        (MANAGEMENT, "complete", 0),
        (PROD, "partial", 3),
        (DEV, "failed", None),
    ]
