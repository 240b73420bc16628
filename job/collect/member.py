"""One account as its role sees it: assumes the role, renews it when it expires, and counts the calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from job.aws.call_counter import NOTHING, Count
from job.aws.clients import SESSION_NAME, CallerIdentity, MemberClients
from job.aws.credentials import AccountCredentials
from job.aws.failure import AwsFailure, failure_of, is_expired
from job.aws.regional import RegionalClients

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts.type_defs import AssumeRoleRequestTypeDef

Answer = TypeVar("Answer")

_RENEW_BEFORE = timedelta(minutes=2)


class StoppedError(Exception):
    """The run is being stopped: the account is left unread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAccess:
    """How accounts are entered: by a role of one name; the task's own account without it, if need be.

    `session_policy` narrows what the role may do to what this run asks.
    """

    caller: CallerIdentity
    role_name: str
    external_id: str | None
    session_policy: str

    def arn(self, account_id: str) -> str:
        """The role's ARN in an account of the caller's partition."""
        return f"arn:{self.caller.partition}:iam::{account_id}:role/{self.role_name}"


class Member:
    """Reads one account; `calls` counts everything asked for it, `role_arn` is what it was read as."""

    def __init__(
        self,
        account_id: str,
        clients: MemberClients,
        access: RoleAccess,
        *,
        stop: threading.Event,
        now: Callable[[], datetime],
    ) -> None:
        self.account_id = account_id
        self.role_arn = access.arn(account_id)
        self.count: Count = NOTHING
        self._clients = clients
        self._access = access
        self._stop = stop
        self._now = now
        self._credentials: AccountCredentials | None = None

    def enter(self) -> AwsFailure | None:
        """Assume the role; the task's own account is entered with the task's credentials where that fails."""
        try:
            self._credentials = self._counted(self._assume)
        except (ClientError, BotoCoreError) as error:
            if self.account_id != self._access.caller.account_id:
                return failure_of("AssumeRole", error)
            self._credentials = self._clients.own_credentials()
            self.role_arn = self._access.caller.arn
        return None

    @property
    def partition(self) -> str:
        """The partition that the account is in."""
        return self._access.caller.partition

    @property
    def regional(self) -> RegionalClients:
        """The clients that read data stores, for calls within `perform`."""
        return self._clients.regional

    def read(
        self, step: str, ask: Callable[[IAMClient], Answer], *, user: str | None = None
    ) -> Answer | AwsFailure:
        """What IAM answers to one step, or the failure that it became."""
        return self.perform(step, lambda: ask(self._clients.iam), user=user)

    def read_as(
        self, credentials: AccountCredentials, step: str, ask: Callable[[IAMClient], Answer], *, user: str
    ) -> Answer | AwsFailure:
        """What IAM answers to one step by somebody else in the account, whose session is not renewed."""
        if self._stop.is_set():
            raise StoppedError
        try:
            with self._clients.acting_as(credentials):
                return self._counted(lambda: ask(self._clients.iam))
        except (ClientError, BotoCoreError) as error:
            return failure_of(step, error, user)

    def perform(
        self, step: str, call: Callable[[], Answer], *, user: str | None = None, region: str | None = None
    ) -> Answer | AwsFailure:
        """The answer to one step, or the failure that it became.

        A step whose credentials have expired is done once more from its beginning. Raises StoppedError when
        the run is being stopped.
        """
        if self._stop.is_set():
            raise StoppedError
        try:
            return self._counted(lambda: self._call_again(call))
        except (ClientError, BotoCoreError) as error:
            return failure_of(step, error, user, region=region)

    def _call_again(self, call: Callable[[], Answer]) -> Answer:
        try:
            return self._call(call)
        except ClientError as error:
            if not is_expired(error):
                raise
            self._credentials = self._renewed()
        return self._call(call)

    def _call(self, call: Callable[[], Answer]) -> Answer:
        with self._clients.acting_as(self._current()):
            return call()

    def _current(self) -> AccountCredentials:
        credentials = self._credentials
        if credentials is None or (
            credentials.expires_at is not None and self._now() > credentials.expires_at - _RENEW_BEFORE
        ):
            credentials = self._credentials = self._renewed()
        return credentials

    def _renewed(self) -> AccountCredentials:
        if self.role_arn == self._access.caller.arn:
            return self._clients.own_credentials()
        return self._assume()

    def _assume(self) -> AccountCredentials:
        """Role chaining caps the session at one hour, which is also what AssumeRole gives unasked.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
        """
        request: AssumeRoleRequestTypeDef = {
            "RoleArn": self.role_arn,
            "RoleSessionName": SESSION_NAME,
            "Policy": self._access.session_policy,
        }
        if self._access.external_id is not None:
            request["ExternalId"] = self._access.external_id
        given = self._clients.sts.assume_role(**request)["Credentials"]
        return AccountCredentials(
            access_key=given["AccessKeyId"],
            secret_key=given["SecretAccessKey"],
            token=given["SessionToken"],
            expires_at=given["Expiration"].astimezone(UTC),
        )

    def _counted(self, ask: Callable[[], Answer]) -> Answer:
        before = self._clients.call_counter.count
        try:
            return ask()
        finally:
            self.count = self.count.plus(self._clients.call_counter.count.since(before))
