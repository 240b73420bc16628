"""An organization of two accounts for hard policies: within IAM's size limits, written as a snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.policies import Document, aws_managed_policies, document, statement
from bench.roles import Entity, attachment
from bench.seeds import DAY, EPOCH, iso

MANAGEMENT, MEMBER = "999900000001", "999900000002"
ROOT_ID, UNIT_ID, INNER_UNIT_ID = "r-hard", "ou-hard-00000001", "ou-hard-00000002"
BYSTANDER = "bystander"
MANAGED, USER_INLINE, GROUP_INLINE, ROLE_INLINE, CONTROL = 6_144, 2_048, 5_120, 10_240, 5_120
MOST_ATTACHED, MOST_CONTROL_POLICIES = 10, 5
_FULL = document(statement("Allow", "*", "*"))
AWS_POLICY = "arn:aws:iam::aws:policy/"
_OWN = f"arn:aws:iam::{MEMBER}:policy/"
AWS_NAMES = (
    *(
        "AdministratorAccess",
        "ReadOnlyAccess",
        "SecurityAudit",
        "PowerUserAccess",
        "job-function/ViewOnlyAccess",
    ),
    *("IAMFullAccess", "AWSOrganizationsFullAccess", "job-function/Billing"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hard:
    """The member account of one hard organization.

    `attached` and `boundary` name customer managed policies of `managed`, or are ARNs; every user has them.
    """

    name: str
    attached: tuple[str, ...] = ()
    boundary: str | None = None
    managed: Mapping[str, Document] = field(default_factory=dict)
    inline: Mapping[str, Document] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, Document]] = field(default_factory=dict)
    roles: Mapping[str, tuple[Document, Mapping[str, Document]]] = field(default_factory=dict)
    scps: Mapping[str, Sequence[Document]] = field(default_factory=dict)
    users: tuple[str, ...] = ("hard",)

    def oversized(self) -> Iterator[str]:
        """Policies that IAM or Organizations would not take."""
        sizes = [(f"managed {name}", size(text), MANAGED) for name, text in self.managed.items()]
        sizes.append(("user inline", sum(map(size, self.inline.values())), USER_INLINE))
        sizes += [
            (f"group {name}", sum(map(size, texts.values())), GROUP_INLINE)
            for name, texts in self.groups.items()
        ]
        sizes += [
            (f"role {name}", sum(map(size, texts.values())), ROLE_INLINE)
            for name, (_, texts) in self.roles.items()
        ]
        sizes += [
            (f"scp {target}", size(text), CONTROL) for target, texts in self.scps.items() for text in texts
        ]
        sizes.append(("attached", len(self.attached), MOST_ATTACHED))
        sizes.append(("groups", len(self.groups), 10))
        sizes += [
            (f"scps of {target}", len(texts), MOST_CONTROL_POLICIES) for target, texts in self.scps.items()
        ]
        return (f"{what}: {found} of {most}" for what, found, most in sizes if found > most)

    def write(self, folder: Path) -> None:
        """Write the organization's snapshot."""
        (folder / "accounts").mkdir(parents=True)
        managed = {"Policies": list(aws_managed_policies(AWS_NAMES).values())}
        contents = {
            "organization": _organization(self.scps),
            "managed-policies": managed,
            f"accounts/{MANAGEMENT}": _account(MANAGEMENT, _bystander()),
            f"accounts/{MEMBER}": _account(MEMBER, self),
        }
        for name, content in contents.items():
            (folder / f"{name}.json").write_text(json.dumps(content))


def size(text: Document) -> int:
    """How many characters AWS counts."""
    return len(json.dumps(text, separators=(",", ":")))


def _bystander() -> Hard:
    return Hard(name=BYSTANDER, attached=(f"{AWS_POLICY}AdministratorAccess",), users=(BYSTANDER,))


def _organization(scps: Mapping[str, Sequence[Document]]) -> dict[str, object]:
    policies = {"p-FullAWSAccess": {"Name": "FullAWSAccess", "Document": _FULL}}
    targets: dict[str, list[str]] = {}
    for target in (ROOT_ID, UNIT_ID, INNER_UNIT_ID, MANAGEMENT, MEMBER):
        own = {
            f"p-{target}-{n}": {"Name": f"guard-{n}", "Document": text}
            for n, text in enumerate(scps.get(target, ()))
        }
        policies |= own
        targets[target] = [*own] if len(own) == MOST_CONTROL_POLICIES else ["p-FullAWSAccess", *own]
    root, unit, inner = ({"Id": each, "Name": each} for each in (ROOT_ID, UNIT_ID, INNER_UNIT_ID))
    return {
        "OrganizationId": "o-hard000001",
        "ManagementAccountId": MANAGEMENT,
        "CollectedAt": iso(EPOCH),
        "Accounts": [
            {"Id": MANAGEMENT, "Name": "management", "State": "ACTIVE", "Tags": {}, "OUPath": [root]},
            {"Id": MEMBER, "Name": "member", "State": "ACTIVE", "Tags": {}, "OUPath": [root, unit, inner]},
        ],
        "ServiceControlPolicies": {"Policies": policies, "Targets": targets},
        "ResourceControlPolicies": {"Policies": {}, "Targets": {}},
    }


def _account(account_id: str, hard: Hard) -> dict[str, object]:
    details = {
        "UserDetailList": [_user(account_id, hard, name) for name in hard.users],
        "GroupDetailList": [_group(account_id, name, texts) for name, texts in hard.groups.items()],
        "RoleDetailList": [_role(account_id, name, *role) for name, role in hard.roles.items()],
        "Policies": [_policy(name, text) for name, text in hard.managed.items()],
    }
    keys = [
        {
            "UserName": name,
            "AccessKeyId": f"AKIA{account_id[-6:]}{place:010d}",
            "Status": "Active",
            "CreateDate": iso(EPOCH - DAY),
        }
        for place, name in enumerate(hard.users)
    ]
    return {
        "AccountId": account_id,
        "CollectedAt": iso(EPOCH),
        "AuthorizationDetails": details,
        "AccessKeys": keys,
        "Failures": [],
    }


def _arn(policy: str) -> str:
    return policy if policy.startswith("arn:") else _OWN + policy


def _inline(texts: Mapping[str, Document]) -> list[Entity]:
    return [{"PolicyName": name, "PolicyDocument": text} for name, text in texts.items()]


def _user(account_id: str, hard: Hard, name: str) -> Entity:
    boundary = {"PermissionsBoundaryArn": _arn(hard.boundary)} if hard.boundary else None
    return {
        "UserName": name,
        "Path": "/",
        "UserId": f"AIDA{name.upper():A<17}",
        "Arn": f"arn:aws:iam::{account_id}:user/{name}",
        "CreateDate": iso(EPOCH - 9 * DAY),
        "GroupList": list(hard.groups),
        "UserPolicyList": _inline(hard.inline),
        "AttachedManagedPolicies": [attachment(_arn(each)) for each in hard.attached],
        **({"PermissionsBoundary": boundary} if boundary else {}),
    }


def _group(account_id: str, name: str, texts: Mapping[str, Document]) -> Entity:
    return {
        "GroupName": name,
        "Path": "/",
        "Arn": f"arn:aws:iam::{account_id}:group/{name}",
        "GroupPolicyList": _inline(texts),
    }


def _role(account_id: str, name: str, trust: Document, texts: Mapping[str, Document]) -> Entity:
    return {
        "RoleName": name,
        "Path": "/",
        "RoleId": f"AROA{name.upper():A<17.17}",
        "Arn": f"arn:aws:iam::{account_id}:role/{name}",
        "AssumeRolePolicyDocument": trust,
        "RolePolicyList": _inline(texts),
    }


def _policy(name: str, text: Document) -> Entity:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": text}
    return {
        "PolicyName": name,
        "Path": "/",
        "Arn": _OWN + name,
        "DefaultVersionId": "v1",
        "PolicyVersionList": [version],
    }
