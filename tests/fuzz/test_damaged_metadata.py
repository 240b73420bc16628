from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given

from job.errors import MetadataError, SnapshotError
from job.organization.metadata import add_tags, load_metadata
from job.organization.metadata_csv import load_metadata_csv
from job.snapshot.model import Json
from job.snapshot.parse import parse_organization
from tests.fuzz.fuzz_mutations import TENFOLD, damaged_bytes, damaged_json, damaged_text
from tests.fuzz.fuzz_samples import ORGANIZATION, WORLD, listed_accounts

METADATA = json.dumps(ORGANIZATION).encode()
CSV = "aws_account_id,Environment,Owner\r\n" + "".join(
    f'{account_id},prod,"team, of {account_id}"\r\n' for account_id in WORLD.account_ids
)


@TENFOLD
@given(data=damaged_bytes(METADATA))
def test_damaged_metadata_bytes_are_taken_or_refused_by_name(data: bytes) -> None:
    with suppress(MetadataError):
        assert load_metadata(data, "accounts.json")["Accounts"]


@TENFOLD
@given(document=damaged_json(ORGANIZATION))
def test_damaged_metadata_is_refused_or_loses_no_account(document: Json) -> None:
    with suppress(MetadataError, SnapshotError):
        loaded = load_metadata(json.dumps(document).encode(), "accounts.json")
        assert listed_accounts(document) <= set(parse_organization(loaded).accounts)


@TENFOLD
@given(text=damaged_text(CSV))
def test_a_damaged_csv_is_refused_or_gives_well_formed_accounts(text: str) -> None:
    with suppress(MetadataError):
        loaded = load_metadata_csv(text.encode("utf-8", "replace"), "accounts.csv")
        assert all(len(each) == 12 for each in listed_accounts(loaded))


@TENFOLD
@given(data=damaged_bytes(CSV.encode()))
def test_damaged_csv_bytes_are_taken_or_refused(data: bytes) -> None:
    with suppress(MetadataError):
        tagged = add_tags(ORGANIZATION, load_metadata_csv(data, "accounts.csv"))
        assert listed_accounts(tagged) == listed_accounts(ORGANIZATION)
