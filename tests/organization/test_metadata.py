from __future__ import annotations

import pytest

from job.errors import MetadataError
from job.organization.metadata import add_tags, load_metadata
from job.organization.metadata_csv import load_metadata_csv
from job.organization.reader import is_active

ORIGINAL = b"""{"Accounts": [{"Id": "000000000001", "OU": "OU=root,OU=Prod", "Name": "shop",
"Tags": {"Environment": "prod"}}, {"Id": "000000000002", "OU": "OU=root", "Name": "audit", "Tags": {}}]}"""


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
        (b"{", "metadata: no JSON"),
        (b"[]", "expected an object with a list of accounts"),
        (b"{}", "expected an object with a list of accounts"),
        (b'{"Accounts": []}', "expected an object with a list of accounts"),
        (b'{"Accounts": {}}', "expected an object with a list of accounts"),
        (b'{"Accounts": [7]}', r"Accounts\[0\]\.Id: expected an account id of 12 digits"),
        (b'{"Accounts": [{"Id": 111122223333}]}', r"Accounts\[0\]\.Id: expected an account id"),
        (b'{"Accounts": [{"Id": "../../etc/pw"}]}', r"Accounts\[0\]\.Id: expected an account id"),
        (
            b'{"Accounts": [{"Id": "000000000001"}, {"Id": "000000000001"}]}',
            r"Accounts\[1\]\.Id: this account is there already",
        ),
        (b'{"Accounts": [1, 2, 3, 4, 5, 6, 7]}', "; and 2 more"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(MetadataError, match=message):
        load_metadata(data)


def test_a_csv_keeps_zeros_and_its_other_columns_are_tags() -> None:
    data = '\ufeffteam,aws_account_id,note\nblue,000000000001,"a, b"\n,12,\n\nred,000000000003\n'.encode()
    assert load_metadata_csv(data) == {
        "Accounts": [
            {"Id": "000000000001", "Tags": {"team": "blue", "note": "a, b"}},
            {"Id": "000000000012", "Tags": {}},
            {"Id": "000000000003", "Tags": {"team": "red"}},
        ]
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "own.csv: no column aws_account_id"),
        (b"account,team\n1,2\n", "own.csv: no column aws_account_id"),
        (b"aws_account_id\n1.1E+11\n", "own.csv: line 2: expected an account id of 12 digits"),
        (b"aws_account_id\n1\n000000000001\n", "own.csv: line 3: this account is there already"),
        (b"team,aws_account_id\nblue\n", "own.csv: line 2: expected an account id of 12 digits"),
        (b"aws_account_id\n\xff\n", "own.csv: no CSV in UTF-8"),
        (b'aws_account_id\n"1', "own.csv: no CSV in UTF-8"),
    ],
)
def test_a_wrong_csv_is_told_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(MetadataError, match=message):
        load_metadata_csv(data, "own.csv")


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
