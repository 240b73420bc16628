"""One finding a key, as tools that follow findings over dates take them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from job.report.comparison.changes import DEACTIVATED, GONE
from job.report.comparison.key_state import KeyIdentity
from job.report.risk.assessment import ACCEPTED
from job.report.rows.account_rows import ACCOUNT_ID, ACCOUNT_NAME
from job.report.rows.build import Report
from job.report.rows.key_rows import (
    ACCESS_KEY_ID,
    CHANGE,
    FIRST_SEEN_DATE,
    KEY_CREATED_AT,
    RISK_STATUS,
    USER_NAME,
)
from job.report.schema.columns import Value


class FindingStatus(Enum):
    """How a key's finding stands on the date of a report."""

    NEW = "new"
    OPEN = "open"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFinding:
    """What a report says of one key; `uid` is the same in every report that tells of the key.

    `record` is the key's row of `keys` by column name; of a resolved one, its row of `changes`.
    """

    uid: str
    status: FindingStatus
    record: Mapping[str, Value]

    @property
    def title(self) -> str:
        """Which key it is, for people."""
        key = self.record[ACCESS_KEY_ID.name] or "without a known id"
        account = self.record[ACCOUNT_NAME.name] or self.record[ACCOUNT_ID.name]
        return f"Access key {key} of {self.record[USER_NAME.name]} in {account}"


def key_findings(report: Report) -> Iterator[KeyFinding]:
    """Those of the keys in their order, then those that signed their last request since the report before."""
    taken = Counter[str]()
    for record in report.table("keys").records():
        yield KeyFinding(uid=_told_apart(_uid(record), taken), status=_status(report, record), record=record)
    ended = (GONE,) if report.run.include_inactive else (GONE, DEACTIVATED)
    taken.clear()
    for record in report.table("changes").records():
        if record[CHANGE.name] in ended:
            uid = _told_apart(_uid(record), taken)
            yield KeyFinding(uid=uid, status=FindingStatus.RESOLVED, record=record)


def _status(report: Report, record: Mapping[str, Value]) -> FindingStatus:
    if record[RISK_STATUS.name] == ACCEPTED:
        return FindingStatus.ACCEPTED
    first = record[FIRST_SEEN_DATE.name]
    is_new = first in (None, report.run.report_date)
    return FindingStatus.NEW if is_new else FindingStatus.OPEN


def _uid(record: Mapping[str, Value]) -> str:
    key_id, created = record[ACCESS_KEY_ID.name], record[KEY_CREATED_AT.name]
    identity = KeyIdentity.of(
        str(record[ACCOUNT_ID.name]),
        str(record[USER_NAME.name]),
        str(key_id) if key_id else None,
        created if isinstance(created, datetime) else None,
    )
    return f"{identity.account_id}/{identity.mark}"


def _told_apart(uid: str, taken: Counter[str]) -> str:
    """Keys without id of one user and one creation are numbered."""
    taken[uid] += 1
    return uid if taken[uid] == 1 else f"{uid} #{taken[uid]}"
