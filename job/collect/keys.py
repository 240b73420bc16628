"""Reads the access keys of one account: the fewest calls that neither lose a key nor tell a wrong last use.

Which users to ask about. A user has no key for certain only when a credential report that was made for this
very run shows none; then nothing is asked. Users whom that report shows with a key, whom it does not know, or
whose row is damaged, are asked about live (ListAccessKeys); with an older report, or none, all users are.

Last use. The report's slots carry no key ids. A slot's `last_rotated` is when its key was created or last
changed; where that is the CreateDate of exactly one key of the user, the slot is that key's. If then one
slot and one key that is not younger are left, they belong together. For these a report made for this run
tells the last use. For every other active key GetAccessKeyLastUsed does.

A refusal is one user's: a control policy may guard a single user
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html:
both actions name a user as their resource). So the others are asked about all the same, which costs no more
calls than an account that refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from job.aws.failure import AwsFailure, error_code
from job.aws.policy_documents import Json, JsonObject
from job.collect.credential_report_request import FetchedReport
from job.collect.member import Member
from job.snapshot.credential_report import CredentialReport, Row, Slot, parse_timestamp

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.type_defs import AccessKeyMetadataTypeDef


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysRead:
    """`AccessKeys` of the account's file (None when nobody could be asked about), and what failed."""

    entries: list[Json] | None
    failures: tuple[AwsFailure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReader:
    """Reads the keys of accounts, one after another.

    `include_inactive` asks about users too whom the report shows without a key, and for the last use of
    inactive keys.
    """

    include_inactive: bool

    def read(self, member: Member, users: Sequence[str] | None, report: FetchedReport | None) -> KeysRead:
        """The keys of the account's users; `users` is None when the authorization details could not be read.

        The users are then those of the credential report; without a report either, none can be asked about.
        They are asked about one by one: a person's rate is kinder to an account than a burst.
        """
        trusted = report.parsed if report is not None and report.is_fresh else None
        known = _known_users(users, report)
        if known is None:
            return KeysRead(entries=None, failures=())
        wanted = (name for name in known if self.include_inactive or _may_have_key(name, trusted))
        read = [each for name in wanted for each in self._keys_of(name, member, trusted)]
        return KeysRead(
            entries=[each for each in read if not isinstance(each, AwsFailure)],
            failures=tuple(each for each in read if isinstance(each, AwsFailure)),
        )

    def _keys_of(
        self, user: str, member: Member, trusted: CredentialReport | None
    ) -> Iterator[JsonObject | AwsFailure]:
        keys = member.read("ListAccessKeys", partial(list_keys, user=user), user=user)
        if isinstance(keys, AwsFailure):
            yield keys
            return
        row = trusted.rows.get(user) if trusted else None
        slots = {} if row is None else _slots_by_key(keys, row)
        refused = False
        for key in keys:
            entry: JsonObject = {
                "UserName": user,
                "AccessKeyId": key["AccessKeyId"],
                "Status": key["Status"],
                "CreateDate": str(key["CreateDate"]),
            }
            if key["AccessKeyId"] in slots:
                entry["LastUsed"] = _stated_use(slots[key["AccessKeyId"]])
            elif not refused and (self.include_inactive or key["Status"] == "Active"):
                ask = partial(last_use, key_id=key["AccessKeyId"])
                used = member.read("GetAccessKeyLastUsed", ask, user=user)
                if used is None:
                    continue
                if isinstance(used, AwsFailure):
                    refused = used.is_denial
                    yield used
                else:
                    entry["LastUsed"] = used
            yield entry


def _known_users(users: Sequence[str] | None, report: FetchedReport | None) -> Sequence[str] | None:
    """Those of the authorization details, and whom a report of this very run knows besides: they are new."""
    parsed = None if report is None else report.parsed
    if users is None and parsed is None:
        return None
    shown = [] if parsed is None else [row.user for row in parsed.rows.values() if not row.is_root]
    if users is None:
        return shown
    return [*users, *sorted(set(shown) - set(users))] if report is not None and report.is_fresh else users


def _may_have_key(name: str, trusted: CredentialReport | None) -> bool:
    row = trusted.rows.get(name) if trusted else None
    return row is None or any(slot.holds_key for slot in row.slots)


def list_keys(iam: IAMClient, user: str | None = None) -> list[AccessKeyMetadataTypeDef]:
    """All keys of a user, by default of whoever asks; none for a user who was deleted meanwhile.

    Almost always one page: asking for it plainly saves what a paginator costs, a fifth of the call.
    """
    try:
        only = iam.list_access_keys() if user is None else iam.list_access_keys(UserName=user)
        if not only.get("IsTruncated"):
            return only["AccessKeyMetadata"]
        paginator = iam.get_paginator("list_access_keys")
        pages = paginator.paginate() if user is None else paginator.paginate(UserName=user)
        return [key for page in pages for key in page["AccessKeyMetadata"]]
    except ClientError as error:
        if error_code(error) == "NoSuchEntity":
            return []
        raise


def last_use(iam: IAMClient, key_id: str) -> JsonObject | None:
    """When and for what a key was last used; None for a key that was deleted meanwhile."""
    try:
        used = iam.get_access_key_last_used(AccessKeyId=key_id)["AccessKeyLastUsed"]
    except ClientError as error:
        if error_code(error) == "NoSuchEntity":
            return None
        raise
    record: JsonObject = {name: str(used[name]) for name in ("ServiceName", "Region") if name in used}
    if "LastUsedDate" in used:
        record["LastUsedDate"] = str(used["LastUsedDate"])
    return record


def _slots_by_key(keys: Sequence[AccessKeyMetadataTypeDef], row: Row) -> dict[str, Slot]:
    """The report's slots that are certainly one key's and state its use, by that key's id."""
    created = {key["AccessKeyId"]: parse_timestamp(str(key["CreateDate"])) for key in keys}
    active = {key["AccessKeyId"]: key["Status"] == "Active" for key in keys}
    held = [slot for slot in row.slots if slot.holds_key]
    moments = [*created.values()], [slot.rotated_at for slot in held]
    once = {moment for moment in moments[0] if moment and all(each.count(moment) == 1 for each in moments)}
    slots = {slot.rotated_at: slot for slot in held}
    joined = {key_id: slots[moment] for key_id, moment in created.items() if moment in once}
    rest = [key_id for key_id in created if key_id not in joined]
    open_slots = [slot for slot in held if slot.rotated_at not in once]
    if len(rest) == len(open_slots) == 1 and _can_be(open_slots[0], created[rest[0]]):
        joined[rest[0]] = open_slots[0]
    return {
        key_id: slot for key_id, slot in joined.items() if slot.use_stated and slot.active == active[key_id]
    }


def _can_be(slot: Slot, created: datetime | None) -> bool:
    """Whether the key was there when the slot's was last changed, so that the one left is the one left."""
    return created is not None and slot.rotated_at is not None and slot.rotated_at >= created


def _stated_use(slot: Slot) -> JsonObject:
    """A slot's use in the form of GetAccessKeyLastUsed."""
    record: JsonObject = {"ServiceName": slot.used_service or "N/A", "Region": slot.used_region or "N/A"}
    if slot.used_at is not None:
        record["LastUsedDate"] = slot.used_at.isoformat().replace("+00:00", "Z")
    return record
