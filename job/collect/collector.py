"""Reads many accounts at the same time and hands each out when it is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from job.aws.clients import CallerIdentity, MemberClients
from job.aws.policy_documents import PolicyDocuments
from job.collect.account import AccountReading, CollectedAccount, SharedWork
from job.collect.credential_report_request import FIRST_GUESS, ReportDelay
from job.collect.keys import KeyReader
from job.collect.managed_policies import ManagedPolicies
from job.collect.member import Member, RoleAccess
from job.collect.root_access import RootAccess
from job.collect.scheduler import Later, Scheduler, Task
from job.collect.stores.aggregator import Aggregator
from job.collect.stores.kinds import StoresWanted
from job.permissions import member_permissions, session_policy
from job.settings.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_config import ConfigServiceClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """What it takes to read accounts: clients, who the task is, what all accounts share, and the clock.

    When `stop` is set no account is begun and those under way are given up. `first_guess` is the age, in
    seconds, at which the first credential report is asked for.
    """

    clients: MemberClients
    caller: CallerIdentity
    settings: Settings
    policies: ManagedPolicies
    stop: threading.Event
    now: Callable[[], datetime]
    root_access: RootAccess | None = None
    config: ConfigServiceClient | None = None
    first_guess: float = FIRST_GUESS

    def collect(
        self,
        account_ids: Iterable[str],
        *,
        already: Collection[str] = frozenset(),
        sizes: Mapping[str, int] | None = None,
    ) -> Iterator[CollectedAccount]:
        """Read accounts, the largest of those known first, and yield each when it is done.

        Those in `already` are left out. `sizes` are of an earlier run, in calls.

        `account_ids` may still be growing, as a generator over a listing does: it is read in a thread of its
        own, and what it raises is raised here after the accounts before it. After a stop the iterator ends
        within a few seconds.
        """
        shared, access = self._shared_work(), self._role_access()

        def begin(account_id: str) -> Later[CollectedAccount] | CollectedAccount:
            member = Member(account_id, self.clients, access, stop=self.stop, now=self.now)
            return AccountReading(member, shared).begin()

        scheduler: Scheduler[CollectedAccount] = Scheduler(self.settings.max_concurrency, self.stop)
        wanted = _announced((each for each in account_ids if each not in already), shared.aggregator)
        return scheduler.run(Task(partial(begin, each), size=(sizes or {}).get(each, 0)) for each in wanted)

    def _shared_work(self) -> SharedWork:
        return SharedWork(
            policies=self.policies,
            documents=PolicyDocuments(),
            report_delay=ReportDelay(self.first_guess),
            report_timeout=self.settings.credential_report_timeout,
            keys=KeyReader(include_inactive=self.settings.include_inactive),
            stores=StoresWanted.of(self.settings),
            aggregator=self._aggregator(),
            credentials=self.settings.credentials,
            root_access=self.root_access,
            now=self.now,
        )

    def _aggregator(self) -> Aggregator | None:
        named = self.settings.config_aggregator
        if self.config is None or named is None:
            return None
        name = named.rpartition("/")[2]
        return Aggregator(self.config, name, self.settings.data_stores, self.stop)

    def _role_access(self) -> RoleAccess:
        secret = self.settings.external_id
        return RoleAccess(
            caller=self.caller,
            role_name=self.settings.member_role,
            external_id=None if secret is None else secret.get_secret_value(),
            session_policy=session_policy(
                member_permissions(
                    credentials=self.settings.credentials, data_stores=self.settings.data_stores
                )
            ),
        )


def _announced(account_ids: Iterable[str], aggregator: Aggregator | None) -> Iterator[str]:
    """The accounts, each told to the aggregator before it is begun."""
    for account_id in account_ids:
        if aggregator is not None:
            aggregator.expect(account_id)
        yield account_id
