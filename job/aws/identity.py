"""Who a run is to AWS: one profile or the environment, and with it Region, endpoints, trust, FIPS and all.

    own = Identity(profile="audit", region=settings.aws_region)
    own.prove()                          # raises IdentityError: who cannot be anybody is told so, and why
    own.session.client("sts")            # signs with the profile's credentials
    own.session_with(others).client("iam")    # with others' credentials; all else is the profile's

A named profile is what `AWS_PROFILE` would make of it, but that its own credentials go before those of the
environment, as with `aws --profile`; a profile that has none leaves the choice to the environment.
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import ConfigProvider, Credentials, EnvProvider, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, UnknownRegionError
from botocore.loaders import Loader, create_loader

from job.aws.error_messages import told
from job.aws.policy_documents import timestamp_text
from job.aws.response_parser import AnswerParserFactory, refuse_cut_off_answers
from job.errors import IdentityError, SettingsError
from job.logs import hide

# Seconds. With the SDK's three tries, credentials that nobody answers for are told of within a minute.
CONNECT_TIMEOUT = 10
READ_TIMEOUT = 60
_FALLBACK_REGION = "us-east-1"
# AWS's own are longer; what a stand-in for AWS takes may be an everyday word.
_LEAST_SECRET = 16
_CREDENTIAL_NAMES = ("access key id", "secret access key", "session token")
# A provider of credentials runs programs, opens files and reads what others wrote.
_TROUBLE = (
    BotoCoreError,
    ClientError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
)


class Identity:
    """Makes every session that acts for one profile, or for the environment where none is named.

    `region` goes before the profile's own. `arns` tell the partition where neither names a Region.
    """

    def __init__(
        self, profile: str | None = None, *, region: str | None = None, arns: Iterable[str | None] = ()
    ) -> None:
        self._named = profile
        self._asked_region = region
        self._arns = tuple(arn for arn in arns if arn)

    @cached_property
    def core(self) -> botocore.session.Session:
        """The SDK's own session: its configuration, its credentials, the service models it has loaded."""
        core = _whole(botocore.session.Session(profile=self._named or None), AnswerParserFactory())
        core.lazy_register_component("data_loader", lambda: _data(core.get_config_variable("data_path")))
        return core

    @cached_property
    def session(self) -> boto3.Session:
        """What makes clients that sign with the identity's own credentials."""
        return boto3.Session(botocore_session=self.core, region_name=self.region)

    def session_with(self, credentials: Credentials | None) -> boto3.Session:
        """What makes clients that sign with these; all else is the identity's.

        Answers keep timestamps as text: parsing them costs more than all the rest. Service models are shared.
        """
        core = _whole(
            botocore.session.Session(profile=self._named or None), AnswerParserFactory(timestamp_text)
        )
        core.register_component("data_loader", self.core.get_component("data_loader"))
        core.register_component("credential_provider", _Given(credentials))
        return boto3.Session(botocore_session=core, region_name=self.region)

    @property
    def profile(self) -> str | None:
        """The name of the profile: the one that was given, or the environment's."""
        return self._named or self.core.get_config_variable("profile")

    @cached_property
    def region(self) -> str:
        """The Region of clients: as asked for, else the configuration's, else one of the partition."""
        configured: str | None = self.core.get_config_variable("region")
        return self._asked_region or configured or self._partitions_region()

    @cached_property
    def organization_region(self) -> str | None:
        """Where the partition keeps its organizations; None where the Region is of no known partition."""
        try:
            return self._home_of(self.core.get_partition_for_region(self.region))
        except UnknownRegionError:
            return None

    def attempts(self, default: int) -> int:
        """How often a request is tried: as the configuration says (AWS_MAX_ATTEMPTS), else as given here."""
        configured: int | None = self.core.get_config_variable("max_attempts")
        return default if configured is None else configured

    def offers(self, service: str, region: str) -> bool:
        """Whether a service has an endpoint in a Region, as the SDK knows it."""
        partition = self.core.get_partition_for_region(region)
        return region in self.core.get_available_regions(service, partition_name=partition)

    def credentials(self) -> Credentials | None:
        """The identity's credentials, None without any; raises IdentityError when they cannot be had."""
        with self.errors_told():
            return self._found()

    def prove(self) -> None:
        """Have credentials fetched.

        Raises:
            IdentityError: it says what failed and what to do.
            SettingsError: the Region is of another partition than what an ARN names.

        """
        with self.errors_told():
            self._check_partition()
            credentials = self._found()
            if credentials is None:
                raise NoCredentialsError
            frozen = credentials.get_frozen_credentials()
        hide([value for value in (frozen.secret_key, frozen.token) if value and len(value) >= _LEAST_SECRET])
        self._check_text(frozen)

    def _found(self) -> Credentials | None:
        """The SDK leaves the environment out for a profile that is named; here it comes after the profile.

        A role of the profile is asked for in the same Region as all else, which AWS_REGION may tell.
        """
        self.core.set_config_variable("region", self.region)
        resolver = self.core.get_component("credential_provider")
        if self._named and EnvProvider.METHOD not in (each.METHOD for each in resolver.providers):
            resolver.insert_after(ConfigProvider.METHOD, EnvProvider())
        return self.core.get_credentials()

    def _check_partition(self) -> None:
        """Credentials of one partition are never shown to a host of another."""
        try:
            partition = self.core.get_partition_for_region(self.region)
        except UnknownRegionError:
            return
        others = {arn: arn.split(":")[1] for arn in self._arns if arn.split(":")[1] != partition}
        if others:
            raise SettingsError(
                tuple(
                    f"AWS_REGION: {self.region} is of the partition {partition}, but {arn} of {other}; "
                    f"set it to a Region of {other}"
                    for arn, other in others.items()
                )
            )

    def _check_text(self, credentials: ReadOnlyCredentials) -> None:
        """A blank or line break, copied along, makes a header that cannot be sent, or a wrong signature."""
        for name, value in zip(_CREDENTIAL_NAMES, credentials, strict=False):
            if value and (value != value.strip() or "\n" in value or "\r" in value):
                raise IdentityError(
                    f"{self._whose}: the {name} holds a blank or line break at its end; set it without"
                )

    @contextmanager
    def errors_told(self) -> Iterator[None]:
        """What goes wrong with the configuration or its credentials becomes an IdentityError in words."""
        try:
            yield
        except _TROUBLE as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> IdentityError:
        return IdentityError(f"{self._whose}: {told(error, profile=self.profile)}")

    @property
    def _whose(self) -> str:
        return f"AWS profile {self.profile}" if self.profile else "AWS credentials of the environment"

    def _partitions_region(self) -> str:
        configured = self.core.get_scoped_config()
        for arn in (*self._arns, configured.get("role_arn", "")):
            partition = arn.split(":")[1] if arn.startswith("arn:") else ""
            if partition in self.core.get_available_partitions():
                return self._home_of(partition)
        sso = configured.get("sso_region")
        return self._home_of(self.core.get_partition_for_region(sso)) if sso else _FALLBACK_REGION

    def _home_of(self, partition: str) -> str:
        """The Region of the organization's endpoint; of a partition that describes none, its first Region."""
        data = self.core.get_component("data_loader").load_data("endpoints")
        services = next(each["services"] for each in data["partitions"] if each["partition"] == partition)
        described = services.get("organizations", {})
        endpoint = described.get("endpoints", {}).get(described.get("partitionEndpoint"), {})
        home: str | None = endpoint.get("credentialScope", {}).get("region")
        return home or self.core.get_available_regions("sts", partition_name=partition)[0]


def _whole(session: botocore.session.Session, answers: AnswerParserFactory) -> botocore.session.Session:
    """The session, made to retry answers that are cut off, and to tell soon when nobody answers at all."""
    session.register_component("response_parser_factory", answers)
    session.register("after-call", refuse_cut_off_answers)
    session.set_default_client_config(Config(connect_timeout=CONNECT_TIMEOUT, read_timeout=READ_TIMEOUT))
    return session


@cache
def _data(path: str | None) -> Loader:
    """What the SDK brings along about services and Regions: all identities of a process read it once."""
    return create_loader(path)


@dataclass(frozen=True, slots=True)
class _Given:
    """Credentials that are there already, in the place where a session looks for them."""

    given: Credentials | None

    def load_credentials(self) -> Credentials | None:
        return self.given
