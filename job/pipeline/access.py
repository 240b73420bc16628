"""What a command asks of AWS goes out as one identity, which is opened when it is first needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from job.settings.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from job.aws.clients import Clients
    from job.aws.identity import Identity
    from job.aws.topic import SnsTopic


class AwsAccess:
    """Clients for one AWS profile, or for the environment; members may be reached with another profile.

    A command on local files never needs them, and is spared the second that importing the SDK takes.
    """

    def __init__(
        self, settings: Settings, *, profile: str | None = None, member_profile: str | None = None
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._member_profile = member_profile

    @property
    def kms_key_arn(self) -> str | None:
        """The key that what is written to S3 is encrypted with."""
        return self._settings.kms_key_arn

    @cached_property
    def own(self) -> Identity:
        """Who reads the organization, and reads and writes files."""
        return self._identity(self._profile)

    @cached_property
    def members(self) -> Identity:
        """Who assumes the member role: the same, if no other profile is named."""
        return self.own if self._member_profile is None else self._identity(self._member_profile)

    @cached_property
    def clients(self) -> Clients:
        """Every client that reads AWS; raises IdentityError when there are no credentials for one."""
        from job.aws.clients import open_clients  # noqa: PLC0415 - see the class

        self.own.prove()
        self.members.prove()
        return open_clients(self._settings, self.own, members=self.members)

    @cached_property
    def s3(self) -> S3Client:
        """The client for files in S3; raises IdentityError as `clients` does."""
        from job.aws.clients import open_s3  # noqa: PLC0415 - see the class

        self.own.prove()
        return open_s3(self._settings, self.own)

    @cached_property
    def topic(self) -> SnsTopic | None:
        """Where messages go; None without `REPORT_TOPIC_ARN`. Raises IdentityError as `clients` does."""
        arn = self._settings.topic_arn
        if arn is None:
            return None
        from job.aws.clients import open_sns  # noqa: PLC0415 - see the class
        from job.aws.topic import SnsTopic  # noqa: PLC0415 - see the class

        self.own.prove()
        return SnsTopic(open_sns(self._settings, arn, self.own), arn)

    def _identity(self, profile: str | None) -> Identity:
        from job.aws.clients import identity_of  # noqa: PLC0415 - see the class

        return identity_of(self._settings, profile)
