"""One account of a world as `accounts/<id>.json`, as the AWS CLI prints its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy_documents import CREATED, NOW, Policy, Spec, policy_document, trust_document
from policy_stores import stores_document

if TYPE_CHECKING:
    from collections.abc import Iterator

REPORT_HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    "cert_2_active,cert_2_last_rotated"
)


def account_document(spec: Spec, account: str, home: str) -> Spec:
    """Return `accounts/<id>.json` of one account of a world."""
    users = _members(_users(spec), account, home)
    groups = spec.get("groups", {}) if account == home else {}
    roles = _members(spec.get("roles", {}), account, home)
    keys = [key for name, user in users.items() for key in _access_keys(name, user)]
    stores = stores_document(spec["stores"], account, home) if "stores" in spec else {}
    return {
        **stores,
        "AccountId": account,
        "CollectedAt": NOW,
        "AuthorizationDetails": {
            "UserDetailList": [_user(account, name, user) for name, user in users.items()],
            "GroupDetailList": [_group(account, name, group) for name, group in groups.items()],
            "RoleDetailList": [_role(account, name, role) for name, role in roles.items()],
            "Policies": [_policy(account, name, one) for name, one in spec.get("policies", {}).items()],
        },
        "CredentialReport": {
            "GeneratedTime": NOW,
            "Content": "\n".join(_report(spec, account, home, users)),
        },
        "AccessKeys": keys,
        "Failures": spec.get("failures", []) if account == home else [],
    }


def _users(spec: Spec) -> Spec:
    return {"alice": {"keys": 1, **spec.get("user", {})}, **spec.get("users", {})}


def _members(everyone: Spec, account: str, home: str) -> Spec:
    return {name: one for name, one in everyone.items() if one.get("account", home) == account}


def _identity(account: str, kind: str, name: str, one: Spec) -> Spec:
    path = one.get("path", "/")
    prefix = {"user": "AIDA", "group": "AGPA", "role": "AROA"}[kind]
    return {
        "Path": path,
        f"{kind.title()}Name": name,
        f"{kind.title()}Id": f"{prefix}EXAMPLE{name.upper()}",
        "Arn": f"arn:aws:iam::{account}:{kind}{path}{name}",
        "CreateDate": CREATED,
        "AttachedManagedPolicies": [_attached(account, policy) for policy in one.get("attached", [])],
    }


def _user(account: str, name: str, user: Spec) -> Spec:
    return {
        **_identity(account, "user", name, user),
        "GroupList": user.get("groups", []),
        "UserPolicyList": list(_inline(user)),
        **_boundary(account, user),
        "Tags": _tags(user),
    }


def _group(account: str, name: str, group: Spec) -> Spec:
    return {**_identity(account, "group", name, group), "GroupPolicyList": list(_inline(group))}


def _role(account: str, name: str, role: Spec) -> Spec:
    profile = {
        "Path": "/",
        "InstanceProfileName": name,
        "InstanceProfileId": f"AIPAEXAMPLE{name.upper()}",
        "Arn": f"arn:aws:iam::{account}:instance-profile/{name}",
        "CreateDate": CREATED,
        "Roles": [],
    }
    return {
        **_identity(account, "role", name, role),
        "AssumeRolePolicyDocument": trust_document(role.get("trust", [])),
        "InstanceProfileList": [profile] if role.get("instance_profile") else [],
        "RolePolicyList": list(_inline(role)),
        **_boundary(account, role),
        "Tags": _tags(role),
        "RoleLastUsed": {},
    }


def _inline(one: Spec) -> Iterator[Spec]:
    inline = one.get("inline", {})
    if isinstance(inline, list) or "Effect" in inline or "Statement" in inline:
        inline = {"inline": inline}
    for name, policy in inline.items():
        yield {"PolicyName": name, "PolicyDocument": policy_document(policy)}


def _attached(account: str, policy: str) -> Spec:
    return {"PolicyName": policy.rsplit("/", 1)[-1], "PolicyArn": _policy_arn(account, policy)}


def _policy_arn(account: str, policy: str) -> str:
    return policy if policy.startswith("arn:") else f"arn:aws:iam::{account}:policy/{policy}"


def _boundary(account: str, one: Spec) -> Spec:
    if "boundary" not in one:
        return {}
    arn = _policy_arn(account, one["boundary"])
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}}


def _tags(one: Spec) -> list[Spec]:
    return [{"Key": key, "Value": value} for key, value in one.get("tags", {}).items()]


def _policy(account: str, name: str, policy: Policy) -> Spec:
    spec: Spec = {"versions": {"v1": policy}, "default": "v1"}
    if isinstance(policy, dict) and "versions" in policy:
        spec = policy
    versions, default = spec["versions"], spec["default"]
    return {
        "PolicyName": name.rsplit("/", 1)[-1],
        "PolicyId": f"ANPAEXAMPLE{name.upper()}",
        "Arn": _policy_arn(account, name),
        "Path": "/",
        "DefaultVersionId": default,
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": CREATED,
        "UpdateDate": CREATED,
        "PolicyVersionList": [
            {
                "Document": policy_document(document),
                "VersionId": version,
                "IsDefaultVersion": version == default,
                "CreateDate": CREATED,
            }
            for version, document in versions.items()
        ],
    }


def _access_keys(name: str, user: Spec) -> Iterator[Spec]:
    for number in range(1, user.get("keys", 0) + 1):
        yield {
            "UserName": name,
            "AccessKeyId": f"AKIAEXAMPLE{name.upper()}{number}",
            "Status": "Active",
            "CreateDate": CREATED,
            "LastUsed": {"ServiceName": "N/A", "Region": "N/A"},
        }


def _report(spec: Spec, account: str, home: str, users: Spec) -> Iterator[str]:
    yield REPORT_HEADER
    root_keys = 1 if spec.get("root") and account == home else 0
    yield _report_row("<root_account>", f"arn:aws:iam::{account}:root", root_keys, password="not_supported")
    for name, user in users.items():
        password = "true" if user.get("password") else "false"
        arn = f"arn:aws:iam::{account}:user{user.get('path', '/')}{name}"
        mfa = "true" if user.get("mfa") else "false"
        yield _report_row(name, arn, user.get("keys", 0), password=password, mfa=mfa)


def _report_row(name: str, arn: str, keys: int, *, password: str, mfa: str = "false") -> str:
    slots = [["true" if keys >= slot else "false", CREATED if keys >= slot else "N/A"] for slot in (1, 2)]
    used = ["N/A", "N/A", "N/A"]
    fields = [name, arn, CREATED, password, "no_information", "N/A", "N/A", mfa]
    fields += [*slots[0], *used, *slots[1], *used, "false", "N/A", "false", "N/A"]
    return ",".join(fields)
