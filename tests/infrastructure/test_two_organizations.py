"""Two organizations in one bucket: both deployments applied, their runs, their rights, queries over both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from container_engine import Image
from embedded_cloud import REGION, Cloud
from fargate import Fargate
from policy_requests import answer
from two_organizations import (
    ACCOUNTS,
    ANALYST,
    AUDITOR,
    BEECH,
    BUCKET,
    CEDAR,
    PREFIX,
    TASK_ROLES,
    TwoOrganizations,
    athena,
    deploy,
    destroy,
    run,
)

from tests.named_queries import QUERIES, of_several_organizations

ARN = f"arn:aws:s3:::{BUCKET}"
FOLDERS = {name: f"{ARN}/{PREFIX}/{name}" for name in ACCOUNTS}
REPORT = "csv/keys/dt=2026-11-22/keys-2026-11-22.csv"
SNAPSHOT = "snapshots/dt=2026-11-22/run_id=1/organization.json"
PARQUET = "parquet/keys/dt=2026-11-22/keys-2026-11-22.parquet"
OUTSIDE = "o-someoneelse"
THROUGH_S3 = {
    "kms:ViaService": f"s3.{REGION}.amazonaws.com",
    "kms:EncryptionContext:aws:s3:arn": ARN,
}
SECURELY = {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "false"}
IN_BEECHS_ACCOUNT = {"s3:ResourceAccount": ACCOUNTS[BEECH]}


def by(arn: str, organization: str) -> dict[str, str]:
    """What a request of this principal says of it."""
    return {**SECURELY, "aws:PrincipalArn": arn, "aws:PrincipalOrgID": organization}


@pytest.fixture(scope="module")
def two(
    fargate: Fargate, image: Image, provider: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoOrganizations]:
    deployed = deploy(fargate.cloud, tmp_path_factory.mktemp("two"), image.id, provider)
    yield run(fargate.cloud, deployed)
    destroy(deployed)


@pytest.fixture
def tables(two: TwoOrganizations, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with athena(two, tmp_path) as connection:
        yield connection


@pytest.mark.parametrize("organization", [BEECH, CEDAR])
def test_a_second_plan_finds_nothing_to_do(two: TwoOrganizations, organization: str) -> None:
    assert two.second_plans[organization].code == 0, two.second_plans[organization].text[-2000:]


def test_the_other_deployment_has_neither_bucket_nor_data_key(two: TwoOrganizations) -> None:
    made = two.made(CEDAR)
    assert [address for address in made if address.startswith(("aws_s3_", "terraform_data."))] == []
    assert [address for address in made if address.startswith("aws_kms_key.")] == ["aws_kms_key.operations"]


@pytest.mark.parametrize("name", ["beech yesterday", "cedar yesterday", "beech today"])
def test_each_task_reports_with_its_own_rights(two: TwoOrganizations, name: str) -> None:
    assert two.runs[name].code == 0, two.runs[name].text[-2000:]


@pytest.mark.parametrize("name", ["beech as cedar", "cedar as beech"])
def test_no_task_reports_into_anothers_folder(two: TwoOrganizations, name: str) -> None:
    assert two.runs[name].code == 1
    assert "AccessDenied" in two.runs[name].text


def test_everything_lies_in_the_folder_of_its_organization(two: TwoOrganizations) -> None:
    reports = {key for key in two.objects if not key.startswith("policy-file/")}
    assert {key.split("/")[1] for key in reports} == {BEECH, CEDAR}
    assert {key.split("/")[0] for key in reports} == {PREFIX}
    assert f"policy-file/{CEDAR}/policy.toml" in two.objects


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.stem)
def test_the_saved_queries_are_those_that_are_tried_elsewhere(two: TwoOrganizations, query: Path) -> None:
    saved = two.made(BEECH)[f'aws_athena_named_query.report["{query.stem}"]']["query"]
    assert saved == of_several_organizations(query)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.stem)
def test_every_saved_query_runs_over_both(
    two: TwoOrganizations, tables: duckdb.DuckDBPyConnection, query: Path
) -> None:
    saved = two.made(BEECH)[f'aws_athena_named_query.report["{query.stem}"]']["query"]
    assert "organization" in [column[0] for column in tables.execute(saved).description]


def test_the_newest_report_of_each_organization_is_queried(
    two: TwoOrganizations, tables: duckdb.DuckDBPyConnection
) -> None:
    query = two.made(BEECH)['aws_athena_named_query.report["unused_for_90_days"]']["query"]
    rows = tables.execute(query).fetchall()
    assert {(row[0], row[1], row[3]) for row in rows} == {
        (BEECH, "300000000001", "root-of-all"),
        (CEDAR, "400000000001", "admin"),
    }
    assert len(rows) == 2


def test_keys_over_time_are_counted_for_each_organization(
    two: TwoOrganizations, tables: duckdb.DuckDBPyConnection, cloud: Cloud
) -> None:
    query = two.made(BEECH)['aws_athena_named_query.report["keys_over_time"]']["query"]
    today = cloud.now.date()
    yesterday = today - timedelta(days=1)
    assert [row[:3] for row in tables.execute(query).fetchall()] == [
        (BEECH, f"{yesterday}", 2),
        (BEECH, f"{today}", 2),
        (CEDAR, f"{yesterday}", 1),
    ]


@pytest.mark.parametrize("dataset", ["keys", "accounts"])
def test_the_data_set_tells_which_rows_are_of_the_newest_report(
    two: TwoOrganizations, tables: duckdb.DuckDBPyConnection, dataset: str
) -> None:
    (table,) = two.made(BEECH)[f'aws_quicksight_data_set.report["{dataset}"]']["physical_table_map"]
    imported = tables.sql(table["custom_sql"][0]["sql_query"])
    assert imported.columns == [column["name"] for column in table["custom_sql"][0]["columns"]]
    found = tables.sql(
        "SELECT DISTINCT organization, dt, is_newest FROM imported JOIN "
        "(SELECT DISTINCT run_id, dt FROM accounts) USING (run_id) ORDER BY ALL"
    ).fetchall()
    assert [(row[0], row[2]) for row in found] == [(BEECH, False), (BEECH, True), (CEDAR, True)]


@pytest.mark.parametrize(
    ("task", "action", "folder", "expected"),
    [
        (BEECH, "s3:PutObject", BEECH, "allowed"),
        (BEECH, "s3:PutObject", CEDAR, "not allowed"),
        (BEECH, "s3:GetObject", CEDAR, "not allowed"),
        (CEDAR, "s3:PutObject", CEDAR, "allowed"),
        (CEDAR, "s3:GetObject", CEDAR, "allowed"),
        (CEDAR, "s3:DeleteObject", CEDAR, "not allowed"),
        (CEDAR, "s3:PutObject", BEECH, "not allowed"),
        (CEDAR, "s3:GetObject", BEECH, "not allowed"),
    ],
)
@pytest.mark.parametrize("file", [REPORT, SNAPSHOT, PARQUET])
def test_a_task_may_use_its_own_folder_alone(  # noqa: PLR0913, PLR0917 - one row a question
    two: TwoOrganizations, task: str, action: str, folder: str, expected: str, file: str
) -> None:
    assert answer(two.task_policy(task), action, f"{FOLDERS[folder]}/{file}", IN_BEECHS_ACCOUNT) == expected


def test_a_task_gives_nothing_to_whoever_takes_the_buckets_name(two: TwoOrganizations) -> None:
    report, elsewhere = f"{FOLDERS[CEDAR]}/{REPORT}", {"s3:ResourceAccount": "999999999999"}
    assert answer(two.task_policy(CEDAR), "s3:PutObject", report, elsewhere) == "not allowed"


@pytest.mark.parametrize(
    ("principal", "organization", "action", "place", "expected"),
    [
        (TASK_ROLES[CEDAR], CEDAR, "s3:PutObject", f"{FOLDERS[CEDAR]}/{REPORT}", "allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "s3:GetObject", f"{FOLDERS[CEDAR]}/{SNAPSHOT}", "allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "s3:DeleteObject", f"{FOLDERS[CEDAR]}/{REPORT}", "not allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "s3:PutObject", f"{FOLDERS[BEECH]}/{REPORT}", "not allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "s3:GetObject", f"{FOLDERS[BEECH]}/{SNAPSHOT}", "not allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "s3:PutObject", f"{FOLDERS[CEDAR]}-two/{REPORT}", "not allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "s3:PutObject", f"{ARN}/{PREFIX}/{REPORT}", "not allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "s3:GetObject", f"{ARN}/policy-file/{CEDAR}/policy.toml", "allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "s3:PutObject", f"{ARN}/policy-file/{CEDAR}/policy.toml", "not allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "s3:GetObject", f"{ARN}/policy-file/policy.toml", "not allowed"),
        (TASK_ROLES[CEDAR], BEECH, "s3:PutObject", f"{FOLDERS[CEDAR]}/{REPORT}", "not allowed"),
        (TASK_ROLES[CEDAR], OUTSIDE, "s3:PutObject", f"{FOLDERS[CEDAR]}/{REPORT}", "denied"),
        (f"{TASK_ROLES[CEDAR]}-two", CEDAR, "s3:PutObject", f"{FOLDERS[CEDAR]}/{REPORT}", "not allowed"),
        (AUDITOR, CEDAR, "s3:GetObject", f"{FOLDERS[CEDAR]}/{PARQUET}", "allowed"),
        (AUDITOR, CEDAR, "s3:GetObject", f"{FOLDERS[CEDAR]}/{SNAPSHOT}", "not allowed"),
        (AUDITOR, CEDAR, "s3:GetObject", f"{FOLDERS[BEECH]}/{PARQUET}", "not allowed"),
        (AUDITOR, CEDAR, "s3:PutObject", f"{FOLDERS[CEDAR]}/{REPORT}", "not allowed"),
        (ANALYST, BEECH, "s3:GetObject", f"{FOLDERS[BEECH]}/{PARQUET}", "allowed"),
        (ANALYST, BEECH, "s3:GetObject", f"{FOLDERS[CEDAR]}/{PARQUET}", "allowed"),
        (ANALYST, BEECH, "s3:GetObject", f"{FOLDERS[CEDAR]}/{SNAPSHOT}", "not allowed"),
    ],
)
def test_the_bucket_lets_each_into_its_folder(  # noqa: PLR0913, PLR0917 - one row a question
    two: TwoOrganizations, principal: str, organization: str, action: str, place: str, expected: str
) -> None:
    policy = two.made(BEECH)["aws_s3_bucket_policy.report[0]"]["policy"]
    assert answer(policy, action, place, by(principal, organization), principal) == expected


@pytest.mark.parametrize(
    ("principal", "prefix", "expected"),
    [
        (TASK_ROLES[CEDAR], f"{PREFIX}/{CEDAR}/runs/", "allowed"),
        (TASK_ROLES[CEDAR], f"{PREFIX}/{BEECH}/runs/", "not allowed"),
        (TASK_ROLES[CEDAR], f"{PREFIX}/", "not allowed"),
        (TASK_ROLES[CEDAR], "", "not allowed"),
        (AUDITOR, f"{PREFIX}/{CEDAR}/latest/", "allowed"),
        (AUDITOR, f"{PREFIX}/{BEECH}/latest/", "not allowed"),
    ],
)
def test_each_lists_its_folder_alone(
    two: TwoOrganizations, principal: str, prefix: str, expected: str
) -> None:
    policy = two.made(BEECH)["aws_s3_bucket_policy.report[0]"]["policy"]
    asked = {**by(principal, CEDAR), "s3:prefix": prefix}
    assert answer(policy, "s3:ListBucket", ARN, asked, principal) == expected


@pytest.mark.parametrize(
    ("principal", "organization", "action", "context", "expected"),
    [
        (TASK_ROLES[CEDAR], CEDAR, "kms:GenerateDataKey", THROUGH_S3, "allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "kms:Decrypt", THROUGH_S3, "allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "kms:CreateGrant", THROUGH_S3, "not allowed"),
        (TASK_ROLES[CEDAR], CEDAR, "kms:Decrypt", {}, "not allowed"),
        (
            TASK_ROLES[CEDAR],
            CEDAR,
            "kms:Decrypt",
            {**THROUGH_S3, "kms:EncryptionContext:aws:s3:arn": f"{ARN}-two"},
            "not allowed",
        ),
        (TASK_ROLES[CEDAR], OUTSIDE, "kms:Decrypt", THROUGH_S3, "not allowed"),
        (f"{TASK_ROLES[CEDAR]}-two", CEDAR, "kms:Decrypt", THROUGH_S3, "not allowed"),
        (AUDITOR, CEDAR, "kms:Decrypt", THROUGH_S3, "allowed"),
        (AUDITOR, CEDAR, "kms:GenerateDataKey", THROUGH_S3, "not allowed"),
    ],
)
def test_the_key_is_for_tasks_and_readers_through_the_bucket(  # noqa: PLR0913, PLR0917 - one row a question
    two: TwoOrganizations,
    principal: str,
    organization: str,
    action: str,
    context: dict[str, str],
    expected: str,
) -> None:
    policy = two.made(BEECH)["aws_kms_key.data[0]"]["policy"]
    assert answer(policy, action, "*", {**by(principal, organization), **context}, principal) == expected


@pytest.mark.parametrize("folder", [BEECH, CEDAR])
def test_quicksight_reads_the_reports_of_both(two: TwoOrganizations, folder: str) -> None:
    policy = two.made(BEECH)["aws_iam_role_policy.quicksight[0]"]["policy"]
    assert answer(policy, "s3:GetObject", f"{FOLDERS[folder]}/{PARQUET}", {}) == "allowed"
    assert answer(policy, "s3:GetObject", f"{FOLDERS[folder]}/{SNAPSHOT}", {}) == "not allowed"
