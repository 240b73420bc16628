"""What AWS did not answer, as a value: the step, its error code and message, and the user it was about."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError

from job.aws.documents import JsonObject

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
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
        return AwsFailure(
            step=step, code=str(details.get("Code", "Unknown")), message=details.get("Message", ""), user=user
        )
    return AwsFailure(step=step, code=type(error).__name__, message=str(error), user=user)


def error_code(error: ClientError) -> str:
    """AWS's error code of an exception."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def is_expired(error: ClientError) -> bool:
    """Whether the credentials had run out when AWS saw the request."""
    return error_code(error) in _EXPIRED
