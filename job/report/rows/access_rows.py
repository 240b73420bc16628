"""`access`: one row a key and named store that it reads, with the deciding statements in a few words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from job.analyze.verdict import AdminAccess, PrincipalVerdicts, StoreAccess, Verdict
from job.report.accounts.reported import ReportedUser
from job.report.accounts.runs import ReportRun
from job.report.rows.account_rows import PlacedAccount
from job.report.rows.finding_rows import PATH, VERDICT, evidence_text, path_text
from job.report.rows.key_record import KeyRecord
from job.report.rows.key_rows import WHOSE_COLUMNS
from job.report.rows.run_columns import RUN_COLUMNS
from job.report.schema.columns import Column, ColumnType, Value
from job.snapshot.model import AccessKey

_STRING, _LIST, _BOOLEAN = ColumnType.STRING, ColumnType.LIST, ColumnType.BOOLEAN
_ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRecord:
    """One named store that one key reads; `sensitive` is None where that is not known."""

    run: ReportRun
    account: PlacedAccount
    user: ReportedUser
    key: AccessKey
    access: StoreAccess
    sensitive: bool | None


def accesses_of(key: KeyRecord) -> Iterator[AccessRecord]:
    """The stores that the key reads; as their account's administrator, the sensitive ones alone."""
    verdicts = key.verdicts
    for access in verdicts.stores if verdicts else ():
        sensitive = key.is_sensitive(access)
        if sensitive or (verdicts is not None and not is_of_administrator(verdicts, access)):
            yield AccessRecord(
                run=key.run,
                account=key.account,
                user=key.user,
                key=key.key,
                access=access,
                sensitive=sensitive,
            )


def is_of_administrator(verdicts: PrincipalVerdicts, access: StoreAccess) -> bool:
    """Whether a key reads a store because it is, or becomes, an administrator of the store's account."""
    own = verdicts.admin_access is AdminAccess.DIRECT and access.store_account_id == verdicts.account_id
    return _ADMINISTRATOR in access.via or (own and access.verdict is not Verdict.UNKNOWN)


def _hops(row: AccessRecord) -> Value:
    """Those of principals and accounts; of a user who reads as itself there is nothing to tell."""
    hops = [hop for hop in row.access.path if hop.kind != "data"]
    return path_text(hops) if len(hops) > 1 else None


def _of_store(row: AccessRecord) -> Value:
    return evidence_text([each for each in row.access.evidence if each.of_store])


_Access = Column[AccessRecord]

ACCESS_COLUMNS: tuple[Column[AccessRecord], ...] = (
    *RUN_COLUMNS,
    *WHOSE_COLUMNS,
    STORE_ARN := _Access("store_arn", _STRING, "ARN of the store", lambda row: row.access.store_arn),
    _Access(
        "store_account_id",
        _STRING,
        "the account that the store is in, twelve digits, text",
        lambda row: row.access.store_account_id,
    ),
    STORE_NAME := _Access("store_name", _STRING, "the store's name", lambda row: row.access.store_name),
    SENSITIVE := _Access(
        "sensitive",
        _BOOLEAN,
        "whether the policy file's tags make the store sensitive; null = none are given, or not read",
        lambda row: row.sensitive,
    ),
    VERDICT.over(
        lambda row: row.access.verdict.value, "`all` or `some` of the store, `conditional`, or `unknown`"
    ),
    VIA := _Access(
        "via",
        _LIST,
        "as whom: `direct`, `role:ARN`, `escalation:ID`, `admin`",
        lambda row: row.access.via,
    ),
    REASON := _Access(
        "reason",
        _STRING,
        "the deciding statements in a few words, of both sides where both decide",
        lambda row: row.access.reason or None,
    ),
    ACCESS_PATH := PATH.over(
        _hops, "the hops from the user to who reads it, as JSON as in `findings`; null = the user itself"
    ),
    STORE_STATEMENTS := _Access(
        "store_statements",
        _STRING,
        "statements of the store's own policy, its grants and its key's policy that decide, as JSON as in "
        "`findings`; null = none of them does, or the store has none",
        _of_store,
    ),
)
"""Of the dataset `access`, in their order; a new one goes at the end."""
