from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from job.aws.policy_documents import JsonObject
from job.collect.stores.kinds import StoresWanted
from job.errors import SettingsError
from job.logs import configure_logging
from job.organization.metadata_csv import load_metadata_csv
from job.pipeline.account_sources import (
    KnownOrganization,
    TaggedSource,
    left_out,
    refuse_unknown_accounts,
    tell_organization,
    wanted_accounts,
)
from job.pipeline.collection import complete_accounts
from job.pipeline.inputs import OwnTags
from job.pipeline.loading import read_ahead
from job.settings.load import load_settings
from job.settings.settings import Settings
from job.snapshot.files import SnapshotFiles
from job.storage.folder import FolderStorage

DOCUMENT: JsonObject = {
    "Accounts": [
        {"Id": "000000000001", "State": "ACTIVE"},
        {"Id": "000000000002", "State": "SUSPENDED"},
        {"Id": "000000000003"},
        {"Id": "000000000003"},
        {"Id": "000000000004", "State": "ACTIVE"},
    ]
}


def settings(**given: str) -> Settings:
    return load_settings(given, destination_required=False)


def wanted(**given: str) -> list[str]:
    return list(wanted_accounts(KnownOrganization(DOCUMENT), settings(**given)))


def test_active_accounts_and_those_of_unknown_state_are_read_once() -> None:
    assert wanted() == ["000000000001", "000000000003", "000000000004"]


def test_settings_choose_accounts() -> None:
    assert wanted(REPORT_ACCOUNTS="000000000001,000000000002") == ["000000000001"]
    assert wanted(REPORT_EXCLUDE_ACCOUNTS="000000000001") == ["000000000003", "000000000004"]


def test_the_report_says_which_setting_left_an_account_out() -> None:
    excluded = left_out("000000000001", settings(REPORT_EXCLUDE_ACCOUNTS="000000000001"))
    unchosen = left_out("000000000001", settings(REPORT_ACCOUNTS="000000000002"))
    assert excluded is not None
    assert unchosen is not None
    assert excluded.skipped == "left out by REPORT_EXCLUDE_ACCOUNTS"
    assert unchosen.skipped == "left out by REPORT_ACCOUNTS"
    assert left_out("000000000001", settings()) is None


def test_a_csv_of_ones_own_puts_tags_on_top() -> None:
    metadata = load_metadata_csv(b"aws_account_id,Team\n000000000001,shop\n")
    source = TaggedSource(
        KnownOrganization(DOCUMENT), OwnTags(file="own.csv", metadata=metadata, lines={"000000000001": 2})
    )
    accounts = source.document()["Accounts"]
    assert isinstance(accounts, list)
    assert accounts[0] == {"Id": "000000000001", "State": "ACTIVE", "Tags": {"Team": "shop"}}
    assert len(list(source.accounts())) == 5


@dataclass
class Listing:
    """An organization that counts how often its whole list was waited for."""

    known: JsonObject
    waited: int = 0

    def accounts(self) -> Iterator[JsonObject]:
        yield from KnownOrganization(self.known).accounts()
        self.waited += 1

    def document(self) -> JsonObject:
        return self.known


def test_accounts_that_nobody_named_are_not_waited_for() -> None:
    source = Listing(DOCUMENT)
    refuse_unknown_accounts(source, settings())
    assert source.waited == 0


def test_accounts_that_the_organization_has_are_good_whatever_their_state() -> None:
    source = Listing(DOCUMENT)
    refuse_unknown_accounts(
        source,
        settings(REPORT_ACCOUNTS="000000000001,000000000002", REPORT_EXCLUDE_ACCOUNTS="000000000003"),
    )
    assert source.waited == 1


def test_accounts_that_nobody_has_are_refused_when_the_list_is_there() -> None:
    with pytest.raises(SettingsError) as caught:
        refuse_unknown_accounts(Listing(DOCUMENT), settings(REPORT_ACCOUNTS="000000000001,000000000009"))
    assert caught.value.problems == (
        "REPORT_ACCOUNTS: 000000000009 is no account of the organization: correct it or take it out",
    )


def test_an_organization_without_a_list_has_no_accounts() -> None:
    assert list(KnownOrganization({"Accounts": None}).accounts()) == []


def test_parts_that_were_refused_make_the_organizations_line_a_warning() -> None:
    stream = io.StringIO()
    configure_logging(level="INFO", log_format="json", stream=stream)
    tell_organization(DOCUMENT)
    tell_organization({"Accounts": [], "Failures": [{"Step": "ListPolicies", "Code": "AccessDenied"}]})
    good, bad = [orjson.loads(line) for line in stream.getvalue().splitlines()]
    assert (good["level"], good["accounts"], good["failures"]) == ("info", 5, [])
    assert (bad["level"], bad["failures"]) == ("warning", ["ListPolicies:AccessDenied"])


def snapshot_of(folder: Path, **files: bytes) -> SnapshotFiles:
    for name, data in files.items():
        FolderStorage(folder).write(f"accounts/{name.removeprefix('a')}.json", data)
    return SnapshotFiles(FolderStorage(folder))


def test_only_accounts_without_failures_are_not_read_again(tmp_path: Path) -> None:
    failed = orjson.dumps({"Failures": [{"Step": "AssumeRole", "Code": "AccessDenied", "Message": ""}]})
    files = snapshot_of(
        tmp_path,
        a000000000001=b'{"Failures": []}',
        a000000000002=failed,
        a000000000003=b"{",
        a000000000004=b"[]",
    )
    assert complete_accounts(files, StoresWanted(kinds=(), regions=())) == {"000000000001"}


def test_an_account_that_was_read_without_the_stores_that_are_wanted_now_is_read_again(
    tmp_path: Path,
) -> None:
    def read(kinds: list[str], regions: list[str]) -> bytes:
        return orjson.dumps({"Failures": [], "DataStores": {"Kinds": kinds, "Regions": regions}})

    files = snapshot_of(
        tmp_path,
        a000000000001=b'{"Failures": []}',
        a000000000002=read(["s3", "kms"], ["eu-central-1", "eu-west-1"]),
        a000000000003=read(["kms"], ["eu-central-1"]),
        a000000000004=read(["s3"], ["eu-central-1"]),
        a000000000005=b'{"Failures": [], "DataStores": []}',
        a000000000006=b'{"Failures": [], "DataStores": {"Kinds": "kms"}}',
    )
    wanted = StoresWanted(kinds=("kms",), regions=("eu-central-1",))
    assert complete_accounts(files, wanted) == {"000000000002", "000000000003"}


def test_an_account_that_was_read_without_the_credentials_that_are_wanted_now_is_read_again(
    tmp_path: Path,
) -> None:
    def read(kinds: object) -> bytes:
        return orjson.dumps({"Failures": [], "OtherCredentials": {"Kinds": kinds}})

    files = snapshot_of(
        tmp_path,
        a000000000001=b'{"Failures": []}',
        a000000000002=read(["service_specific", "console_passwords"]),
        a000000000003=read(["console_passwords"]),
        a000000000004=read("service_specific"),
    )
    wanted = complete_accounts(files, StoresWanted(kinds=(), regions=()), credentials=("service_specific",))
    assert wanted == {"000000000002"}


def test_accounts_are_read_ahead_in_order_and_damaged_ones_are_values(tmp_path: Path) -> None:
    names = [f"{number:012}" for number in range(50)]
    files = snapshot_of(tmp_path, **{f"a{name}": b"{}" for name in names[1:]}, a000000000000=b"{")
    read = list(read_ahead(files, files.account_ids()))
    assert [account_id for account_id, _ in read] == names
    assert "no JSON" in str(read[0][1])
    assert read[1][1] == {}
