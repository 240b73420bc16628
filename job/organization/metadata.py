"""Account metadata without AWS Organizations: files of the original tool, of this one, and own CSVs."""

from __future__ import annotations

import csv
import io
import re

import orjson

from job.aws.documents import Json, JsonObject
from job.errors import MetadataError

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_ID_DIGITS = 12
_ID_COLUMN = "aws_account_id"


def load_metadata(data: bytes, name: str = "metadata") -> JsonObject:
    """A metadata file, `{"Accounts": [{"Id": …}, …], …}`; raises MetadataError that says what is wrong."""
    try:
        document: Json = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise MetadataError(f"{name}: no JSON: {error}") from error
    accounts = document.get("Accounts") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(accounts, list) or not accounts:
        raise MetadataError(f"{name}: expected an object with a list of accounts, `Accounts`")
    _check_ids(name, [(f"Accounts[{place}].Id", _id(account)) for place, account in enumerate(accounts)])
    return document


def load_metadata_csv(data: bytes, name: str = "metadata CSV") -> JsonObject:
    """A CSV with a column `aws_account_id`, as metadata: every other column is a tag where it is not empty.

    Ids are text; zeros that a spreadsheet took from their beginning are put back. Raises MetadataError.
    """
    try:
        lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        rows = [(lines.line_num, row) for row in lines if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise MetadataError(f"{name}: no CSV in UTF-8: {error}") from error
    if not rows or _ID_COLUMN not in rows[0][1]:
        raise MetadataError(f"{name}: no column {_ID_COLUMN}")
    columns = rows[0][1]
    accounts = [(f"line {number}", _csv_account(row, columns)) for number, row in rows[1:]]
    _check_ids(name, [(place, account["Id"]) for place, account in accounts])
    return {"Accounts": [account for _, account in accounts]}


def add_tags(document: JsonObject, metadata: JsonObject) -> JsonObject:
    """The document with the metadata's tags on top of its own; accounts that only the latter has stay out."""
    extra = {account["Id"]: account.get("Tags") for account in _accounts(metadata)}
    accounts: list[Json] = [
        {**account, "Tags": _merged(account.get("Tags"), extra.get(account["Id"]))}
        if extra.get(account["Id"])
        else account
        for account in _accounts(document)
    ]
    return {**document, "Accounts": accounts}


def _merged(tags: Json, extra: Json) -> Json:
    return {**(tags if isinstance(tags, dict) else {}), **(extra if isinstance(extra, dict) else {})}


def _accounts(document: JsonObject) -> list[JsonObject]:
    accounts = document["Accounts"]
    return [each for each in accounts if isinstance(each, dict)] if isinstance(accounts, list) else []


def _csv_account(row: list[str], columns: list[str]) -> JsonObject:
    cells = {column: cell.strip() for column, cell in zip(columns, row, strict=False)}
    text = cells.pop(_ID_COLUMN, "")
    tags: JsonObject = {column: cell for column, cell in cells.items() if cell and column}
    return {"Id": text.zfill(_ID_DIGITS) if text.isdecimal() else text, "Tags": tags}


def _id(account: Json) -> Json:
    return account.get("Id") if isinstance(account, dict) else None


def _check_ids(name: str, ids: list[tuple[str, Json]]) -> None:
    """Tell every id that is none or appears twice, the first few by place."""
    seen: set[str] = set()
    wrong: list[str] = []
    for place, identifier in ids:
        if not isinstance(identifier, str) or not _ACCOUNT_ID.fullmatch(identifier):
            wrong.append(f"{place}: expected an account id of 12 digits")
        elif identifier in seen:
            wrong.append(f"{place}: this account is there already")
        else:
            seen.add(identifier)
    if wrong:
        more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise MetadataError(f"{name}: {'; '.join(wrong[:5])}{more}")
