"""Answers of IAM for the tests of collecting, written out."""

from __future__ import annotations

import base64

from tests.scripted_aws import HEADER, Answer, xml

NO_KEY = "false,N/A,N/A,N/A,N/A"
CERTIFICATES = "false,N/A,false,N/A"
ROOT = (
    "<root_account>,arn:aws:iam::000000000001:root,2018-01-01T00:00:00+00:00,not_supported,no_information,"
    f"not_supported,not_supported,true,{NO_KEY},{NO_KEY},{CERTIFICATES}"
)
ALICE_KEY = "true,2021-02-01T00:00:00+00:00,2026-11-20T10:00:00+00:00,eu-west-1,ec2"


def row(name: str, first: str = NO_KEY, second: str = NO_KEY) -> str:
    """A user's row with these two slots."""
    return (
        f"{name},arn:aws:iam::000000000001:user/{name},2021-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,"
        f"{first},{second},{CERTIFICATES}"
    )


def report(*rows: str, generated: str = "2099-01-01T00:00:00Z") -> Answer:
    """A report with these rows, alice's by default; of the far future, that is, made for this run."""
    content = "\n".join([HEADER, ROOT, *(rows or [row("alice", ALICE_KEY)])]) + "\n"
    encoded = base64.b64encode(content.encode()).decode()
    return xml(
        "GetCredentialReport",
        f"<Content>{encoded}</Content><ReportFormat>text/csv</ReportFormat>"
        f"<GeneratedTime>{generated}</GeneratedTime>",
    )


def user(name: str, more: str = "") -> str:
    """A user of the authorization details."""
    return (
        f"<member><Path>/</Path><UserName>{name}</UserName><UserId>AIDA</UserId>"
        f"<Arn>arn:aws:iam::000000000001:user/{name}</Arn><CreateDate>2021-01-01T00:00:00Z</CreateDate>"
        f"<GroupList/>{more}</member>"
    )


def details(*users: str, policies: str = "", roles: str = "", more: str = "") -> Answer:
    """Authorization details with these users, alice by default."""
    listed = "".join(users or [user("alice")])
    return xml(
        "GetAccountAuthorizationDetails",
        f"<UserDetailList>{listed}</UserDetailList><GroupDetailList/><RoleDetailList>{roles}</RoleDetailList>"
        f"<Policies>{policies}</Policies>{more}",
    )


def attached(arn: str) -> str:
    """A user's or role's attachment of a managed policy."""
    return (
        f"<AttachedManagedPolicies><member><PolicyName>p</PolicyName><PolicyArn>{arn}</PolicyArn></member>"
        "</AttachedManagedPolicies>"
    )


def key(key_id: str, created: str = "2021-02-01T00:00:00Z", status: str = "Active") -> str:
    """A key of ListAccessKeys."""
    return (
        f"<member><UserName>alice</UserName><AccessKeyId>{key_id}</AccessKeyId><Status>{status}</Status>"
        f"<CreateDate>{created}</CreateDate></member>"
    )


def keys(*members: str, more: str = "<IsTruncated>false</IsTruncated>") -> Answer:
    """ListAccessKeys' answer."""
    return xml("ListAccessKeys", f"{more}<AccessKeyMetadata>{''.join(members)}</AccessKeyMetadata>")
