"""What a command reads and writes: places for files, and AWS; each opened once, when first needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from job.errors import SettingsError
from job.pipeline.places import OpenedSnapshot, find_snapshot, split_file
from job.settings.settings import Settings
from job.storage.storage import Storage, open_storage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from job.aws.clients import Clients
    from job.aws.finding_batches import SecurityHub
    from job.aws.identity import Identity
    from job.aws.topic import SnsTopic


class Connections:
    """Places and clients for one AWS profile, or for the environment; members may have another profile.

    A place is a local path or an `s3://` URL. A command on local files never needs a client, and is spared
    the second that importing the SDK takes; one that only reads or writes a bucket opens the client of S3.
    """

    def __init__(
        self, settings: Settings, *, profile: str | None = None, member_profile: str | None = None
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._member_profile = member_profile

    def place(self, location: str) -> Storage:
        """A folder or an S3 prefix; nothing in it is made or asked for yet."""
        return open_storage(location, lambda: self.s3, self._settings.kms_key_arn)

    def snapshot(self, location: str) -> OpenedSnapshot:
        """A snapshot, or the newest of a run's whole output; raises SnapshotError when there is none."""
        return find_snapshot(self.place(location), location)

    def read_file(self, location: str) -> bytes:
        """The bytes of a file that a person named; raises SettingsError when there is none."""
        folder, name = split_file(location)
        data = self.place(folder).read(name)
        if data is None:
            raise SettingsError((f"{location}: no such file: name one that is there",))
        return data

    def write_file(self, location: str, data: bytes, content_type: str) -> None:
        """Write one file; raises PublishError when it is refused."""
        folder, name = split_file(location)
        self.place(folder).write(name, data, content_type)

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

    @cached_property
    def security_hub(self) -> SecurityHub | None:
        """Where findings go; None without `REPORT_SECURITY_HUB`. Raises IdentityError as `clients` does."""
        if not self._settings.security_hub:
            return None
        from job.aws.clients import open_security_hub  # noqa: PLC0415 - see the class
        from job.aws.finding_batches import SecurityHub  # noqa: PLC0415 - see the class

        self.own.prove()
        return SecurityHub(*open_security_hub(self._settings, self.own))

    def _identity(self, profile: str | None) -> Identity:
        from job.aws.clients import identity_of  # noqa: PLC0415 - see the class

        return identity_of(self._settings, profile)
