"""Reads each distinct AWS managed policy once for the whole organization, in the account that meets it first.

GetPolicy and GetPolicyVersion ask for exactly the policies that are in use, of which an organization has one
or two hundred. The authorization details could hold them too, but would send the same documents from every
account, and leave out those that serve as a boundary only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from job.aws.failure import AwsFailure
from job.aws.policy_documents import PolicyDocuments
from job.collect.identities import decode_documents
from job.collect.member import Member

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_AWS_OWNED = ":iam::aws:policy/"


class ManagedPolicies:
    """The policies read so far, shared by all accounts of a run; safe for threads.

    `known` is `managed-policies.json` of a run that is being continued. A policy that cannot be read in one
    account is tried again in the next that has it.
    """

    def __init__(self, known: Iterable[Mapping[str, Any]] = ()) -> None:
        self._lock = threading.Lock()
        self._read: dict[str, Mapping[str, Any]] = {each["Arn"]: each for each in known}
        self._claimed = set(self._read)
        self._saved = len(self._read)

    def document(self) -> dict[str, object]:
        """`managed-policies.json`: everything read so far, sorted by ARN."""
        with self._lock:
            self._saved = len(self._read)
            return {"Policies": [self._read[arn] for arn in sorted(self._read)]}

    @property
    def has_news(self) -> bool:
        """Whether policies were read since `document` was last asked for.

        Saving that document before the account that brought the news is what lets a killed run be continued.
        """
        return len(self._read) != self._saved

    def read_new(
        self, member: Member, arns: Iterable[str], documents: PolicyDocuments
    ) -> tuple[AwsFailure, ...]:
        """Read those of the policies that are AWS's and that no account has read; what failed is returned."""
        failures = []
        for arn in self._claim(arns):
            policy = member.read("GetPolicyVersion", partial(_read_policy, arn=arn))
            if isinstance(policy, AwsFailure):
                failures.append(policy)
                self._give_back(arn)
            else:
                decode_documents(policy, documents.decode)
                self._keep(arn, policy)
        return tuple(failures)

    def _claim(self, arns: Iterable[str]) -> list[str]:
        with self._lock:
            new = sorted({arn for arn in arns if _AWS_OWNED in arn} - self._claimed)
            self._claimed.update(new)
            return new

    def _give_back(self, arn: str) -> None:
        with self._lock:
            self._claimed.discard(arn)

    def _keep(self, arn: str, policy: Mapping[str, Any]) -> None:
        with self._lock:
            self._read[arn] = policy


def _read_policy(iam: IAMClient, arn: str) -> dict[str, Any]:
    """A policy with its default version, in the form of the authorization details."""
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    kept = ("PolicyName", "PolicyId", "Arn", "Path", "DefaultVersionId")
    return {name: policy.get(name) for name in kept} | {"PolicyVersionList": [{**version}]}
