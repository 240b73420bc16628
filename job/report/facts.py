"""The few facts of an account that its rows need, taken out while whole accounts stream by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from job.report.key_state import Reading
from job.snapshot.model import (
    ACCESS_KEYS,
    CREDENTIAL_REPORT,
    AccessKey,
    Account,
    Credentials,
    Failure,
    RootUser,
    User,
)

ROOT_USER_NAME = "<root_account>"
_NAMED_STEPS = 10
_STATUS = {True: "Active", False: "Inactive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalFacts:
    """One user, or the root user, that has access keys; `tags` is None when they were not read."""

    user_name: str
    arn: str
    path: str | None
    created_at: datetime | None
    tags: Mapping[str, str] | None
    groups: tuple[str, ...]
    boundary_arn: str | None
    credentials: Credentials | None
    keys: tuple[AccessKey, ...]

    @property
    def is_root(self) -> bool:
        """Whether it is the account's root user."""
        return self.user_name == ROOT_USER_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """One account that was read, wholly or in part.

    `users` is None when they were not read. `all_keys_read` is False when some keys may be missing from
    `principals`, which lists every principal with keys in the order of user names. `users_known` is False
    when there may be users whom nothing tells of, `root_known` when nothing tells of root's keys; `unlisted`
    are the users whose keys AWS did not list, so that at best a credential report shows them, without ids.
    """

    account_id: str
    collected_at: datetime | None
    credential_report_at: datetime | None
    identities_read: bool
    credential_report_read: bool
    all_keys_read: bool
    users: int | None
    principals: tuple[PrincipalFacts, ...]
    failures: tuple[Failure, ...]
    users_known: bool
    root_known: bool
    unlisted: frozenset[str]

    @classmethod
    def of(cls, account: Account) -> AccountFacts:
        """What the report needs of an account; the account itself may then be forgotten."""
        known = account.identities_read or account.credential_report_read
        return cls(
            account_id=account.account_id,
            collected_at=account.collected_at,
            credential_report_at=account.credential_report_at,
            identities_read=account.identities_read,
            credential_report_read=account.credential_report_read,
            all_keys_read=account.credential_report_read and _all_listed(account.users),
            users=len(account.users) if known else None,
            principals=tuple(sorted(_with_keys(account), key=lambda principal: principal.user_name)),
            failures=account.failures,
            users_known=account.identities_read or (account.credential_report_read and not _damaged(account)),
            root_known=account.root is not None,
            unlisted=_unlisted(account),
        )

    def knows(self, user_name: str) -> bool:
        """Whether a key of that user, existing or not, that is not among `principals` does not exist."""
        if user_name == ROOT_USER_NAME:
            return self.root_known
        listed = self.users_known or any(each.user_name == user_name for each in self.principals)
        return listed and user_name not in self.unlisted

    @property
    def keys(self) -> tuple[AccessKey, ...]:
        """Every key that was read, inactive ones included."""
        return tuple(key for principal in self.principals for key in principal.keys)

    @property
    def nothing_read(self) -> bool:
        """Whether there is nothing to say about the account but its failures."""
        return not (self.identities_read or self.credential_report_read or self.principals)

    def missing(self) -> tuple[str, ...]:
        """What was not read, in words; empty for a complete account."""
        unseen = sum(key.active and not key.last_use_read for key in self.keys)
        parts = {
            "authorization details": not self.identities_read,
            "credential report": not self.credential_report_read,
            "some access keys": not self.all_keys_read,
            f"last use of {unseen} access keys": unseen > 0,
            "a step failed": any(failure.user is None for failure in self.failures),
        }
        return (*(part for part, absent in parts.items() if absent), *self._refused())

    def _refused(self) -> tuple[str, ...]:
        """What failed for single users, with their names; beyond ten such steps their number."""
        steps = [f"{each.step} of {each.user} ({each.code})" for each in self.failures if each.user]
        told = sorted(set(steps))
        more = len(told) - _NAMED_STEPS
        return (*told[:_NAMED_STEPS], f"{more} more such steps") if more > 0 else tuple(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRun:
    """How this run dealt with one account.

    `skipped` says why it was not to be read (None: it was), `failure` why nothing of it was. The counts are
    None for an account of a snapshot that does not say.
    """

    skipped: str | None = None
    failure: Failure | None = None
    role_arn: str | None = None
    api_calls: int | None = None
    retries: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run: `now` is its only clock; `settings` go into summary.json and hold no secret."""

    run_id: str
    report_date: date
    now: datetime
    include_inactive: bool
    minimum_coverage: float
    formula_guard: bool
    settings: Mapping[str, str]
    versions: Mapping[str, str]
    accounts: Mapping[str, AccountRun]

    @property
    def reading(self) -> Reading:
        """What later reports remember of this run."""
        return Reading(
            run_id=self.run_id,
            report_date=self.report_date,
            include_inactive=self.include_inactive,
            read_at=None,
        )


def key_status(key: AccessKey) -> str:
    """The status as AWS writes it."""
    return _STATUS[key.active]


def _damaged(account: Account) -> bool:
    return any(failure.step == CREDENTIAL_REPORT for failure in account.failures)


def _unlisted(account: Account) -> frozenset[str]:
    """With a damaged list of keys it is anybody's key that may be missing."""
    damaged = any(failure.step == ACCESS_KEYS for failure in account.failures)
    return frozenset(user.name for user in account.users if damaged or not user.keys_listed)


def _all_listed(users: tuple[User, ...]) -> bool:
    return all(user.keys is not None for user in users)


def _with_keys(account: Account) -> Iterator[PrincipalFacts]:
    if account.root is not None and account.root.keys:
        yield _root_facts(account.root)
    for user in account.users:
        if user.keys:
            yield _user_facts(user, user.keys, tags_read=account.identities_read)


def _root_facts(root: RootUser) -> PrincipalFacts:
    return PrincipalFacts(
        user_name=ROOT_USER_NAME,
        arn=root.arn,
        path=None,
        created_at=root.created_at,
        tags=None,
        groups=(),
        boundary_arn=None,
        credentials=root.credentials,
        keys=root.keys,
    )


def _user_facts(user: User, keys: tuple[AccessKey, ...], *, tags_read: bool) -> PrincipalFacts:
    return PrincipalFacts(
        user_name=user.name,
        arn=user.arn,
        path=user.path,
        created_at=user.created_at,
        tags=user.tags if tags_read else None,
        groups=user.groups,
        boundary_arn=user.boundary_arn,
        credentials=user.credentials,
        keys=keys,
    )
