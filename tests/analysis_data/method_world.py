"""For each way of a method, an account that has the way's target and a user with just its needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.analyze.verdict import Finding
from job.snapshot.parse import parse_account, parse_managed_policies, parse_organization

Doc: TypeAlias = "dict[str, Any]"

METHODS: list[Doc] = json.loads(Path("job/analyze/data/methods.json").read_text())
HOME, MANAGEMENT, MEMBER = "111122223333", "999988887777", "444455556666"
ARN = f"arn:aws:iam::{HOME}:"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
GENERIC = "backup:CreateBackupSelection"
WEAK = "s3:ListAllMyBuckets"


FEDERATED = {
    "cognito-identity.amazonaws.com": "cognito-identity.amazonaws.com",
    "oidc.eks.amazonaws.com/id": f"{ARN}oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1B2",
}

ISSUERS = (
    "keys-of-pods.s3.eu-west-1.amazonaws.com",
    "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A1B2C3",
    "d111111abcdef8.cloudfront.net",
    "a1b2c3.execute-api.eu-west-1.amazonaws.com/prod",
    "a1b2c3.lambda-url.eu-west-1.on.aws",
    "idp.example.com",
)
ENTERED = {"role_grant", "role_boundary_off", "role_boundary_put", "role_drop_deny"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A way of a method with one action chosen for each need."""

    method: str
    place: int
    rule: str
    services: tuple[str, ...]
    actions: tuple[str, ...]
    role: str = "helper"

    @property
    def name(self) -> str:
        """The case in words."""
        return f"{self.method}.{self.place} {' + '.join(self.actions)}"


def cases() -> Iterator[Case]:
    """Every way, with each of its needs' other actions tried once."""
    for method in METHODS:
        for place, way in enumerate(method["alternatives"], 1):
            yield from _cases_of(method["id"], place, way)


def _cases_of(method: str, place: int, way: Doc) -> Iterator[Case]:
    needs = _needs(way)
    first = tuple(need[0] for need in needs)
    others = [
        (*first[:at], action, *first[at + 1 :])
        for at, need in enumerate(needs)
        for action in need[1:]
        if need not in needs[:at]
    ]
    for actions in (first, *others):
        yield Case(
            method=method,
            place=place,
            rule=way["rule"],
            services=tuple(way.get("services", ("backup.amazonaws.com",))),
            actions=actions,
            role=way.get("roles", "helper").replace("*", "Helper"),
        )


def _needs(way: Doc) -> list[list[str]]:
    if way["rule"] == "generic":
        return [[GENERIC], ["iam:PassRole"]]
    needs = [need["actions"] if isinstance(need, dict) else need for need in way["needs"]]
    return [*needs, ["iam:PassRole"]] if way["rule"] == "pass_role" else needs


def needed_alone() -> Iterator[tuple[Case, str]]:
    """Each first choice of actions with one that, taken away, leaves no other way of the method."""
    for case in cases():
        for action in dict.fromkeys(case.actions):
            if not _another_way(case, set(case.actions) - {action}):
                yield case, action


def _another_way(case: Case, actions: set[str]) -> bool:
    ways = next(m["alternatives"] for m in METHODS if m["id"] == case.method)
    return any(all(actions & set(need) for need in _needs(way)) for way in ways)


def opened(case: Case, without: str = "", service: str = "") -> set[str]:
    """The methods that alice's findings name when she has the case's actions but one."""
    _, findings = judged(case, without, service)
    return {method for finding in findings for method in finding.methods}


def judged(case: Case, without: str = "", service: str = "") -> tuple[Analysis, tuple[Finding, ...]]:
    """The analysis and what it finds of alice when she has the case's actions but one.

    With `service`, the strong role trusts that service instead of those that the way names.
    """
    actions = [action for action in case.actions if action != without]
    home = MANAGEMENT if case.rule == "organization" else HOME
    analysis = Analysis(
        organization=parse_organization(
            {
                "ManagementAccountId": MANAGEMENT,
                "Accounts": [{"Id": a} for a in (HOME, MANAGEMENT, MEMBER)],
                "ServiceControlPolicies": _CONTROLS if case.rule == "leave_organization" else {},
            }
        ),
        managed_policies=parse_managed_policies(
            {"Policies": [_policy(ADMINISTRATOR, {"v1": allow("*")})]},
        ),
        capabilities=load_capabilities(),
    )
    account = _account(case, actions, (service,) if service else case.services)
    analysis.add(parse_account(home, json.loads(json.dumps(account).replace(HOME, home))))
    roles = [_MADE_BY_ORGANIZATIONS] if case.method == "E39" else []
    details: Doc = {"RoleDetailList": roles}
    analysis.add(parse_account(MEMBER, {"AccountId": MEMBER, "AuthorizationDetails": details}))
    alice = next(one for one in analysis.verdicts(home) if one.user_name == "alice")
    return analysis, alice.findings


def allow(*actions: str, effect: str = "Allow", condition: Doc | None = None) -> Doc:
    """A policy of one statement on every resource."""
    statement: Doc = {"Effect": effect, "Action": list(actions), "Resource": "*"}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


NOTHING = allow("*", effect="Deny")
TAGGED = allow("*", condition={"StringEquals": {"aws:PrincipalTag/team": "platform"}})
UNTAGGED = allow("*", condition={"Null": {"aws:PrincipalTag/team": "true"}})
TAGS = {"Tags": [{"Key": "team", "Value": "core"}]}


_CONTROLS: Doc = {
    "Policies": {
        "p-FullAWSAccess": {"Name": "FullAWSAccess", "Arn": "", "Document": allow("*")},
        "p-brake": {"Name": "brake", "Arn": "", "Document": allow("iam:*", effect="Deny")},
    },
    "Targets": {HOME: ["p-FullAWSAccess", "p-brake"]},
}


def _policy(arn: str, versions: dict[str, Doc]) -> Doc:
    return {
        "PolicyName": arn.rpartition("/")[2],
        "Arn": arn,
        "DefaultVersionId": list(versions)[-1],
        "PolicyVersionList": [
            {"VersionId": version, "IsDefaultVersion": version == list(versions)[-1], "Document": document}
            for version, document in versions.items()
        ],
    }


def _account(case: Case, actions: Sequence[str], services: Sequence[str]) -> Doc:
    """The parts that all ways share, with the rule's own in place of theirs."""
    boss = _user("boss", AttachedManagedPolicies=[_attached(ADMINISTRATOR)])
    intern = _user("intern")
    brake = allow("iam:PutUserPolicy", effect="Deny")
    detached = case.actions[:1] == ("iam:DetachGroupPolicy",)
    staff = (None, f"{ARN}policy/brake") if detached else (brake, None)
    groups = [
        _group("staff", *(staff if case.rule == "user_drop_deny" else (None, None))),
        _group("admins", None, ADMINISTRATOR),
    ]
    return {
        "AccountId": HOME,
        "AuthorizationDetails": {
            "UserDetailList": [_alice(case, actions), boss, intern],
            "GroupDetailList": groups,
            "RoleDetailList": [_helper(case, actions, services)],
            "Policies": [
                _policy(f"{ARN}policy/own", {"v1": allow("*"), "v2": allow(WEAK)}),
                _policy(f"{ARN}policy/brake", {"v1": NOTHING if case.rule == "role_drop_deny" else brake}),
                _policy(f"{ARN}policy/limit", {"v1": allow(*actions, WEAK)}),
            ],
        },
        "AccessKeys": [_key("alice"), *_boss_keys(case)],
        "CredentialReport": {"Content": _report(case)},
    }


_MADE_BY_ORGANIZATIONS: Doc = {
    "RoleName": "OrganizationAccountAccessRole",
    "Arn": f"arn:aws:iam::{MEMBER}:role/OrganizationAccountAccessRole",
    "Path": "/",
    "RoleId": "AROAMEMBER",
    "AssumeRolePolicyDocument": {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"},
            "Action": "sts:AssumeRole",
        },
    },
    "AttachedManagedPolicies": [{"PolicyName": "AdministratorAccess", "PolicyArn": ADMINISTRATOR}],
}
_CALLED_OTHERWISE: Mapping[str, Doc] = {
    "mfa_session": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    "console_session": {"Null": {"aws:MultiFactorAuthPresent": "false"}},
    "federated_session": {"StringEquals": {"aws:PrincipalType": "FederatedUser"}},
    "take_name": {"StringLike": {"aws:username": "admin-*"}},
}


def _alice(case: Case, actions: Sequence[str]) -> Doc:
    held_back = ["iam:PutUserPolicy"] if case.rule == "leave_organization" else []
    inline = {"needs": allow(*actions, *held_back, WEAK)}
    more: Doc = {}
    match case.rule:
        case "user_boundary_off" | "user_boundary_put":
            inline["everything"] = allow("*")
            more["PermissionsBoundary"] = {"PermissionsBoundaryArn": f"{ARN}policy/limit"}
        case "mfa_session" | "console_session" | "federated_session" | "take_name":
            inline["called otherwise"] = allow("*", condition=_CALLED_OTHERWISE[case.rule])
        case "plain_session":
            inline["objects"] = allow("s3:GetObject")
            inline["only in sessions"] = allow(
                "s3:*", effect="Deny", condition={"Null": {"aws:MultiFactorAuthPresent": "true"}}
            )
        case "through_service":
            inline["queries"] = allow("athena:StartQueryExecution")
            inline["through services"] = allow("*", condition={"Bool": {"aws:ViaAWSService": "true"}})
        case "tag_principal" if case.actions == ("iam:TagUser",):
            inline["tagged"] = TAGGED
        case "tag_principal" if case.actions == ("iam:UntagUser",):
            inline["untagged"] = UNTAGGED
            more |= TAGS
        case "user_drop_deny":
            inline["self"] = allow("iam:PutUserPolicy")
            more |= _braked(case.actions[0], inline)
        case "policy_version" | "default_version" if len(case.actions) == 1:
            more["AttachedManagedPolicies"] = [_attached(f"{ARN}policy/own")]
        case "group_grant":
            more["GroupList"] = ["staff"]
        case _:
            pass
    return _user("alice", UserPolicyList=_inline(inline), **more)


def _braked(action: str, inline: dict[str, Doc]) -> Doc:
    """The Deny where the action takes it away."""
    if action == "iam:DetachUserPolicy":
        return {"AttachedManagedPolicies": [_attached(f"{ARN}policy/brake")]}
    if action == "iam:DeleteUserPolicy":
        inline["brake"] = allow("iam:PutUserPolicy", effect="Deny")
        return {}
    return {"GroupList": ["staff"]}


def _helper(case: Case, actions: Sequence[str], services: Sequence[str]) -> Doc:
    """The account's one role."""
    weak = case.rule in {"role_grant", "policy_version", "default_version"}
    role: Doc = {
        "RoleName": case.role,
        "Arn": f"{ARN}role/{case.role}",
        "Path": "/",
        "RoleId": "AROAHELPER",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": _trust(case, services)},
        "InstanceProfileList": [{"Arn": f"{ARN}instance-profile/helper", "Roles": []}],
        "RolePolicyList": [],
        "AttachedManagedPolicies": [_attached(f"{ARN}policy/own" if weak else ADMINISTRATOR)],
    }
    if case.rule.startswith("role_boundary"):
        role["PermissionsBoundary"] = {"PermissionsBoundaryArn": f"{ARN}policy/limit"}
    if case.rule == "tag_principal":
        asked = UNTAGGED if case.actions == ("iam:UntagRole",) else TAGGED
        role["RolePolicyList"] = _inline({"needs": allow(*actions, WEAK), "asked": asked})
        role |= TAGS
        role["AttachedManagedPolicies"] = []
    if case.rule == "role_drop_deny":
        if case.actions[0] == "iam:DeleteRolePolicy":
            role["RolePolicyList"] = _inline({"brake": NOTHING})
        else:
            role["AttachedManagedPolicies"].append(_attached(f"{ARN}policy/brake"))
    return role


def _trust(case: Case, services: Sequence[str]) -> list[Doc]:
    enters = case.rule in ENTERED or case.actions in {("iam:TagRole",), ("iam:UntagRole",)}
    federated = [FEDERATED[s] for s in services if s in FEDERATED]
    if case.rule == "federation":
        return [
            _admit({"Federated": f"{ARN}oidc-provider/idp.example.com"}, "sts:AssumeRoleWithWebIdentity"),
            _admit({"Federated": f"{ARN}saml-provider/idp"}, "sts:AssumeRoleWithSAML"),
        ]
    if case.rule == "issuer":
        return [
            _admit({"Federated": f"{ARN}oidc-provider/{address}"}, "sts:AssumeRoleWithWebIdentity")
            for address in ISSUERS
        ]
    if case.rule == "assume" or "sts:AssumeRole" in case.actions:
        return [_admit({"AWS": f"{ARN}root"})]
    if enters and "iam:UpdateAssumeRolePolicy" not in case.actions:
        return [_admit({"AWS": f"{ARN}user/alice"})]
    if federated and len(federated) == len(services):
        return [_admit({"Federated": federated}, "sts:AssumeRoleWithWebIdentity")]
    return [_admit({"Service": list(services)})]


def _admit(principal: Doc, action: str = "sts:AssumeRole") -> Doc:
    return {"Effect": "Allow", "Principal": principal, "Action": action}


def _user(name: str, **more: object) -> Doc:
    return {"UserName": name, "Arn": f"{ARN}user/{name}", "Path": "/", "UserId": name.upper(), **more}


def _group(name: str, inline: Doc | None, attached: str | None) -> Doc:
    return {
        "GroupName": name,
        "Arn": f"{ARN}group/{name}",
        "GroupPolicyList": _inline({"brake": inline} if inline else {}),
        "AttachedManagedPolicies": [_attached(attached)] if attached else [],
    }


def _inline(policies: dict[str, Doc]) -> list[Doc]:
    return [{"PolicyName": name, "PolicyDocument": document} for name, document in policies.items()]


def _attached(arn: str) -> Doc:
    return {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}


def _key(user: str, number: int = 1) -> Doc:
    return {"UserName": user, "AccessKeyId": f"AKIA{user.upper()}{number}", "Status": "Active"}


def _boss_keys(case: Case) -> list[Doc]:
    """Two keys where the way has to make room for another, else one."""
    return [_key("boss", n) for n in range(1, 3 if "iam:DeleteAccessKey" in case.actions else 2)]


def _report(case: Case) -> str:
    has_password = {"iam:UpdateLoginProfile", "iam:DeleteLoginProfile"} & set(case.actions)
    password = "true" if has_password else "false"
    mfa = "true" if case.rule in {"mfa_reset", "mfa_device"} else "false"
    own = password if case.rule == "console_session" else "false"
    rows = [("alice", own, "false"), ("boss", password, mfa), ("intern", "false", "false")]
    lines = [f"{name},{ARN}user/{name},2024-01-01T00:00:00+00:00,{has},{m}" for name, has, m in rows]
    return "\n".join(["user,arn,user_creation_time,password_enabled,mfa_active", *lines]) + "\n"
