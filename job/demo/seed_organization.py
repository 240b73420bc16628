"""Puts the made-up organization into moto: OUs, accounts, tags, control policies, delegations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from moto.organizations.models import OrganizationsBackend, organizations_backends

from job.demo.seed_iam import REGION, document, tag_list
from job.demo.spec import AccountSpec, ControlPolicySpec, OrganizationSpec, UnitSpec


def seed_units(spec: OrganizationSpec, now: datetime) -> None:
    """Build the organization; every id is the one that `spec` gives."""
    management = spec["organization"]["management"]
    organizations = organizations_backends[management]["aws"]
    _seed_root(organizations, spec)
    targets = {"Root": spec["organization"]["root"]}
    for unit in spec["units"]:
        targets[unit["path"]] = _seed_unit(organizations, unit, targets)
    for order, account in enumerate(spec["accounts"]):
        targets[account["id"]] = _seed_account(
            organizations, account, targets, now - timedelta(seconds=order)
        )
    for policy in spec["service_control_policies"]:
        _seed_policy(organizations, policy, "SERVICE_CONTROL_POLICY", targets)
    for policy in spec["resource_control_policies"]:
        _seed_policy(organizations, policy, "RESOURCE_CONTROL_POLICY", targets)
    for account_id, services in spec["delegated_administrators"].items():
        for service in services:
            organizations.register_delegated_administrator(AccountId=account_id, ServicePrincipal=service)


def _seed_root(organizations: OrganizationsBackend, spec: OrganizationSpec) -> None:
    organizations.create_organization(REGION, FeatureSet="ALL")
    header = spec["organization"]
    organizations.org.id, organizations.org.root_id = header["id"], header["root"]
    root = organizations.ou[0]
    root.id, root.organization_id = header["root"], header["id"]
    for owned in (*organizations.policies, *organizations.accounts):
        owned.organization_id = header["id"]
    for policy_type in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        organizations.enable_policy_type(RootId=root.id, PolicyType=policy_type)


def _seed_unit(organizations: OrganizationsBackend, spec: UnitSpec, targets: Mapping[str, str]) -> str:
    parent, _, name = spec["path"].rpartition("/")
    organizations.create_organizational_unit(ParentId=targets[parent], Name=name)
    organizations.ou[-1].id = spec["id"]
    return spec["id"]


def _seed_account(
    organizations: OrganizationsBackend, spec: AccountSpec, targets: Mapping[str, str], joined_from: datetime
) -> str:
    if spec["id"] != organizations.account_id:
        organizations.create_account(AccountName=spec["name"], Email=spec["email"], RoleName="discarded")
        created = organizations.accounts[-1]
        organizations_backends.master_accounts[spec["id"]] = organizations_backends.master_accounts.pop(
            created.id
        )
    else:
        created = organizations.accounts[0]
    created.id, created.name, created.email = spec["id"], spec["name"], spec["email"]
    created.parent_id = targets[spec["ou"]]
    created.create_time = joined_from - timedelta(days=spec["joined"])
    created.joined_method = "INVITED" if spec.get("invited", False) else "CREATED"
    created.tags = {tag["Key"]: tag["Value"] for tag in tag_list(spec.get("tags", {}))}
    created.status = created.state = spec.get("state", "ACTIVE")
    return spec["id"]


def _seed_policy(
    organizations: OrganizationsBackend, spec: ControlPolicySpec, policy_type: str, targets: Mapping[str, str]
) -> None:
    organizations.create_policy(
        Name=spec["name"], Description="", Type=policy_type, Content=document(spec["statements"])
    )
    policy = organizations.policies[-1]
    policy.id = spec["id"]
    for target in spec["targets"]:
        organizations.attach_policy(PolicyId=policy.id, TargetId=targets[target])
