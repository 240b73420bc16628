from __future__ import annotations

import pytest

from job.aws.policy_documents import JsonObject
from job.errors import MetadataError
from job.organization.metadata_csv import csv_lines, load_metadata_csv

SHOP: JsonObject = {"Id": "012345678901", "Tags": {"Owner": "me"}}


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
    "text",
    [
        "aws_account_id,Owner\n012345678901,me\n",
        "aws_account_id;Owner\n012345678901;me\n",
        "aws_account_id\tOwner\r\n012345678901\tme\r\n",
        " aws_account_id , Owner\n 012345678901 , me \n",
        '"aws_account_id","Owner"\n"012345678901","me"\n',
        "aws_account_id,Owner,\n012345678901,me,\n,,\n",
    ],
    ids=["commas", "semicolons", "tabs", "blanks", "quotes", "empty cells"],
)
def test_separators_and_blanks_of_spreadsheets_are_understood(text: str) -> None:
    assert load_metadata_csv(text.encode()) == {"Accounts": [SHOP]}
    assert load_metadata_csv(text.encode("utf-16")) == {"Accounts": [SHOP]}


@pytest.mark.parametrize(
    "cell",
    [
        "12345678901",
        "'012345678901",
        '"=""012345678901"""',
        "0123-4567-8901",
        "0123 4567 8901",
        "12345678901.0",
    ],
)
def test_an_id_that_can_mean_only_one_account_is_taken(cell: str) -> None:
    data = f"aws_account_id,Owner\n{cell},me\n".encode()
    assert load_metadata_csv(data) == {"Accounts": [SHOP]}


@pytest.mark.parametrize("cell", ["1.23457E+10", "012-345-678-901", "12345678901.5", "1,2", "0x1", "١٢٣"])
def test_an_id_that_could_mean_several_is_refused_with_its_line(cell: str) -> None:
    with pytest.raises(MetadataError, match=r"^own\.csv: line 2: expected an account id of 12 digits"):
        load_metadata_csv(f"aws_account_id;Owner\n{cell};me\n".encode(), "own.csv")


def test_a_value_of_several_lines_is_a_tag_and_lines_are_counted_where_rows_begin() -> None:
    data = b'aws_account_id,note\n1,"a\nb"\n\n2,c\n'
    assert csv_lines(data, "own.csv") == {"000000000001": 2, "000000000002": 5}
    assert load_metadata_csv(data)["Accounts"] == [
        {"Id": "000000000001", "Tags": {"note": "a\nb"}},
        {"Id": "000000000002", "Tags": {"note": "c"}},
    ]


def test_all_that_is_wrong_in_a_csv_is_told_at_once() -> None:
    with pytest.raises(MetadataError) as caught:
        load_metadata_csv(b"aws_account_id,a\nx,1\n1,2,3\n1,4\n", "own.csv")
    assert str(caught.value) == (
        "own.csv: line 2: expected an account id of 12 digits in aws_account_id, found other characters: "
        "write the digits alone; line 3: 3 cells where the header names 2: put quotes around a value that "
        "holds the separator; line 4: account 000000000001 is on line 3 already: leave one of them out"
    )


def test_a_quote_that_swallows_a_large_file_is_refused() -> None:
    with pytest.raises(MetadataError, match=r"own\.csv: line 1: no CSV \(field larger than field limit"):
        load_metadata_csv(b'aws_account_id,"' + b"x" * 140_000, "own.csv")
