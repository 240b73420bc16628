"""`keys`: one row a key, with what it can do and how bad that is; and the columns that tell whose it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from job.analyze.verdict import (
    AdminAccess,
    StoreCount,
    Verdict,
)
from job.report.accounts.reported import ReportedUser, key_status
from job.report.comparison.changes import ADMIN_VERDICT
from job.report.risk.assessment import Standing
from job.report.risk.replacements import how_to
from job.report.rows.account_rows import ACCOUNT_COLUMNS, ACCOUNT_ID, ACCOUNT_NAME, OfAccount
from job.report.rows.key_record import CapabilityTitle, KeyRecord
from job.report.rows.run_columns import RUN_COLUMNS
from job.report.schema.columns import Column, ColumnGroup, ColumnType, Value
from job.snapshot.model import ROOT_USER_NAME, AccessKey

_STRING, _INT, _BOOLEAN = ColumnType.STRING, ColumnType.INT, ColumnType.BOOLEAN
_DATE, _TIMESTAMP = ColumnType.DATE, ColumnType.TIMESTAMP
_LIST, _MAP = ColumnType.LIST, ColumnType.MAP

_READS = frozenset({Verdict.ALL, Verdict.SOME, Verdict.CONDITIONAL})
_ADMINISTERS = frozenset({AdminAccess.DIRECT, AdminAccess.ESCALATES, AdminAccess.CONDITIONAL})


class OfUser(Protocol):
    """A record of one user."""

    @property
    def user(self) -> ReportedUser:
        """The user, or the root user, that it is about."""


class OfKey(Protocol):
    """A record of one key."""

    @property
    def key(self) -> AccessKey:
        """The key that it is about."""


class OfOneKey(OfAccount, OfUser, OfKey, Protocol):
    """A record of one key, with whose it is."""


_User = Column[OfUser]

USER_COLUMNS = (
    PRINCIPAL_TYPE := _User(
        "principal_type",
        _STRING,
        "`iam_user` or `root`",
        lambda row: "root" if row.user.is_root else "iam_user",
    ),
    USER_NAME := _User(
        "user_name",
        _STRING,
        f"the IAM user's name, `{ROOT_USER_NAME}` for the root user",
        lambda row: row.user.name,
    ),
    USER_ARN := _User("user_arn", _STRING, "ARN of the user", lambda row: row.user.arn),
    _User(
        "user_path",
        _STRING,
        "path of the user, `/` for none; null for the root user",
        lambda row: row.user.path,
    ),
    _User("user_created_at", _TIMESTAMP, "when the user was created", lambda row: row.user.created_at),
    _User(
        "user_tags",
        _MAP,
        "all tags of the user; `{}` = none, null = not read",
        lambda row: row.user.tags,
    ),
    _User(
        "user_groups",
        _LIST,
        "groups the user is in; null = none, or not read (see `analysis_status`)",
        lambda row: tuple(sorted(row.user.groups)),
    ),
    _User(
        "console_password",
        _BOOLEAN,
        "whether it can sign in to the console; null = credential report not read",
        lambda row: row.user.credentials.password_enabled if row.user.credentials else None,
    ),
    _User(
        "password_last_used_at",
        _TIMESTAMP,
        "last console sign-in; null = never, or not read",
        lambda row: row.user.credentials.password_last_used_at if row.user.credentials else None,
    ),
    _User(
        "mfa_active",
        _BOOLEAN,
        "whether an MFA device is enabled; null = credential report not read",
        lambda row: row.user.credentials.mfa_active if row.user.credentials else None,
    ),
)

_Key = Column[OfKey]
_Record = Column[KeyRecord]


_KEY_COLUMNS = (
    ACCESS_KEY_ID := _Key(
        "access_key_id",
        _STRING,
        "id of the key; null where it was not read, as a root user's without `REPORT_ROOT_ACCESS`",
        lambda row: row.key.access_key_id,
    ),
    KEY_STATUS := _Key("key_status", _STRING, "`Active` or `Inactive`", lambda row: key_status(row.key)),
    KEY_CREATED_AT := _Key(
        "key_created_at", _TIMESTAMP, "when the key was created", lambda row: row.key.created_at
    ),
    KEY_AGE_DAYS := _Record(
        "key_age_days",
        _INT,
        "whole days from its creation to `collected_at`; being switched on again makes no key younger",
        lambda row: row.age_days,
    ),
    KEY_LAST_USED_AT := _Key(
        "key_last_used_at",
        _TIMESTAMP,
        "when it last signed a request; null = never, or not read (see `never_used`)",
        lambda row: row.key.last_use.date if row.key.last_use else None,
    ),
    DAYS_SINCE_LAST_USED := _Record(
        "days_since_last_used",
        _INT,
        "whole days from its last use to `collected_at`; null = never used, or not read",
        lambda row: row.idle_days,
    ),
    _Key(
        "key_last_used_service",
        _STRING,
        "service of the last use, such as `s3`",
        lambda row: row.key.last_use.service if row.key.last_use else None,
    ),
    _Key(
        "key_last_used_region",
        _STRING,
        "Region of the last use; null is normal for services without Regions, such as S3",
        lambda row: row.key.last_use.region if row.key.last_use else None,
    ),
    NEVER_USED := _Record(
        "never_used",
        _BOOLEAN,
        "whether it never signed a request; null = not read",
        lambda row: row.never_used,
    ),
    _Record(
        "policies",
        _LIST,
        "every policy that applies: `user/inline:NAME`, `user/ARN`, `group G/inline:NAME`, `group G/ARN`",
        lambda row: tuple(sorted(row.verdicts.policies)) if row.verdicts else None,
    ),
    _Record(
        "permissions_boundary_arn",
        _STRING,
        "the user's permissions boundary; null = none",
        lambda row: row.user.boundary_arn,
    ),
)


def _administers(words: frozenset[AdminAccess]) -> Callable[[KeyRecord], Value]:
    """Whether the word is one of these; null = unknown."""
    return lambda row: None if row.admin_access == AdminAccess.UNKNOWN else row.admin_access in words


_ADMIN_COLUMNS = (
    ADMIN_ACCESS := _Record(
        ADMIN_VERDICT,
        _STRING,
        "`direct` (is an administrator), `escalates` (becomes one), `conditional`, `none`, `unknown`",
        lambda row: row.admin_access,
    ),
    IS_ADMIN := _Record(
        "is_admin",
        _BOOLEAN,
        "`admin_access` is `direct`; null = unknown",
        _administers(frozenset({AdminAccess.DIRECT})),
    ),
    CAN_BECOME_ADMIN := _Record(
        "can_become_admin",
        _BOOLEAN,
        "`admin_access` is `direct`, `escalates` or `conditional`; null = unknown",
        _administers(_ADMINISTERS),
    ),
    _Record(
        "admin_via",
        _LIST,
        "each first step: `direct`, `escalation:E03`, `role:ARN`",
        lambda row: tuple(sorted(row.verdicts.admin_via)) if row.verdicts else None,
    ),
)


def verdict_column(capability: CapabilityTitle) -> Column[KeyRecord]:
    """What a key does with one kind of data."""
    return Column(
        capability.id,
        _STRING,
        f"{capability.title}: `all`, `some`, `conditional`, `none` or `unknown`",
        lambda row: row.words[capability.id],
        heading=capability.title,
        group=ColumnGroup.CAPABILITY,
        source=capability.id,
    )


def _via_column(capability: CapabilityTitle) -> Column[KeyRecord]:
    def value(row: KeyRecord) -> Value:
        answer = row.answer(capability.id)
        return tuple(sorted(answer.via)) if answer else None

    return Column(
        f"{capability.id}_via",
        _LIST,
        f"how, for `{capability.id}`: `direct`, `role:ARN`, `escalation:ID`, `admin`; null when none",
        value,
        group=ColumnGroup.CAPABILITY,
        source=capability.id,
    )


def _reason_column(capability: CapabilityTitle) -> Column[KeyRecord]:
    def value(row: KeyRecord) -> Value:
        answer = row.answer(capability.id)
        return answer.reason if answer else None

    return Column(
        f"{capability.id}_reason",
        _STRING,
        f"the deciding statement for `{capability.id}` in a few words",
        value,
        group=ColumnGroup.CAPABILITY,
        source=capability.id,
    )


def _can_read(name: str, capability_id: str) -> Column[KeyRecord]:
    """A capability's verdict as yes or no."""

    def value(row: KeyRecord) -> Value:
        word = row.words.get(capability_id, Verdict.UNKNOWN)
        return None if word == Verdict.UNKNOWN else word in _READS

    meaning = f"`{capability_id}` is `all`, `some` or `conditional`; null = unknown"
    return Column(name, _BOOLEAN, meaning, value)


_CAN_READ_COLUMNS = (
    _can_read("can_read_s3", "s3_read"),
    _can_read("can_read_rds", "rds_read"),
    _can_read("can_read_dynamodb", "dynamodb_read"),
)

_RESULT_COLUMNS = (
    _Record(
        "reachable_roles",
        _INT,
        "roles this key can end up in, in any number of hops; null = unknown",
        lambda row: row.verdicts.reachable_roles if row.verdicts else None,
    ),
    _Record(
        "reachable_accounts",
        _INT,
        "accounts those roles live in, its own included; null = unknown",
        lambda row: row.reachable_accounts,
    ),
    _Record(
        "limited_by",
        _LIST,
        "what narrowed a verdict: `boundary`, `scp`, `rcp`, `deny`, `condition`, `mfa`; or `quarantine`",
        lambda row: tuple(sorted(row.verdicts.limited_by)) if row.verdicts else None,
    ),
    ANALYSIS_STATUS := _Record(
        "analysis_status",
        _STRING,
        "`complete`, `partial` or `failed`",
        lambda row: row.verdicts.status if row.verdicts else "failed",
    ),
    _Record(
        "analysis_note",
        _STRING,
        "what was not looked at",
        lambda row: (
            "; ".join(row.verdicts.notes) or None
            if row.verdicts
            else "the analysis of this principal is missing"
        ),
    ),
    RISK_LEVEL := _Record(
        "risk_level",
        _STRING,
        "`critical`, `high`, `medium` or `low`, by the rules of the risk table",
        lambda row: row.risk.level,
    ),
    RISK_REASONS := _Record(
        "risk_reasons",
        _LIST,
        "ids of the rules of the risk table that apply",
        lambda row: row.risk.reasons,
    ),
    RECOMMENDED_ACTION := _Record(
        "recommended_action",
        _STRING,
        "`delete`, `deactivate`, `replace_with_role`, `rotate` or `review`",
        lambda row: row.risk.action,
    ),
    FIRST_SEEN_DATE := _Record(
        "first_seen_date",
        _DATE,
        "date of the first report that held the key; null in the first report of all",
        lambda row: row.past.first_seen,
    ),
    CHANGE := _Record(
        "change",
        _STRING,
        "since the account was last read: `new`, `unchanged`, `changed`; null = it was not read before",
        lambda row: row.past.word,
    ),
)


def _sensitive_stores(row: KeyRecord) -> Value:
    stores = row.verdicts.stores if row.verdicts else ()
    return tuple(sorted(s.store_name for s in stores if s.verdict in _READS and row.is_sensitive(s)))


def _store_columns(
    names: tuple[str, str], capability: str, stores: str
) -> tuple[Column[KeyRecord], Column[KeyRecord]]:
    """How many named stores of a kind the key reads, of how many."""

    def count(row: KeyRecord) -> StoreCount | None:
        return row.verdicts.store_counts.get(capability) if row.verdicts else None

    def readable(row: KeyRecord) -> Value:
        counted = count(row)
        return counted.readable if counted else None

    def total(row: KeyRecord) -> Value:
        counted = count(row)
        return counted.total if counted else None

    return (
        Column(names[0], _INT, f"{stores} that the key reads; null = not all were listed", readable),
        Column(names[1], _INT, f"of how many {stores} in the accounts that it reaches", total),
    )


class OfStanding(Protocol):
    """A record of something whose risk the policy file may accept."""

    @property
    def standing(self) -> Standing:
        """What of its risk is accepted on the day of the report."""


_Standing = Column[OfStanding]

STANDING_COLUMNS: tuple[Column[OfStanding], ...] = (
    EXCEPTION_ID := _Standing(
        "exception_id",
        _STRING,
        "the exception of the policy file that covers it; of several the one that ends first",
        lambda row: row.standing.exception.id if row.standing.exception else None,
    ),
    _Standing(
        "exception_expires",
        _DATE,
        "the last day of that exception",
        lambda row: row.standing.exception.expires if row.standing.exception else None,
    ),
    RISK_STATUS := _Standing(
        "risk_status",
        _STRING,
        "`accepted` when every rule that makes `risk_level` is excepted, else `open`",
        lambda row: row.standing.status,
    ),
    _Standing(
        "accepted_reasons",
        _LIST,
        "those of `risk_reasons` that are excepted on the report's date",
        lambda row: row.standing.accepted,
    ),
    OPEN_RISK_LEVEL := _Standing(
        "open_risk_level",
        _STRING,
        "the highest level of the rules that are not excepted; null = all of them are",
        lambda row: row.standing.open_level,
    ),
)
"""What the policy file accepts of something's risk, and what of it stays open."""


_LATER_COLUMNS: tuple[Column[KeyRecord], ...] = (
    KNOWN_LEAKED := _Record(
        "known_leaked",
        _BOOLEAN,
        "whether AWS found a key of the user in public and quarantined the user; null = not read",
        lambda row: row.known_leaked,
    ),
    *_store_columns(("s3_stores", "s3_stores_total"), "s3_read", "buckets"),
    *_store_columns(("rds_stores", "rds_stores_total"), "rds_read", "database clusters and instances"),
    *_store_columns(("dynamodb_stores", "dynamodb_stores_total"), "dynamodb_read", "tables"),
    *_store_columns(("secrets_stores", "secrets_stores_total"), "secrets_read", "secrets and parameters"),
    *_store_columns(("kms_stores", "kms_stores_total"), "kms_decrypt", "customer managed KMS keys"),
    OWNER := _Record(
        "owner",
        _STRING,
        "the first owner tag of the policy file that the user, then the account, has; null = none",
        lambda row: row.owner,
    ),
    *STANDING_COLUMNS,
    _Record(
        "probable_user",
        _STRING,
        "by names and tags: `person`, `pipeline`, `aws_workload`, `outside_workload`, `unknown`; null = root",
        lambda row: row.probable_user.user.value if row.probable_user else None,
    ),
    _Record(
        "probable_user_sign",
        _STRING,
        "what `probable_user` rests on; null = nothing",
        lambda row: row.probable_user.sign if row.probable_user else None,
    ),
    ACTION_HOW := _Record(
        "action_how",
        _STRING,
        "how `recommended_action` is done, by who probably uses the key",
        lambda row: how_to(row.risk.action, row.probable_user),
    ),
    _Record(
        "sensitive_stores",
        _LIST,
        "stores that the key reads and the policy file calls sensitive; null = none, or not known",
        _sensitive_stores,
    ),
)
"""Columns that came later, behind the tags: a reader by position finds the earlier ones in place."""


def keys_columns(
    inner: Sequence[CapabilityTitle],
    tags: Sequence[Column[OfAccount]],
    outer: Sequence[CapabilityTitle],
) -> tuple[Column[KeyRecord], ...]:
    """Of the dataset `keys`, in their order; a new one goes at the end of the later ones.

    `inner` are the capabilities of this program: all verdicts, all ways, all reasons. `outer` are the user's
    own, each with its three columns together: one more only adds at the end.
    """
    return (
        *RUN_COLUMNS,
        *ACCOUNT_COLUMNS,
        *USER_COLUMNS,
        *_KEY_COLUMNS,
        *_ADMIN_COLUMNS,
        *map(verdict_column, inner),
        *map(_via_column, inner),
        *map(_reason_column, inner),
        *_CAN_READ_COLUMNS,
        *_RESULT_COLUMNS,
        *tags,
        *_LATER_COLUMNS,
        *(make(each) for each in outer for make in (verdict_column, _via_column, _reason_column)),
    )


WHOSE_COLUMNS: tuple[Column[OfOneKey], ...] = (
    ACCOUNT_OF_KEY := replace(ACCOUNT_ID, meaning="twelve digits, text"),
    ACCOUNT_NAME,
    USER_NAME,
    USER_ARN,
    KEY_OF_ROW := replace(ACCESS_KEY_ID, meaning="id of the key; null where it was not read"),
    KEY_STATUS,
    KEY_CREATED_AT,
)
"""Which key a row of another dataset is about."""
