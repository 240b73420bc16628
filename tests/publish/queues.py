"""A topic in the embedded AWS with queues behind it, as an owner and a chat would subscribe to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from job.aws.topic import SnsTopic


@dataclass
class Queues:
    """A topic with a queue for everything, and one for what concerns `delivery`."""

    topic: SnsTopic
    client: Any
    urls: Mapping[str, str] = field(default_factory=dict)

    def received(self, name: str) -> list[dict[str, Any]]:
        answer = self.client.receive_message(QueueUrl=self.urls[name], MaxNumberOfMessages=10)
        envelopes = [orjson.loads(each["Body"]) for each in answer.get("Messages", [])]
        return [{**each, "Message": orjson.loads(each["Message"])} for each in envelopes]
