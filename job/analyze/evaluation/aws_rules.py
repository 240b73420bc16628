"""AWS's own rules, which no policy of a customer changes: its objects, what always succeeds, who must agree.

Everything here is told by the names in a request alone.
"""

from __future__ import annotations

from enum import Enum

ASSUME_ROLE = "sts:assumerole"
BLOCKED_BY_AWS = "aws"
_PASSING = "iam:passrole"
_AWS_MANAGED = ":iam::aws:policy/"
_QUARANTINE = "AWSCompromisedKeyQuarantine"
_ACCOUNT_PART, _ACCOUNT_DIGITS = 4, 12


class Ruling(Enum):
    """What AWS answers whatever the policies say."""

    ALWAYS = "always"
    NEVER = "never"
    UNLESS_DENIED = "unless denied"


def is_quarantine(policy_arn: str | None) -> bool:
    """Whether a managed policy is the one that AWS attaches to a user whose key was found in public.

    `AWSCompromisedKeyQuarantine`, `…V2`, `…V3`, `…V4` so far, so the name's stem counts:
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV4.html.
    """
    arn = policy_arn or ""
    return _AWS_MANAGED in arn and arn.rpartition("/")[2].startswith(_QUARANTINE)


# Roles that only AWS changes: Identity Center's ("this role is only modifiable by AWS") and service-linked
# ones, https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html.
IDENTITY_CENTER_PATH = "/aws-reserved/"
SERVICE_LINKED_PATH = "/aws-service-role/"
RESERVED_PATHS = (IDENTITY_CENTER_PATH, SERVICE_LINKED_PATH)

# The operations that answer UnmodifiableEntity for a protected role, and making one in its place:
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html and its siblings. A role is
# passed by whoever may choose it for a service; these belong to one service each.
_ROLE_CHANGES = frozenset(
    (
        "iam:attachrolepolicy",
        "iam:createrole",
        "iam:deleterole",
        "iam:deleterolepermissionsboundary",
        "iam:deleterolepolicy",
        "iam:detachrolepolicy",
        _PASSING,
        "iam:putrolepermissionsboundary",
        "iam:putrolepolicy",
        "iam:updateassumerolepolicy",
    )
)
# A service-linked role can be tagged, described anew, and is made and deleted by operations of its own:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_modify.html,
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html.
_IDENTITY_CENTER_CHANGES = _ROLE_CHANGES | {
    "iam:createservicelinkedrole",
    "iam:deleteservicelinkedrole",
    "iam:tagrole",
    "iam:untagrole",
    "iam:updaterole",
    "iam:updateroledescription",
}
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html (AWS managed
# policies cannot be changed), https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html.
_POLICY_CHANGES = frozenset(
    (
        "iam:createpolicy",
        "iam:createpolicyversion",
        "iam:deletepolicy",
        "iam:deletepolicyversion",
        "iam:setdefaultpolicyversion",
        "iam:tagpolicy",
        "iam:untagpolicy",
    )
)
# https://docs.aws.amazon.com/kms/latest/developerguide/alias-create.html: the prefix is AWS's.
_ALIAS_CHANGES = frozenset(("kms:createalias", "kms:deletealias", "kms:updatealias"))


def is_attachable(policy_arn: str) -> bool:
    """Whether a managed policy may be attached at all; those of service-linked roles may not.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSSSOServiceRolePolicy.html
    """
    return f"{_AWS_MANAGED}aws-service-role/" not in policy_arn


def is_reserved(role_path: str) -> bool:
    """Whether a role of this path is AWS's own: nobody in the account can change or pass it."""
    return role_path.startswith(RESERVED_PATHS)


def ruling(action: str, resource: str, caller: str, account_id: str) -> Ruling | None:
    """What AWS answers by itself, by what a request is about; None where policies decide.

    `action` is in lower case, `caller` is `user`, `role` or `root`, and `account_id` its account.
    """
    match action:
        case "sts:getcalleridentity":
            # Even under a Deny: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
            return Ruling.ALWAYS
        case "sts:getsessiontoken":
            # It needs no permission, and a session cannot call it; a Deny that surely covers it counts, to be
            # safe in what is told of other locks:
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
            return Ruling.NEVER if caller == "role" else Ruling.UNLESS_DENIED
        case "sts:assumerole" if caller == "root":
            # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
            return Ruling.NEVER
        case _:
            return Ruling.NEVER if _is_refused(action, resource, account_id) else None


def _is_refused(action: str, resource: str, account_id: str) -> bool:
    if action in _POLICY_CHANGES:
        return _AWS_MANAGED in resource
    if action in _ALIAS_CHANGES:
        return ":alias/aws/" in resource
    if action in _IDENTITY_CENTER_CHANGES and f":role{IDENTITY_CENTER_PATH}" in resource:
        return True
    if action in _ROLE_CHANGES and f":role{SERVICE_LINKED_PATH}" in resource:
        return True
    # A role is passed to a service of its own account only:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    return action == _PASSING and account_in(resource) not in (None, account_id)


def account_in(resource: str) -> str | None:
    """The account that an ARN names; a bucket's names none."""
    parts = resource.split(":")
    named = parts[_ACCOUNT_PART] if len(parts) > _ACCOUNT_PART else ""
    return named if named.isdigit() and len(named) == _ACCOUNT_DIGITS else None


def is_decided_by_trust(action: str, resource: str) -> bool:
    """Whether a role's trust policy decides as well: all that STS does with a role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html (sts:TagSession in both policies).
    """
    return action.startswith("sts:") and (action == ASSUME_ROLE or ":role/" in resource)


def needs_key_policy(action: str, resource: str) -> bool:
    """Whether the policy of a KMS key decides first; without its leave IAM policies allow nothing.

    An alias is allowed by IAM policies alone, its key is asked about by itself:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html and
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html.
    """
    return action.startswith("kms:") and not (action in _ALIAS_CHANGES and ":alias/" in resource)
