"""The XML of IAM's answers about users and keys."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from bench.entities import GROUPS, POLICIES, ROLES, USERS, Instance
from bench.seeds import AccountSeed, KeySeed, UserSeed, iso


def paged(body: str, marker: str | None) -> str:
    """A page of the query protocol with the marker of the next."""
    more = f"    <Marker>{marker}</Marker>\n" if marker else ""
    return f"    <IsTruncated>{'true' if marker else 'false'}</IsTruncated>\n{body}{more}"


def entity_lists(entities: Sequence[Instance]) -> list[str]:
    """The lists of one page of authorization details."""
    parts = dict.fromkeys((USERS, GROUPS, ROLES, POLICIES), "")
    for name, group in groupby(entities, key=lambda each: each.list_name):
        parts[name] = "".join(each.xml for each in group)
    return [
        f"    <{name}>\n{xml}    </{name}>\n" if xml else f"    <{name}/>\n" for name, xml in parts.items()
    ]


def bare(account: AccountSeed, user: UserSeed) -> dict[str, object]:
    """A user as ListUsers and GetUser show it."""
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": f"AIDA{user.created % 10**8:08d}{user.serial:09d}",
        "Arn": f"arn:aws:iam::{account.id}:user{user.path}{user.name}",
        "CreateDate": iso(user.created),
    }


def key_xml(user: UserSeed, key: KeySeed) -> str:
    """A key as ListAccessKeys shows it."""
    return (
        f"      <member>\n        <UserName>{escape(user.name)}</UserName>\n"
        f"        <AccessKeyId>{key.id}</AccessKeyId>\n"
        f"        <Status>{'Active' if key.active else 'Inactive'}</Status>\n"
        f"        <CreateDate>{iso(key.created)}</CreateDate>\n      </member>\n"
    )


def last_used_xml(user: UserSeed, key: KeySeed) -> str:
    """What GetAccessKeyLastUsed says of a key."""
    date = "" if key.used is None else f"      <LastUsedDate>{iso(key.used)}</LastUsedDate>\n"
    return (
        f"    <UserName>{escape(user.name)}</UserName>\n    <AccessKeyLastUsed>\n{date}"
        f"      <ServiceName>{key.service or 'N/A'}</ServiceName>\n"
        f"      <Region>{key.region or 'N/A'}</Region>\n    </AccessKeyLastUsed>\n"
    )
