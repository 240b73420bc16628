from __future__ import annotations

from collections.abc import Iterator

import boto3
import orjson
import pytest
from moto import mock_aws

from job.aws.topic import SnsTopic
from tests.publish.queues import Queues


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    with mock_aws():
        sns, sqs = boto3.client("sns", "us-east-1"), boto3.client("sqs", "us-east-1")
        arn = sns.create_topic(Name="changes")["TopicArn"]
        urls = {}
        for name, policy in (("all", {}), ("delivery", {"owner": ["delivery"]})):
            urls[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
            queue = sqs.get_queue_attributes(QueueUrl=urls[name], AttributeNames=["QueueArn"])
            attributes = {"FilterPolicy": orjson.dumps(policy).decode()} if policy else {}
            sns.subscribe(
                TopicArn=arn,
                Protocol="sqs",
                Endpoint=queue["Attributes"]["QueueArn"],
                Attributes=attributes,
            )
        yield Queues(topic=SnsTopic(sns, arn), client=sqs, urls=urls)
