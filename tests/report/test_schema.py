from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from job.analyze.answers.capabilities import load_capabilities
from job.errors import SettingsError
from job.report.catalog import (
    glue_columns,
    quicksight_columns,
    quicksight_csv_columns,
    quicksight_manifest,
    schema_json,
)
from job.report.formats.registry import format_named
from job.report.rows.account_rows import tag_column_name
from job.report.rows.datasets import ReportSchema, report_schema
from job.report.schema.columns import title_of
from job.settings.settings import Settings
from tests.report.report_samples import OWN, SampleCapability, sample_schema

KEYS_COLUMNS = """
report_date run_id schema_version collected_at credential_report_at organization_id account_id
account_name account_email account_state is_management_account ou_id ou_path ou_level_1 ou_level_2
ou_level_3 ou_level_4 ou_level_5 account_tags principal_type user_name user_arn user_path
user_created_at user_tags user_groups console_password password_last_used_at mfa_active
access_key_id key_status key_created_at key_age_days key_last_used_at days_since_last_used
key_last_used_service key_last_used_region never_used policies permissions_boundary_arn admin_access
is_admin can_become_admin admin_via s3_read rds_read dynamodb_read secrets s3_read_via rds_read_via
dynamodb_read_via secrets_via s3_read_reason rds_read_reason dynamodb_read_reason secrets_reason
can_read_s3 can_read_rds can_read_dynamodb reachable_roles reachable_accounts limited_by
analysis_status analysis_note risk_level risk_reasons recommended_action first_seen_date change
tag_environment tag_data_classification known_leaked
s3_stores s3_stores_total rds_stores rds_stores_total dynamodb_stores dynamodb_stores_total
secrets_stores secrets_stores_total kms_stores kms_stores_total
owner exception_id exception_expires risk_status accepted_reasons open_risk_level
probable_user probable_user_sign action_how sensitive_stores
"""


def default_schema() -> ReportSchema:
    capabilities = load_capabilities()
    tags = Settings.model_fields["tag_columns"].default
    return report_schema(built_in=capabilities, capabilities=capabilities, tag_keys=tags)


def test_the_columns_of_keys_are_these_in_this_order() -> None:
    assert sample_schema().dataset("keys").names == tuple(KEYS_COLUMNS.split())


def test_the_datasets_are_these() -> None:
    names = [dataset.name for dataset in sample_schema().datasets]
    assert names == ["keys", "accounts", "findings", "changes", "stores", "access", "credentials"]


def test_a_users_own_capability_stands_behind_the_tags() -> None:
    names = sample_schema((OWN,)).dataset("keys").names
    assert names == (
        *sample_schema().dataset("keys").names,
        "orders_read",
        "orders_read_via",
        "orders_read_reason",
    )


def test_columns_that_came_later_stand_behind_the_tags_so_that_no_earlier_one_moves() -> None:
    names = sample_schema((OWN,), tags=("Environment", "Team")).dataset("keys").names
    first = names.index("tag_environment")
    assert names[first : first + 4] == ("tag_environment", "tag_team", "known_leaked", "s3_stores")
    assert names[-4:] == ("sensitive_stores", "orders_read", "orders_read_via", "orders_read_reason")


def test_a_capability_that_replaces_a_built_in_one_stays_in_its_place() -> None:
    mine = SampleCapability(id="s3_read", title="Mine")
    built_in = (SampleCapability(id="s3_read", title="Theirs"),)
    schema = report_schema(built_in=built_in, capabilities=(mine,), tag_keys=())
    assert schema.capabilities[0].title == "Mine"
    assert [column.title for column in schema.dataset("keys").columns if column.name == "s3_read"] == ["Mine"]


def test_every_column_says_what_it_means_in_one_line() -> None:
    columns = [column for dataset in default_schema().datasets for column in dataset.columns]
    assert not [column.name for column in columns if not column.meaning or "\n" in column.meaning]
    assert not [column.name for column in columns if not column.title]
    assert not [column.name for column in columns if not re.fullmatch(r"[a-z][a-z0-9_]{0,126}", column.name)]


def test_no_dataset_has_a_column_twice_or_one_named_like_the_partition() -> None:
    datasets = default_schema().datasets
    assert [len(set(dataset.names)) for dataset in datasets] == [len(dataset.names) for dataset in datasets]
    assert not [dataset.name for dataset in datasets if "dt" in dataset.names]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("Environment", "tag_environment"),
        ("DataClassification", "tag_data_classification"),
        ("cost-center", "tag_cost_center"),
        ("aws:PrincipalURLTag", "tag_aws_principal_url_tag"),
        ("Team 2", "tag_team_2"),
    ],
)
def test_a_tags_column_is_snake_case(key: str, name: str) -> None:
    assert tag_column_name(key) == name


def test_two_tags_of_one_column_name_are_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"REPORT_TAG_COLUMNS: 'cost-center' would make a second column"):
        sample_schema(tags=("CostCenter", "cost-center"))


def test_a_capability_named_like_a_column_is_refused_by_name() -> None:
    clash = SampleCapability(id="user_name", title="Clash")
    with pytest.raises(SettingsError, match=r"REPORT_CAPABILITIES_FILE: 'user_name'"):
        sample_schema((clash,))


def test_a_built_in_capability_replaced_by_a_name_of_a_later_column_is_refused() -> None:
    clash = SampleCapability(id="change", title="Clash")
    with pytest.raises(SettingsError, match=r"REPORT_CAPABILITIES_FILE: 'change'"):
        report_schema(built_in=(clash,), capabilities=(clash,), tag_keys=())


def test_a_title_spells_abbreviations() -> None:
    assert title_of("ou_id") == "OU ID"
    assert title_of("key_age_days") == "Key age days"


def test_glue_knows_csv_as_text_and_parquet_with_types() -> None:
    keys = sample_schema().dataset("keys")
    csv, parquet = glue_columns(keys, format_named("csv")), glue_columns(keys, format_named("parquet"))
    assert {column["type"] for column in csv} == {"string"}
    assert {column["type"] for column in parquet} == {"bigint", "boolean", "date", "string", "timestamp"}
    assert [column["name"] for column in csv] == list(keys.names)


def test_quicksight_reads_text_from_csv_and_casts_what_can_be_cast() -> None:
    columns = {column["name"]: column for column in quicksight_csv_columns(sample_schema().dataset("keys"))}
    assert {column["type"] for column in columns.values()} == {"STRING"}
    assert columns["account_id"]["cast"] is None
    assert columns["is_admin"]["cast"] is None
    assert columns["key_age_days"]["cast"] == {"type": "INTEGER", "format": None}
    assert columns["report_date"]["cast"] == {"type": "DATETIME", "format": "yyyy-MM-dd"}


def test_quicksight_reads_types_from_the_parquet_table() -> None:
    columns = {
        column["name"]: column["type"] for column in quicksight_columns(sample_schema().dataset("keys"))
    }
    assert (columns["account_id"], columns["is_admin"], columns["key_created_at"]) == (
        "STRING",
        "BIT",
        "DATETIME",
    )


def test_the_manifest_says_csv_with_a_header() -> None:
    assert quicksight_manifest(prefixes=["s3://b/p/csv/keys/"]) == {
        "fileLocations": [{"URIPrefixes": ["s3://b/p/csv/keys/"]}],
        "globalUploadSettings": {
            "format": "CSV",
            "delimiter": ",",
            "textqualifier": '"',
            "containsHeader": "true",
        },
    }
    assert quicksight_manifest(uris=["s3://b/k.csv"])["fileLocations"] == [{"URIs": ["s3://b/k.csv"]}]


def test_the_printed_schema_has_every_column_and_an_added_capability() -> None:
    document = json.loads(schema_json(sample_schema((OWN,))))
    keys = document["datasets"][0]
    assert [column["name"] for column in keys["columns"]][-3:] == [
        "orders_read",
        "orders_read_via",
        "orders_read_reason",
    ]
    assert {"name", "meaning", "columns", "glue", "quicksight", "quicksight_csv", "csv_view"} <= keys.keys()


def test_the_schema_that_terraform_reads_is_the_codes() -> None:
    committed = Path("terraform/schema.json").read_text(encoding="utf-8")
    assert committed == schema_json(default_schema()), "write it again: python -m job schema"
