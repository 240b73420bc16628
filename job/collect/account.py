"""The steps of one account: enter it, have the report made, read the policies meanwhile, then the keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

from job.aws.failure import AwsFailure, failure_of
from job.aws.policy_documents import PolicyDocuments
from job.collect.credential_report_request import FetchedReport, NotReady, ReportDelay, ReportRequest
from job.collect.identities import (
    Details,
    add_missing_boundaries,
    attached_policies,
    read_identities,
    user_names,
)
from job.collect.keys import KeyReader
from job.collect.managed_policies import ManagedPolicies
from job.collect.member import Member, StoppedError
from job.collect.other_credentials import SECTION, read_credentials
from job.collect.root_access import RootAccess, holds_root_key, read_root_keys
from job.collect.scheduler import Later
from job.collect.stores.aggregator import Aggregator
from job.collect.stores.kinds import StoresWanted, read_stores


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedAccount:
    """One account, read as far as it could be; `document` is its snapshot file.

    `failures` is empty for an account that was read completely. `entered` is False when the role could not be
    assumed, so that nothing was read. `not_recorded` says how many of its data stores AWS Config lacks, by
    Config's resource types, where that was asked.
    """

    account_id: str
    document: dict[str, object]
    entered: bool
    role_arn: str
    api_calls: int
    retries: int
    seconds: float
    failures: tuple[AwsFailure, ...]
    not_recorded: Mapping[str, int]

    def given_up(self, failure: AwsFailure) -> CollectedAccount:
        """The account without anything that was read, and with what that is for."""
        failures = (*self.failures, failure)
        kept = {name: self.document[name] for name in ("AccountId", "CollectedAt", "Collection")}
        told = {"Failures": [each.as_json() for each in failures]}
        return replace(self, document={**kept, **told}, failures=failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedWork:
    """What all accounts of a run share."""

    policies: ManagedPolicies
    documents: PolicyDocuments
    report_delay: ReportDelay
    report_timeout: float
    keys: KeyReader
    stores: StoresWanted
    aggregator: Aggregator | None
    credentials: tuple[str, ...]
    root_access: RootAccess | None
    now: Callable[[], datetime]


Outcome: TypeAlias = "Later[CollectedAccount] | CollectedAccount"


class AccountReading:
    """Reads one account in steps, so that waiting for its report keeps no thread busy."""

    def __init__(self, member: Member, shared: SharedWork) -> None:
        self._member = member
        self._shared = shared
        self._request = ReportRequest(member)
        self._failures: list[AwsFailure] = []
        self._document: dict[str, object] = {}
        self._details: Details | None = None
        self._not_recorded: Mapping[str, int] = {}
        self._began_at = 0.0
        self._asked_at = 0.0

    def begin(self) -> Outcome:
        """The first step. Whatever goes wrong in an account stays in that account."""
        self._began_at = time.monotonic()
        return self._guarded(self._enter)

    def go_on(self) -> Outcome:
        """A later step."""
        return self._guarded(self._look_for_report)

    def _guarded(self, step: Callable[[], Outcome]) -> Outcome:
        try:
            return step()
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - the border of an account: its trouble becomes its row
            self._failures.append(failure_of("Read", error))
            return self._result(entered=True)

    def _enter(self) -> Outcome:
        refused = self._member.enter()
        if refused is not None:
            self._failures.append(refused)
            return self._result(entered=False)
        ready = self._request.generate()
        self._asked_at = time.monotonic()
        self._read_details()
        self._read_stores()
        if isinstance(ready, AwsFailure):
            return self._without_report(ready)
        return self._fetch() if ready else self._wait(0.0)

    def _look_for_report(self) -> Outcome:
        age = time.monotonic() - self._asked_at
        ready_age = min(self._shared.report_delay.seconds, self._shared.report_timeout)
        return self._wait(age) if age < ready_age else self._fetch()

    def _fetch(self) -> Outcome:
        age = time.monotonic() - self._asked_at
        report = self._request.fetch()
        match report:
            case AwsFailure():
                return self._without_report(report)
            case NotReady() if age >= self._shared.report_timeout:
                message = f"not ready after {self._shared.report_timeout:.0f} s"
                return self._without_report(
                    AwsFailure(step="GetCredentialReport", code="ReportInProgress", message=message)
                )
            case NotReady():
                self._shared.report_delay.was_early(age)
                return self._wait(age)
        self._shared.report_delay.was_ready()
        return self._read_rest(report)

    def _wait(self, age: float) -> Later[CollectedAccount]:
        """Come back at the age at which reports are usually ready; when that has passed, at a third more."""
        ready_age = max(self._shared.report_delay.seconds, age * 1.3)
        ready_age = min(ready_age, max(self._shared.report_timeout, age))
        return Later(due=self._asked_at + ready_age, step=self.go_on)

    def _without_report(self, failure: AwsFailure) -> CollectedAccount:
        self._failures.append(failure)
        return self._read_rest(None)

    def _read_details(self) -> None:
        """Everything that needs no credential report, while that is being made."""
        details = read_identities(self._member, self._shared.documents)
        if isinstance(details, AwsFailure):
            self._failures.append(details)
            return
        self._details = details
        self._failures += add_missing_boundaries(self._member, details)
        self._failures += self._shared.policies.read_new(
            self._member, attached_policies(details), self._shared.documents
        )

    def _read_stores(self) -> None:
        """Data stores, where the run asks for any."""
        if not self._shared.stores.kinds:
            return
        stores = read_stores(self._member, self._shared.stores, self._shared.aggregator)
        self._document["DataStores"] = stores.document
        self._not_recorded = stores.not_recorded
        self._failures += stores.failures

    def _read_rest(self, report: FetchedReport | None) -> CollectedAccount:
        if report is not None:
            self._document["CredentialReport"] = report.document
        if self._details is not None:
            self._document["AuthorizationDetails"] = self._details
        users = None if self._details is None else user_names(self._details)
        keys = self._shared.keys.read(self._member, users, report)
        self._failures += keys.failures
        if keys.entries is not None:
            self._document["AccessKeys"] = keys.entries
        self._read_credentials(users, report)
        self._read_root(report)
        return self._result(entered=True)

    def _read_credentials(self, users: list[str] | None, report: FetchedReport | None) -> None:
        """What users hold besides access keys."""
        parsed = None if report is None else report.parsed
        read = read_credentials(self._member, self._shared.credentials, users, parsed)
        self._document[SECTION] = read.document
        self._failures += read.failures

    def _read_root(self, report: FetchedReport | None) -> None:
        """The root user's keys by id, where the run asks for them and there is one."""
        access = self._shared.root_access
        if access is None:
            return
        if isinstance(access.enabled, bool):
            self._document["CentralRootAccess"] = access.enabled
        if not holds_root_key(None if report is None else report.parsed):
            return
        keys = read_root_keys(self._member, access)
        if isinstance(keys, AwsFailure):
            self._failures.append(keys)
        else:
            self._document["RootAccessKeys"] = keys

    def _result(self, *, entered: bool) -> CollectedAccount:
        seconds = round(time.monotonic() - self._began_at, 3)
        count = self._member.count
        failures = tuple(self._failures)
        collection = {
            "Entered": entered,
            "RoleArn": self._member.role_arn,
            "ApiCalls": count.calls,
            "Retries": count.retries,
            "Seconds": seconds,
        }
        document: dict[str, object] = {
            "AccountId": self._member.account_id,
            "CollectedAt": self._shared.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **self._document,
            "Failures": [failure.as_json() for failure in failures],
            "Collection": collection,
        }
        return CollectedAccount(
            account_id=self._member.account_id,
            document=document,
            entered=entered,
            role_arn=self._member.role_arn,
            api_calls=count.calls,
            retries=count.retries,
            seconds=seconds,
            failures=failures,
            not_recorded=self._not_recorded,
        )
