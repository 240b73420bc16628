"""Small subjects, roles and worlds for the tests of single modules of the analysis."""

from __future__ import annotations

from collections.abc import Mapping

from job.analyze.evaluation.subject import Attachment, Level, Subject
from job.analyze.language.context import Context
from job.analyze.language.document import Policy, parse_policy
from job.analyze.principals.directory import Directory
from job.analyze.principals.members import RoleMember
from job.analyze.principals.world import World
from job.analyze.service_reference.action_table import action_index
from job.snapshot.model import (
    Account,
    ControlPolicies,
    Failure,
    Json,
    ManagedPolicy,
    Organization,
    OrganizationAccount,
    OrganizationalUnit,
)

ACCOUNT, MANAGEMENT = "111122223333", "999988887777"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
EVERYTHING: dict[str, Json] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OPEN: dict[str, Json] = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
ODD: dict[str, Json] = {"StringResembles": {"aws:SourceIp": "10"}}
MFA: dict[str, Json] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def policy(*statements: Json) -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)})


def attachment(*statements: Json, at: str = "user", name: str = "p", arn: str | None = None) -> Attachment:
    return Attachment(policy(*statements), at, name, arn)


def key_context(known: Mapping[str, tuple[str, ...]] | None = None) -> Context:
    absent = frozenset(("aws:multifactorauthpresent", "aws:multifactorauthage"))
    return Context(known or {}, absent)


def subject(
    *identity: Attachment,
    kind: str = "user",
    name: str = "alice",
    boundary: Attachment | None = None,
    scps: tuple[Level, ...] = (),
) -> Subject:
    arn = f"arn:aws:iam::{ACCOUNT}:root" if kind == "root" else f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"
    return Subject(
        arn=arn,
        account_id=ACCOUNT,
        partition="aws",
        unique_id=f"AIDA{name.upper()}",
        name=name,
        kind=kind,
        identity=identity,
        boundary=boundary,
        scps=scps,
        context=key_context(),
    )


def role(trust: Json, name: str = "target", account_id: str = ACCOUNT) -> RoleMember:
    statements = trust if isinstance(trust, list) else [trust]
    return RoleMember(
        kind="role",
        arn=f"arn:aws:iam::{account_id}:role/{name}",
        account_id=account_id,
        name=name,
        path="/",
        unique_id=f"AROA{name.upper()}",
        tags={},
        policies=(),
        boundary=None,
        trust=policy(*statements),
        fixed=False,
        has_profile=False,
    )


def account(
    account_id: str = ACCOUNT, *, identities_read: bool = True, failures: tuple[Failure, ...] = ()
) -> Account:
    return Account(
        account_id=account_id,
        partition="aws",
        collected_at=None,
        credential_report_at=None,
        identities_read=identities_read,
        credential_report_read=False,
        users=(),
        groups={},
        roles=(),
        policies={},
        root=None,
        failures=failures,
    )


NO_SCPS = ControlPolicies(policies={}, targets={"r-1": ("p-FullAWSAccess",)})
NO_RCPS = ControlPolicies(policies={}, targets={})
ROOT_PATH = (OrganizationalUnit(id="r-1", name="Root"),)


def organization(
    *,
    ou_path: tuple[OrganizationalUnit, ...] | None = ROOT_PATH,
    scps: ControlPolicies | None = NO_SCPS,
    rcps: ControlPolicies | None = NO_RCPS,
    listed: tuple[str, ...] = (ACCOUNT, MANAGEMENT),
) -> Organization:
    accounts = {
        one: OrganizationAccount(
            id=one,
            name=None,
            email=None,
            state=None,
            joined_at=None,
            tags=None,
            ou_path=ou_path,
            ou_text=None,
        )
        for one in listed
    }
    return Organization(
        id="o-1",
        management_account_id=MANAGEMENT,
        collected_at=None,
        accounts=accounts,
        scps=scps,
        rcps=rcps,
        delegated_administrators=None,
    )


def world(
    *accounts: Account,
    of: Organization | None = None,
    managed: Mapping[str, ManagedPolicy] | None = None,
) -> World:
    directory = Directory(managed or {})
    for one in accounts or (account(),):
        directory.add(one)
    return World(of or organization(), directory, action_index())
