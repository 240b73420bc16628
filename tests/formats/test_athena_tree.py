"""Queries over a published tree of three dates, by an engine that reads Hive-style partitions like Athena."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
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
from job.report.schema.dataset import DatasetSchema
from job.snapshot.model import Account, AccountRun, CredentialKind, Failure, OtherCredential
from job.storage.folder import FolderStorage
from job.storage.storage import Storage
from tests.named_queries import QUERIES, of_one_organization, of_several_organizations
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


@pytest.fixture(scope="module")
def organizations(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """That organization in a bucket with two others: one reported two days ago for the last time, one has
    lost all its keys since yesterday.
    """
    bucket = tmp_path_factory.mktemp("bucket")
    found = {name: bucket / name for name in ("o-first", "o-late", "o-without")}
    found["o-first"].symlink_to(tree)
    late, without = FolderStorage(found["o-late"]), FolderStorage(found["o-without"])
    publish(late, day_report(late, DAYS[0], NARROW), no_page)
    publish(without, day_report(without, DAYS[1], NARROW), no_page)
    publish(without, sample_report(account(PROD), run=report_run(report_date=DAYS[2])), no_page)
    return found


@pytest.fixture
def parquet(tree: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The Parquet files; Athena's timestamps have no zone, so neither have these."""
    with opened(tree) as connection:
        yield connection


@contextmanager
def opened(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables over the Parquet files of one organization."""
    with duckdb.connect() as connection:
        connection.execute(TRINO)
        connection.execute("SET TimeZone = 'UTC'")
        for dataset in WIDE.datasets:
            connection.execute(f"CREATE VIEW {dataset.name} AS {rows_of(dataset, folder)}")
        yield connection


@contextmanager
def opened_together(folders: Mapping[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables over those of several, with the partition that their folders are."""
    with duckdb.connect() as connection:
        connection.execute(TRINO)
        connection.execute("SET TimeZone = 'UTC'")
        for dataset in WIDE.datasets:
            parts = [
                f"SELECT *, '{name}' AS organization FROM ({rows_of(dataset, folder)})"  # noqa: S608 - as above
                for name, folder in folders.items()
            ]
            connection.execute(f"CREATE VIEW {dataset.name} AS {' UNION ALL BY NAME '.join(parts)}")
        yield connection


def rows_of(dataset: DatasetSchema, folder: Path) -> str:
    """SQL for every row of a dataset."""
    times = [column.name for column in dataset.columns if column.type is ColumnType.TIMESTAMP]
    casts = ", ".join(f"CAST({name} AS timestamp) AS {name}" for name in times)
    return (
        f"SELECT * REPLACE ({casts}) "  # noqa: S608 - names of our own
        f"FROM read_parquet('{folder}/parquet/{dataset.name}/*/*.parquet', {PARTITIONS})"
    )


def answers(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, object]]:
    """Rows by the names of their columns."""
    done = connection.execute(sql)
    names = [column[0] for column in done.description]
    return [dict(zip(names, row, strict=True)) for row in done.fetchall()]


def in_any_order(rows: Iterable[dict[str, object]]) -> list[str]:
    return sorted(str(sorted((name, str(value)) for name, value in row.items())) for row in rows)


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
    sql = of_one_organization(query)
    from_parquet = parquet.execute(sql).fetchall()
    assert len(from_parquet) >= 1
    assert from_parquet == csv.execute(sql).fetchall()


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_of_several_organizations_every_query_gives_what_it_gives_of_each(
    query: Path, organizations: dict[str, Path]
) -> None:
    by_itself = []
    for name, folder in organizations.items():
        with opened(folder) as one:
            by_itself += [{"organization": name, **row} for row in answers(one, of_one_organization(query))]
    with opened_together(organizations) as all_of_them:
        together = answers(all_of_them, of_several_organizations(query))
    assert {row["organization"] for row in together} >= {"o-first"}
    assert in_any_order(together) == in_any_order(by_itself)


def test_the_newest_report_is_each_organizations_own(organizations: dict[str, Path]) -> None:
    (query,) = (path for path in QUERIES if path.stem == "risk_by_unit")
    with opened_together(organizations) as tables:
        found = {row["organization"] for row in answers(tables, of_several_organizations(query))}
    assert found == {"o-first", "o-late"}


def of_keys_that_are(
    connection: duckdb.DuckDBPyConnection, value: str, query: str
) -> list[dict[str, object]]:
    """What a saved query answers where a column of every key has this value, told as SQL has it."""
    connection.execute("CREATE TABLE as_published AS FROM keys")
    replaced = f"SELECT * REPLACE ({value}) FROM as_published"  # noqa: S608 - a value of these tests
    connection.execute(f"CREATE OR REPLACE VIEW keys AS {replaced}")
    (path,) = (path for path in QUERIES if path.stem == query)
    return answers(connection, of_one_organization(path))


@pytest.mark.parametrize("query", ["admins_over_90_days_in_production", "unused_for_90_days"])
def test_a_key_of_unknown_age_is_not_taken_for_a_young_one(
    parquet: duckdb.DuckDBPyConnection, query: str
) -> None:
    found = of_keys_that_are(parquet, "CAST(NULL AS bigint) AS key_age_days", query)
    assert [row["access_key_id"] for row in found] == ["AKIAB"]


def test_a_key_of_unknown_age_that_was_never_used_is_unused(parquet: duckdb.DuckDBPyConnection) -> None:
    not_known = "CAST(NULL AS bigint)"
    never = f"{not_known} AS key_age_days, {not_known} AS days_since_last_used, true AS never_used"
    assert len(of_keys_that_are(parquet, never, "unused_for_90_days")) == 3


@pytest.mark.parametrize("query", ["keys_over_time", "risk_by_unit", "unused_for_90_days"])
def test_inactive_keys_are_not_counted_as_active(parquet: duckdb.DuckDBPyConnection, query: str) -> None:
    assert of_keys_that_are(parquet, "'Inactive' AS key_status", query) == []


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
