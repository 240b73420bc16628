"""Parses decoded snapshot files into the model; every part may be missing, garbage is told with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from job.snapshot.authorization_details import (
    NO_IDENTITIES,
    Identities,
    parse_identities,
    parse_managed_policy,
)
from job.snapshot.credential_report import (
    CredentialReport,
    ReportMalformedError,
    parse_credential_report,
    parse_timestamp,
)
from job.snapshot.decoding import (
    MisfitError,
    as_object,
    as_texts,
    each,
    each_named,
    find_list,
    find_text,
    get_object,
    get_text,
    policy_document,
    tags,
    timestamp,
)
from job.snapshot.model import (
    ACCESS_KEYS,
    CREDENTIAL_REPORT,
    Account,
    ControlPolicies,
    ControlPolicy,
    Failure,
    Json,
    JsonObject,
    ManagedPolicy,
    Organization,
    OrganizationAccount,
    OrganizationalUnit,
)
from job.snapshot.parse_credentials import parse_other_credentials
from job.snapshot.parse_stores import parse_stores
from job.snapshot.states import state_of
from job.snapshot.users import Keys, Sources, join_users, parse_keys, root_user

_ACCOUNT_ID = re.compile(r"\d{12}")
_USER_STEP = "ListAccessKeys"


def parse_organization(document: Json, name: str = "organization.json") -> Organization:
    """Parse `organization.json`; raises SnapshotError for garbage. Only `Accounts[].Id` must be there."""
    try:
        return _organization(as_object(document))
    except MisfitError as misfit:
        raise misfit.in_file(name) from misfit


def parse_account(account_id: str, document: Json) -> Account:
    """Parse one account's file; raises SnapshotError for garbage structure.

    A damaged credential report, row or key becomes a Failure of the account and leaves the rest.
    """
    try:
        return _account(account_id, as_object(document))
    except MisfitError as misfit:
        raise misfit.in_file(f"accounts/{account_id}.json") from misfit


def parse_beginning(document: Json) -> datetime | None:
    """Parse `begun.json`, None where there is none; raises SnapshotError for garbage."""
    if document is None:
        return None
    try:
        get_text(as_object(document), "BegunAt")
        return timestamp(as_object(document), "BegunAt")
    except MisfitError as misfit:
        raise misfit.in_file("begun.json") from misfit


def parse_managed_policies(document: Json) -> Mapping[str, ManagedPolicy]:
    """Parse `managed-policies.json`, by ARN; raises SnapshotError for garbage."""
    try:
        policies = each(as_object(document), "Policies", parse_managed_policy)
    except MisfitError as misfit:
        raise misfit.in_file("managed-policies.json") from misfit
    return {policy.arn: policy for policy in policies}


def _organization(document: JsonObject) -> Organization:
    accounts = each(document, "Accounts", _organization_account)
    return Organization(
        id=find_text(document, "OrganizationId"),
        management_account_id=find_text(document, "ManagementAccountId"),
        collected_at=timestamp(document, "CollectedAt"),
        accounts={account.id: account for account in accounts},
        scps=_control_policies(document, "ServiceControlPolicies"),
        rcps=_control_policies(document, "ResourceControlPolicies"),
        delegated_administrators=_delegated_administrators(document),
        failures=each(document, "Failures", _failure),
    )


def _organization_account(record: JsonObject) -> OrganizationAccount:
    identifier = get_text(record, "Id")
    if not _ACCOUNT_ID.fullmatch(identifier):
        raise MisfitError("expected an account id of 12 digits").inside("Id")
    return OrganizationAccount(
        id=identifier,
        name=find_text(record, "Name"),
        email=find_text(record, "Email"),
        state=_state(record),
        joined_at=timestamp(record, "JoinedTimestamp"),
        tags=None if record.get("Tags") is None else tags(record, "Tags"),
        ou_path=None if record.get("OUPath") is None else each(record, "OUPath", _organizational_unit),
        ou_text=find_text(record, "OU"),
    )


def _state(record: JsonObject) -> str | None:
    """The state in AWS's spelling; an unknown word stays, as AWS may know more of them by now."""
    for key in ("State", "Status"):
        find_text(record, key)
    state = state_of(record)
    return state if isinstance(state, str) else None


def _organizational_unit(record: JsonObject) -> OrganizationalUnit:
    return OrganizationalUnit(id=get_text(record, "Id"), name=find_text(record, "Name"))


def _control_policies(document: JsonObject, key: str) -> ControlPolicies | None:
    record = get_object(document, key)
    if record is None:
        return None
    try:
        return ControlPolicies(
            policies=each_named(record, "Policies", _control_policy),
            targets=each_named(record, "Targets", lambda _, ids: as_texts(ids)),
        )
    except MisfitError as misfit:
        raise misfit.inside(key) from None


def _control_policy(identifier: str, value: Json) -> ControlPolicy:
    record = as_object(value)
    return ControlPolicy(
        id=identifier,
        name=find_text(record, "Name") or identifier,
        arn=find_text(record, "Arn") or "",
        document=policy_document(record.get("Document")),
    )


def _delegated_administrators(document: JsonObject) -> Mapping[str, tuple[str, ...]] | None:
    if get_object(document, "DelegatedAdministrators") is None:
        return None
    return each_named(document, "DelegatedAdministrators", lambda _, services: as_texts(services))


def _account(account_id: str, document: JsonObject) -> Account:
    if (find_text(document, "AccountId") or account_id) != account_id:
        raise MisfitError("another account's: name the file after it").inside("AccountId")
    details = get_object(document, "AuthorizationDetails")
    identities = NO_IDENTITIES if details is None else _inside("AuthorizationDetails", details)
    failures = each(document, "Failures", _failure)
    keys = _keys(document)
    root_keys = _root_keys(document)
    report, report_at, damage = _credential_report(document)
    sources = Sources(
        account_id=account_id,
        partition=_partition(identities, report),
        details=None if details is None else identities.users,
        keys=keys,
        report=report,
        root_keys=root_keys,
    )
    stores = parse_stores(account_id, sources.partition, document)
    enabled = document.get("CentralRootAccess")
    others = parse_other_credentials(document, report)
    return Account(
        account_id=account_id,
        partition=sources.partition,
        collected_at=timestamp(document, "CollectedAt"),
        credential_report_at=report_at,
        identities_read=details is not None,
        credential_report_read=report is not None,
        users=join_users(sources),
        groups={group.name: group for group in identities.groups},
        roles=identities.roles,
        policies={policy.arn: policy for policy in identities.policies},
        root=root_user(sources),
        failures=(
            *failures,
            *(keys.damaged if keys else ()),
            *(root_keys.damaged if root_keys else ()),
            *damage,
            *(stores.damaged if stores else ()),
            *others.damaged,
        ),
        stores=stores,
        other_credentials=others.found,
        central_root_access=enabled if isinstance(enabled, bool) else None,
    )


def _inside(key: str, details: JsonObject) -> Identities:
    try:
        return parse_identities(details)
    except MisfitError as misfit:
        raise misfit.inside(key) from None


def _keys(document: JsonObject) -> Keys | None:
    if document.get(ACCESS_KEYS) is None:
        return None
    unread = each(document, "Failures", _unread_user)
    return parse_keys(find_list(document, ACCESS_KEYS), frozenset(name for name in unread if name))


def _root_keys(document: JsonObject) -> Keys | None:
    if document.get("RootAccessKeys") is None:
        return None
    return parse_keys(find_list(document, "RootAccessKeys"), frozenset())


def _unread_user(record: JsonObject) -> str | None:
    return find_text(record, "UserName") if record.get("Step") == _USER_STEP else None


def _failure(record: JsonObject) -> Failure:
    return Failure(
        step=get_text(record, "Step"),
        code=find_text(record, "Code") or "Unknown",
        message=find_text(record, "Message") or "",
        user=find_text(record, "UserName"),
        region=find_text(record, "Region"),
    )


def _credential_report(
    document: JsonObject,
) -> tuple[CredentialReport | None, datetime | None, tuple[Failure, ...]]:
    record = document.get(CREDENTIAL_REPORT)
    if record is None:
        return None, None, ()
    content = record.get("Content") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(content, str):
        return None, None, (_report_damage("no text in Content"),)
    try:
        report = parse_credential_report(content)
    except ReportMalformedError as error:
        return None, None, (_report_damage(str(error)),)
    generated = record.get("GeneratedTime")
    report_at = parse_timestamp(generated) if isinstance(generated, str) else None
    return report, report_at, tuple(_report_damage(problem) for problem in report.problems)


def _report_damage(message: str) -> Failure:
    return Failure(step=CREDENTIAL_REPORT, code="Malformed", message=message)


def _partition(identities: Identities, report: CredentialReport | None) -> str:
    """The partition that the account's own ARNs name; `aws` when there is none to look at."""
    arns = [user.arn or "" for user in identities.users]
    arns += [role.arn for role in identities.roles] + [group.arn for group in identities.groups]
    arns += [row.arn for row in report.rows.values()] if report else []
    parts = next((arn.split(":") for arn in arns if arn.startswith("arn:")), ["arn", "aws"])
    return parts[1]
