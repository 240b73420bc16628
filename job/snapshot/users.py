"""Joins what three sources say about users and keys: authorization details, access keys, credential report.

A user that only one of them knows is a user still, and a damaged key or row is a failure beside the others:
no row is lost in silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from job.snapshot.authorization_details import UserDetail
from job.snapshot.credential_report import CredentialReport, Row, Slot
from job.snapshot.decoding import MisfitError, as_object, find_text, get_object, get_text, timestamp
from job.snapshot.model import (
    ACCESS_KEYS,
    ROOT_USER_NAME,
    AccessKey,
    Credentials,
    Failure,
    Json,
    JsonObject,
    LastUse,
    RootUser,
    User,
)

_SAME_USER = timedelta(minutes=1)
_NO_VALUE = "N/A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The account's keys by user name, the users whose keys AWS did not list, and what is damaged."""

    by_user: dict[str, tuple[AccessKey, ...]]
    unread: frozenset[str]
    damaged: tuple[Failure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What was read of one account; None for a source that is missing."""

    account_id: str
    partition: str
    details: tuple[UserDetail, ...] | None
    keys: Keys | None
    report: CredentialReport | None
    root_keys: Keys | None = None


def parse_keys(entries: list[Json], unread: frozenset[str]) -> Keys:
    """The list of access keys; a damaged entry is told as a failure and used as far as it can be."""
    by_user: dict[str, list[AccessKey]] = {}
    damaged: list[Failure] = []
    for place, entry in enumerate(entries):
        try:
            record = as_object(entry)
            by_user.setdefault(get_text(record, "UserName"), []).append(_key(record, place, damaged))
        except MisfitError as misfit:
            damaged.append(_damage(misfit, place))
    return Keys(
        by_user={name: tuple(keys) for name, keys in by_user.items()},
        unread=unread,
        damaged=tuple(damaged),
    )


def join_users(sources: Sources) -> tuple[User, ...]:
    """Every user that any source knows, sorted by name."""
    details = {detail.name: detail for detail in sources.details or ()}
    names = {*details, *(sources.keys.by_user if sources.keys else ()), *_report_names(sources)}
    return tuple(_user(name, details.get(name), sources) for name in sorted(names - {ROOT_USER_NAME}))


def root_user(sources: Sources) -> RootUser | None:
    """The root user from its row of the credential report; None without report or row.

    Its keys are those that AWS listed, where it was asked as the root user.
    """
    listed = sources.root_keys
    row = next((row for row in _rows(sources.report) if row.is_root), None)
    if row is None:
        return None
    return RootUser(
        arn=row.arn or f"arn:{sources.partition}:iam::{sources.account_id}:root",
        created_at=row.created_at,
        credentials=_credentials(row),
        keys=_slot_keys(row) if listed is None else listed.by_user.get(ROOT_USER_NAME, ()),
    )


def _report_names(sources: Sources) -> Iterable[str]:
    """Users to believe from the report: it may be hours old, so live lists outrank it on who exists."""
    if sources.details is not None and sources.keys is not None:
        return sources.keys.unread
    return (row.user for row in _rows(sources.report) if not row.is_root)


def _rows(report: CredentialReport | None) -> Iterable[Row]:
    return () if report is None else report.rows.values()


def _user(name: str, detail: UserDetail | None, sources: Sources) -> User:
    row = sources.report.rows.get(name) if sources.report else None
    if row is not None and detail is not None and not _same_user(row, detail):
        row = None
    credentials = None if row is None else _credentials(row)
    if detail is None:
        return _undescribed(name, row, sources)
    return User(
        name=name,
        arn=detail.arn or f"arn:{sources.partition}:iam::{sources.account_id}:user{detail.path}{name}",
        path=detail.path,
        user_id=detail.user_id,
        created_at=detail.created_at,
        tags=detail.tags,
        groups=detail.groups,
        inline_policies=detail.inline_policies,
        attached_policies=detail.attached_policies,
        boundary_arn=detail.boundary_arn,
        credentials=credentials,
        keys=_keys_of(name, row, sources.keys),
        keys_listed=_is_listed(name, sources.keys),
    )


def _undescribed(name: str, row: Row | None, sources: Sources) -> User:
    """A user without details; without a report row the ARN assumes the path `/`."""
    arn = (row and row.arn) or f"arn:{sources.partition}:iam::{sources.account_id}:user/{name}"
    return User(
        name=name,
        arn=arn,
        path=arn.partition(":user")[2].removesuffix(name) or "/",
        user_id="",
        created_at=row.created_at if row else None,
        tags={},
        groups=(),
        inline_policies=(),
        attached_policies=(),
        boundary_arn=None,
        credentials=None if row is None else _credentials(row),
        keys=_keys_of(name, row, sources.keys),
        keys_listed=_is_listed(name, sources.keys),
    )


def _same_user(row: Row, detail: UserDetail) -> bool:
    """False for a row about an earlier, deleted user of the same name."""
    if row.created_at is None or detail.created_at is None:
        return True
    return abs(row.created_at - detail.created_at) <= _SAME_USER


def _is_listed(name: str, keys: Keys | None) -> bool:
    return keys is not None and name not in keys.unread


def _keys_of(name: str, row: Row | None, keys: Keys | None) -> tuple[AccessKey, ...] | None:
    if keys is not None and _is_listed(name, keys):
        return keys.by_user.get(name, ())
    return None if row is None else _slot_keys(row)


def _credentials(row: Row) -> Credentials:
    return Credentials(
        password_enabled=row.password_enabled,
        password_last_used_at=row.password_last_used_at,
        mfa_active=row.mfa_active,
    )


def _slot_keys(row: Row) -> tuple[AccessKey, ...]:
    return tuple(_slot_key(slot) for slot in row.slots if slot.holds_key)


def _slot_key(slot: Slot) -> AccessKey:
    """A key without id: AWS gives no creation date here, only when it was created or last changed."""
    used = slot.used_at
    return AccessKey(
        access_key_id=None,
        active=slot.active,
        created_at=None,
        last_use=None
        if used is None
        else LastUse(date=used, service=slot.used_service, region=slot.used_region),
        last_use_read=True,
        rotated_at=slot.rotated_at,
    )


def _key(record: JsonObject, place: int, damaged: list[Failure]) -> AccessKey:
    """One entry of ListAccessKeys; only a missing name or id loses it, all else is noted in `damaged`."""
    identifier = get_text(record, "AccessKeyId")
    status = record.get("Status")
    if status not in ("Active", "Inactive", "Expired"):
        damaged.append(_damage(MisfitError("expected Active, Inactive or Expired").inside("Status"), place))
    try:
        created_at = timestamp(record, "CreateDate")
    except MisfitError as misfit:
        damaged.append(_damage(misfit, place))
        created_at = None
    try:
        last_use, last_use_read = _last_use(record)
    except MisfitError as misfit:
        damaged.append(_damage(misfit, place))
        last_use, last_use_read = None, False
    return AccessKey(
        access_key_id=identifier,
        active=status not in ("Inactive", "Expired"),
        created_at=created_at,
        last_use=last_use,
        last_use_read=last_use_read,
    )


def _last_use(record: JsonObject) -> tuple[LastUse | None, bool]:
    """The `LastUsed` of an entry: the answer of GetAccessKeyLastUsed or its `AccessKeyLastUsed` part.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html
    """
    answer = get_object(record, "LastUsed")
    if answer is None:
        return None, False
    used = get_object(answer, "AccessKeyLastUsed") or answer
    if used.get("LastUsedDate") == _NO_VALUE:
        return None, True
    date = timestamp(used, "LastUsedDate")
    if date is None:
        return None, True
    service, region = (find_text(used, name) for name in ("ServiceName", "Region"))
    return LastUse(
        date=date,
        service=None if service == _NO_VALUE else service,
        region=None if region == _NO_VALUE else region,
    ), True


def _damage(misfit: MisfitError, place: int) -> Failure:
    return Failure(step=ACCESS_KEYS, code="Malformed", message=misfit.inside(place).inside(ACCESS_KEYS).text)
