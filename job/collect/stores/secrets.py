"""Reads the secrets and parameters of one Region: what they are and who may read them, never a value.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from job.collect.member import Member
from job.collect.stores.config_items import SECRET
from job.collect.stores.store_reader import Description, Part, Record, StoreReader, merged

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

_SECRETS_PAGE = 100
_PARAMETERS_PAGE = 50


def _policy(secrets: SecretsManagerClient, secret: Record) -> str | None:
    """The policy; a secret without one is answered without it."""
    return secrets.get_resource_policy(SecretId=secret["ARN"]).get("ResourcePolicy")


_DESCRIPTION: Description[SecretsManagerClient] = Description(
    parts=(Part(name="ResourcePolicy", step="GetResourcePolicy", ask=_policy),),
    gone=frozenset({"ResourceNotFoundException"}),
)


def read_secrets(member: Member, reader: StoreReader, region: str) -> Record:
    """`SecretList` with policies, and `Parameters`, each left out when it could not be listed."""
    clients = member.regional.of(region)
    secrets, ssm = clients.secretsmanager, clients.ssm
    section: Record = {}
    listed = reader.listed(SECRET, "ListSecrets", lambda: _secrets(secrets), region=region)
    if listed is not None:
        there, gone = reader.described(secrets, listed.stores, _DESCRIPTION, region=region)
        section = {**listed.section("SecretList", there), "Gone": [secret["ARN"] for secret in gone]}
    parameters = reader.ask("DescribeParameters", lambda: _parameters(ssm), region=region)
    return section if parameters is None else section | {"Parameters": parameters}


def _secrets(secrets: SecretsManagerClient) -> list[Record]:
    pages = secrets.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": _SECRETS_PAGE})
    return merged(pages, "SecretList")


def _parameters(ssm: SSMClient) -> list[Record]:
    pages = ssm.get_paginator("describe_parameters").paginate(PaginationConfig={"PageSize": _PARAMETERS_PAGE})
    return merged(pages, "Parameters")
