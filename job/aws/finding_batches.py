"""Security Hub as findings are imported: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html.

Findings go to the hub of the caller's own account: with a custom product, AWS takes no others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from botocore.exceptions import BotoCoreError, ClientError

from job.aws.error_messages import told
from job.aws.policy_documents import JsonObject
from job.errors import PublishError

if TYPE_CHECKING:
    from mypy_boto3_securityhub import SecurityHubClient
    from mypy_boto3_securityhub.type_defs import AwsSecurityFindingTypeDef

    from job.aws.clients import CallerIdentity


class SecurityHub:
    """The hub of one account and Region."""

    def __init__(self, client: SecurityHubClient, caller: CallerIdentity) -> None:
        self._client = client
        self.account_id = caller.account_id
        self.partition = caller.partition

    @property
    def product_arn(self) -> str:
        """The product that findings of one's own belong to."""
        place = f"{self._client.meta.region_name}:{self.account_id}"
        return f"arn:{self.partition}:securityhub:{place}:product/{self.account_id}/default"

    def import_findings(self, findings: Sequence[JsonObject]) -> Mapping[str, str]:
        """Send at most 100; answers why not, by the id of each that was not taken.

        Raises PublishError with the reason when all are refused.
        """
        asked = cast("list[AwsSecurityFindingTypeDef]", list(findings))
        try:
            answer = self._client.batch_import_findings(Findings=asked)
        except (ClientError, BotoCoreError) as error:
            raise PublishError(f"{self.product_arn}: {told(error)}") from error
        return {
            failed["Id"]: f"{failed['ErrorCode']}: {failed['ErrorMessage']}"
            for failed in answer.get("FailedFindings", [])
        }
