from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import boto3
import pytest

from job.aws.topic import SnsTopic
from job.errors import PublishError
from job.publish.notices import Message, Notice, NoticeKind, messages
from job.publish.notify import notify
from job.storage.folder import FolderStorage
from tests.publish.queues import Queues

DAY = date(2026, 11, 29)
LEAKED = Notice(
    kind=NoticeKind.KNOWN_LEAKED,
    owner="delivery",
    account="shop-prod",
    what="ci-deploy AKIAIOSFODNN7EXAMPLE",
    detail="critical",
)
UNREAD = Notice(
    kind=NoticeKind.UNREAD_ACCOUNT,
    owner="shop",
    account="shop-test",
    what="000000000002",
    detail="AssumeRole: AccessDenied",
)
EXPIRED = Notice(
    kind=NoticeKind.EXPIRED_EXCEPTION, owner=None, account=None, what="SEC-1", detail="expired on 2026-11-28"
)


@dataclass
class RefusingTopic:
    """Refuses the messages of one owner, and keeps the others'."""

    refused: str | None
    sent: list[str | None] = field(default_factory=list)

    def publish(self, *, subject: str, text: str, owner: str | None) -> None:
        assert subject
        assert text
        if owner == self.refused:
            raise PublishError("AuthorizationError")
        self.sent.append(owner)


def news(*notices: Notice, run_id: str = "r1") -> tuple[Message, ...]:
    return messages(notices, DAY, run_id)


def test_the_run_and_each_owner_have_a_message_and_an_owners_queue_its_own_alone(
    queues: Queues, tmp_path: Path
) -> None:
    storage = FolderStorage(tmp_path)
    assert notify(storage, queues.topic, news(LEAKED, UNREAD, EXPIRED), day=DAY, run_id="r1") == ()
    everything, own = queues.received("all"), queues.received("delivery")
    owners = [each.get("MessageAttributes", {}).get("owner", {}).get("Value") for each in everything]
    assert sorted(owners, key=str) == sorted([None, "delivery", "shop"], key=str)
    assert [each["MessageAttributes"]["owner"]["Value"] for each in own] == ["delivery"]
    assert own[0]["Message"]["content"]["description"] == (
        "1 key found in public by AWS: `ci-deploy AKIAIOSFODNN7EXAMPLE` in shop-prod: critical"
    )


def test_a_message_has_the_form_that_chat_applications_show() -> None:
    whole, delivery, _ = news(LEAKED, UNREAD, EXPIRED)
    assert (whole.owner, delivery.owner) == (None, "delivery")
    assert (whole.body["version"], whole.body["source"]) == ("1.0", "custom")
    assert whole.body["content"] == {
        "textType": "client-markdown",
        "title": "IAM access keys, 2026-11-29: 1 key found in public by AWS, 1 account no longer read, "
        "1 expired exception",
        "description": "1 key found in public by AWS: "
        "`ci-deploy AKIAIOSFODNN7EXAMPLE` in shop-prod: critical\n"
        "1 account no longer read: `000000000002` in shop-test: AssumeRole: AccessDenied\n"
        "1 expired exception: `SEC-1`: expired on 2026-11-28",
    }
    assert whole.subject == "IAM access keys, 2026-11-29: 3 to look at"


def test_nothing_is_sent_on_a_quiet_day(tmp_path: Path) -> None:
    topic = RefusingTopic(refused="nobody")
    assert notify(FolderStorage(tmp_path), topic, news(), day=DAY, run_id="r1") == ()
    assert topic.sent == []
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("again", ["r1", "r2"])
def test_the_same_news_of_a_date_are_sent_once_however_often_it_is_run(tmp_path: Path, again: str) -> None:
    storage, topic = FolderStorage(tmp_path), RefusingTopic(refused="nobody")
    notify(storage, topic, news(LEAKED), day=DAY, run_id="r1")
    notify(storage, topic, news(LEAKED, run_id=again), day=DAY, run_id=again)
    assert topic.sent == [None, "delivery"]


def test_what_is_new_since_the_first_run_of_a_date_is_sent(tmp_path: Path) -> None:
    storage, topic = FolderStorage(tmp_path), RefusingTopic(refused="nobody")
    notify(storage, topic, news(LEAKED), day=DAY, run_id="r1")
    notify(storage, topic, news(LEAKED, UNREAD, run_id="r2"), day=DAY, run_id="r2")
    assert topic.sent == [None, "delivery", None, "shop"]


def test_what_was_refused_is_told_and_sent_by_the_next_run(tmp_path: Path) -> None:
    storage, topic = FolderStorage(tmp_path), RefusingTopic(refused="delivery")
    told = notify(storage, topic, news(LEAKED, UNREAD), day=DAY, run_id="r1")
    assert told == ("the message of owner delivery was not sent: AuthorizationError",)
    assert topic.sent == [None, "shop"]
    topic.refused = "nobody"
    assert notify(storage, topic, news(LEAKED, UNREAD), day=DAY, run_id="r1") == ()
    assert topic.sent == [None, "shop", "delivery"]


def test_a_topic_that_is_gone_is_told(queues: Queues, tmp_path: Path) -> None:
    arn = "arn:aws:sns:us-east-1:123456789012:gone"
    gone = SnsTopic(boto3.client("sns", "us-east-1"), arn)
    told = notify(FolderStorage(tmp_path), gone, news(EXPIRED), day=DAY, run_id="r1")
    assert [
        each.startswith(f"the message of the run was not sent: {arn}: Publish: NotFound") for each in told
    ] == [True]
    assert queues.received("all") == []


def test_many_news_are_cut_with_their_number() -> None:
    many = [
        Notice(kind=NoticeKind.NEW_KEY, owner=None, account="a", what=f"u{n:03}", detail="high")
        for n in range(25)
    ]
    content = news(*many)[0].body["content"]
    assert isinstance(content, dict)
    lines = str(content["description"]).split("\n")
    assert lines[-1] == "… and 5 more in the report"
    assert len(lines) == 21
    assert str(content["title"]).endswith("25 new critical or high keys")


def test_names_cannot_write_markup_or_mention_anybody() -> None:
    hostile = Notice(
        kind=NoticeKind.NEW_KEY, owner=None, account="<!channel>", what="`<root_account>`\n*x*", detail="high"
    )
    assert hostile.line == "`root_account *x*` in !channel: high"
