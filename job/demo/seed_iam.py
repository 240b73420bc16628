"""Puts one made-up account's IAM into moto: policies, groups, roles, users and backdated keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

import orjson
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import (
    AccessKeyLastUsed,
    AWSManagedPolicy,
    IAMBackend,
    SigningCertificate,
    User,
    iam_backends,
)

from job.demo.spec import (
    AccountSpec,
    GroupSpec,
    KeySpec,
    PolicySpec,
    RoleSpec,
    ServiceCredentialSpec,
    Statements,
    UserSpec,
)

READER_ROLE = "iam-access-key-report-reader"
ACCESS_ROLE = "OrganizationAccountAccessRole"
REGION = "us-east-1"


def seed_identities(account: AccountSpec, now: datetime, *, management: str, reader: str) -> None:
    """Fill the account's IAM; ages count back from `now`."""
    iam = iam_backends[account["id"]]["aws"]
    for policy in account.get("policies", ()):
        _seed_policy(iam, policy)
    for group in account.get("groups", ()):
        _seed_group(iam, group)
    for role in (*_roles_of_every_account(account, management, reader), *account.get("roles", ())):
        _seed_role(iam, role)
    for user in account["users"]:
        _seed_user(iam, user, now)


def document(statements: Statements) -> str:
    """Return the policy document of these statements."""
    return orjson.dumps({"Version": "2012-10-17", "Statement": statements}).decode()


def _roles_of_every_account(account: AccountSpec, management: str, reader: str) -> Iterable[RoleSpec]:
    if account.get("reader", True):
        yield {
            "name": READER_ROLE,
            "trust": {"AWS": f"arn:aws:iam::{reader}:role/{READER_ROLE}-task"},
            "inline": {
                "read": [{"Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"}],
            },
        }
    if account["id"] != management and not account.get("invited", False):
        yield {
            "name": ACCESS_ROLE,
            "trust": {"AWS": f"arn:aws:iam::{management}:root"},
            "attached": ["aws:AdministratorAccess"],
        }


def _seed_policy(iam: IAMBackend, spec: PolicySpec) -> None:
    first, *others = spec["versions"]
    policy = iam.create_policy(
        policy_name=spec["name"],
        path=spec.get("path", "/"),
        policy_document=document(first),
        description="",
        tags=[],
    )
    for number, statements in enumerate(others, start=2):
        iam.create_policy_version(
            policy.arn, document(statements), str(spec.get("default") == number).lower()
        )


def _seed_group(iam: IAMBackend, spec: GroupSpec) -> None:
    group = iam.create_group(spec["name"], "/")
    for name, statements in spec.get("inline", {}).items():
        group.put_policy(name, document(statements))
    for arn in _attached(iam, spec.get("attached", ())):
        iam.attach_group_policy(arn, spec["name"])


def _seed_role(iam: IAMBackend, spec: RoleSpec) -> None:
    trust = {"Effect": "Allow", "Principal": spec["trust"], "Action": "sts:AssumeRole"}
    role = iam.create_role(
        role_name=spec["name"],
        assume_role_policy_document=document([trust]),
        path=spec.get("path", "/"),
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    for name, statements in spec.get("inline", {}).items():
        role.put_policy(name, document(statements))
    for arn in _attached(iam, spec.get("attached", ())):
        iam.attach_role_policy(arn, spec["name"])


def _seed_user(iam: IAMBackend, spec: UserSpec, now: datetime) -> None:
    name = spec["name"]
    user = iam.create_user(REGION, name, spec.get("path", "/"), tag_list(spec.get("tags", {})))
    user.create_date = now - timedelta(days=spec["created"])
    if "boundary" in spec:
        user.boundary_arn = _own_arn(iam, spec["boundary"])
    for policy_name, statements in spec.get("inline", {}).items():
        user.put_policy(policy_name, document(statements))
    for arn in _attached(iam, spec.get("attached", ())):
        iam.attach_user_policy(arn, name)
    for group in spec.get("groups", ()):
        iam.add_user_to_group(group, name)
    if spec.get("password", False):
        user.password = "-"  # noqa: S105 - its presence is all that counts
    if spec.get("mfa", False):
        user.enable_mfa_device(f"arn:aws:iam::{iam.account_id}:mfa/{name}", "123456", "234567")
    for key in spec["keys"]:
        _seed_key(iam, name, key, now)
    user.service_specific_credentials = tuple(
        _service_credential(iam, name, number, credential, now)
        for number, credential in enumerate(spec.get("service_credentials", ()), start=1)
    )
    for age in spec.get("certificates", ()):
        _seed_certificate(user, age, now)


def _service_credential(
    iam: IAMBackend, user_name: str, number: int, spec: ServiceCredentialSpec, now: datetime
) -> dict[str, object]:
    """As ListServiceSpecificCredentials gives it."""
    made: dict[str, object] = {
        "UserName": user_name,
        "Status": "Active" if spec.get("active", True) else "Inactive",
        "CreateDate": now - timedelta(days=spec["age"]),
        "ServiceSpecificCredentialId": f"ACCA{iam.account_id}{user_name.upper()}{number}",
        "ServiceName": f"{spec['service']}.amazonaws.com",
    }
    if "ends_in" in spec:
        made["ExpirationDate"] = now + timedelta(days=spec["ends_in"])
    if "alias" in spec:
        made["ServiceCredentialAlias"] = spec["alias"]
    return made


def _seed_certificate(user: User, age: int, now: datetime) -> None:
    identifier = f"CERT{user.account_id}{user.name.upper()}"
    certificate = SigningCertificate(identifier, user.name, "-")
    certificate.upload_date = now - timedelta(days=age)
    user.signing_certificates[identifier] = certificate


def _seed_key(iam: IAMBackend, user_name: str, spec: KeySpec, now: datetime) -> None:
    key = iam.create_access_key(user_name, status="Active" if spec.get("active", True) else "Inactive")
    key.create_date = now - timedelta(days=spec["age"])
    if "used" in spec:
        at = now - timedelta(days=spec["used"], hours=1)
        key.last_used = AccessKeyLastUsed(at, spec.get("service", "N/A"), spec.get("region", "N/A"))


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as the API writes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _attached(iam: IAMBackend, names: Sequence[str]) -> Iterable[str]:
    for name in names:
        if name.startswith("aws:"):
            yield _aws_managed(iam, name.removeprefix("aws:"))
        else:
            yield _own_arn(iam, name)


def _own_arn(iam: IAMBackend, name: str) -> str:
    return f"arn:aws:iam::{iam.account_id}:policy/{name.removeprefix('/')}"


def _aws_managed(iam: IAMBackend, name: str) -> str:
    """Put the real AWS managed policy into the account: moto would load all 1,500 of them, or none."""
    policy = AWSManagedPolicy.from_data(name, iam.account_id, REGION, _aws_managed_policies()[name])
    if policy.arn not in iam.managed_policies:
        iam.managed_policies[policy.arn] = policy
        iam.aws_managed_policies.append(policy)
    return str(policy.arn)


@cache
def _aws_managed_policies() -> Mapping[str, dict[str, object]]:
    policies: Mapping[str, dict[str, object]] = orjson.loads(aws_managed_policies_data)
    return policies
