"""Where the list of accounts comes from: AWS Organizations, a file, or a stopped run's snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from job.aws.policy_documents import JsonObject
from job.errors import SettingsError
from job.logs import get_logger
from job.organization.metadata import add_tags
from job.organization.reader import is_active, start_reading
from job.pipeline.inputs import Inputs, OwnTags
from job.pipeline.surroundings import Surroundings
from job.settings.settings import Settings
from job.snapshot.model import AccountRun

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
    """Another source with the columns of one's own CSV as tags."""

    source: AccountSource
    own: OwnTags

    def accounts(self) -> Iterator[JsonObject]:
        """Yield the other source's accounts."""
        return self.source.accounts()

    def document(self) -> JsonObject:
        """Return the other source's document with the tags."""
        return add_tags(self.source.document(), self.own.metadata)


def account_source(inputs: Inputs, around: Surroundings) -> AccountSource:
    """Where accounts come from: the file that was read, else AWS Organizations, which is begun to be read."""
    source: AccountSource = (
        start_reading(around.connections.clients, stop=around.stop.event, now=around.now)
        if inputs.organization is None
        else KnownOrganization(inputs.organization)
    )
    return source if inputs.own_tags is None else TaggedSource(source, inputs.own_tags)


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
            f"REPORT_METADATA_CSV: {tagged.own.file}: line {line}: {each}": each
            for each, line in tagged.own.lines.items()
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
