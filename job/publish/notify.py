"""Sends what is new after a report is published, each message once for a date, however often it is run.

What was sent is written beside the run's summary after each message. All runs of the date are looked at, as
a scheduler that delivers twice starts two. A run killed between a message and its note sends that one again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Protocol

import orjson

from job.errors import PublishError, SnapshotError
from job.publish.layout import run_folder, run_notifications_key
from job.publish.notices import Message
from job.publish.published_runs import list_or_refuse, read_json
from job.storage.storage import Storage

_JSON_TYPE = "application/json"


class Topic(Protocol):
    """Where messages go."""

    def publish(self, *, subject: str, text: str, owner: str | None) -> None:
        """Send one; raises PublishError with the reason when it is refused."""


def notify(
    storage: Storage, topic: Topic, messages: Sequence[Message], *, day: date, run_id: str
) -> tuple[str, ...]:
    """Send those messages that no run of the date has sent; answers what could not be sent, and why."""
    if not messages:
        return ()
    try:
        return tuple(_send(storage, topic, messages, day, run_id))
    except (PublishError, SnapshotError) as error:
        return (f"not all messages were sent: {error}",)


def _send(
    storage: Storage, topic: Topic, messages: Iterable[Message], day: date, run_id: str
) -> Iterator[str]:
    own = run_notifications_key(day, run_id)
    before = {key: set(_sent(storage, key)) for key in list_or_refuse(storage, run_folder(day))}
    sent = before.get(own, set())
    everywhere = set[str]().union(*before.values())
    for message in messages:
        if message.id in everywhere:
            continue
        try:
            topic.publish(subject=message.subject, text=message.text, owner=message.owner)
        except PublishError as error:
            yield f"the message {_whose(message)} was not sent: {error}"
            continue
        sent.add(message.id)
        storage.write(own, orjson.dumps({"sent": sorted(sent)}), _JSON_TYPE)


def _whose(message: Message) -> str:
    return f"of owner {message.owner}" if message.owner else "of the run"


def _sent(storage: Storage, key: str) -> Iterator[str]:
    if key.endswith("/notifications.json"):
        match read_json(storage, key):
            case {"sent": list(ids)}:
                yield from (each for each in ids if isinstance(each, str))
