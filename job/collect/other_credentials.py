"""Reads what users hold besides access keys: service-specific credentials, signing certificates, SSH keys.

Console passwords are told by the credential report, which costs no call more. Certificates are asked for
where that report shows one; service-specific credentials are listed for all users of an account at once.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError, PaginationError

from job.aws.failure import AwsFailure, error_code
from job.aws.policy_documents import Json
from job.collect.member import Member
from job.snapshot.credential_report import CredentialReport

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

# AWS's own answer, on its way to the snapshot file; it gets types where the snapshot is parsed.
Records: TypeAlias = "list[dict[str, Any]]"

SECTION = "OtherCredentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsRead:
    """The section `OtherCredentials` of an account's file, and what AWS did not answer."""

    document: dict[str, Any]
    failures: tuple[AwsFailure, ...]


def are_in(document: Mapping[str, Json], wanted: Sequence[str]) -> bool:
    """Whether an account's file, of this run or a stopped one, was read for all these kinds."""
    section = document.get(SECTION)
    kinds = section.get("Kinds") if isinstance(section, dict) else None
    return isinstance(kinds, list) and set(wanted) <= {kind for kind in kinds if isinstance(kind, str)}


def read_credentials(
    member: Member, wanted: Sequence[str], users: Sequence[str] | None, report: CredentialReport | None
) -> CredentialsRead:
    """Read the wanted kinds; a list that could not be read is left out, and its failure told.

    `users` are None where nothing told them, and `report` where there is none: nobody is asked about then.
    """
    reader = _Reader(member)
    document: dict[str, Any] = {"Kinds": list(wanted)}
    if "service_specific" in wanted:
        reader.add(document, "ServiceSpecificCredentials", _all_service_specific)
    if "signing_certificates" in wanted and report is not None:
        rows = report.rows.values()
        holders = [row.user for row in rows if row.may_have_certificate and not row.is_root]
        reader.add_each(document, "SigningCertificates", _certificates, holders)
    if "ssh_public_keys" in wanted and users is not None:
        reader.add_each(document, "SSHPublicKeys", _ssh_public_keys, users)
    return CredentialsRead(document=document, failures=tuple(reader.failures))


class _Reader:
    """Asks for lists of one account and keeps what failed."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self.failures: list[AwsFailure] = []

    def add(self, document: dict[str, Any], name: str, ask: Callable[[IAMClient], Records]) -> None:
        """Put a list of the whole account under its name."""
        answer = self._member.read(f"List{name}", ask)
        if isinstance(answer, AwsFailure):
            self.failures.append(answer)
        else:
            document[name] = answer

    def add_each(
        self,
        document: dict[str, Any],
        name: str,
        ask: Callable[[IAMClient, str], Records],
        users: Iterable[str],
    ) -> None:
        """Put the lists of these users together; what is refused about one costs the others nothing."""
        document[name] = []
        for user in users:
            answer = self._member.read(f"List{name}", partial(_of_user, ask=ask, user=user), user=user)
            if isinstance(answer, AwsFailure):
                self.failures.append(answer)
            else:
                document[name] += answer


def _of_user(iam: IAMClient, ask: Callable[[IAMClient, str], Records], user: str) -> Records:
    """What a user has; nothing for one who was deleted meanwhile."""
    try:
        return ask(iam, user)
    except ClientError as error:
        if error_code(error) == "NoSuchEntity":
            return []
        raise


def _all_service_specific(iam: IAMClient) -> Records:
    """Those of all users, page by page: the SDK has no paginator for them."""
    page = iam.list_service_specific_credentials(AllUsers=True)
    records: Records = [{**each} for each in page.get("ServiceSpecificCredentials") or ()]
    while page.get("IsTruncated") and page.get("Marker"):
        marker = page["Marker"]
        page = iam.list_service_specific_credentials(AllUsers=True, Marker=marker)
        if page.get("Marker") == marker:
            raise PaginationError(message=f"the same marker was received twice: {marker}")
        records += [{**each} for each in page.get("ServiceSpecificCredentials") or ()]
    return records


def _certificates(iam: IAMClient, user: str) -> Records:
    pages = iam.get_paginator("list_signing_certificates").paginate(UserName=user)
    return [{**each} for page in pages for each in page["Certificates"]]


def _ssh_public_keys(iam: IAMClient, user: str) -> Records:
    pages = iam.get_paginator("list_ssh_public_keys").paginate(UserName=user)
    return [{**each} for page in pages for each in page["SSHPublicKeys"]]
