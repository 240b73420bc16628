"""What another policy file would change: the keys of two reports of one snapshot, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from job.report.rows.account_rows import ACCOUNT_ID, ACCOUNT_NAME
from job.report.rows.build import Report
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


def effects(before: Report, after: Report) -> Iterator[KeyEffect]:
    """Every key whose risk, standing or owner differs, in the order of the report."""
    pairs = zip(before.table("keys").records(), after.table("keys").records(), strict=True)
    for old, new in pairs:
        differing = [column.name for column in _COMPARED if old[column.name] != new[column.name]]
        if differing:
            yield KeyEffect(
                account_id=str(new[ACCOUNT_ID.name]),
                account_name=_text(new[ACCOUNT_NAME.name]),
                user_name=str(new[USER_NAME.name]),
                access_key_id=_text(new[ACCESS_KEY_ID.name]),
                before={name: _text(old[name]) for name in differing},
                after={name: _text(new[name]) for name in differing},
            )


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
