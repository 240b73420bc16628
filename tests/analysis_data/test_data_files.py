"""The tables of the analysis are complete, consistent, and speak of actions and resources that AWS has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from docs.policy_tables import TARGETS

DATA = Path("job/analyze/data")
CAPABILITIES: list[dict[str, Any]] = json.loads((DATA / "capabilities.json").read_text())
METHODS: list[dict[str, Any]] = json.loads((DATA / "methods.json").read_text())
KINDS: dict[str, list[list[str]]] = json.loads((DATA / "actions.json").read_text())
ACTION_TABLE: dict[str, Any] = json.loads((DATA / "action_table.json").read_text())
SERVICES: dict[str, Any] = ACTION_TABLE["services"]
RCP_SERVICES: dict[str, Any] = json.loads((DATA / "rcp_services.json").read_text())
PRINCIPALS: dict[str, Any] = json.loads((DATA / "services.json").read_text())
ALTERNATIVES: list[dict[str, Any]] = [
    way for entry in (*CAPABILITIES, *METHODS) for way in entry["alternatives"]
]

NOT_IN_THE_TABLE = {
    "codestar:AssociateTeamMember",  # the service has ended
    "codestar:CreateProject",
    "codestar:CreateProjectFromTemplate",
    "sso:GetRoleCredentials",  # of the access portal, which takes no IAM policy
}
ARN_OF_A_HAND = {
    # REST APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
    "apigateway:PATCH",
    "apigateway:POST",
    "apigateway:PUT",
    # of version 2, by the ARN of a thing or a group of things; the reference knows groups of version 1
    "greengrass:CreateDeployment",
    # a request may leave the revision out
    "ecs:RunTask",
    "ecs:StartTask",
    # shared documents and roles live in other accounts
    "ssm:CreateAssociation",
    "ssm:SendCommand",
    "ssm:StartAutomationExecution",
    "sts:AssumeRole",
    "sts:AssumeRoot",
    # the reference leaves the account open
    "datasync:CreateTask",
    "datasync:StartTaskExecution",
    "datasync:UpdateLocationAzureBlob",
    "datasync:UpdateLocationEfs",
    "datasync:UpdateLocationHdfs",
    "datasync:UpdateLocationNfs",
    "datasync:UpdateLocationObjectStorage",
    "datasync:UpdateLocationS3",
    "datasync:UpdateLocationSmb",
    # AWS ends the ARN with six characters:
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutResourcePolicy",
    # the request names no other: PassRole is asked for roles of the caller's account
    "iam:PassRole",
}
SUPPORT = {
    "iam:CreateGroup",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:PassRole",
    "iam:UpdateGroup",
    "iam:UpdateUser",
    "sts:AssumeRole",
}


def actions_of(way: dict[str, Any]) -> Iterator[str]:
    for need in way["needs"]:
        yield from need["actions"] if isinstance(need, dict) else need


def table_patterns() -> dict[str, set[str]]:
    return {
        f"{prefix}:{name}": {service["arns"].get(kind.rstrip("!"), "") for kind in kinds.split()}
        for prefix, service in SERVICES.items()
        for _, kinds, _, _, names in service["actions"]
        for name in names.split()
    }


PATTERNS = table_patterns()
NEEDED = {action for way in ALTERNATIVES for action in actions_of(way)}


def test_the_columns_of_the_report_come_in_this_order() -> None:
    assert [capability["id"] for capability in CAPABILITIES] == [
        "s3_read",
        "rds_read",
        "dynamodb_read",
        "secrets_read",
        "kms_decrypt",
        "ebs_snapshots_read",
        "redshift_read",
        "s3_special_read",
    ]


def test_every_alternative_of_a_capability_has_an_id_of_its_own() -> None:
    ids = [way["id"] for capability in CAPABILITIES for way in capability["alternatives"]]
    assert len(ids) == len(set(ids))


def test_every_method_of_the_catalogue_is_there_once() -> None:
    ids = [method["id"] for method in METHODS if method["id"].startswith("E")]
    assert ids == [f"E{number:02}" for number in range(1, 117)]


def test_what_the_catalogue_does_not_number_has_ids_of_its_own() -> None:
    ids = [method["id"] for method in METHODS if not method["id"].startswith("E")]
    assert ids == [f"X{number:02}" for number in range(1, len(ids) + 1)]


@pytest.mark.parametrize("way", [w for c in CAPABILITIES for w in c["alternatives"]], ids=lambda w: w["id"])
def test_a_way_to_data_has_every_field(way: dict[str, Any]) -> None:
    assert way["class"] in {"direct", "copied", "granted", "credentials"}
    assert way["needs"]
    assert all(actions_of(way))
    optional = {"across_accounts", "at_most", "decides", "pass_role", "same_caller", "served_by"}
    assert set(way) - optional == {
        "id",
        "class",
        "needs",
        "conditional_on",
        "note",
    }
    assert way.get("at_most", "some") == "some"
    assert way["conditional_on"] is None or way["conditional_on"]


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m["id"])
def test_a_method_has_every_field(method: dict[str, Any]) -> None:
    assert set(method) == {"id", "title", "section", "listed_by", "unknown", "alternatives"}
    assert all((method["title"], method["listed_by"], method["unknown"], method["alternatives"]))
    assert {way["rule"] for way in method["alternatives"]} <= set(TARGETS)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m["id"])
def test_only_methods_that_need_a_role_of_a_service_name_services(method: dict[str, Any]) -> None:
    ways = method["alternatives"]
    assert [way["rule"] in {"pass_role", "use_role"} for way in ways] == ["services" in way for way in ways]


def test_a_role_in_use_is_never_seen() -> None:
    assert all(way["unseen"] for m in METHODS for way in m["alternatives"] if way["rule"] == "use_role")


def test_pass_role_is_implied_where_the_rule_says_so() -> None:
    passing = [w for m in METHODS for w in m["alternatives"] if w["rule"] == "pass_role"]
    assert not [w for w in passing if "iam:PassRole" in set(actions_of(w))]


def test_services_are_written_as_trust_policies_write_them() -> None:
    services = {s for way in ALTERNATIVES for s in (*way.get("services", ()), *way.get("pass_role", ()))}
    services -= {"oidc.eks.amazonaws.com/id"}  # the identity providers of EKS clusters, under one name
    assert not [s for s in services if not re.fullmatch(r"[a-z0-9.-]+\.amazonaws\.com", s)]


def test_every_action_that_is_needed_has_kinds_of_resource_and_no_other_has() -> None:
    assert set(KINDS) == NEEDED | SUPPORT


def test_every_action_is_one_that_aws_has() -> None:
    assert set(KINDS) - set(PATTERNS) == NOT_IN_THE_TABLE


def test_a_kind_is_an_arn_or_the_star_of_actions_without_resource() -> None:
    templates = {t for kinds in KINDS.values() for kind in kinds for t in kind}
    assert not [t for t in templates if t != "*" and not t.lstrip("!").startswith("arn:${partition}:")]


def test_only_actions_that_take_no_resource_have_the_star() -> None:
    stars = {action for action, kinds in KINDS.items() if kinds == [["*"]]} - NOT_IN_THE_TABLE
    assert stars == {a for a in KINDS if a in PATTERNS and not PATTERNS[a]}


def test_kinds_are_those_of_the_reference() -> None:
    included = {
        (action, template)
        for action, kinds in KINDS.items()
        for kind in kinds
        for template in kind
        if action not in NOT_IN_THE_TABLE | ARN_OF_A_HAND and not template.startswith(("!", "*"))
    }
    assert not {(action, template) for action, template in included if template not in PATTERNS[action]}


def test_every_resource_type_of_an_action_has_its_pattern() -> None:
    assert not [
        (prefix, kind)
        for prefix, service in SERVICES.items()
        for _, kinds, _, _, _ in service["actions"]
        for kind in kinds.split()
        if kind.rstrip("!") not in service["arns"]
    ]


def test_the_data_stays_small_enough_to_ship() -> None:
    assert (DATA / "action_table.json").stat().st_size < 1_200_000


@pytest.mark.parametrize("document", [ACTION_TABLE, RCP_SERVICES, PRINCIPALS])
def test_what_is_copied_from_elsewhere_tells_from_where_and_when(document: dict[str, Any]) -> None:
    assert document["sources"]
    for source in document["sources"].values():
        assert set(source) == {"package", "version", "date"}
        assert date.fromisoformat(source["date"]) >= date(2026, 9, 29)


def test_rcps_bind_the_services_that_aws_lists() -> None:
    assert {"s3", "sts", "kms", "dynamodb", "dax", "logs", "codebuild", "signin"} <= set(
        RCP_SERVICES["services"]
    )
    assert len(RCP_SERVICES["services"]) == 62


def test_service_principals_stand_for_prefixes_that_aws_lists() -> None:
    table: dict[str, list[str]] = PRINCIPALS["action_prefixes"]
    assert {prefix for prefixes in table.values() for prefix in prefixes} <= set(SERVICES)


def test_a_service_principal_is_in_the_table_where_its_name_alone_would_not_do() -> None:
    table: dict[str, list[str]] = PRINCIPALS["action_prefixes"]
    assert not [name for name, prefixes in table.items() if prefixes == [name.split(".")[0]]]


def test_a_service_that_has_ended_has_no_listed_action() -> None:
    assert not set(PRINCIPALS["ended"]) & set(SERVICES)


def test_a_service_that_runs_nothing_of_the_callers_names_the_page_that_says_so() -> None:
    rows: list[dict[str, str]] = PRINCIPALS["run_nothing_of_callers"]
    assert len(rows) <= 12
    assert all(row["does"] and row["page"].startswith("https://docs.aws.amazon.com/") for row in rows)


def test_a_service_that_runs_nothing_of_the_callers_is_in_no_method() -> None:
    apart = {f"{row['principal']}.amazonaws.com" for row in PRINCIPALS["run_nothing_of_callers"]}
    assert not apart & {service for way in ALTERNATIVES for service in way.get("services", ())}
