"""The little of an account that its rows need, taken out while whole accounts stream by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from job.snapshot.model import (
    ACCESS_KEYS,
    CREDENTIAL_REPORT,
    ROOT_USER_NAME,
    AccessKey,
    Account,
    Credentials,
    Failure,
    OtherCredential,
    RootUser,
    User,
)

_NAMED_STEPS = 10
_STATUS = {True: "Active", False: "Inactive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedUser:
    """One user, or the root user, that has access keys; `tags` is None when they were not read."""

    name: str
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
        return self.name == ROOT_USER_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCredential:
    """A long-lived credential that is no access key, with whose it is."""

    user: ReportedUser
    credential: OtherCredential


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedAccount:
    """One account that was read, wholly or in part.

    `users` are those with keys, the root user too, in the order of names; `user_count` counts all IAM users,
    None when they were not read. `all_keys_read` is False when some keys may be missing from `users`.
    `users_known` is False when there may be users whom nothing tells of, `root_known` when nothing tells of
    root's keys; `unlisted` are the users whose keys AWS did not list, so that at best a credential report
    shows them, without ids. `credentials` are those of any user, in the order of names.
    """

    account_id: str
    collected_at: datetime | None
    credential_report_at: datetime | None
    identities_read: bool
    credential_report_read: bool
    all_keys_read: bool
    user_count: int | None
    users: tuple[ReportedUser, ...]
    failures: tuple[Failure, ...]
    users_known: bool
    root_known: bool
    unlisted: frozenset[str]
    credentials: tuple[HeldCredential, ...] = ()
    central_root_access: bool | None = None

    @classmethod
    def of(cls, account: Account) -> ReportedAccount:
        """What the report needs of an account; the account itself may then be forgotten."""
        known = account.identities_read or account.credential_report_read
        return cls(
            account_id=account.account_id,
            collected_at=account.collected_at,
            credential_report_at=account.credential_report_at,
            identities_read=account.identities_read,
            credential_report_read=account.credential_report_read,
            all_keys_read=account.credential_report_read and _all_listed(account.users),
            user_count=len(account.users) if known else None,
            users=tuple(sorted(_with_keys(account), key=lambda user: user.name)),
            failures=account.failures,
            users_known=account.identities_read or (account.credential_report_read and not _damaged(account)),
            root_known=account.root is not None,
            unlisted=_unlisted(account),
            credentials=tuple(_held(account)),
            central_root_access=account.central_root_access,
        )

    def knows(self, user_name: str) -> bool:
        """Whether a key of that user, existing or not, that is not among `users` does not exist."""
        if user_name == ROOT_USER_NAME:
            return self.root_known
        listed = self.users_known or any(each.name == user_name for each in self.users)
        return listed and user_name not in self.unlisted

    @property
    def keys(self) -> tuple[AccessKey, ...]:
        """Every key that was read, inactive ones included."""
        return tuple(key for user in self.users for key in user.keys)

    @property
    def active_root_keys(self) -> int | None:
        """Active access keys of the root user; None where nothing tells of them."""
        if not self.root_known:
            return None
        return sum(key.active for user in self.users if user.is_root for key in user.keys)

    @property
    def nothing_read(self) -> bool:
        """Whether there is nothing to say about the account but its failures."""
        return not (self.identities_read or self.credential_report_read or self.users)

    def missing(self) -> tuple[str, ...]:
        """What was not read, in words; empty for a complete account."""
        unseen = sum(key.active and not key.last_use_read for key in self.keys)
        parts = {
            "authorization details": not self.identities_read,
            "credential report": not self.credential_report_read,
            "some access keys": not self.all_keys_read,
            f"last use of {unseen} access keys": unseen > 0,
            "a step failed": any(not (each.user or each.region) for each in self.failures),
        }
        return (*(part for part, absent in parts.items() if absent), *self._refused())

    def _refused(self) -> tuple[str, ...]:
        """What failed for single users or Regions, with their names; beyond ten such steps their number."""
        steps = [f"{each.step} of {each.user} ({each.code})" for each in self.failures if each.user]
        steps += [f"{each.step} in {each.region} ({each.code})" for each in self.failures if each.region]
        told = sorted(set(steps))
        more = len(told) - _NAMED_STEPS
        return (*told[:_NAMED_STEPS], f"{more} more such steps") if more > 0 else tuple(told)


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


def _with_keys(account: Account) -> Iterator[ReportedUser]:
    if account.root is not None and account.root.keys:
        yield _root(account.root)
    for user in account.users:
        if user.keys:
            yield _user(user, user.keys, tags_read=account.identities_read)


def _held(account: Account) -> Iterator[HeldCredential]:
    users = {user.name: user for user in account.users}
    for credential in sorted(account.other_credentials, key=lambda each: each.user_name):
        user = users.get(credential.user_name)
        if user is not None:
            owner = _user(user, user.keys or (), tags_read=account.identities_read)
        elif credential.user_name == ROOT_USER_NAME and account.root is not None:
            owner = _root(account.root)
        else:
            owner = _unknown_user(account, credential.user_name)
        yield HeldCredential(user=owner, credential=credential)


def _unknown_user(account: Account, name: str) -> ReportedUser:
    """A user whom nothing but the credential tells of; the ARN assumes the path `/`."""
    return ReportedUser(
        name=name,
        arn=f"arn:{account.partition}:iam::{account.account_id}:user/{name}",
        path=None,
        created_at=None,
        tags=None,
        groups=(),
        boundary_arn=None,
        credentials=None,
        keys=(),
    )


def _root(root: RootUser) -> ReportedUser:
    return ReportedUser(
        name=ROOT_USER_NAME,
        arn=root.arn,
        path=None,
        created_at=root.created_at,
        tags=None,
        groups=(),
        boundary_arn=None,
        credentials=root.credentials,
        keys=root.keys,
    )


def _user(user: User, keys: tuple[AccessKey, ...], *, tags_read: bool) -> ReportedUser:
    return ReportedUser(
        name=user.name,
        arn=user.arn,
        path=user.path,
        created_at=user.created_at,
        tags=user.tags if tags_read else None,
        groups=user.groups,
        boundary_arn=user.boundary_arn,
        credentials=user.credentials,
        keys=keys,
    )
