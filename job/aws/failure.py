"""What AWS did not answer, as a value: the step, its error code and message, and the user it was about.

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
    """One step that failed; `user` is set where only that user's part is missing."""

    step: str
    code: str
    message: str
    user: str | None = None

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
        return record


def failure_of(step: str, error: Exception, user: str | None = None) -> AwsFailure:
    """The failure that an exception stands for: AWS's own code and message where it has them."""
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        code, message = str(details.get("Code", "Unknown")), redact(details.get("Message", ""))
        return AwsFailure(step=step, code=code, message=message, user=user)
    words = redact(str(error)) if isinstance(error, BotoCoreError) else redact_defect(str(error))
    return AwsFailure(step=step, code=type(error).__name__, message=words, user=user)


def error_code(error: ClientError) -> str:
    """AWS's error code of an exception."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def is_expired(error: ClientError) -> bool:
    """Whether the credentials had run out when AWS saw the request."""
    return error_code(error) in _EXPIRED
