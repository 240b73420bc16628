"""Account metadata without AWS Organizations: files of the original tool, of this one, and of the AWS CLI."""

from __future__ import annotations

import re

import orjson

from job.aws.policy_documents import Json, JsonObject
from job.errors import MetadataError
from job.organization.encoding import decoded, told
from job.snapshot.states import STATES, state_of

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_ID_DIGITS = 12
_ANEW = "write it anew, by `python -m job organization` or iam-access-key-report -m"
_ANOTHER_FLAG = "a CSV is given by REPORT_METADATA_CSV or --metadata-csv"
_SHAPE = 'expected an object with a list of accounts, {"Accounts": [{"Id": "111122223333"}]}'


def load_metadata(data: bytes, name: str = "metadata") -> JsonObject:
    """A metadata file, `{"Accounts": [{"Id": …}, …], …}`, each `State` in AWS's spelling.

    Raises MetadataError with every problem and its place.
    """
    text = decoded(data, name)
    try:
        document: Json = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        hint = _ANOTHER_FLAG if text.lstrip()[:1].isalpha() else _ANEW
        raise MetadataError(f"{name}: line {error.lineno}: no JSON ({error.msg}): {hint}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Accounts"), list):
        raise MetadataError(f"{name}: {_SHAPE}, found {_found(document)}")
    if document.get("NextToken"):
        raise MetadataError(
            f"{name}: NextToken: this is one page of a longer list: write the file anew without a limit"
        )
    accounts = _objects(document["Accounts"])
    if not accounts:
        raise MetadataError(f"{name}: Accounts: the list is empty: name at least one account, by its Id")
    problems = [*_id_problems(accounts), *_state_problems(accounts)]
    if problems:
        raise told(name, problems)
    return {**document, "Accounts": [_with_state(account) for account in accounts if account is not None]}


def _found(document: Json) -> str:
    match document:
        case list():
            return "a list: put it behind Accounts"
        case dict():
            near = next((key for key in document if key.lower() in ("accounts", "account")), "Accounts")
            return "another object" if near == "Accounts" else f"{near}: name it Accounts"
    return "something else"


def _objects(accounts: Json) -> list[JsonObject | None]:
    """The accounts, None in the place of one that is no object."""
    listed = accounts if isinstance(accounts, list) else []
    return [account if isinstance(account, dict) else None for account in listed]


def _with_state(account: JsonObject) -> JsonObject:
    state = state_of(account)
    return account if state is None else {**account, "State": state}


def _id_problems(accounts: list[JsonObject | None]) -> list[str]:
    """Every id that is none or appears twice."""
    seen: dict[str, int] = {}
    problems = []
    for place, account in enumerate(accounts):
        identifier = None if account is None else account.get("Id")
        if not isinstance(identifier, str) or not _ACCOUNT_ID.fullmatch(identifier):
            problems.append(f"Accounts[{place}]{_no_id(account)}")
        elif identifier in seen:
            problems.append(
                f"Accounts[{place}].Id: this account is there already, in Accounts[{seen[identifier]}]: "
                "leave one of them out"
            )
        else:
            seen[identifier] = place
    return problems


def _no_id(account: JsonObject | None) -> str:
    expected = ".Id: expected an account id of 12 digits"
    if account is None:
        return ': expected an object with the account\'s id, {"Id": "111122223333"}'
    match account.get("Id"):
        case int(number) if not isinstance(number, bool) and 0 < number < 10**_ID_DIGITS:
            return f'{expected} as text, found a number, which has no zeros: write "{number:012}"'
        case str(text) if text.isascii() and text.isdecimal():
            remedy = ": put the zeros back that it begins with" if len(text) < _ID_DIGITS else ""
            return f"{expected}, found {len(text)} digits{remedy}"
        case None:
            near = next((key for key in account if key.lower() in ("id", "accountid", "account_id")), "Id")
            remedy = "none: add it, or take the account out" if near == "Id" else f"{near}: name it Id"
            return f"{expected}, found {remedy}"
    return f"{expected}, found something else: write the digits alone, in quotes"


def _state_problems(accounts: list[JsonObject | None]) -> list[str]:
    return [
        f"Accounts[{place}].{'State' if account.get('State') else 'Status'}: "
        f"expected one of {', '.join(STATES)}, or no state at all for an account that is to be read"
        for place, account in enumerate(accounts)
        if account is not None and state_of(account) not in (None, *STATES)
    ]


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
