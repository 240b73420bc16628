"""What AWS did not answer, as a value: the step, its error code and message, the user or Region it was about.

A message goes into the snapshot and the report, so no secret does that an error might repeat.
"""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from job.aws.policy_documents import JsonObject
from job.redaction import redact, redact_defect

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
# What is wrong with the credentials of all requests, so that each fails alike.
_OF_IDENTITY = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "RequestExpired",
        "NoCredentialsError",
        "UnauthorizedSSOTokenError",
        "TokenRetrievalError",
        "CredentialRetrievalError",
        "AWSOrganizationsNotInUseException",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsFailure:
    """One step that failed; `user` or `region` is set where only that user's or Region's part is missing."""

    step: str
    code: str
    message: str
    user: str | None = None
    region: str | None = None

    @property
    def is_denial(self) -> bool:
        """Whether AWS refused permission: asking again for the same user will not help."""
        return self.code in _DENIED

    @property
    def is_of_identity(self) -> bool:
        """Whether it is about who asks, not about what is asked: every other request fails, too."""
        return self.code in _OF_IDENTITY

    def as_json(self) -> JsonObject:
        """The form in snapshot files."""
        record: JsonObject = {"Step": self.step, "Code": self.code, "Message": self.message}
        if self.user is not None:
            record["UserName"] = self.user
        if self.region is not None:
            record["Region"] = self.region
        return record


def failure_of(
    step: str, error: Exception, user: str | None = None, *, region: str | None = None
) -> AwsFailure:
    """The failure that an exception stands for: AWS's own code and message where it has them."""
    code, message = _code_and_message(error)
    return AwsFailure(step=step, code=code, message=message, user=user, region=region)


def _code_and_message(error: Exception) -> tuple[str, str]:
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        return str(details.get("Code", "Unknown")), redact(details.get("Message", ""))
    words = redact(str(error)) if isinstance(error, BotoCoreError) else redact_defect(str(error))
    return type(error).__name__, words


def error_code(error: ClientError) -> str:
    """AWS's error code of an exception."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def is_expired(error: ClientError) -> bool:
    """Whether the credentials had run out when AWS saw the request."""
    return error_code(error) in _EXPIRED
