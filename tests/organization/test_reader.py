from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from structlog.contextvars import bound_contextvars, get_contextvars
from structlog.testing import capture_logs
from structlog.types import EventDict

from job.aws.clients import Clients
from job.aws.policy_documents import JsonObject
from job.errors import OrganizationError
from job.organization.part import in_background
from job.organization.reader import start_reading
from job.permissions import ORGANIZATION
from tests.scripted_aws import ScriptedAws, json_answer, json_error

NOW = datetime(2026, 11, 22, 4, 0, 0, tzinfo=UTC)
DENIED = json_error(400, "AccessDeniedException")
SHOP_PATH = [{"Id": "r-1", "Name": "Root"}, {"Id": "ou-1-a", "Name": "Prod"}, {"Id": "ou-1-b", "Name": "A/B"}]


def _read(clients: Clients) -> JsonObject:
    return start_reading(clients, stop=threading.Event(), now=lambda: NOW).document()


def _plain_account(account_id: str) -> JsonObject:
    return {"Id": account_id, "Name": "x", "Status": "ACTIVE"}


def _records(document: JsonObject, name: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = orjson.loads(orjson.dumps(document[name]))
    return records


def _failed_steps(document: JsonObject) -> list[tuple[str, str]]:
    return [(failure["Step"], failure["Code"]) for failure in _records(document, "Failures")]


def test_accounts_have_state_path_tags_and_the_original_tools_ou_text(clients: Clients) -> None:
    assert _read(clients) == {
        "OrganizationId": "o-abc",
        "ManagementAccountId": "000000000001",
        "CollectedAt": "2026-11-22T04:00:00Z",
        "Accounts": [
            {
                "Id": "000000000001",
                "Name": "payer",
                "Email": "payer@example.com",
                "JoinedTimestamp": "2020-09-13T12:26:40Z",
                "State": "ACTIVE",
                "OUPath": [{"Id": "r-1", "Name": "Root"}],
                "OU": "OU=root",
                "Tags": {},
            },
            {
                "Id": "000000000002",
                "Name": "shop",
                "Email": "shop@example.com",
                "JoinedTimestamp": "2020-09-13T12:26:40Z",
                "State": "ACTIVE",
                "OUPath": SHOP_PATH,
                "OU": "OU=root,OU=Prod,OU=A/B",
                "Tags": {"a": "1", "b": "2"},
            },
            {
                "Id": "000000000003",
                "Name": "left",
                "Email": "left@example.com",
                "State": "SUSPENDED",
                "JoinedTimestamp": "2020-09-13T12:26:40Z",
                "OUPath": SHOP_PATH[:2],
                "OU": "OU=root,OU=Prod",
                "Tags": {},
            },
        ],
        "ServiceControlPolicies": {"Policies": {}, "Targets": {}},
        "ResourceControlPolicies": {"Policies": {}, "Targets": {}},
        "DelegatedAdministrators": {},
        "Failures": [],
    }


def test_only_parents_with_units_below_them_are_asked_when_accounts_have_paths(
    aws: ScriptedAws, clients: Clients
) -> None:
    _read(clients)
    parents = [
        asked.parameters["ParentId"]
        for asked in aws.asked
        if asked.operation == "ListOrganizationalUnitsForParent"
    ]
    assert sorted(parents) == ["ou-1-a", "r-1"]
    assert "ListAccountsForParent" not in aws.operations()
    assert "ListTagsForResource" not in aws.operations()


def test_without_paths_the_tree_is_walked(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("ListAccounts", json_answer({"Accounts": [_plain_account("000000000002")]}))
    aws.script(
        "ListAccountsForParent",
        json_answer({"Accounts": []}),
        json_answer({"Accounts": []}),
        json_answer({"Accounts": [_plain_account("000000000002")]}),
    )
    (account,) = _records(_read(clients), "Accounts")
    assert account["OUPath"] == SHOP_PATH
    assert account["OU"] == "OU=root,OU=Prod,OU=A/B"


def test_accounts_are_handed_out_while_the_rest_still_loads(aws: ScriptedAws, clients: Clients) -> None:
    stop = threading.Event()
    reading = start_reading(clients, stop=stop, now=lambda: NOW)
    assert [account["Id"] for account in reading.accounts()] == [
        "000000000001",
        "000000000002",
        "000000000003",
    ]
    assert reading.document()["OrganizationId"] == "o-abc"
    assert aws.operations().count("ListAccounts") == 3


def test_an_empty_answer_of_the_tagging_api_is_no_answer(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("GetResources", json_answer({"ResourceTagMappingList": []}))
    aws.script("ListTagsForResource", json_answer({"Tags": [{"Key": "k", "Value": "v"}]}))
    document = _read(clients)
    assert [account["Tags"] for account in _records(document, "Accounts")] == [{"k": "v"}] * 3


def test_tags_of_one_account_that_fail_leave_the_others(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("GetResources", DENIED)
    aws.script(
        "ListTagsForResource",
        json_error(400, "TargetNotFoundException"),
        json_answer({"Tags": [{"Key": "k", "Value": "v"}]}),
    )
    document = _read(clients)
    assert ["Tags" in account for account in _records(document, "Accounts")] == [False, True, True]
    assert _failed_steps(document) == [("ListTagsForResource", "TargetNotFoundException")]


def test_tags_that_are_denied_are_asked_for_once(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("GetResources", DENIED)
    aws.script("ListTagsForResource", DENIED)
    assert _failed_steps(_read(clients)) == [("ListTagsForResource", "AccessDeniedException")]
    assert aws.operations().count("ListTagsForResource") == 1


def test_parts_that_are_denied_are_left_out_and_told(aws: ScriptedAws, clients: Clients) -> None:
    for operation in (
        "ListRoots",
        "ListOrganizationalUnitsForParent",
        "GetResources",
        "ListTagsForResource",
        "ListPolicies",
        "ListDelegatedAdministrators",
    ):
        aws.script(operation, DENIED)
    document = _read(clients)
    assert document["OrganizationId"] == "o-abc"
    assert document["ManagementAccountId"] == "000000000001"
    assert _records(document, "Accounts")[1]["OUPath"] == [
        {"Id": "r-1", "Name": None},
        {"Id": "ou-1-a", "Name": None},
        {"Id": "ou-1-b", "Name": None},
    ]
    assert "OU" not in _records(document, "Accounts")[1]
    assert document.keys() & {"ServiceControlPolicies", "DelegatedAdministrators"} == set()
    assert sorted(step for step, _ in _failed_steps(document)) == [
        "ListDelegatedAdministrators",
        "ListOrganizationalUnitsForParent",
        "ListPolicies",
        "ListPolicies",
        "ListRoots",
        "ListTagsForResource",
    ]


@pytest.fixture
def logged(aws: ScriptedAws, clients: Clients) -> list[EventDict]:
    """Lines of a reading that may list the accounts, one policy and one administrator, and nothing else."""
    aws.script("ListAccounts", json_answer({"Accounts": [_plain_account("000000000002")]}))
    aws.script("ListPolicies", json_answer({"Policies": [{"Id": "p-1", "Name": "n", "Arn": "a"}]}))
    administrators = [{"Id": "000000000002"}]
    aws.script("ListDelegatedAdministrators", json_answer({"DelegatedAdministrators": administrators}))
    for operation in ("GetResources", "ListTagsForResource", "ListRoots", "ListTargetsForPolicy"):
        aws.script(operation, DENIED)
    aws.script("ListDelegatedServicesForAccount", DENIED)
    with capture_logs() as lines:
        _read(clients)
    return [line for line in lines if line["event"] == "organization.call_failed"]


@pytest.mark.parametrize(
    ("operation", "effect"),
    [
        ("GetResources", "tags are then read account by account"),
        ("ListTagsForResource", "tag columns stay empty"),
        ("ListRoots", "OU columns stay empty"),
        ("ListTargetsForPolicy", "verdicts become `unknown` where such a policy could decide"),
        (
            "ListDelegatedServicesForAccount",
            "ways through a delegated administrator are not seen, and the note says so",
        ),
    ],
)
def test_a_refused_call_is_a_warning_that_says_what_the_report_does_without_it(
    logged: list[EventDict], operation: str, effect: str
) -> None:
    line = next(line for line in logged if line["operation"] == operation)
    assert line["log_level"] == "warning"
    assert line["code"] == "AccessDeniedException"
    assert line["effect"] == effect


def test_lines_of_a_reading_carry_what_the_callers_lines_carry() -> None:
    with bound_contextvars(run_id="r1"):
        bound = in_background(get_contextvars)
    assert bound.result() == {"run_id": "r1"}


def test_every_call_that_may_be_refused_says_what_is_lost_without_it() -> None:
    assert [each.action for each in ORGANIZATION if not each.optional] == ["organizations:ListAccounts"]


@pytest.mark.parametrize("operation", ["ListRoots", "ListAccountsForParent"])
def test_without_paths_and_tree_accounts_have_no_path(
    aws: ScriptedAws, clients: Clients, operation: str
) -> None:
    aws.script("ListAccounts", json_answer({"Accounts": [_plain_account("000000000002")]}))
    aws.script(operation, DENIED)
    document = _read(clients)
    assert "OUPath" not in _records(document, "Accounts")[0]
    assert len(_failed_steps(document)) == 1


def test_an_account_without_arn_leaves_the_organization_unknown(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("ListAccounts", json_answer({"Accounts": [_plain_account("000000000002")]}))
    aws.script("ListAccountsForParent", json_answer({"Accounts": []}))
    assert "OrganizationId" not in _read(clients)


def test_a_listing_that_fails_in_the_middle_is_an_organization_error(
    aws: ScriptedAws, clients: Clients
) -> None:
    aws.script(
        "ListAccounts",
        json_answer({"Accounts": [_plain_account("000000000002")], "NextToken": "2"}),
        DENIED,
    )
    reading = start_reading(clients, stop=threading.Event(), now=lambda: NOW)
    accounts = reading.accounts()
    assert next(accounts)["Id"] == "000000000002"
    with pytest.raises(OrganizationError, match=r"AccessDeniedException.*REPORT_ORGANIZATION_ROLE_ARN"):
        next(accounts)
    with pytest.raises(OrganizationError):
        reading.document()


def test_an_account_whose_paths_are_missing_among_others_has_none(aws: ScriptedAws, clients: Clients) -> None:
    first = {**_plain_account("000000000001"), "Paths": ["o-abc/r-1/000000000001/"]}
    aws.script("ListAccounts", json_answer({"Accounts": [first, _plain_account("000000000002")]}))
    assert ["OUPath" in account for account in _records(_read(clients), "Accounts")] == [True, False]


def test_an_empty_listing_is_an_organization_error(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("ListAccounts", json_answer({"Accounts": []}))
    with pytest.raises(OrganizationError, match="lists no account to these credentials"):
        _read(clients)


def test_when_stopped_the_reading_ends_with_what_it_has(aws: ScriptedAws, clients: Clients) -> None:
    stop = threading.Event()
    stop.set()
    aws.script("GetResources", DENIED)
    aws.script("ListPolicies", json_answer({"Policies": [{"Id": "p-1", "Name": "n", "Arn": "a"}]}))
    document = start_reading(clients, stop=stop, now=lambda: NOW).document()
    assert len(_records(document, "Accounts")) == 1
    assert "ServiceControlPolicies" not in document
    assert "ListTagsForResource" not in aws.operations()


def test_what_is_wrong_with_the_credentials_is_told_once_and_not_for_each_part(
    aws: ScriptedAws, clients: Clients
) -> None:
    for operation in ("ListAccounts", "GetResources", "ListRoots", "ListPolicies"):
        aws.script(operation, json_error(400, "ExpiredTokenException"))
    aws.script("ListDelegatedAdministrators", json_error(400, "ExpiredTokenException"))
    reading = start_reading(clients, stop=threading.Event(), now=lambda: datetime.now(UTC))
    with capture_logs() as lines:
        with pytest.raises(OrganizationError, match=r"ExpiredTokenException.*; get new credentials"):
            list(reading.accounts())
        failures = [
            reading.paths.result().failures,
            *(part.result().failures for part in reading.rest.values()),
        ]
    assert lines == []
    assert {failure.code for each in failures for failure in each} == {"ExpiredTokenException"}
