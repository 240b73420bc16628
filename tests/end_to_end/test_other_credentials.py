"""From credentials as they were made to the dataset `credentials`: none lost, none invented, each judged."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import orjson
import pytest

from job.demo.spec import AccountSpec, OrganizationSpec, Statements, UserSpec
from tests.embedded import embedded
from tests.end_to_end.published import QUICK, parse_csv

HOME, OTHER, REFUSED = "100000000001", "100000000002", "100000000003"
DENIED = ("ListServiceSpecificCredentials", "ListSigningCertificates")


def allow(*actions: str, resource: str = "*", **more: object) -> Mapping[str, Statements]:
    return {"own": [{"Effect": "Allow", "Action": [*actions], "Resource": resource, **more}]}


MODELS = allow("bedrock:InvokeModel", "bedrock:CallWithBearerToken")
USERS: Sequence[UserSpec] = (
    {
        "name": "models",
        "created": 400,
        "keys": [],
        "inline": MODELS,
        "service_credentials": [
            {"service": "bedrock", "age": 100, "alias": "chat"},
            {"service": "bedrock", "age": 10, "ends_in": 20},
        ],
    },
    {
        "name": "no-token",
        "created": 400,
        "keys": [],
        "inline": allow("bedrock:InvokeModel"),
        "service_credentials": [{"service": "bedrock", "age": 1, "ends_in": 20}],
    },
    {
        "name": "git",
        "created": 400,
        "keys": [],
        "inline": allow("codecommit:GitPull"),
        "service_credentials": [{"service": "codecommit", "age": 400, "active": False}],
    },
    {
        "name": "new-service",
        "created": 400,
        "keys": [],
        "service_credentials": [{"service": "unheard-of", "age": 1, "ends_in": 20}],
    },
    {"name": "signer", "created": 400, "keys": [], "certificates": [200]},
    {
        "name": "boss",
        "created": 400,
        "keys": [{"age": 3}],
        "inline": allow("*"),
        "password": True,
        "service_credentials": [{"service": "cassandra", "age": 1, "ends_in": 20}],
    },
    {
        "name": "reader",
        "created": 3,
        "keys": [],
        "inline": allow("s3:GetObject"),
        "password": True,
        "mfa": True,
    },
)
JUDGED = (
    "user_name",
    "credential_kind",
    "credential_service",
    "permits",
    "risk_level",
    "risk_reasons",
    "recommended_action",
)
BEDROCK = ("service_specific", "bedrock")
TRUTH = {
    ("models", *BEDROCK, "bedrock_invoke:all", "medium", "never_expires;old", "rotate"),
    ("models", *BEDROCK, "bedrock_invoke:all", "low", "", "review"),
    ("no-token", *BEDROCK, "bedrock_invoke:none", "low", "", "review"),
    (
        "git",
        "service_specific",
        "codecommit",
        "codecommit_pull:all;codecommit_push:none",
        "low",
        "inactive",
        "delete",
    ),
    ("new-service", "service_specific", "unheard-of", "", "low", "", "review"),
    ("signer", "signing_certificate", "", "", "medium", "certificate;old", "delete"),
    (
        "boss",
        "service_specific",
        "cassandra",
        "keyspaces_modify:all;keyspaces_select:all",
        "high",
        "owner_admin",
        "replace_with_role",
    ),
}


def member(account_id: str, users: Sequence[UserSpec]) -> AccountSpec:
    return {
        "id": account_id,
        "name": f"account {account_id[-1]}",
        "email": f"{account_id}@example.com",
        "ou": "Root",
        "joined": 500,
        "users": users,
    }


def refused() -> AccountSpec:
    faults = [{"operation": each, "status": 403, "code": "AccessDenied", "message": "no"} for each in DENIED]
    return {**member(REFUSED, USERS), "faults": faults}  # type: ignore[typeddict-item]  # plain dictionaries


def organization() -> OrganizationSpec:
    return {
        "organization": {"id": "o-credential", "root": "r-cred", "management": HOME, "reader": HOME},
        "units": [],
        "delegated_administrators": {},
        "service_control_policies": [],
        "resource_control_policies": [],
        "accounts": [member(HOME, ()), member(OTHER, USERS), refused()],
    }


@dataclass(frozen=True, kw_only=True)
class Reported:
    folder: Path
    code: int

    def rows(self, dataset: str = "credentials") -> list[dict[str, str]]:
        (path,) = (self.folder / "csv" / dataset).rglob("*.csv")
        return parse_csv(path.read_bytes())


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reported]:
    folder = tmp_path_factory.mktemp("credentials")
    with embedded(organization(), folder) as aws:
        finished = aws.job("run", **QUICK, REPORT_OUTPUT_DIR=str(folder / "out"))
        yield Reported(folder=folder / "out", code=finished.returncode)


def test_every_credential_is_reported_with_what_it_permits_and_how_bad_it_is(reported: Reported) -> None:
    found = [
        tuple(row[name] for name in JUDGED)
        for row in reported.rows()
        if row["account_id"] == OTHER and row["credential_kind"] != "console_password"
    ]
    assert set(found) == TRUTH
    assert len(found) == len(TRUTH)


def test_passwords_are_judged_by_their_owner_and_mfa(reported: Reported) -> None:
    rows = [row for row in reported.rows() if row["credential_kind"] == "console_password"]
    found = {
        (row["account_id"], row["user_name"], row["admin_access"], row["risk_level"], row["risk_reasons"])
        for row in rows
    }
    boss = ("admin_password_unused;admin_password_without_mfa;password_unused;password_without_mfa",)
    assert found == {
        (account_id, *rest)
        for account_id in (OTHER, REFUSED)
        for rest in (("boss", "direct", "critical", *boss), ("reader", "none", "low", ""))
    }
    reader = next(row for row in rows if row["user_name"] == "reader")
    assert "s3_read:all" in reader["permits"].split(";")
    assert "rds_read:none" in reader["permits"].split(";")
    assert reader["credential_id"] == ""


def test_dates_aliases_and_ends_are_as_they_were_made(reported: Reported) -> None:
    first, second = (
        row for row in reported.rows() if row["account_id"] == OTHER and row["user_name"] == "models"
    )
    assert (first["credential_alias"], first["credential_expires_at"]) == ("chat", "")
    assert first["credential_created_at"] == "2026-08-14T04:00:12Z"
    assert (second["credential_alias"], second["credential_expires_at"]) == ("", "2026-12-12T04:00:12Z")
    assert {first["credential_status"], second["credential_status"]} == {"Active"}
    assert first["credential_last_used_at"] == ""


def test_what_is_refused_is_told_and_the_rest_is_there(reported: Reported) -> None:
    assert reported.code == 3
    accounts = {row["account_id"]: row for row in reported.rows("accounts")}
    assert accounts[OTHER]["coverage"] == "complete"
    assert accounts[REFUSED]["coverage"] == "partial"
    assert accounts[REFUSED]["failed_step"] == "ListServiceSpecificCredentials"
    kinds = {row["credential_kind"] for row in reported.rows() if row["account_id"] == REFUSED}
    assert kinds == {"console_password"}


def test_a_refused_list_of_other_credentials_leaves_the_keys_verdicts_complete(reported: Reported) -> None:
    keys = {row["account_id"]: row for row in reported.rows("keys")}
    assert {row["analysis_status"] for row in keys.values()} == {"complete"}
    assert [keys[each]["admin_access"] for each in (OTHER, REFUSED)] == ["direct", "direct"]


def test_parquet_holds_the_same_with_real_times(reported: Reported) -> None:
    (path,) = (reported.folder / "parquet" / "credentials").rglob("*.parquet")
    table = duckdb.read_parquet(str(path))
    ids = [row[0] for row in table.project("credential_id").fetchall()]
    assert ids == [row["credential_id"] or None for row in reported.rows()]
    types = dict(zip(table.columns, map(str, table.types), strict=True))
    assert types["credential_created_at"].startswith("TIMESTAMP")
    assert types["credential_age_days"] == "BIGINT"


def test_the_snapshot_keeps_what_aws_answered(reported: Reported) -> None:
    (path,) = (reported.folder / "snapshots").rglob(f"{OTHER}.json.gz")
    section = orjson.loads(gzip.decompress(path.read_bytes()))["OtherCredentials"]
    assert section["Kinds"] == ["service_specific", "signing_certificates", "console_passwords"]
    assert {each["ServiceName"] for each in section["ServiceSpecificCredentials"]} == {
        "bedrock.amazonaws.com",
        "codecommit.amazonaws.com",
        "unheard-of.amazonaws.com",
        "cassandra.amazonaws.com",
    }
