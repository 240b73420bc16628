"""Where the list of accounts comes from: AWS Organizations, a file, or a stopped run's snapshot."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from job.aws.documents import JsonObject
from job.errors import MetadataError, SettingsError, SnapshotError
from job.logs import get_logger
from job.organization.metadata import add_tags, load_metadata
from job.organization.metadata_csv import csv_lines, load_metadata_csv
from job.organization.reader import is_active, start_reading
from job.pipeline.access import AwsAccess
from job.pipeline.places import read_file
from job.report.accounts.runs import AccountRun
from job.settings.settings import Settings
from job.snapshot.parse import parse_organization

_NAMED_IN_FULL = 5


class AccountSource(Protocol):
    """Hands out accounts, perhaps while it still reads, and the whole document at the end."""

    def accounts(self) -> Iterator[JsonObject]:
        """Yield every account once, as `organization.json` has it."""

    def document(self) -> JsonObject:
        """Return `organization.json`."""


@dataclass(frozen=True, slots=True)
class KnownOrganization:
    """An organization that is there already."""

    known: JsonObject

    def accounts(self) -> Iterator[JsonObject]:
        """Yield every account of the document."""
        listed = self.known["Accounts"]
        if isinstance(listed, list):
            yield from (account for account in listed if isinstance(account, dict))

    def document(self) -> JsonObject:
        """Return the document."""
        return self.known


@dataclass(frozen=True, slots=True)
class TaggedSource:
    """Another source with the columns of one's own CSV as tags; `lines` says where each account is."""

    source: AccountSource
    metadata: JsonObject
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)

    def accounts(self) -> Iterator[JsonObject]:
        """Yield the other source's accounts."""
        return self.source.accounts()

    def document(self) -> JsonObject:
        """Return the other source's document with the tags."""
        return add_tags(self.source.document(), self.metadata)


def account_source(
    settings: Settings, aws: AwsAccess, *, stop: threading.Event, now: Callable[[], datetime]
) -> AccountSource:
    """Return what the settings name; files are read and checked here, before the first AWS call."""
    tags = settings.metadata_csv and read_file(settings.metadata_csv, aws)
    source: AccountSource
    if settings.organization_file:
        source = known_organization(settings.organization_file, aws)
    else:
        source = start_reading(aws.clients, stop=stop, now=now)
    if not tags or not settings.metadata_csv:
        return source
    return TaggedSource(
        source=source,
        metadata=load_metadata_csv(tags, settings.metadata_csv),
        file=settings.metadata_csv,
        lines=csv_lines(tags, settings.metadata_csv),
    )


def known_organization(location: str, aws: AwsAccess) -> KnownOrganization:
    """Read an organization's file; raises MetadataError for whatever would stop the report later."""
    document = load_metadata(read_file(location, aws), location)
    try:
        parse_organization(document, location)
    except SnapshotError as error:
        raise MetadataError(str(error)) from error
    return KnownOrganization(document)


def refuse_unknown_accounts(source: AccountSource, settings: Settings) -> None:
    """Wait for the whole list where a setting or a file names accounts, and refuse those that it lacks.

    Raises SettingsError with each of them: who names an account wants it, or its tags, in the report.
    """
    tagged = source if isinstance(source, TaggedSource) else None
    if not (settings.accounts or settings.exclude_accounts or tagged):
        return
    listed = {str(account["Id"]) for account in source.accounts()}
    places = {
        **{f"REPORT_ACCOUNTS: {each}": each for each in settings.accounts},
        **{f"REPORT_EXCLUDE_ACCOUNTS: {each}": each for each in settings.exclude_accounts},
    }
    if tagged:
        places |= {
            f"REPORT_METADATA_CSV: {tagged.file}: line {line}: {each}": each
            for each, line in tagged.lines.items()
        }
    unknown = [place for place, account_id in places.items() if account_id not in listed]
    if unknown:
        told = [f"{place} is no account of the organization: correct it or take it out" for place in unknown]
        more = (
            [f"and {len(told) - _NAMED_IN_FULL} more that are no accounts of the organization"]
            if len(told) > _NAMED_IN_FULL
            else []
        )
        raise SettingsError((*told[:_NAMED_IN_FULL], *more))


def wanted_accounts(source: AccountSource, settings: Settings) -> Iterator[str]:
    """Yield the accounts to read, each once: active ones that no setting leaves out."""
    seen: set[str] = set()
    for account in source.accounts():
        account_id = str(account["Id"])
        if account_id not in seen and is_active(account) and left_out(account_id, settings) is None:
            seen.add(account_id)
            yield account_id


def tell_organization(document: JsonObject) -> None:
    """The canonical line of the organization; parts that AWS refused make it a warning."""
    accounts, failures = document.get("Accounts"), document.get("Failures")
    refused = [
        f"{failure['Step']}:{failure['Code']}"
        for failure in (failures if isinstance(failures, list) else ())
        if isinstance(failure, dict) and {"Step", "Code"} <= failure.keys()
    ]
    tell = get_logger().warning if refused else get_logger().info
    tell("organization.read", accounts=len(accounts) if isinstance(accounts, list) else 0, failures=refused)


def left_out(account_id: str, settings: Settings) -> AccountRun | None:
    """Return what the report says about an account that a setting leaves out, None for any other."""
    if account_id in settings.exclude_accounts:
        return AccountRun(skipped="left out by REPORT_EXCLUDE_ACCOUNTS")
    if settings.accounts and account_id not in settings.accounts:
        return AccountRun(skipped="left out by REPORT_ACCOUNTS")
    return None
