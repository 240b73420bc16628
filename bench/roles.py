"""The roles that accounts have: those of AWS services and of single sign-on, central ones, applications'."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bench import policies
from bench.policies import Document
from bench.seeds import DAY, EPOCH, iso

#: How many of the roles are those of applications, which an account has any number of.
APPLICATION_ROLES = 13
Entity = dict[str, object]


def attachment(arn: str) -> dict[str, object]:
    """An attached managed policy as details list it, by ARN or by the end of an AWS managed policy's ARN."""
    arn = arn if arn.startswith("arn:") else f"arn:aws:iam::aws:policy/{arn}"
    return {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}


def roles(hub: str) -> Iterator[Entity]:
    """Every kind of role, the common ones first; `hub` is the account that central roles trust."""
    yield from central_roles(hub)
    yield role("break-glass", "/", policies.ACCOUNT_TRUST, ("AdministratorAccess",))
    yield from _application_roles()


def central_roles(hub: str) -> Iterator[Entity]:
    """The roles of AWS services and of single sign-on, and those that a central account enters."""
    linked = [name for name in policies.COMMON_AWS_POLICIES if name.startswith("aws-service-role/")]
    for name in linked[:8]:
        service = name.removeprefix("aws-service-role/").removesuffix("ServiceRolePolicy").lower()
        yield role(
            f"AWSServiceRoleFor{service.title()}",
            f"/aws-service-role/{service}.amazonaws.com/",
            policies.service_trust(service),
            (name,),
        )
    for name in ("AdministratorAccess", "ReadOnlyAccess", "PowerUserAccess", "job-function/ViewOnlyAccess"):
        yield role(
            f"AWSReservedSSO_{name.rpartition('/')[2]}_0123456789abcdef",
            "/aws-reserved/sso.amazonaws.com/",
            policies.SAML_TRUST,
            (name,),
        )
    central = json.loads(json.dumps(policies.HUB_TRUST).replace("HUBID", hub))
    yield role("OrganizationAccountAccessRole", "/", central, ("AdministratorAccess",))
    yield role("security-audit", "/", central, ("SecurityAudit", "job-function/ViewOnlyAccess"))
    yield role("github-deploy-SERIAL", "/", policies.OIDC_TRUST, (), ("deploy", policies.PIPELINE))


def _application_roles() -> Iterator[Entity]:
    logs, task = ("logs", policies.LAMBDA_LOGS), ("data", policies.TASK_DATA)
    for _ in range(4):
        yield role("app-lambda-SERIAL", "/service-role/", policies.service_trust("lambda"), (), logs)
        yield role(
            "app-task-SERIAL",
            "/",
            policies.service_trust("ecs-tasks"),
            ("service-role/AmazonECSTaskExecutionRolePolicy",),
            task,
        )
        yield role("app-queue-SERIAL", "/", policies.service_trust("lambda"), ("AmazonSQSFullAccess",), logs)
    yield role(
        "app-instance-SERIAL",
        "/",
        policies.service_trust("ec2"),
        ("AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy"),
        task,
        profile=True,
    )


def role(  # noqa: PLR0913 - the parts of a role, each once
    name: str,
    path: str,
    trust: Document,
    attached: tuple[str, ...],
    inline: tuple[str, Document] | None = None,
    *,
    profile: bool = False,
) -> Entity:
    """A role of every account; `attached` are ARNs, or the ends of those of AWS managed policies."""
    head: Entity = {
        "Path": path,
        "RoleName": name,
        "RoleId": "AROASERIALACCOUNTID",
        "Arn": f"arn:aws:iam::ACCOUNTID:role{path}{name}",
        "CreateDate": iso(EPOCH - 700 * DAY),
        "AssumeRolePolicyDocument": trust,
    }
    bare = {**head, "Path": "/", "Arn": head["Arn"]}
    return {
        **head,
        "InstanceProfileList": [_profile(name, bare)] if profile else [],
        "RolePolicyList": [] if inline is None else [{"PolicyName": inline[0], "PolicyDocument": inline[1]}],
        "AttachedManagedPolicies": [attachment(each) for each in attached],
        "Tags": [{"Key": "managed-by", "Value": "terraform"}] if path == "/" else [],
        "RoleLastUsed": {"LastUsedDate": iso(EPOCH - DAY), "Region": "eu-central-1"} if inline else {},
    }


def _profile(name: str, role: Entity) -> Entity:
    return {
        "Path": "/",
        "InstanceProfileName": name,
        "InstanceProfileId": "AIPASERIALACCOUNTID",
        "Arn": f"arn:aws:iam::ACCOUNTID:instance-profile/{name}",
        "CreateDate": iso(EPOCH - 700 * DAY),
        "Roles": [role],
    }
