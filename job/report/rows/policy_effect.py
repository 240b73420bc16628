"""What another policy file would change: keys and other credentials of two reports of one snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from job.report.rows.account_rows import ACCOUNT_ID, ACCOUNT_NAME
from job.report.rows.build import Report
from job.report.rows.credential_rows import CREDENTIAL_ID, CREDENTIAL_KIND
from job.report.rows.key_rows import (
    ACCESS_KEY_ID,
    EXCEPTION_ID,
    OPEN_RISK_LEVEL,
    OWNER,
    RECOMMENDED_ACTION,
    RISK_LEVEL,
    RISK_STATUS,
    USER_NAME,
)
from job.report.schema.columns import Value

_COMPARED = (RISK_LEVEL, OPEN_RISK_LEVEL, RECOMMENDED_ACTION, RISK_STATUS, EXCEPTION_ID, OWNER)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEffect:
    """A key that a policy file changes: its cells by column name, before and after, where they differ."""

    account_id: str
    account_name: str | None
    user_name: str
    access_key_id: str | None
    before: dict[str, str | None]
    after: dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialEffect:
    """A credential that is no access key and that a policy file changes, as `KeyEffect` tells it."""

    account_id: str
    account_name: str | None
    user_name: str
    credential_kind: str
    credential_id: str | None
    before: dict[str, str | None]
    after: dict[str, str | None]


def effects(before: Report, after: Report) -> Iterator[KeyEffect]:
    """Every key whose risk, standing or owner differs, in the order of the report."""
    for row, was, becomes in _differing(before, after, "keys"):
        yield KeyEffect(
            account_id=str(row[ACCOUNT_ID.name]),
            account_name=_text(row[ACCOUNT_NAME.name]),
            user_name=str(row[USER_NAME.name]),
            access_key_id=_text(row[ACCESS_KEY_ID.name]),
            before=was,
            after=becomes,
        )


def credential_effects(before: Report, after: Report) -> Iterator[CredentialEffect]:
    """The same of every other credential."""
    for row, was, becomes in _differing(before, after, "credentials"):
        yield CredentialEffect(
            account_id=str(row[ACCOUNT_ID.name]),
            account_name=_text(row[ACCOUNT_NAME.name]),
            user_name=str(row[USER_NAME.name]),
            credential_kind=str(row[CREDENTIAL_KIND.name]),
            credential_id=_text(row[CREDENTIAL_ID.name]),
            before=was,
            after=becomes,
        )


_Record: TypeAlias = "dict[str, Value]"
_Cells: TypeAlias = "dict[str, str | None]"


def _differing(before: Report, after: Report, dataset: str) -> Iterator[tuple[_Record, _Cells, _Cells]]:
    """The rows of a dataset that a policy file changes, with the cells that differ, before and after."""
    pairs = zip(before.table(dataset).records(), after.table(dataset).records(), strict=True)
    for old, new in pairs:
        names = [column.name for column in _COMPARED if old[column.name] != new[column.name]]
        if names:
            yield new, {name: _text(old[name]) for name in names}, {name: _text(new[name]) for name in names}


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
