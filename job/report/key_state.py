"""What a report remembers of a key, for the next report to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from job.report.values import timestamp_text


class KeyIdentity(NamedTuple):
    """What makes a key the same one in two reports: its id, or its creation for a root key without one."""

    account_id: str
    user_name: str
    mark: str

    @classmethod
    def of(
        cls, account_id: str, user_name: str, access_key_id: str | None, created_at: datetime | None
    ) -> KeyIdentity:
        """The identity of a key of that user."""
        created = timestamp_text(created_at) if created_at else ""
        return cls(account_id, user_name, access_key_id or f"created {created}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """One key as one report saw it; `verdicts` are by `admin_access` or capability id."""

    identity: KeyIdentity
    access_key_id: str | None
    account_name: str | None
    user_arn: str | None
    status: str
    created_at: datetime | None
    last_used_at: datetime | None
    never_used: bool | None
    verdicts: Mapping[str, str]
    first_seen: date | None = None
