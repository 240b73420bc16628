"""AWS's services: which actions a service principal stands for, what it does with a role, where RCPs bind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from job.analyze.service_reference.action_table import listed_services, read_json
from job.snapshot.model import Json

_DOMAIN = ".amazonaws.com"


@dataclass(frozen=True, slots=True)
class ServiceActions:
    """The actions by which a service may be brought to use a role that trusts it.

    `prefixes` are known to the action table. `others` are single actions of other services that hand the
    role on. `unlisted` is the prefix that stands for a service which the table does not know: then an action
    of any service that it does not know may be one of this service's.
    """

    prefixes: tuple[str, ...]
    others: tuple[str, ...] = ()
    unlisted: str | None = None


@lru_cache(maxsize=1)
def rcp_services() -> frozenset[str]:
    """The action prefixes of services whose resources RCPs bind.

    A service that is missing is judged without RCPs, never as blocked by them.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
    """
    return frozenset(_texts(read_json("rcp_services.json")["services"]))


@lru_cache(maxsize=1024)
def actions_of_service(principal: str) -> ServiceActions:
    """What a service principal such as `ecs-tasks.amazonaws.com` stands for among actions.

    By the reviewed table; else by the labels of its name that are prefixes, where the first is one; else by
    any other label that is one, and by every service that no list knows.
    """
    others = _HANDED_ON.get(principal, ())
    labels = principal.removesuffix(_DOMAIN).split(".")
    reviewed = _reviewed().get(principal.removesuffix(_DOMAIN))
    if reviewed:
        return ServiceActions(reviewed, others)
    known = tuple(label for label in labels if label in listed_services())
    return ServiceActions(known, others, None if labels[0] in known else labels[0])


@lru_cache(maxsize=1)
def known_prefixes() -> frozenset[str]:
    """The action prefixes that belong to services which AWS lists, or has ended: to none that is new."""
    return frozenset(listed_services()) | frozenset(_texts(read_json("services.json")["ended"]))


@lru_cache(maxsize=1)
def services_without_code() -> frozenset[str]:
    """The service principals that make a fixed set of calls with a role and run nothing of the caller's."""
    listed = read_json("services.json")["run_nothing_of_callers"]
    rows = listed if isinstance(listed, list) else []
    return frozenset(f"{row['principal']}{_DOMAIN}" for row in rows if isinstance(row, dict))


@lru_cache(maxsize=1)
def read_for_callers() -> Mapping[str, ServiceActions]:
    """By service principal, the actions that only read and for which it makes calls with its caller's rights.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    """
    listed = read_json("services.json")["read_for_callers"]
    rows = [_object(row) for row in listed] if isinstance(listed, list) else []
    return {
        f"{row['principal']}{_DOMAIN}": ServiceActions((), others=tuple(_texts(row["actions"])))
        for row in rows
    }


@lru_cache(maxsize=1)
def _reviewed() -> Mapping[str, tuple[str, ...]]:
    table = read_json("services.json")["action_prefixes"]
    return {name: tuple(_texts(prefixes)) for name, prefixes in dict(_object(table)).items()}


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _texts(value: Json) -> Iterable[str]:
    return (str(text) for text in value) if isinstance(value, list) else ()


# Actions by which another service than their own gets the role, as iam:PassedToService says in the managed
# policies AWSApplicationMigrationFullAccess, AWSElasticDisasterRecoveryConsoleFullAccess,
# AWSImageBuilderFullAccess, AWSConfigMultiAccountSetupPolicy, AWSBackupFullAccess and
# AmazonSecurityLakeAdministrator, and
# https://docs.aws.amazon.com/pcs/latest/userguide/security-instance-profiles.html,
# https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html (instanceRole),
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instances-instance-profile.html,
# https://docs.aws.amazon.com/workspaces-instances/latest/api/API_ManagedInstanceRequest.html,
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateServiceAction.html,
# https://docs.aws.amazon.com/AmazonSynthetics/latest/APIReference/API_CreateCanary.html (ExecutionRoleArn),
# https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitServiceJob.html (serviceRequestPayload) and
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_SageMakerEndpoint.html (executionRole).
_HANDED_ON = {
    "ec2.amazonaws.com": (
        "batch:CreateComputeEnvironment",
        "batch:UpdateComputeEnvironment",
        "drs:StartRecovery",
        "ecs:CreateCapacityProvider",
        "ecs:UpdateCapacityProvider",
        "imagebuilder:CreateImagePipeline",
        "imagebuilder:UpdateImagePipeline",
        "imagebuilder:UpdateInfrastructureConfiguration",
        "mgn:StartCutover",
        "mgn:StartTest",
        "pcs:CreateComputeNodeGroup",
        "pcs:UpdateComputeNodeGroup",
        "workspaces-instances:CreateWorkspaceInstance",
    ),
    "malware-protection.guardduty.amazonaws.com": ("backup:StartScanJob",),
    "lambda.amazonaws.com": (
        "securitylake:CreateDataLake",
        "synthetics:CreateCanary",
        "synthetics:UpdateCanary",
    ),
    "sagemaker.amazonaws.com": (
        "batch:SubmitServiceJob",
        "bedrock:CreateMarketplaceModelEndpoint",
        "bedrock:UpdateMarketplaceModelEndpoint",
    ),
    "ssm.amazonaws.com": (
        "config:PutRemediationConfigurations",
        "servicecatalog:CreateServiceAction",
        "servicecatalog:UpdateServiceAction",
    ),
}
