"""What a person should know of a run, and the messages that say it: one for the run, one for each owner.

Messages have the form that Amazon Q Developer shows in chat applications, and name accounts, users, keys and
owners: no policy, and no tag beyond the owner.
https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

import orjson

from job.snapshot.model import JsonObject

_LISTED = 20
_LONGEST_NAME = 100
# What markup in a chat begins with, and what would mention everybody there.
_MARKUP = str.maketrans(dict.fromkeys("`<>&|\\"))


class NoticeKind(Enum):
    """A kind of news: its name for programs, and what it is called when there is one, and more."""

    KNOWN_LEAKED = ("known_leaked", "key found in public by AWS", "keys found in public by AWS")
    NEW_KEY = ("new_key", "new critical or high key", "new critical or high keys")
    NEW_ADMINISTRATOR = ("new_administrator", "newly an administrator", "newly administrators")
    UNREAD_ACCOUNT = ("unread_account", "account no longer read", "accounts no longer read")
    EXPIRED_EXCEPTION = ("expired_exception", "expired exception", "expired exceptions")

    def counted(self, number: int) -> str:
        """So many of them, in words."""
        return f"{number} {self.value[1] if number == 1 else self.value[2]}"


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


def plain(text: str) -> str:
    """A name as a chat shows it: without markup, in one line, cut where it is very long."""
    shown = "".join(char if char.isprintable() else " " for char in text.translate(_MARKUP))
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"
