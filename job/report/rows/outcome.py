"""What a run found out about one account, before any of it is a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from job.policy_file.company_policy import AccountPolicy, PolicyException
from job.policy_file.usage import Usage
from job.report.rows.access_rows import AccessRecord, accesses_of
from job.report.rows.account_rows import AccountRecord
from job.report.rows.change_rows import ChangeRecord
from job.report.rows.credential_rows import CredentialRecord
from job.report.rows.finding_rows import FindingRecord, findings_of
from job.report.rows.key_record import KeyRecord
from job.report.rows.store_rows import StoreRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOutcome:
    """The records of one account; `account` and `policy` are None for one that left the organization.

    Records are in the report's order. `keys` are those that the report has rows for. `stores` come by
    themselves, when the keys of all accounts are known.
    """

    account: AccountRecord | None
    keys: tuple[KeyRecord, ...]
    changes: tuple[ChangeRecord, ...]
    policy: AccountPolicy | None
    stores: tuple[StoreRecord, ...] = ()
    credentials: tuple[CredentialRecord, ...] = ()

    @property
    def usage(self) -> Usage:
        """Which parts of the policy file were about it and its keys."""
        override = self.policy.override if self.policy else None
        keys, credentials = _about(self.keys), _about(self.credentials)
        return Usage(
            overrides=frozenset() if override is None else frozenset({override.line}),
            matching=frozenset(exception.id for _, exception in (*keys, *credentials)),
            needed=_needed(keys),
            needed_by_credentials=_needed(credentials),
            owner_tags=self._owner_tags(),
            account_tags=frozenset(
                tag
                for each in self.accounts
                for tag in each.run.policy.sensitive.fitting_account_tags(each.account.listed.tags)
            ),
            store_tags=frozenset(
                tag
                for each in self.stores
                for tag in each.run.policy.sensitive.fitting_store_tags(each.opening.store.tags)
            ),
            stores=bool(self.stores),
        )

    def _owner_tags(self) -> frozenset[str]:
        """The owner tags that a user with a reported key or credential has, or the account."""
        held: tuple[_Held, ...] = (*self.keys, *self.credentials)
        tagged = [each.user.tags for each in held]
        tagged += [each.account.listed.tags for each in self.accounts if held]
        names = self.policy.owner_tags if self.policy else ()
        return frozenset(name for name in names if any(tags and tags.get(name) for tags in tagged))

    @property
    def accounts(self) -> tuple[AccountRecord, ...]:
        """The account, if there is one."""
        return () if self.account is None else (self.account,)

    @property
    def findings(self) -> Iterator[FindingRecord]:
        """Every finding about the keys."""
        return (finding for key in self.keys for finding in findings_of(key))

    @property
    def accesses(self) -> Iterator[AccessRecord]:
        """Every named store that the keys read."""
        return (access for key in self.keys for access in accesses_of(key))


_Held = KeyRecord | CredentialRecord


def _about(held: Iterable[_Held]) -> list[tuple[_Held, PolicyException]]:
    """Each with every exception that is about it."""
    return [(each, exception) for each in held for exception in each.exceptions]


def _needed(about: Iterable[tuple[_Held, PolicyException]]) -> Mapping[str, int]:
    """How many of them a rule of an exception applies to, by its id."""
    return Counter(
        exception.id for each, exception in about if not exception.rules.isdisjoint(each.risk.reasons)
    )
