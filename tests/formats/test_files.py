from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from job.report.formats.csv_file import CSV
from job.report.formats.file_format import FileFormat, FormatOptions
from job.report.formats.parquet_file import PARQUET
from job.report.formats.registry import FORMATS, format_named
from job.report.schema.columns import Value
from job.report.schema.dataset import DatasetSchema, Table
from tests.formats.opencsv import read_opencsv
from tests.report.report_samples import (
    PROD,
    access_key,
    account,
    full_report,
    listed,
    organization,
    sample_report,
    sample_schema,
    user,
)

KEYS = sample_schema().dataset("keys")
HOSTILE = st.text(st.characters(codec=None), max_size=30) | st.sampled_from(
    [
        "=cmd|' /C calc'!A0",
        "NA",
        "null",
        '"',
        '""',
        "a,b",
        "a\nb",
        "a\r\n",
        "\\",
        '\\"',
        "\ufeff",
        "'",
        "…",
        "\x00",
        " ",
    ]
)


def written(file_format: FileFormat, table: Table, *, formula_guard: bool = False) -> bytes:
    file = io.BytesIO()
    file_format.write(table, file, FormatOptions(formula_guard=formula_guard))
    return file.getvalue()


def one_row(schema: DatasetSchema, **cells: Value) -> Table:
    return Table(schema=schema, rows=[tuple(cells.get(name) for name in schema.names)])


def hostile_report_csv(tags: dict[str, str], user_name: str) -> bytes:
    within = organization(listed(PROD, "Shop", tags=tags))
    whole = account(PROD, user(user_name, access_key(), tags=tags))
    return written(CSV, sample_report(whole, within=within).table("keys"))


def test_a_format_is_found_by_its_name() -> None:
    assert format_named("parquet") is PARQUET
    assert [file_format.name for file_format in FORMATS] == ["csv", "parquet"]


@pytest.mark.parametrize("file_format", FORMATS, ids=lambda file_format: file_format.name)
@pytest.mark.parametrize("dataset", ["keys", "accounts", "findings", "changes"])
def test_the_same_table_is_the_same_bytes(file_format: FileFormat, dataset: str) -> None:
    first, second = full_report().table(dataset), full_report().table(dataset)
    assert written(file_format, first) == written(file_format, second)


def test_an_empty_table_is_a_header() -> None:
    file = written(CSV, Table(schema=KEYS, rows=[]))
    assert file.decode() == ",".join(KEYS.names) + "\n"


def test_csv_is_utf_8_without_mark_and_with_line_feeds_only() -> None:
    file = written(CSV, one_row(KEYS, user_name="Jürgen", account_id="000000000001"))
    assert file.startswith(b"report_date,")
    assert "Jürgen".encode() in file
    assert b"\r" not in file
    assert file.endswith(b"\n")


def test_an_absent_value_is_an_empty_field() -> None:
    row = next(csv.DictReader(io.StringIO(written(CSV, one_row(KEYS)).decode())))
    assert set(row.values()) == {""}


def test_the_guard_puts_an_apostrophe_before_a_formula() -> None:
    table = one_row(KEYS, user_name="=cmd")
    assert b",'=cmd," in written(CSV, table, formula_guard=True)
    assert b",=cmd," in written(CSV, table)


def test_only_findings_hold_more_than_quicksight_takes() -> None:
    long = "x" * 5000
    findings = sample_schema().dataset("findings")
    assert long.encode() in written(CSV, one_row(findings, actions=(long,)))
    assert long.encode() not in written(CSV, one_row(KEYS, policies=(long,)))


@settings(max_examples=60)
@given(st.dictionaries(HOSTILE, HOSTILE, max_size=5), HOSTILE)
def test_hostile_tags_and_names_are_one_row_for_every_reader(tags: dict[str, str], name: str) -> None:
    text = hostile_report_csv(tags, name).decode("utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    assert text.count("\n") == len(rows) == 2
    assert [len(row) for row in rows] == [len(KEYS.names)] * 2
    assert read_opencsv(text) == rows
    assert max(len(field) for field in rows[1]) <= 2047
    assert not text.startswith("\ufeff")


@settings(max_examples=10)
@given(st.dictionaries(HOSTILE, st.text(min_size=500, max_size=3000), max_size=4))
def test_long_tags_stay_within_quicksights_limit(tags: dict[str, str]) -> None:
    rows = list(csv.reader(io.StringIO(hostile_report_csv(tags, "ci").decode("utf-8"))))
    assert max(len(field) for field in rows[1]) <= 2047


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[[Table], duckdb.DuckDBPyConnection]:
    """Writes a table and opens it as `written`."""

    def open_written(table: Table) -> duckdb.DuckDBPyConnection:
        (tmp_path / "written.parquet").write_bytes(written(PARQUET, table))
        connection = duckdb.connect()
        connection.execute(f"CREATE VIEW written AS FROM '{tmp_path}/written.parquet'")
        return connection

    return open_written


def test_parquet_has_real_types(parquet: Callable[[Table], duckdb.DuckDBPyConnection]) -> None:
    connection = parquet(
        one_row(
            KEYS,
            report_date=date(2026, 11, 22),
            collected_at=datetime(2026, 11, 22, 4, 0, 12, 500, tzinfo=UTC),
            key_age_days=3,
            is_admin=True,
            user_groups=("b", "a"),
            user_tags={"a": "x" * 3000},
        )
    )
    types = dict(connection.execute("SELECT column_name, column_type FROM (DESCRIBE written)").fetchall())
    assert (types["report_date"], types["collected_at"]) == ("DATE", "TIMESTAMP WITH TIME ZONE")
    assert (types["key_age_days"], types["is_admin"], types["user_tags"]) == ("BIGINT", "BOOLEAN", "VARCHAR")
    sql = """
        SELECT report_date, epoch(collected_at), key_age_days, is_admin,
            user_groups, length(user_tags), user_name
        FROM written
    """
    assert connection.execute(sql).fetchall() == [
        (date(2026, 11, 22), 1795320012.0, 3, True, "a;b", 3008, None)
    ]


def test_an_empty_parquet_file_has_its_columns(
    parquet: Callable[[Table], duckdb.DuckDBPyConnection],
) -> None:
    connection = parquet(Table(schema=KEYS, rows=[]))
    names = connection.execute("SELECT column_name FROM (DESCRIBE written)").fetchall()
    assert tuple(name for (name,) in names) == KEYS.names


def test_parquet_timestamps_are_milliseconds_in_utc(tmp_path: Path) -> None:
    (tmp_path / "keys.parquet").write_bytes(written(PARQUET, one_row(KEYS)))
    sql = "SELECT logical_type FROM parquet_schema(?) WHERE name = 'collected_at'"
    kind = duckdb.connect().execute(sql, [str(tmp_path / "keys.parquet")]).fetchall()[0][0]
    assert "isAdjustedToUTC=1" in kind
    assert "MILLIS" in kind


def test_more_rows_than_a_batch_are_all_written(
    parquet: Callable[[Table], duckdb.DuckDBPyConnection],
) -> None:
    many = Table(
        schema=KEYS,
        rows=[next(iter(one_row(KEYS, user_name=f"ci-{number}").rows)) for number in range(25_001)],
    )
    names = [f"ci-{number}" for number in range(25_001)]
    assert [name for (name,) in parquet(many).execute("SELECT user_name FROM written").fetchall()] == names
    assert [row["user_name"] for row in csv.DictReader(io.StringIO(written(CSV, many).decode()))] == names


@pytest.mark.parametrize("file_format", FORMATS, ids=lambda file_format: file_format.name)
def test_each_cell_has_its_own_text_however_often_it_is_there(
    file_format: FileFormat, tmp_path: Path
) -> None:
    tags = {"a": "1"}
    rows = [
        next(iter(one_row(KEYS, user_tags=tags, user_groups=groups, key_age_days=age, is_admin=admin).rows))
        for tags, groups, age, admin in [
            (tags, ("b", "a"), 1, True),
            (tags, ("a", "b"), 0, False),
            ({"a": "2"}, (), None, None),
            (dict(tags), None, 1, True),
            (None, ("b", "a"), 10_000, False),
        ]
    ]
    name = tmp_path / f"keys.{file_format.name}"
    name.write_bytes(written(file_format, Table(schema=KEYS, rows=rows)))
    read = duckdb.read_csv if file_format is CSV else duckdb.read_parquet
    columns = "user_tags, user_groups, key_age_days, is_admin"
    assert read(str(name)).project(columns).fetchall() == [
        ('{"a":"1"}', "a;b", 1, True),
        ('{"a":"1"}', "a;b", 0, False),
        ('{"a":"2"}', None, None, None),
        ('{"a":"1"}', None, 1, True),
        (None, "a;b", 10_000, False),
    ]


def test_the_files_library_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, job.publish.publish; print([name for name in sys.modules if name.startswith('arro3')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
