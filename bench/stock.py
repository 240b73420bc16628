"""What every account of an organization has beside its users, rendered once: groups, roles, policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench import policies
from bench.policies import Document
from bench.roles import APPLICATION_ROLES, Entity, attachment, roles
from bench.seeds import DAY, EPOCH, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Entities with the placeholders `ACCOUNTID`, `SERIAL` and `NEIGHBOUR` (another account's id).

    An account has its groups, common roles and common policies once; its application roles and numbered
    policies go round as often as its size wants. `inline` are the documents that users name.
    """

    groups: tuple[Entity, ...]
    common_roles: tuple[Entity, ...]
    application_roles: tuple[Entity, ...]
    common_policies: tuple[Entity, ...]
    numbered_policies: tuple[Entity, ...]
    inline: Mapping[str, Document]


def easy_stock(hub: str) -> Stock:
    """The stock of the easy organization; `hub` is the account that central roles trust."""
    every = tuple(roles(hub))
    attached = ("job-function/ViewOnlyAccess", "AmazonS3ReadOnlyAccess", "AdministratorAccess")
    return Stock(
        groups=tuple(
            group(f"group-{serial}", (name,), {} if serial else {"mfa": policies.MFA_SELF}, serial)
            for serial, name in enumerate(attached)
        ),
        common_roles=every[:-APPLICATION_ROLES],
        application_roles=every[-APPLICATION_ROLES:],
        common_policies=(policy("boundary", {"v1": policies.BOUNDARY}),),
        numbered_policies=(policy("app-policy-SERIAL", {"v2": policies.TASK_DATA, "v1": policies.PIPELINE}),),
        inline=policies.EASY_INLINE,
    )


def group(name: str, attached: tuple[str, ...], inline: Mapping[str, Document], serial: int) -> Entity:
    """A group; `attached` are ARNs, or the ends of those of AWS managed policies."""
    return {
        "Path": "/",
        "GroupName": name,
        "GroupId": f"AGPA{serial:016d}",
        "Arn": f"arn:aws:iam::ACCOUNTID:group/{name}",
        "CreateDate": iso(EPOCH - 900 * DAY),
        "GroupPolicyList": [{"PolicyName": key, "PolicyDocument": text} for key, text in inline.items()],
        "AttachedManagedPolicies": [attachment(each) for each in attached],
    }


def policy(name: str, versions: Mapping[str, Document], default: str | None = None) -> Entity:
    """A customer managed policy; the first version is the default one unless another is named."""
    created = iso(EPOCH - 400 * DAY)
    default = default or next(iter(versions))
    return {
        "PolicyName": name,
        "PolicyId": f"ANPA{name.upper()[:10]:A<17}",
        "Arn": f"arn:aws:iam::ACCOUNTID:policy/{name}",
        "Path": "/",
        "DefaultVersionId": default,
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": created,
        "UpdateDate": created,
        "PolicyVersionList": [
            {
                "Document": text,
                "VersionId": version,
                "IsDefaultVersion": version == default,
                "CreateDate": created,
            }
            for version, text in versions.items()
        ],
    }
