"""`accounts`: how well each account was read; and the columns that tell of an account in every dataset."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from job.policy_file.company_policy import AccountTraits
from job.report.accounts.coverage import AccountCoverage, CoverageWord
from job.report.accounts.reported import ReportedAccount
from job.report.accounts.runs import ReportRun
from job.report.rows.run_columns import RUN_COLUMNS
from job.report.schema.cell_text import clean
from job.report.schema.columns import Column, ColumnGroup, ColumnType, Value
from job.report.schema.dataset import Table
from job.snapshot.model import AccountRun, Organization, OrganizationAccount, OrganizationalUnit

_STRING, _INT, _BOOLEAN = ColumnType.STRING, ColumnType.INT, ColumnType.BOOLEAN
_TIMESTAMP, _LIST, _MAP = ColumnType.TIMESTAMP, ColumnType.LIST, ColumnType.MAP

_NAMED_ACCOUNTS = 5
_NOT_COMPLETE = (CoverageWord.PARTIAL.value, CoverageWord.FAILED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedAccount:
    """An account in its place of the organization, and what was read of it, None for nothing.

    `unit_names` are the root's and the OUs' down to its parent; `ou_path` joins them, None for none.
    """

    organization: Organization
    listed: OrganizationAccount
    read: ReportedAccount | None
    unit_names: tuple[str, ...]
    ou_path: str | None

    @classmethod
    def of(
        cls, organization: Organization, listed: OrganizationAccount, read: ReportedAccount | None
    ) -> PlacedAccount:
        """Find the account's place."""
        names = _unit_names(listed)
        path = "/".join(name.replace("/", "%2F") for name in names) or None
        return cls(organization=organization, listed=listed, read=read, unit_names=names, ou_path=path)

    @property
    def traits(self) -> AccountTraits:
        """What a policy file can ask about it."""
        return AccountTraits(account_id=self.listed.id, ou_path=self.ou_path, tags=self.listed.tags)

    @property
    def is_management(self) -> bool | None:
        """Whether it is the management account; None where the organization was not read."""
        management = self.organization.management_account_id
        return None if management is None else self.listed.id == management

    @property
    def collected_at(self) -> datetime | None:
        """When it was read."""
        return self.read.collected_at if self.read else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """One account in a run; `effort` is None when it came from a snapshot.

    `reported_keys` counts its rows in `keys`, None where it was not read.
    """

    run: ReportRun
    account: PlacedAccount
    coverage: AccountCoverage
    effort: AccountRun | None
    reported_keys: int | None


class OfAccount(Protocol):
    """A record of one account."""

    @property
    def account(self) -> PlacedAccount:
        """The account that it is about."""


def _unit_names(account: OrganizationAccount) -> tuple[str, ...]:
    """Names from the root down; the original tool's text (`OU=root,OU=Prod`) when there is nothing better."""
    if account.ou_path is not None:
        return tuple(map(_unit_name, account.ou_path))
    return tuple(re.split(r"(?:^|,)OU=", account.ou_text or "")[1:])


def _unit_name(unit: OrganizationalUnit) -> str:
    return unit.name if unit.name is not None else unit.id


def _unit_on_level(level: int) -> Callable[[OfAccount], Value]:
    """The OU so many levels below the root."""

    def value(row: OfAccount) -> Value:
        names = row.account.unit_names
        return names[level] if level < len(names) else None

    return value


_Account = Column[OfAccount]

ACCOUNT_COLUMNS = (
    COLLECTED_AT := _Account(
        "collected_at",
        _TIMESTAMP,
        "when this account was read; ages are counted up to this moment",
        lambda row: row.account.collected_at,
    ),
    _Account(
        "credential_report_at",
        _TIMESTAMP,
        "when AWS generated the account's credential report; null = not read",
        lambda row: row.account.read.credential_report_at if row.account.read else None,
    ),
    ORGANIZATION_ID := _Account(
        "organization_id",
        _STRING,
        "id of the organization (`o-…`)",
        lambda row: row.account.organization.id,
    ),
    ACCOUNT_ID := _Account(
        "account_id",
        _STRING,
        "twelve digits, text: zeros in front are kept",
        lambda row: row.account.listed.id,
    ),
    ACCOUNT_NAME := _Account(
        "account_name",
        _STRING,
        "name in AWS Organizations; null = not read",
        lambda row: row.account.listed.name,
    ),
    _Account(
        "account_email",
        _STRING,
        "e-mail address of the account's root user; null = not read",
        lambda row: row.account.listed.email,
    ),
    _Account(
        "account_state",
        _STRING,
        "state in AWS Organizations, such as `ACTIVE` or `SUSPENDED`; null = not read",
        lambda row: row.account.listed.state,
    ),
    _Account(
        "is_management_account",
        _BOOLEAN,
        "whether it is the organization's management account, which SCPs do not bind",
        lambda row: row.account.is_management,
    ),
    _Account(
        "ou_id",
        _STRING,
        "id of the parent OU (`ou-…`) or root (`r-…`)",
        lambda row: row.account.listed.ou_path[-1].id if row.account.listed.ou_path else None,
    ),
    _Account(
        "ou_path",
        _STRING,
        "names from the root to the parent OU joined by `/`; a `/` in a name is `%2F`",
        lambda row: row.account.ou_path,
    ),
    _Account(
        "ou_level_1",
        _STRING,
        "the OU directly below the root; null = the account is in the root",
        _unit_on_level(1),
    ),
    _Account("ou_level_2", _STRING, "the OU on the second level; null = none", _unit_on_level(2)),
    _Account("ou_level_3", _STRING, "the OU on the third level; null = none", _unit_on_level(3)),
    _Account("ou_level_4", _STRING, "the OU on the fourth level; null = none", _unit_on_level(4)),
    _Account("ou_level_5", _STRING, "the OU on the fifth level; null = none", _unit_on_level(5)),
    _Account(
        "account_tags",
        _MAP,
        "all tags of the account; `{}` = none, null = not read",
        lambda row: row.account.listed.tags,
    ),
)


def tag_columns(keys: Iterable[str]) -> tuple[Column[OfAccount], ...]:
    """One column for each configured tag."""
    return tuple(map(_tag_column, keys))


def _tag_column(key: str) -> Column[OfAccount]:
    return Column(
        tag_column_name(key),
        _STRING,
        f"the account's tag `{key}`; null = no such tag, or not read",
        lambda row: (row.account.listed.tags or {}).get(key),
        heading=key,
        group=ColumnGroup.TAG,
        source=key,
    )


def tag_column_name(key: str) -> str:
    """The column of a tag: `DataClassification` is `tag_data_classification`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", key)
    return "tag_" + re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def _keys(row: AccountRecord, *, active: bool = False) -> int | None:
    """How many keys the account has; zero only where zero was read."""
    read = row.account.read
    if read is None or not read.all_keys_read:
        return None
    return sum(key.active for key in read.keys) if active else len(read.keys)


def _seconds(row: AccountRecord) -> int | None:
    seconds = row.effort.seconds if row.effort else None
    return None if seconds is None else math.ceil(seconds)


_Coverage = Column[AccountRecord]

ACCOUNTS_COLUMNS: tuple[Column[AccountRecord], ...] = (
    *RUN_COLUMNS,
    *ACCOUNT_COLUMNS,
    _Coverage(
        "joined_at",
        _TIMESTAMP,
        "when the account joined the organization; null = not read",
        lambda row: row.account.listed.joined_at,
    ),
    COVERAGE := _Coverage(
        "coverage",
        _STRING,
        "`complete`, `partial` (something is missing), `failed` (nothing was read), `skipped`",
        lambda row: row.coverage.word.value,
    ),
    COVERAGE_NOTE := _Coverage(
        "coverage_note",
        _STRING,
        "why it was skipped, or what is missing; null for complete",
        lambda row: row.coverage.note,
    ),
    FAILED_STEP := _Coverage(
        "failed_step",
        _STRING,
        "the first step that failed; null = none",
        lambda row: row.coverage.failures[0].step if row.coverage.failures else None,
    ),
    FAILED_CODE := _Coverage(
        "failed_code",
        _STRING,
        "AWS's error code of that step; null = none",
        lambda row: row.coverage.failures[0].code if row.coverage.failures else None,
    ),
    _Coverage(
        "failures",
        _LIST,
        "every failure as `step:code`",
        lambda row: tuple(sorted({f"{each.step}:{each.code}" for each in row.coverage.failures})),
    ),
    _Coverage(
        "role_used",
        _STRING,
        "ARN of the role the account was read with; null = not read in this run",
        lambda row: row.effort.role_arn if row.effort else None,
    ),
    _Coverage(
        "users",
        _INT,
        "IAM users; null = not read",
        lambda row: row.account.read.user_count if row.account.read else None,
    ),
    KEYS := _Coverage(
        "keys",
        _INT,
        "access keys, root's and inactive ones included; null = not all of them could be read",
        _keys,
    ),
    _Coverage(
        "active_keys",
        _INT,
        "active access keys, root's included; null = not all of them could be read",
        lambda row: _keys(row, active=True),
    ),
    _Coverage(
        "reported_keys",
        _INT,
        "rows of this account in the `keys` dataset; null for failed and skipped",
        lambda row: row.reported_keys,
    ),
    API_CALLS := _Coverage(
        "api_calls",
        _INT,
        "AWS API calls made for it when it was read; null = the snapshot does not say",
        lambda row: row.effort.api_calls if row.effort else None,
    ),
    _Coverage(
        "retries",
        _INT,
        "how many of them were repetitions; null = the snapshot does not say",
        lambda row: row.effort.retries if row.effort else None,
    ),
    _Coverage("seconds", _INT, "time it took, rounded up; null = the snapshot does not say", _seconds),
    _Coverage(
        "root_keys",
        _INT,
        "active access keys of the root user; null = not read",
        lambda row: row.account.read.active_root_keys if row.account.read else None,
    ),
    _Coverage(
        "central_root_access",
        _BOOLEAN,
        "whether the organization has centralized root access; null = not asked, see `REPORT_ROOT_ACCESS`",
        lambda row: row.account.read.central_root_access if row.account.read else None,
    ),
)
"""Of the dataset `accounts`, in their order; a new one goes at the end."""


def not_complete(accounts: Table) -> list[Mapping[str, Value]]:
    """The rows of the accounts that were to be read, and were not or only in part."""
    return [record for record in accounts.records() if record[COVERAGE.name] in _NOT_COMPLETE]


def not_read(accounts: Table) -> str:
    """Which accounts were not read or not completely, and why, for a person; empty when all were."""
    lacking = not_complete(accounts)
    if not lacking:
        read = CoverageWord.COMPLETE.value in accounts.cells(COVERAGE)
        return "" if read else "no account was to be read: each is left out by a setting or not ACTIVE"
    named = "; ".join(map(_why, lacking[:_NAMED_ACCOUNTS]))
    more = len(lacking) - _NAMED_ACCOUNTS
    rest = f"; and {more} more, see the accounts with coverage partial or failed" if more > 0 else ""
    return f"{len(lacking)} of {len(accounts.rows)} accounts not read completely: {named}{rest}"


def _why(account: Mapping[str, Value]) -> str:
    name = f" ({account[ACCOUNT_NAME.name]})" if account[ACCOUNT_NAME.name] else ""
    step, code = account[FAILED_STEP.name], account[FAILED_CODE.name]
    cause = f" {step} {code}," if step else ""
    word = "not read" if account[COVERAGE.name] == CoverageWord.FAILED.value else "read in part"
    note = account[COVERAGE_NOTE.name] or ""
    return clean(f"{account[ACCOUNT_ID.name]}{name}: {word},{cause} {note}".strip(" ,"))
