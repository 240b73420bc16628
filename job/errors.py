"""Every error that this program raises on purpose.

    ReportError
    ├── SettingsError        wrong settings or usage, all of them at once (exit code 2)
    ├── IdentityError        AWS credentials or configuration that cannot be used (exit code 1)
    ├── MetadataError        an account metadata file that cannot be used (exit code 2)
    ├── SnapshotError        a snapshot file that cannot be read or parsed
    ├── OrganizationError    the organization could not be read (exit code 1)
    └── PublishError         the destination refused (exit code 1)

What fails for one account only is no exception but a value: `job.snapshot.model.Failure`.
"""


class ReportError(Exception):
    """Something a person can act on; its text names the thing and never holds a secret or a policy."""

    exit_code = 1


class SettingsError(ReportError):
    """Settings or command-line arguments that cannot be used; names each of them."""

    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class IdentityError(ReportError):
    """Credentials or a configuration of AWS that cannot be used."""


class MetadataError(ReportError):
    """An account metadata file (JSON or CSV) that cannot be used."""

    exit_code = 2


class SnapshotError(ReportError):
    """A snapshot file that cannot be read or is not what its name says."""


class OrganizationError(ReportError):
    """The organization could not be read, so there is no list of accounts."""


class PublishError(ReportError):
    """The destination refused a file."""
