"""What a person should know of a run, and the messages that say it: one for the run, one for each owner.

Messages have the form that Amazon Q Developer shows in chat applications, and name accounts, users, keys and
owners: no policy, and no tag beyond the owner.
https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

import orjson

from job.policy_file.company_policy import AccountTraits
from job.report.accounts.coverage import CoverageWord
from job.report.comparison.changes import ACTIVATED, ADMIN_VERDICT, GAINED, LEAKED, NEW
from job.report.rows.account_rows import ACCOUNT_ID, ACCOUNT_NAME, COVERAGE, FAILED_CODE, FAILED_STEP
from job.report.rows.build import Report
from job.report.rows.finding_rows import CAPABILITY
from job.report.rows.key_rows import (
    ACCESS_KEY_ID,
    CHANGE,
    KEY_CREATED_AT,
    KNOWN_LEAKED,
    OPEN_RISK_LEVEL,
    OWNER,
    RECOMMENDED_ACTION,
    USER_NAME,
)
from job.report.schema.columns import Value
from job.snapshot.model import JsonObject

_LISTED = 20
_LONGEST_NAME = 100
# What markup in a chat begins with, and what would mention everybody there.
_MARKUP = str.maketrans(dict.fromkeys("`<>&|\\"))


class NoticeKind(Enum):
    """A kind of news, in words: of one, and of several."""

    KNOWN_LEAKED = ("key found in public by AWS", "keys found in public by AWS")
    NEW_KEY = ("new critical or high key", "new critical or high keys")
    NEW_ADMINISTRATOR = ("newly an administrator", "newly administrators")
    UNREAD_ACCOUNT = ("account no longer read", "accounts no longer read")
    EXPIRED_EXCEPTION = ("expired exception", "expired exceptions")

    def counted(self, number: int) -> str:
        """So many of them, in words."""
        return f"{number} {self.value[0] if number == 1 else self.value[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One piece of news; `what` names the key, account or exception, `detail` says what became of it."""

    kind: NoticeKind
    owner: str | None
    account: str | None
    what: str
    detail: str

    @property
    def line(self) -> str:
        """It in one line of a message."""
        place = f" in {plain(self.account)}" if self.account else ""
        return f"`{plain(self.what)}`{place}: {plain(self.detail)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent: `owner` is None for the whole run's, `id` the same for the same news of a date."""

    id: str
    owner: str | None
    subject: str
    body: JsonObject

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return orjson.dumps(self.body).decode()


def messages(notices: Sequence[Notice], report_date: date, run_id: str) -> tuple[Message, ...]:
    """The messages of a run; none when there is no news."""
    if not notices:
        return ()
    owners = sorted({notice.owner for notice in notices if notice.owner})
    return (
        _message(notices, None, report_date, run_id),
        *(
            _message([each for each in notices if each.owner == owner], owner, report_date, run_id)
            for owner in owners
        ),
    )


def _message(notices: Sequence[Notice], owner: str | None, report_date: date, run_id: str) -> Message:
    lines = list(_lines(notices))
    identity = "\n".join((report_date.isoformat(), owner or "", *lines))
    digest = hashlib.sha256(identity.encode()).hexdigest()
    counts = Counter(notice.kind for notice in notices)
    title = ", ".join(kind.counted(counts[kind]) for kind in NoticeKind if counts[kind])
    shown = lines[:_LISTED]
    if more := len(lines) - len(shown):
        shown.append(f"… and {more} more in the report")
    context = {
        "report_date": report_date.isoformat(),
        "run_id": run_id,
        **({"owner": owner} if owner else {}),
    }
    return Message(
        id=digest,
        owner=owner,
        subject=f"IAM access keys, {report_date}: {len(notices)} to look at",
        body={
            "version": "1.0",
            "source": "custom",
            "id": digest,
            "content": {
                "textType": "client-markdown",
                "title": f"IAM access keys, {report_date}: {title}",
                "description": "\n".join(shown),
            },
            "metadata": {
                "threadId": f"iam-access-key-report-{report_date}-{digest[:12]}",
                "summary": title,
                "eventType": "iam-access-key-report",
                "additionalContext": dict(context),
            },
        },
    )


def _lines(notices: Iterable[Notice]) -> Iterable[str]:
    """Each piece of news once, the gravest kind first."""
    order = list(NoticeKind)
    told = sorted(
        {(order.index(notice.kind), f"{notice.kind.counted(1)}: {notice.line}") for notice in notices}
    )
    return (line for _, line in told)


def notices_of(report: Report) -> tuple[Notice, ...]:
    """What is new since the report before; nothing where there is none to compare with."""
    if report.previous is None:
        return ()
    return (
        *_of_keys(report),
        *_unread_accounts(report, report.previous.unread),
        *_expired_exceptions(report, report.previous.report_date),
    )


def _of_keys(report: Report) -> Iterator[Notice]:
    keys = {_identity(record): record for record in report.table("keys").records()}
    for change in report.table("changes").records():
        record = keys.get(_identity(change))
        kind = _kind(change, record) if record else None
        if record and kind:
            yield Notice(
                kind=kind,
                owner=_text(record[OWNER.name]),
                account=_account(record),
                what=" ".join(filter(None, (str(record[USER_NAME.name]), _text(record[ACCESS_KEY_ID.name])))),
                detail=f"{_text(record[OPEN_RISK_LEVEL.name]) or 'accepted'}, "
                f"next: {str(record[RECOMMENDED_ACTION.name]).replace('_', ' ')}",
            )


def _kind(change: Mapping[str, Value], record: Mapping[str, Value]) -> NoticeKind | None:
    """What a change of a key is news of; a key that is accepted or low is none when it appears."""
    word = change[CHANGE.name]
    if word in (NEW, ACTIVATED) and record[KNOWN_LEAKED.name] is True:
        return NoticeKind.KNOWN_LEAKED
    if word in (NEW, ACTIVATED) and record[OPEN_RISK_LEVEL.name] in ("critical", "high"):
        return NoticeKind.NEW_KEY
    if word == LEAKED:
        return NoticeKind.KNOWN_LEAKED
    if word == GAINED and change[CAPABILITY.name] == ADMIN_VERDICT:
        return NoticeKind.NEW_ADMINISTRATOR
    return None


def _unread_accounts(report: Report, before: Collection[str]) -> Iterator[Notice]:
    known = report.previous.accounts if report.previous else {}
    for record in report.table("accounts").records():
        account_id = str(record[ACCOUNT_ID.name])
        if record[COVERAGE.name] != CoverageWord.FAILED or account_id in before or account_id not in known:
            continue
        listed = report.organization.accounts.get(account_id)
        traits = AccountTraits(account_id=account_id, ou_path=None, tags=listed.tags if listed else None)
        yield Notice(
            kind=NoticeKind.UNREAD_ACCOUNT,
            owner=report.run.policy.in_account(traits).account_owner,
            account=_account(record),
            what=account_id,
            detail=": ".join(
                filter(None, (_text(record[FAILED_STEP.name]), _text(record[FAILED_CODE.name])))
            ),
        )


def _expired_exceptions(report: Report, before: date) -> Iterator[Notice]:
    for exception in report.run.policy.exceptions:
        if exception.holds_on(before) and not exception.holds_on(report.run.report_date):
            yield Notice(
                kind=NoticeKind.EXPIRED_EXCEPTION,
                owner=exception.owner,
                account=None,
                what=exception.id,
                detail=f"expired on {exception.expires}",
            )


def _identity(record: Mapping[str, Value]) -> tuple[Value, ...]:
    columns = (ACCOUNT_ID, USER_NAME, ACCESS_KEY_ID, KEY_CREATED_AT)
    return tuple(record[column.name] for column in columns)


def _account(record: Mapping[str, Value]) -> str:
    return str(record[ACCOUNT_NAME.name] or record[ACCOUNT_ID.name])


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def plain(text: str) -> str:
    """A name as a chat shows it: without markup, in one line, cut where it is very long."""
    shown = "".join(char if char.isprintable() else " " for char in text.translate(_MARKUP))
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"
