"""Reads the root user's access keys of member accounts, by short sessions that may only look.

It takes centralized root access, which the organization switches on, and the management account or the
delegated administrator of IAM.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from job.aws.clients import RootClients
from job.aws.credentials import AccountCredentials
from job.aws.failure import AwsFailure, failure_of
from job.aws.policy_documents import Json
from job.collect.keys import last_use, list_keys
from job.collect.member import Member
from job.snapshot.credential_report import CredentialReport
from job.snapshot.model import ROOT_USER_NAME

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

Answer = TypeVar("Answer")

_FEATURE = "RootCredentialsManagement"
_FEATURES_STEP = "ListOrganizationsFeatures"


class RootAccess:
    """Enters member accounts as their root user; whether it is switched on is asked once a run."""

    def __init__(self, clients: RootClients, partition: str) -> None:
        self._clients = clients
        self._policy = f"arn:{partition}:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
        self._lock = threading.Lock()
        self._enabled: bool | AwsFailure | None = None

    @property
    def enabled(self) -> bool | AwsFailure:
        """Whether the organization has switched it on."""
        with self._lock:
            if self._enabled is None:
                self._enabled = self._ask()
            return self._enabled

    def enter(self, account_id: str) -> AccountCredentials | AwsFailure:
        """A session of 15 minutes as an account's root user, for looking at its credentials."""
        enabled = self.enabled
        if isinstance(enabled, AwsFailure):
            return enabled
        if not enabled:
            message = "centralized root access is switched off in this organization"
            return _failure(_FEATURES_STEP, "RootCredentialsManagementDisabled", message)
        try:
            given = self._clients.sts.assume_root(
                TargetPrincipal=account_id, TaskPolicyArn={"arn": self._policy}
            )["Credentials"]
        except (ClientError, BotoCoreError) as error:
            return failure_of("AssumeRoot", error, ROOT_USER_NAME)
        return AccountCredentials(
            access_key=given["AccessKeyId"],
            secret_key=given["SecretAccessKey"],
            token=given["SessionToken"],
            expires_at=None,
        )

    def _ask(self) -> bool | AwsFailure:
        try:
            answer = self._clients.iam.list_organizations_features()
        except (ClientError, BotoCoreError) as error:
            return failure_of(_FEATURES_STEP, error, ROOT_USER_NAME)
        return _FEATURE in (answer.get("EnabledFeatures") or ())


def holds_root_key(report: CredentialReport | None) -> bool:
    """Whether the report shows an active access key of the root user."""
    rows = () if report is None else report.rows.values()
    return any(slot.active for row in rows if row.is_root for slot in row.slots)


def read_root_keys(member: Member, access: RootAccess) -> list[Json] | AwsFailure:
    """The root user's keys with their last use, as those of users; all of it or the failure."""
    credentials = access.enter(member.account_id)
    if isinstance(credentials, AwsFailure):
        return credentials

    def ask(step: str, call: Callable[[IAMClient], Answer]) -> Answer | AwsFailure:
        return member.read_as(credentials, step, call, user=ROOT_USER_NAME)

    keys = ask("ListAccessKeys", list_keys)
    if isinstance(keys, AwsFailure):
        return keys
    entries: list[Json] = []
    for key in keys:
        key_id = key["AccessKeyId"]
        used = ask("GetAccessKeyLastUsed", partial(last_use, key_id=key_id))
        if isinstance(used, AwsFailure):
            return used
        if used is None:
            continue
        entries.append(
            {
                "UserName": ROOT_USER_NAME,
                "AccessKeyId": key_id,
                "Status": key["Status"],
                "CreateDate": str(key["CreateDate"]),
                "LastUsed": used,
            }
        )
    return entries


def _failure(step: str, code: str, message: str) -> AwsFailure:
    return AwsFailure(step=step, code=code, message=message, user=ROOT_USER_NAME)
