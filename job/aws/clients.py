"""Opens every client of a run: the member side for one identity, all else for another or the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.request import getproxies

import boto3
import botocore
from botocore import handlers
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, Credentials, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from job.aws.call_counter import CallCounter
from job.aws.credentials import AccountCredentials, ThreadCredentials
from job.aws.error_messages import told
from job.aws.identity import CONNECT_TIMEOUT, READ_TIMEOUT, Identity
from job.aws.outages import OutageWatch
from job.aws.rate_limit import ORGANIZATIONS_RATES, RateLimit
from job.aws.regional import Opening, RegionalClients
from job.aws.retries import retry_each_request
from job.aws.transport import Transport
from job.errors import OrganizationError
from job.permissions import ORGANIZATION, ROOT_ACCESS, session_policy
from job.settings.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_config import ConfigServiceClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_securityhub import SecurityHubClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sts import STSClient

SESSION_NAME = "iam-access-key-report"
# Given whole: botocore would put its own together twice for each request, a tenth of a run's CPU time.
_USER_AGENT = f"{SESSION_NAME} Boto3/{boto3.__version__} Botocore/{botocore.__version__}"

_ATTEMPTS = 10
_TAGGING: Final = "resourcegroupstaggingapi"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberClients:
    """What reads member accounts: STS with the task's own credentials, all else with each thread's."""

    sts: STSClient
    iam: IAMClient
    regional: RegionalClients
    credentials: ThreadCredentials
    call_counter: CallCounter
    identity: Identity

    def own_credentials(self) -> AccountCredentials:
        """What the credentials that assume the member role are at this moment."""
        credentials = self.identity.credentials()
        if credentials is None:
            raise NoCredentialsError
        frozen = credentials.get_frozen_credentials()
        return AccountCredentials(
            access_key=frozen.access_key or "",
            secret_key=frozen.secret_key or "",
            token=frozen.token,
            expires_at=None,
        )

    def acting_as(self, credentials: AccountCredentials) -> AbstractContextManager[None]:
        """Sign this thread's requests with these credentials while the block lasts."""
        return self.credentials.bound(credentials)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRole:
    """The role that reads the organization, where the run's own identity may not."""

    arn: str
    credentials: Credentials

    def enter(self) -> None:
        """Assume it; raises OrganizationError, which says what to do."""
        try:
            self.credentials.get_frozen_credentials()
        except (BotoCoreError, ClientError) as error:
            raise OrganizationError(f"REPORT_ORGANIZATION_ROLE_ARN {self.arn}: {told(error)}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class RootClients:
    """What enters accounts as their root user, with the credentials that read the organization."""

    iam: IAMClient
    sts: STSClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Every client of a run; all are safe to share between threads.

    `tagging` is None in a partition that has no tagging API where it keeps its organizations, `root` where
    root users' keys are not asked for, `config` where no aggregator is named.
    """

    organizations: OrganizationsClient
    organization_role: OrganizationRole | None
    tagging: ResourceGroupsTaggingAPIClient | None
    member: MemberClients
    root: RootClients | None
    config: ConfigServiceClient | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdentity:
    """Who the task's own credentials are."""

    account_id: str
    partition: str
    arn: str


def identity_of(settings: Settings, profile: str | None = None) -> Identity:
    """The identity of a profile, or of the environment, in the settings' Region and partition."""
    arns = (settings.organization_role_arn, settings.kms_key_arn)
    return Identity(profile, region=settings.aws_region, arns=arns)


def open_clients(
    settings: Settings, own: Identity | None = None, *, members: Identity | None = None
) -> Clients:
    """Open the clients; AWS is not called before they are used.

    `own` reads the organization, by default who the environment says; `members` assumes the member role, by
    default the same: the use with two profiles in one run.

    Raises:
        SettingsError: the bundle of certificates that the AWS configuration names cannot be used.
        IdentityError: an identity's credentials cannot be had.

    """
    own = own or identity_of(settings)
    members = members or own
    outages = OutageWatch()
    with members.errors_told():
        member = _member_clients(members, settings, outages)
    with own.errors_told():
        return _with_organization(own, member, settings, outages)


def _with_organization(
    own: Identity, member: MemberClients, settings: Settings, outages: OutageWatch
) -> Clients:
    role = _organization_role(own, settings)
    organization = own.session_with(role.credentials if role else own.credentials())
    organizations = organization.client("organizations", config=_config(own, settings, "adaptive"))
    RateLimit(ORGANIZATIONS_RATES, settings.organizations_rate_percent).apply_to(organizations)
    home = own.organization_region
    tagging = (
        organization.client(_TAGGING, region_name=home, config=_config(own, settings, "standard"))
        if home and own.offers(_TAGGING, home)
        else None
    )
    clients = Clients(
        organizations=organizations,
        organization_role=role,
        tagging=tagging,
        member=member,
        root=_root_clients(own, organization, settings) if settings.root_access else None,
        config=_config_client(own, settings),
    )
    for client in _of_organization(clients):
        outages.apply_to(client)
    return clients


def _root_clients(own: Identity, organization: boto3.Session, settings: Settings) -> RootClients:
    """AssumeRoot is answered by regional endpoints only, which the SDK asks by default."""
    config = _config(own, settings, "adaptive")
    return RootClients(
        iam=organization.client("iam", config=config),
        sts=organization.client("sts", config=config),
    )


def _config_client(own: Identity, settings: Settings) -> ConfigServiceClient | None:
    """AWS Config in the account of one's own, where an aggregator is named, in its Region."""
    if settings.config_aggregator is None:
        return None
    region = settings.config_aggregator.rpartition("/")[0] or own.region
    client = own.session.client("config", region_name=region, config=_config(own, settings, "adaptive"))
    client.can_paginate("select_aggregate_resource_config")
    return client


def open_s3(settings: Settings, own: Identity | None = None) -> S3Client:
    """The client that reads and writes files, with the credentials that `open_clients` calls one's own."""
    own = own or identity_of(settings)
    with own.errors_told():
        client = own.session.client("s3", config=_config(own, settings, "standard"))
    OutageWatch().apply_to(client)
    return client


def open_sns(settings: Settings, topic_arn: str, own: Identity | None = None) -> SNSClient:
    """The client that sends messages, in the topic's Region; credentials as for `open_s3`."""
    own = own or identity_of(settings)
    region = topic_arn.split(":")[3]
    with own.errors_told():
        client = own.session.client("sns", region_name=region, config=_config(own, settings, "standard"))
    OutageWatch().apply_to(client)
    return client


def open_security_hub(
    settings: Settings, own: Identity | None = None
) -> tuple[SecurityHubClient, CallerIdentity]:
    """The client that imports findings, and whose account's hub that is; credentials as for `open_s3`."""
    own = own or identity_of(settings)
    with own.errors_told():
        client = own.session.client("securityhub", config=_config(own, settings, "standard"))
        sts = own.session.client("sts", config=_config(own, settings, "standard"))
        OutageWatch().apply_to(client)
        return client, caller_identity(sts)


def caller_identity(sts: STSClient) -> CallerIdentity:
    """The account and partition of a client's credentials (GetCallerIdentity)."""
    answer = sts.get_caller_identity()
    arn = answer["Arn"]
    return CallerIdentity(account_id=answer["Account"], partition=arn.split(":")[1], arn=arn)


def _of_organization(clients: Clients) -> Iterator[BaseClient]:
    yield clients.organizations
    if clients.tagging is not None:
        yield clients.tagging
    if clients.root is not None:
        yield from (clients.root.iam, clients.root.sts)
    if clients.config is not None:
        yield clients.config


def _member_clients(members: Identity, settings: Settings, outages: OutageWatch) -> MemberClients:
    credentials = ThreadCredentials()
    call_counter = CallCounter()
    shared = members.session_with(credentials)
    shared.events.unregister("after-call.iam", handlers.json_decode_policies)
    config = _config(members, settings, "standard")
    sts = members.session.client("sts", config=_config(members, settings, "adaptive"))
    iam = shared.client("iam", config=config)
    # Looked for once, before threads share the client: each would go through every service's folder for it.
    iam.can_paginate("get_account_authorization_details")
    prepare = _preparation(members, call_counter, outages)
    for client in (sts, iam):
        prepare(client)
    opening = Opening(session=shared, config=config, prepare=prepare, lock=threading.Lock())
    return MemberClients(
        sts=sts,
        iam=iam,
        regional=RegionalClients(members.region, opening),
        credentials=credentials,
        call_counter=call_counter,
        identity=members,
    )


def _preparation(
    members: Identity, call_counter: CallCounter, outages: OutageWatch
) -> Callable[[BaseClient], None]:
    """What every client that reads members gets: its calls counted, sent and tried again alike."""
    transport = Transport.of(members.core, connect_timeout=CONNECT_TIMEOUT, read_timeout=READ_TIMEOUT)

    def prepare(client: BaseClient) -> None:
        call_counter.apply_to(client)
        if not getproxies():
            transport.apply_to(client)
        retry_each_request(client, members.attempts(_ATTEMPTS))
        outages.apply_to(client)

    return prepare


def _organization_role(own: Identity, settings: Settings) -> OrganizationRole | None:
    """The organization role, whose credentials renew themselves; None where one's own read it."""
    credentials = own.credentials()
    if settings.organization_role_arn is None or credentials is None:
        return None
    permissions = (*ORGANIZATION, *(ROOT_ACCESS if settings.root_access else ()))
    arguments = {"RoleSessionName": SESSION_NAME, "Policy": session_policy(permissions)}
    if settings.external_id is not None:
        arguments["ExternalId"] = settings.external_id.get_secret_value()
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda service, **given: own.core.create_client(
            service, **{"region_name": own.region, **given}
        ),
        source_credentials=credentials,
        role_arn=settings.organization_role_arn,
        extra_args=arguments,
    )
    return OrganizationRole(
        arn=settings.organization_role_arn,
        credentials=DeferredRefreshableCredentials(
            refresh_using=fetcher.fetch_credentials, method="assume-role"
        ),
    )


def _config(identity: Identity, settings: Settings, mode: Literal["standard", "adaptive"]) -> Config:
    """Ten attempts, if AWS_MAX_ATTEMPTS says nothing else.

    Adaptive where all requests of a client share one limit: Organizations and STS.
    IAM's limits are each account's own, and an account's requests follow one another: one that is throttled
    holds back that account alone, where adaptive mode on the shared client would slow all others.
    https://boto3.amazonaws.com/v1/documentation/api/latest/guide/retries.html
    """
    return Config(
        retries={"mode": mode, "total_max_attempts": identity.attempts(_ATTEMPTS)},
        max_pool_connections=settings.max_concurrency,
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        tcp_keepalive=True,
        user_agent=_USER_AGENT,
    )
