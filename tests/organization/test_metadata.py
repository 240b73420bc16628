from __future__ import annotations

import json

import pytest

from job.aws.policy_documents import JsonObject
from job.errors import MetadataError
from job.organization.metadata import add_tags, load_metadata
from job.organization.metadata_csv import load_metadata_csv
from job.organization.reader import is_active

ORIGINAL = b"""{"Accounts": [{"Id": "000000000001", "OU": "OU=root,OU=Prod", "Name": "shop",
"Tags": {"Environment": "prod"}}, {"Id": "000000000002", "OU": "OU=root", "Name": "audit", "Tags": {}}]}"""


def accounts_of(document: JsonObject) -> list[JsonObject]:
    accounts = document["Accounts"]
    assert isinstance(accounts, list)
    return [account for account in accounts if isinstance(account, dict)]


def test_the_original_tools_file_is_taken_as_it_is() -> None:
    document = load_metadata(ORIGINAL)
    assert document == {
        "Accounts": [
            {
                "Id": "000000000001",
                "OU": "OU=root,OU=Prod",
                "Name": "shop",
                "Tags": {"Environment": "prod"},
            },
            {"Id": "000000000002", "OU": "OU=root", "Name": "audit", "Tags": {}},
        ]
    }


def test_ids_alone_are_enough() -> None:
    assert load_metadata(b'\xef\xbb\xbf{"Accounts": [{"Id": "000000000001"}]}') == {
        "Accounts": [{"Id": "000000000001"}]
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"7", "found something else"),
        (b'{"Accounts": {}}', "found another object"),
        (
            b'{"Accounts": [{"Id": true}]}',
            r"Accounts\[0\]\.Id: expected an account id of 12 digits, found something",
        ),
        (
            b'{"Accounts": [{"Id": "../../etc/pw"}]}',
            r"Accounts\[0\]\.Id: expected an account id of 12 digits, found",
        ),
        (b'{"Accounts": [{"Id": "1111222233334"}]}', r"found 13 digits$"),
        (
            b'{"Accounts": [{"Id": "000000000001", "State": 1}]}',
            r"Accounts\[0\]\.State: expected one of ACTIVE",
        ),
    ],
)
def test_a_wrong_file_is_told_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(MetadataError, match=message):
        load_metadata(data)


def test_what_powershell_writes_is_taken() -> None:
    assert load_metadata('{"Accounts": [{"Id": "000000000001"}]}'.encode("utf-16")) == {
        "Accounts": [{"Id": "000000000001"}]
    }


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"State": "ACTIVE"}, "ACTIVE"),
        ({"Status": "SUSPENDED"}, "SUSPENDED"),
        ({"State": "PENDING_CLOSURE", "Status": "ACTIVE"}, "PENDING_CLOSURE"),
        ({"Status": "Suspended"}, "SUSPENDED"),
        ({"State": "Pending activation"}, "PENDING_ACTIVATION"),
    ],
)
def test_an_accounts_state_is_told_in_any_of_awss_words(given: dict[str, str], state: str) -> None:
    (account,) = accounts_of(
        load_metadata(json.dumps({"Accounts": [{"Id": "000000000001", **given}]}).encode())
    )
    assert account["State"] == state
    assert is_active(account) is (state == "ACTIVE")


def test_a_csvs_tags_come_on_top_of_the_organizations() -> None:
    document = load_metadata(ORIGINAL)
    metadata = load_metadata_csv(b"aws_account_id,Environment,team\n1,test,blue\n3,x,y\n")
    assert add_tags(document, metadata)["Accounts"] == [
        {
            "Id": "000000000001",
            "OU": "OU=root,OU=Prod",
            "Name": "shop",
            "Tags": {"Environment": "test", "team": "blue"},
        },
        {"Id": "000000000002", "OU": "OU=root", "Name": "audit", "Tags": {}},
    ]


def test_an_account_without_tags_gets_those_of_the_csv() -> None:
    document = load_metadata(b'{"Accounts": [{"Id": "000000000001"}]}')
    metadata = load_metadata_csv(b"aws_account_id,team\n000000000001,blue\n")
    assert add_tags(document, metadata) == {"Accounts": [{"Id": "000000000001", "Tags": {"team": "blue"}}]}


@pytest.mark.parametrize(("state", "active"), [("ACTIVE", True), (None, True), ("SUSPENDED", False)])
def test_an_account_is_read_when_it_is_active_or_nothing_is_known(state: str | None, active: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_active({"Id": "000000000001", "State": state}) is active
