"""Opens every client of a run, from one session for each source of credentials.

Two boto3 sessions over one botocore session would both extend its S3 client, which botocore refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.request import getproxies

import boto3
import botocore.session
from botocore import handlers
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, Credentials, DeferredRefreshableCredentials
from botocore.exceptions import NoCredentialsError

from job.aws.answers import AnswerParserFactory, refuse_cut_off_answers
from job.aws.credentials import AccountCredentials, ThreadCredentials
from job.aws.documents import timestamp_text
from job.aws.pace import ORGANIZATIONS_RATES, Pace
from job.aws.retries import retry_each_request
from job.aws.tally import Tally
from job.aws.transport import Transport
from job.permissions import ORGANIZATION, session_policy
from job.settings.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

SESSION_NAME = "iam-access-key-report"
# Given whole: botocore would put its own together twice for each request, a tenth of a run's CPU time.
_USER_AGENT = f"{SESSION_NAME} Boto3/{boto3.__version__} Botocore/{botocore.__version__}"

_FALLBACK_REGION = "us-east-1"
_TAGGING_REGION = "us-east-1"
_ATTEMPTS = 10
_CONNECT_TIMEOUT = 10
_READ_TIMEOUT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberClients:
    """What reads member accounts: STS with the task's own credentials, IAM with each thread's."""

    sts: STSClient
    iam: IAMClient
    credentials: ThreadCredentials
    tally: Tally
    own_credentials: Callable[[], AccountCredentials]

    def acting_as(self, credentials: AccountCredentials) -> AbstractContextManager[None]:
        """Sign this thread's IAM requests with these credentials while the block lasts."""
        return self.credentials.bound(credentials)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Every client of a run; all are safe to share between threads."""

    region: str
    sts: STSClient
    organizations: OrganizationsClient
    tagging: ResourceGroupsTaggingAPIClient
    member: MemberClients
    s3: Callable[[], S3Client]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdentity:
    """Who the task's own credentials are."""

    account_id: str
    partition: str
    arn: str


def open_clients(
    settings: Settings, *, profile: str | None = None, member_profile: str | None = None
) -> Clients:
    """Open the clients; AWS is not called before they are used.

    `profile` names the credentials that read the organization and write results, `member_profile` those that
    assume the member role (the same by default): the use with two profiles in one run.

    Raises:
        SettingsError: the bundle of certificates that the AWS configuration names cannot be used.

    """
    own = _whole_session(botocore.session.Session(profile=profile), AnswerParserFactory())
    region = settings.aws_region or own.get_config_variable("region") or _FALLBACK_REGION
    config = _config(settings, "standard")
    organization = _text_session(own, _organization_credentials(own, settings, region))
    organizations = boto3.Session(botocore_session=organization, region_name=region).client(
        "organizations", config=_config(settings, "adaptive")
    )
    Pace(ORGANIZATIONS_RATES, settings.organizations_rate_percent).apply_to(organizations)
    session = boto3.Session(botocore_session=own, region_name=region)
    return Clients(
        region=region,
        sts=session.client("sts", config=config),
        organizations=organizations,
        tagging=boto3.Session(botocore_session=organization, region_name=_TAGGING_REGION).client(
            "resourcegroupstaggingapi", config=config
        ),
        member=_member_clients(own, session, settings, member_profile),
        s3=lambda: session.client("s3", config=config),
    )


def caller_identity(sts: STSClient) -> CallerIdentity:
    """The account and partition of a client's credentials (GetCallerIdentity)."""
    answer = sts.get_caller_identity()
    arn = answer["Arn"]
    return CallerIdentity(account_id=answer["Account"], partition=arn.split(":")[1], arn=arn)


def _member_clients(
    own: botocore.session.Session, session: boto3.Session, settings: Settings, member_profile: str | None
) -> MemberClients:
    region, source, reaching = session.region_name, session, own
    if member_profile is not None:
        reaching = _whole_session(botocore.session.Session(profile=member_profile), AnswerParserFactory())
        source = boto3.Session(botocore_session=reaching, region_name=region)
    credentials = ThreadCredentials()
    tally = Tally()
    shared = _text_session(own, credentials)
    shared.unregister("after-call.iam", handlers.json_decode_policies)  # type: ignore[arg-type]  # botocore registers this very function
    sts = source.client("sts", config=_config(settings, "adaptive"))
    iam = boto3.Session(botocore_session=shared, region_name=region).client(
        "iam", config=_config(settings, "standard")
    )
    # Looked for once, before threads share the client: each would go through every service's folder for it.
    iam.can_paginate("get_account_authorization_details")
    transport = Transport.of(reaching, connect_timeout=_CONNECT_TIMEOUT, read_timeout=_READ_TIMEOUT)
    for client in (sts, iam):
        tally.apply_to(client)
        if not getproxies():
            transport.apply_to(client)
        retry_each_request(client, _ATTEMPTS)
    return MemberClients(
        sts=sts,
        iam=iam,
        credentials=credentials,
        tally=tally,
        own_credentials=lambda: _frozen(source),
    )


def _text_session(own: botocore.session.Session, credentials: Credentials | None) -> botocore.session.Session:
    """A session whose answers keep timestamps as text: parsing them costs more than all the rest.

    It shares the service models that the task's own session has loaded.
    """
    session = _whole_session(botocore.session.Session(), AnswerParserFactory(timestamp_text))
    session.register_component("data_loader", own.get_component("data_loader"))
    session.register_component("credential_provider", _Given(credentials))
    return session


def _whole_session(
    session: botocore.session.Session, answers: AnswerParserFactory
) -> botocore.session.Session:
    """The session, made to retry answers that are cut off."""
    session.register_component("response_parser_factory", answers)
    session.register("after-call", refuse_cut_off_answers)
    return session


@dataclass(frozen=True, slots=True)
class _Given:
    """Credentials that are there already, in the place where a session looks for them."""

    credentials: Credentials | None

    def load_credentials(self) -> Credentials | None:
        return self.credentials


def _organization_credentials(
    own: botocore.session.Session, settings: Settings, region: str
) -> Credentials | None:
    """The session's own credentials, or those of the organization role, which renew themselves."""
    credentials = own.get_credentials()
    if settings.organization_role_arn is None or credentials is None:
        return credentials
    arguments = {"RoleSessionName": SESSION_NAME, "Policy": session_policy(ORGANIZATION)}
    if settings.external_id is not None:
        arguments["ExternalId"] = settings.external_id.get_secret_value()
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda service, **given: own.create_client(
            service, **{"region_name": region, **given}
        ),
        source_credentials=credentials,
        role_arn=settings.organization_role_arn,
        extra_args=arguments,
    )
    return DeferredRefreshableCredentials(refresh_using=fetcher.fetch_credentials, method="assume-role")


def _frozen(session: boto3.Session) -> AccountCredentials:
    """What the session's own credentials are at this moment."""
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    frozen = credentials.get_frozen_credentials()
    return AccountCredentials(
        access_key=frozen.access_key or "",
        secret_key=frozen.secret_key or "",
        token=frozen.token,
        expires_at=None,
    )


def _config(settings: Settings, mode: Literal["standard", "adaptive"]) -> Config:
    """Ten attempts; adaptive where all requests of a client share one limit: Organizations and STS.

    IAM's limits are each account's own, and an account's requests follow one another: one that is throttled
    holds back that account alone, where adaptive mode on the shared client would slow all others.
    https://boto3.amazonaws.com/v1/documentation/api/latest/guide/retries.html
    """
    return Config(
        retries={"mode": mode, "total_max_attempts": _ATTEMPTS},
        max_pool_connections=settings.max_concurrency,
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        tcp_keepalive=True,
        user_agent=_USER_AGENT,
    )
