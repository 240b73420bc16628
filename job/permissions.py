"""The one list of AWS API operations that the job calls, by the credentials that call them.

docs/permissions.md, Terraform (`python -m job permissions` prints JSON) and the session policy of every
assumed role are made from it; a test compares it with the calls of a whole run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One IAM action and what it is for; `optional` says what is lost without it, empty for a needed one."""

    action: str
    purpose: str
    optional: str = ""


TASK = (
    Permission(action="sts:AssumeRole", purpose="take the member role of every account"),
    Permission(action="sts:GetCallerIdentity", purpose="know the account and partition the task runs in"),
    Permission(action="s3:PutObject", purpose="write snapshot and report"),
    Permission(action="s3:GetObject", purpose="read the last run, and the snapshot of a stopped one"),
    Permission(action="s3:ListBucket", purpose="find the last run, and the snapshot of a stopped one"),
    Permission(
        action="kms:GenerateDataKey",
        purpose="encrypt objects with your own key",
        optional="needed only with `REPORT_KMS_KEY_ARN` or a bucket encrypted with a KMS key",
    ),
    Permission(
        action="kms:Decrypt",
        purpose="read objects encrypted with your own key",
        optional="needed only with `REPORT_KMS_KEY_ARN` or a bucket encrypted with a KMS key",
    ),
    Permission(
        action="sns:Publish",
        purpose="tell owners what is new",
        optional="needed only with `REPORT_TOPIC_ARN`; what could not be sent is told",
    ),
    Permission(
        action="securityhub:BatchImportFindings",
        purpose="send critical and high keys to Security Hub",
        optional="needed only with `REPORT_SECURITY_HUB`; what could not be sent is told",
    ),
)

ORGANIZATION = (
    Permission(
        action="organizations:ListAccounts",
        purpose="find the accounts, the organization and its management account",
    ),
    Permission(action="organizations:ListRoots", purpose="OU paths", optional="OU columns stay empty"),
    Permission(
        action="organizations:ListOrganizationalUnitsForParent",
        purpose="OU paths",
        optional="OU columns stay empty",
    ),
    Permission(
        action="organizations:ListAccountsForParent", purpose="OU paths", optional="OU columns stay empty"
    ),
    Permission(
        action="tag:GetResources",
        purpose="tags of all accounts in bulk",
        optional="tags are then read account by account",
    ),
    Permission(
        action="organizations:ListTagsForResource", purpose="account tags", optional="tag columns stay empty"
    ),
    Permission(
        action="organizations:ListPolicies",
        purpose="service and resource control policies",
        optional="verdicts become `unknown` where such a policy could decide",
    ),
    Permission(
        action="organizations:DescribePolicy",
        purpose="service and resource control policies",
        optional="verdicts become `unknown` where such a policy could decide",
    ),
    Permission(
        action="organizations:ListTargetsForPolicy",
        purpose="service and resource control policies",
        optional="verdicts become `unknown` where such a policy could decide",
    ),
    Permission(
        action="organizations:ListDelegatedAdministrators",
        purpose="accounts that administer services of the organization",
        optional="ways through a delegated administrator are not seen, and the note says so",
    ),
    Permission(
        action="organizations:ListDelegatedServicesForAccount",
        purpose="accounts that administer services of the organization",
        optional="ways through a delegated administrator are not seen, and the note says so",
    ),
)

ROOT_ACCESS = (
    Permission(
        action="iam:ListOrganizationsFeatures",
        purpose="know whether centralized root access is switched on",
        optional="needed only with `REPORT_ROOT_ACCESS`; root keys are then told without their ids",
    ),
    Permission(
        action="sts:AssumeRoot",
        purpose="read root users' keys, with AWS's policy IAMAuditRootUserCredentials alone",
        optional="needed only with `REPORT_ROOT_ACCESS`; root keys are then told without their ids",
    ),
)
"""What reads the organization needs these besides where root users' keys are read by id."""

CONFIG_AGGREGATOR = (
    Permission(
        action="config:SelectAggregateResourceConfig",
        purpose="data stores as AWS Config has recorded them, of many accounts at a time",
        optional="needed only with `REPORT_CONFIG_AGGREGATOR`; everything is then asked in each account",
    ),
)
"""What the task needs besides where data stores are taken from AWS Config's aggregator."""

CREDENTIALS: Mapping[str, tuple[Permission, ...]] = {
    "service_specific": (
        Permission(
            action="iam:ListServiceSpecificCredentials",
            purpose="API keys for Bedrock, CloudWatch and others, passwords for CodeCommit and Keyspaces",
            optional="`credentials` lacks them; needed for this kind",
        ),
    ),
    "signing_certificates": (
        Permission(
            action="iam:ListSigningCertificates",
            purpose="certificates of users whom the credential report shows with one",
            optional="`credentials` lacks them; needed for this kind",
        ),
    ),
    "console_passwords": (),
    "ssh_public_keys": (
        Permission(
            action="iam:ListSSHPublicKeys",
            purpose="SSH keys for CodeCommit, a call a user",
            optional="`credentials` lacks them; needed for this kind",
        ),
    ),
}
"""What the member role needs besides, by the kinds of `REPORT_CREDENTIALS`.

The credential report tells of console passwords.
"""

MEMBER = (
    Permission(action="iam:GenerateCredentialReport", purpose="passwords, MFA, root keys, last use of keys"),
    Permission(action="iam:GetCredentialReport", purpose="passwords, MFA, root keys, last use of keys"),
    Permission(
        action="iam:GetAccountAuthorizationDetails", purpose="users, groups, roles and their policies"
    ),
    Permission(action="iam:ListAccessKeys", purpose="ids, status and age of keys"),
    Permission(
        action="iam:GetAccessKeyLastUsed", purpose="last use, where the credential report leaves it open"
    ),
    Permission(
        action="iam:GetUser",
        purpose="permissions boundary of a user whose details name none",
        optional="that boundary is then taken from the details alone",
    ),
    Permission(action="iam:GetPolicy", purpose="AWS managed policies, each once for the organization"),
    Permission(action="iam:GetPolicyVersion", purpose="AWS managed policies, each once for the organization"),
)

_NO_POLICY = "its policy counts as unknown, and verdicts on it too"
_NO_TAGS = "its tags stay empty, so that no tag makes it sensitive"
_NO_KEY = "whether a key of one's own encrypts it is not known"

DATA_STORES: Mapping[str, tuple[Permission, ...]] = {
    "s3": (
        Permission(action="s3:ListAllMyBuckets", purpose="buckets and their Regions"),
        Permission(action="s3:GetBucketPolicy", purpose="who else a bucket lets in", optional=_NO_POLICY),
        Permission(action="s3:GetBucketTagging", purpose="tags of buckets", optional=_NO_TAGS),
        Permission(action="s3:GetEncryptionConfiguration", purpose="KMS keys of buckets", optional=_NO_KEY),
        Permission(
            action="s3:GetBucketOwnershipControls",
            purpose="whether access control lists of objects may let others in",
            optional="`object_acls` is `not_read`",
        ),
    ),
    "dynamodb": (
        Permission(action="dynamodb:ListTables", purpose="tables"),
        Permission(action="dynamodb:DescribeTable", purpose="KMS keys of tables", optional=_NO_KEY),
        Permission(
            action="dynamodb:GetResourcePolicy", purpose="who else a table lets in", optional=_NO_POLICY
        ),
        Permission(action="dynamodb:ListTagsOfResource", purpose="tags of tables", optional=_NO_TAGS),
    ),
    "rds": (
        Permission(
            action="rds:DescribeDBClusters", purpose="clusters, how one logs in to them, keys and tags"
        ),
        Permission(
            action="rds:DescribeDBInstances", purpose="instances, how one logs in to them, keys and tags"
        ),
    ),
    "secrets": (
        Permission(action="secretsmanager:ListSecrets", purpose="secrets, their KMS keys and tags"),
        Permission(
            action="secretsmanager:GetResourcePolicy",
            purpose="who else a secret lets in",
            optional=_NO_POLICY,
        ),
        Permission(action="ssm:DescribeParameters", purpose="names and types of parameters"),
    ),
    "kms": (
        Permission(action="kms:ListKeys", purpose="keys"),
        Permission(
            action="kms:ListAliases", purpose="names of keys", optional="keys are told by their ids alone"
        ),
        Permission(
            action="kms:DescribeKey",
            purpose="which keys are AWS's own, and which are enabled",
            optional="keys that AWS manages are told among one's own",
        ),
        Permission(action="kms:GetKeyPolicy", purpose="who may use a key", optional=_NO_POLICY),
        Permission(action="kms:ListGrants", purpose="whom a key is granted to", optional=_NO_POLICY),
        Permission(action="kms:ListResourceTags", purpose="tags of keys", optional=_NO_TAGS),
    ),
}
"""What the member role needs besides, by the kinds of `REPORT_DATA_STORES`; nothing of it without them."""


def member_permissions(*, credentials: Iterable[str], data_stores: Iterable[str]) -> tuple[Permission, ...]:
    """What the member role calls when these kinds of other credentials and of data stores are read."""
    chosen = (*(CREDENTIALS[kind] for kind in credentials), *(DATA_STORES[kind] for kind in data_stores))
    return (*MEMBER, *(each for permissions in chosen for each in permissions))


def session_policy(permissions: tuple[Permission, ...]) -> str:
    """A session policy that leaves an assumed role no more than these actions.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
    """
    statement = {"Effect": "Allow", "Action": [each.action for each in permissions], "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def as_json() -> str:
    """All lists, for Terraform and for people; what is read by choice stands by its kind."""
    sides = {
        "task": TASK,
        "organization": ORGANIZATION,
        "member": MEMBER,
        "root_access": ROOT_ACCESS,
        "config_aggregator": CONFIG_AGGREGATOR,
    }
    kinds = {"credentials": CREDENTIALS, "data_stores": DATA_STORES}
    document = {
        **{side: _as_records(permissions) for side, permissions in sides.items()},
        **{side: {kind: _as_records(each) for kind, each in lists.items()} for side, lists in kinds.items()},
    }
    return json.dumps(document, indent=2)


def _as_records(permissions: Iterable[Permission]) -> list[dict[str, str]]:
    return [
        {"action": each.action, "purpose": each.purpose, "optional": each.optional} for each in permissions
    ]
