"""An SNS topic that messages go to: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from job.aws.error_messages import told
from job.errors import PublishError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


class SnsTopic:
    """Sends messages to one topic; the attribute `owner` is for filter policies of subscriptions.

    https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
    """

    def __init__(self, client: SNSClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, *, subject: str, text: str, owner: str | None) -> None:
        """Send one message; raises PublishError with the reason when it is refused."""
        attributes: dict[str, MessageAttributeValueTypeDef] = {}
        if owner is not None:
            attributes["owner"] = {"DataType": "String", "StringValue": owner}
        try:
            self._client.publish(
                TopicArn=self._arn, Subject=subject, Message=text, MessageAttributes=attributes
            )
        except (ClientError, BotoCoreError) as error:
            raise PublishError(f"{self._arn}: {told(error)}") from error
