"""A world's `organization` as `organization.json`."""

from __future__ import annotations

from policy_documents import CREATED, MANAGEMENT, NOW, ORGANIZATION, Policy, Spec, policy_document

FULL_ACCESS: Spec = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def organization_document(spec: Spec, accounts: tuple[str, ...]) -> Spec:
    """Return `organization.json` for a world; `"organization": null` is a file of account ids alone."""
    organization = spec.get("organization", {})
    if organization is None:
        return {"Accounts": [{"Id": account} for account in accounts]}
    paths = {account: organization.get("paths", {}).get(account, "Root").split("/") for account in accounts}
    document: Spec = {
        "OrganizationId": ORGANIZATION,
        "ManagementAccountId": MANAGEMENT,
        "CollectedAt": NOW,
        "Accounts": [_organization_account(account, paths[account]) for account in accounts],
    }
    targets = sorted({step for path in paths.values() for step in path} | set(accounts))
    for key, kind in (("ServiceControlPolicies", "scps"), ("ResourceControlPolicies", "rcps")):
        if organization.get(kind, {}) is not None:
            full = kind == "rcps" and not organization.get("rcps_without_default")
            document[key] = _control_policies(kind, organization.get(kind, {}), targets, everywhere=full)
    document["DelegatedAdministrators"] = organization.get("delegated", {})
    return document


def _organization_account(account: str, path: list[str]) -> Spec:
    return {
        "Id": account,
        "Name": f"account {account}",
        "OU": ",".join(f"OU={name}" for name in path),
        "Tags": {},
        "Email": f"aws+{account}@example.com",
        "State": "ACTIVE",
        "JoinedTimestamp": CREATED,
        "OUPath": [{"Id": _target_id(name), "Name": name} for name in path],
    }


def _target_id(name: str) -> str:
    if name.isdigit():
        return name
    return "r-exam" if name == "Root" else f"ou-exam-{name.lower().replace(' ', '')}"


def _control_policies(kind: str, attached: Spec, targets: list[str], *, everywhere: bool) -> Spec:
    full = "p-FullAWSAccess" if kind == "scps" else "p-RCPFullAWSAccess"
    everyone = FULL_ACCESS if kind == "scps" else {**FULL_ACCESS, "Principal": "*"}
    policies: Spec = {full: _control_policy(full, policy_document(everyone))}
    by_target: dict[str, list[str]] = {}
    for target in targets:
        ids = [full] if everywhere else []
        for number, policy in enumerate(attached.get(target, ["FullAWSAccess"] if kind == "scps" else [])):
            identifier = full if policy == "FullAWSAccess" else f"p-{_target_id(target)}-{number}"
            policies.setdefault(identifier, _control_policy(identifier, policy_document(policy)))
            ids.append(identifier)
        by_target[_target_id(target)] = ids
    return {"Policies": policies, "Targets": by_target}


def _control_policy(identifier: str, document: Policy) -> Spec:
    arn = f"arn:aws:organizations::{MANAGEMENT}:policy/{ORGANIZATION}/{identifier}"
    return {"Name": identifier.removeprefix("p-"), "Arn": arn, "Document": document}
