from __future__ import annotations

import gzip
from contextlib import suppress

import orjson
from hypothesis import example, given

from job.errors import SnapshotError
from job.snapshot.credential_report import ReportMalformedError, parse_credential_report
from job.snapshot.files import decode
from job.snapshot.model import Account, Json
from job.snapshot.parse import parse_account, parse_managed_policies, parse_organization
from tests.fuzz.fuzz_mutations import TENFOLD, damaged_bytes, damaged_json, damaged_text
from tests.fuzz.fuzz_samples import (
    ACCOUNT,
    ACCOUNT_ID,
    ORGANIZATION,
    REPORT,
    WORLD,
    listed_accounts,
    listed_keys,
)


def keys_of(account: Account) -> set[tuple[str, str | None]]:
    return {(user.name, key.access_key_id) for user in account.users for key in user.keys or ()}


@TENFOLD
@given(text=damaged_text(REPORT))
def test_a_damaged_credential_report_is_read_or_refused(text: str) -> None:
    with suppress(ReportMalformedError):
        assert parse_credential_report(text).rows is not None


@TENFOLD
@given(text=damaged_text(REPORT))
def test_a_damaged_credential_report_loses_no_listed_key(text: str) -> None:
    document: Json = {
        **ACCOUNT,
        "CredentialReport": {"GeneratedTime": "2026-11-22T00:00:00Z", "Content": text},
    }

    account = parse_account(ACCOUNT_ID, document)

    assert listed_keys(ACCOUNT) <= keys_of(account)


@TENFOLD
@given(document=damaged_json(ACCOUNT))
def test_a_damaged_account_file_is_refused_or_keeps_every_listed_key(document: Json) -> None:
    with suppress(SnapshotError):
        account = parse_account(ACCOUNT_ID, document)
        assert listed_keys(document) <= keys_of(account)


@TENFOLD
@given(document=damaged_json(ORGANIZATION))
def test_a_damaged_organization_file_is_refused_or_keeps_every_account(document: Json) -> None:
    with suppress(SnapshotError):
        assert listed_accounts(document) <= set(parse_organization(document).accounts)


@TENFOLD
@given(document=damaged_json({"Policies": list(WORLD.managed_policies.values())[:6]}))  # type: ignore[dict-item]  # JSON by nature
def test_damaged_managed_policies_are_read_or_refused(document: Json) -> None:
    with suppress(SnapshotError):
        assert parse_managed_policies(document) is not None


@TENFOLD
@given(data=damaged_bytes(gzip.compress(orjson.dumps(ACCOUNT), mtime=0)))
@example(data=b"null")
def test_damaged_file_bytes_are_refused_by_name_or_keep_every_listed_key(data: bytes) -> None:
    try:
        document = decode(data, "accounts/1.json.gz")
        account = parse_account(ACCOUNT_ID, document)
    except SnapshotError as error:
        assert ": " in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert listed_keys(document) <= keys_of(account)
