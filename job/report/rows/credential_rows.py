"""`credentials`: one row a long-lived credential that is no access key, with what it permits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from job.analyze.verdict import AdminAccess, PrincipalVerdicts, Verdict
from job.policy_file.company_policy import (
    AccountPolicy,
    CredentialTraits,
    PolicyException,
    Thresholds,
)
from job.report.accounts.reported import ReportedUser
from job.report.accounts.runs import ReportRun
from job.report.risk.assessment import Risk, Standing
from job.report.risk.credential_rules import assess_credential, credential_standing
from job.report.rows.account_rows import ACCOUNT_COLUMNS, PlacedAccount
from job.report.rows.key_rows import (
    ADMIN_ACCESS,
    OWNER,
    RECOMMENDED_ACTION,
    RISK_LEVEL,
    RISK_REASONS,
    STANDING_COLUMNS,
    USER_COLUMNS,
)
from job.report.rows.run_columns import RUN_COLUMNS
from job.report.schema.columns import Column, ColumnType, Value
from job.snapshot.model import CredentialKind, OtherCredential

_STRING, _INT = ColumnType.STRING, ColumnType.INT
_TIMESTAMP, _LIST = ColumnType.TIMESTAMP, ColumnType.LIST


@dataclass(frozen=True, kw_only=True)
class CredentialRecord:
    """One credential: whose it is, and what the analysis says of its owner, None where that is missing."""

    run: ReportRun
    account: PlacedAccount
    user: ReportedUser
    credential: OtherCredential
    verdicts: PrincipalVerdicts | None
    policy: AccountPolicy

    @cached_property
    def risk(self) -> Risk:
        """How bad it is."""
        return assess_credential(self)

    @cached_property
    def exceptions(self) -> tuple[PolicyException, ...]:
        """What the policy file accepts of it, expired or not, whether its rules apply or not."""
        traits = CredentialTraits(
            user_name=self.user.name,
            user_tags=self.user.tags,
            kind=self.kind,
            credential_id=self.credential.id,
        )
        return self.policy.about(traits)

    @cached_property
    def standing(self) -> Standing:
        """What of its risk is accepted on the day of the report."""
        return credential_standing(self.risk, self.exceptions, self.run.report_date)

    @property
    def owner(self) -> str | None:
        """Who owns it, by the owner tags of the policy file."""
        return self.policy.owner(self.user.tags)

    @property
    def kind(self) -> CredentialKind:
        """What it is."""
        return self.credential.kind

    @property
    def is_root(self) -> bool:
        """Whether it belongs to the root user."""
        return self.user.is_root

    @property
    def is_active(self) -> bool:
        """Whether it lets anybody in; one that has expired when it is read does not."""
        ends = self.credential.expires_at
        over = self.kind is CredentialKind.SERVICE_SPECIFIC and ends is not None and ends <= self._read_at
        return self.credential.is_active and not over

    @property
    def expires(self) -> bool:
        """Whether it ends by itself."""
        return self.credential.expires_at is not None

    @property
    def admin_access(self) -> str:
        """The word of whether its owner is, or becomes, an administrator; the root user is one."""
        if self.verdicts is None:
            return (AdminAccess.DIRECT if self.is_root else AdminAccess.UNKNOWN).value
        return self.verdicts.admin_access.value

    @property
    def mfa_active(self) -> bool | None:
        """Whether its owner has an MFA device; None where that was not read."""
        return self.user.credentials.mfa_active if self.user.credentials else None

    @property
    def thresholds(self) -> Thresholds:
        """From how many days on a credential of its account is old, very old, or unused."""
        return self.policy.thresholds

    @property
    def age_days(self) -> int | None:
        """Whole days from its creation to its reading."""
        return self._days_since(self.credential.created_at)

    @property
    def idle_days(self) -> int | None:
        """Whole days from its last use, if never from its creation, to its reading; None: not told."""
        if not self.credential.use_read:
            return None
        return self._days_since(self.credential.last_used_at or self.credential.created_at)

    @property
    def permits(self) -> Mapping[str, Verdict] | None:
        """What it permits, by capability; None where that is not known, or where it is for no service."""
        if self.verdicts is None:
            return None
        if self.kind is CredentialKind.CONSOLE_PASSWORD:
            return {name: answer.verdict for name, answer in self.verdicts.capabilities.items()}
        return self.verdicts.permits.get(self.credential.service or "")

    @property
    def _read_at(self) -> datetime:
        return self.account.collected_at or self.run.now

    def _days_since(self, moment: datetime | None) -> int | None:
        return None if moment is None else max(0, (self._read_at - moment).days)


def _permits(row: CredentialRecord) -> Value:
    permits = row.permits
    return None if permits is None else tuple(sorted(f"{name}:{word}" for name, word in permits.items()))


def _owner(row: CredentialRecord) -> str | None:
    return row.owner


def _level(row: CredentialRecord) -> str:
    return row.risk.level


def _reasons(row: CredentialRecord) -> tuple[str, ...]:
    return row.risk.reasons


def _action(row: CredentialRecord) -> str:
    return row.risk.action


def _admin_access(row: CredentialRecord) -> str:
    return row.admin_access


_Credential = Column[CredentialRecord]

CREDENTIALS_COLUMNS: tuple[Column[CredentialRecord], ...] = (
    *RUN_COLUMNS,
    *ACCOUNT_COLUMNS,
    *USER_COLUMNS,
    CREDENTIAL_KIND := _Credential(
        "credential_kind",
        _STRING,
        "`service_specific`, `ssh_public_key`, `signing_certificate` or `console_password`",
        lambda row: row.kind.value,
    ),
    CREDENTIAL_ID := _Credential(
        "credential_id",
        _STRING,
        "its id; null for a console password, which has none",
        lambda row: row.credential.id,
    ),
    _Credential(
        "credential_service",
        _STRING,
        "the one service that it opens, such as `bedrock`; null = not for one",
        lambda row: row.credential.service,
    ),
    _Credential(
        "credential_alias",
        _STRING,
        "the alias of an API key, or the user name that the service asks for",
        lambda row: row.credential.alias,
    ),
    _Credential(
        "credential_status", _STRING, "`Active`, `Inactive` or `Expired`", lambda row: row.credential.status
    ),
    _Credential(
        "credential_created_at",
        _TIMESTAMP,
        "when it was created; of a console password when it was last set",
        lambda row: row.credential.created_at,
    ),
    _Credential(
        "credential_age_days", _INT, "whole days from then to `collected_at`", lambda row: row.age_days
    ),
    _Credential(
        "credential_expires_at",
        _TIMESTAMP,
        "when it ends, or a password has to be changed; null = never",
        lambda row: row.credential.expires_at,
    ),
    _Credential(
        "credential_last_used_at",
        _TIMESTAMP,
        "when it was last used; null = never, or AWS does not tell, as of all but console passwords",
        lambda row: row.credential.last_used_at,
    ),
    _Credential(
        "permits",
        _LIST,
        "`capability:verdict` of its service, of a console password all capabilities; null = not known",
        _permits,
    ),
    OWNER.over(_owner),
    RISK_LEVEL.over(_level, "`critical`, `high`, `medium` or `low`, by the rules for credentials"),
    RISK_REASONS.over(_reasons, "ids of the rules for credentials that apply"),
    RECOMMENDED_ACTION.over(_action),
    ADMIN_ACCESS.over(_admin_access, "the owner's: `direct`, `escalates`, `conditional`, `none`, `unknown`"),
    *STANDING_COLUMNS,
)
"""Of the dataset `credentials`, in their order; a new one goes at the end."""
