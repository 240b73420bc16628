"""What Terraform and the job both say is said by the job alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import hcl
import pytest
from terraform_runs import REPOSITORY, TERRAFORM

from job.logs import METRIC_NAMESPACE, METRIC_UNITS
from job.settings.settings import Settings
from tests.named_queries import QUERIES, of_one_organization, of_several_organizations

SCHEMA = json.loads((TERRAFORM / "schema.json").read_text())
DUCKDB_TYPES = {"int": "bigint", "list": "varchar", "map": "varchar", "string": "varchar"}


def printed(command: str) -> object:
    done = subprocess.run(
        [sys.executable, "-m", "job", command], cwd=REPOSITORY, capture_output=True, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture
def tables() -> duckdb.DuckDBPyConnection:
    """The four tables, empty, with the types of their Parquet files."""
    connection = duckdb.connect()
    connection.execute("CREATE MACRO json_extract_scalar(text, path) AS json_extract_string(text, path)")
    for dataset in SCHEMA["datasets"]:
        columns = [
            f"{each['name']} {DUCKDB_TYPES.get(each['type'], each['type'])}" for each in dataset["columns"]
        ]
        connection.execute(f"CREATE TABLE {dataset['name']} ({', '.join(columns)}, dt varchar)")
    return connection


def saved(name: str) -> str:
    return of_one_organization(TERRAFORM / "queries" / name)


def test_the_permissions_are_the_jobs_own_list() -> None:
    assert json.loads((TERRAFORM / "permissions.json").read_text()) == printed("permissions")


def test_the_tables_have_the_columns_that_the_job_writes() -> None:
    assert printed("schema") == SCHEMA


def test_the_settings_that_are_taken_are_the_jobs() -> None:
    assert printed("settings") == json.loads((TERRAFORM / "settings.json").read_text())


def test_the_stack_set_template_repeats_no_permission() -> None:
    assert "iam:Get" not in (TERRAFORM / "modules" / "stackset" / "member-role.yaml").read_text()


@pytest.mark.parametrize("module", [".", "modules/member-role", "modules/stackset"])
def test_the_member_role_is_called_as_the_job_expects(module: str) -> None:
    default = Settings.model_fields["member_role"].default
    assert f'"{default}"' in (TERRAFORM / module / "variables.tf").read_text()


def test_the_prefix_is_the_jobs_default() -> None:
    default = Settings.model_fields["prefix"].default
    (storage,) = (block for block in hcl.blocks(TERRAFORM) if block.labels == ("storage",))
    assert f'prefix = optional(string, "{default}")' in storage.body["type"].replace('\\"', '"')


def test_every_setting_that_a_variable_decides_exists() -> None:
    text = (TERRAFORM / "ecs.tf").read_text()
    names = {line.split("=")[0].strip() for line in text.splitlines() if line.strip().startswith("REPORT_")}
    assert len(names) == 10
    assert names <= {f"REPORT_{name.upper()}" for name in Settings.model_fields}


def test_the_alarms_watch_metrics_that_the_job_writes() -> None:
    text = (TERRAFORM / "observability.tf").read_text()
    assert re.search(rf'metrics += "{METRIC_NAMESPACE}"', text)
    assert [name for name in METRIC_UNITS if f'"{name}"' not in text] == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.stem)
def test_every_query_fits_the_tables(tables: duckdb.DuckDBPyConnection, query: Path) -> None:
    assert tables.execute(of_one_organization(query)).fetchall() == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.stem)
def test_every_query_fits_the_tables_of_several_organizations(
    tables: duckdb.DuckDBPyConnection, query: Path
) -> None:
    for dataset in SCHEMA["datasets"]:
        tables.execute(f"ALTER TABLE {dataset['name']} ADD COLUMN organization varchar")
    answer = tables.execute(of_several_organizations(query))
    assert "organization" in [column[0] for column in answer.description]
    assert answer.fetchall() == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.stem)
def test_every_query_is_described(query: Path) -> None:
    assert query.read_text().startswith("-- ")


def test_production_is_found_without_a_column_of_its_own(tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute("INSERT INTO accounts (dt) VALUES ('2026-11-22')")
    tables.execute("ALTER TABLE keys DROP COLUMN tag_environment")
    tables.execute(
        """INSERT INTO keys (dt, can_become_admin, key_age_days, access_key_id, account_tags) VALUES
        ('2026-11-22', true, 91, 'AKIA1', '{"Environment":"Production"}'),
        ('2026-11-22', true, 91, 'AKIA2', '{"Environment":"Test"}'),
        ('2026-11-22', true, 91, 'AKIA3', NULL)"""
    )
    query = saved("admins_over_90_days_in_production.sql")
    assert [row[3] for row in tables.execute(query).fetchall()] == ["AKIA1"]


def test_a_user_whose_mfa_is_not_known_is_no_user_with_mfa(tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute("INSERT INTO accounts (dt) VALUES ('2026-11-22')")
    tables.execute(
        """INSERT INTO keys (dt, s3_read, mfa_active, access_key_id) VALUES
        ('2026-11-22', 'all', NULL, 'AKIA1'),
        ('2026-11-22', 'all', false, 'AKIA2'),
        ('2026-11-22', 'all', true, 'AKIA3')"""
    )
    query = saved("data_readers_without_mfa.sql")
    assert [row[3] for row in tables.execute(query).fetchall()] == ["AKIA1", "AKIA2"]


def test_days_without_changes_count_as_reports(tables: duckdb.DuckDBPyConnection) -> None:
    tables.executemany("INSERT INTO accounts (dt) VALUES (?)", [[f"2026-11-{day}"] for day in range(10, 20)])
    tables.execute("INSERT INTO changes (dt) VALUES ('2026-11-12'), ('2026-11-13')")
    query = saved("changes_of_the_last_week.sql")
    answer = tables.execute(query)
    place = [column[0] for column in answer.description].index("dt")
    assert [row[place] for row in answer.fetchall()] == ["2026-11-13"]


def test_keys_that_are_all_gone_are_not_shown_as_those_of_today(tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute("INSERT INTO accounts (dt) VALUES ('2026-11-21'), ('2026-11-22')")
    tables.execute(
        "INSERT INTO keys (dt, key_age_days, never_used, risk_level) VALUES ('2026-11-21', 100, true, 'high')"
    )
    assert tables.execute(saved("unused_for_90_days.sql")).fetchall() == []
    assert tables.execute(saved("risk_by_unit.sql")).fetchall() == []


def test_readers_of_sensitive_stores_are_those_that_the_policy_file_makes(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    tables.execute("INSERT INTO accounts (dt) VALUES ('2026-11-21'), ('2026-11-22')")
    tables.execute(
        """INSERT INTO stores (dt, store_arn, store_name, sensitive) VALUES
        ('2026-11-21', 'arn:payroll', 'payroll', true),
        ('2026-11-22', 'arn:payroll', 'payroll', true),
        ('2026-11-22', 'arn:site', 'site', false),
        ('2026-11-22', 'arn:untold', 'untold', NULL)"""
    )
    tables.execute(
        """INSERT INTO access (dt, store_arn, access_key_id) VALUES
        ('2026-11-22', 'arn:payroll', 'AKIA1'),
        ('2026-11-22', 'arn:site', 'AKIA2'),
        ('2026-11-22', 'arn:untold', 'AKIA3')"""
    )
    query = saved("readers_of_restricted_data.sql")
    assert [(row[2], row[5]) for row in tables.execute(query).fetchall()] == [("payroll", "AKIA1")]
