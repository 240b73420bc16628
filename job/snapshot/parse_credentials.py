"""What users hold besides access keys, from the section `OtherCredentials` and the credential report.

An entry that cannot be understood is told as a failure beside the others; one that only lacks a date is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from job.snapshot.credential_report import CredentialReport, Row
from job.snapshot.decoding import MisfitError, as_object, find_list, find_text, get_text, texts, timestamp
from job.snapshot.model import (
    OTHER_CREDENTIALS,
    CredentialKind,
    Failure,
    Json,
    JsonObject,
    OtherCredential,
)

_ACTIVE, _INACTIVE, _EXPIRED = "Active", "Inactive", "Expired"
_CODECOMMIT = "codecommit"
_DOMAIN = ".amazonaws.com"

_Parse: TypeAlias = "Callable[[_Entry], OtherCredential]"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCredentials:
    """Those of one account, in the order of users; `damaged` is what could not be understood."""

    found: tuple[OtherCredential, ...]
    damaged: tuple[Failure, ...]


@dataclass(slots=True)
class _Entry:
    """One entry of a list, with what could not be understood of it."""

    record: JsonObject
    damage: list[MisfitError] = field(default_factory=list)

    def text(self, key: str) -> str | None:
        try:
            return find_text(self.record, key)
        except MisfitError as misfit:
            self.damage.append(misfit)
            return None

    def moment(self, key: str) -> datetime | None:
        try:
            return timestamp(self.record, key)
        except MisfitError as misfit:
            self.damage.append(misfit)
            return None

    def status(self) -> str:
        """As AWS writes it; what is not understood counts as active."""
        status = self.text("Status")
        if status not in (_ACTIVE, _INACTIVE, _EXPIRED):
            self.damage.append(MisfitError("expected Active, Inactive or Expired").inside("Status"))
            return _ACTIVE
        return status


def parse_other_credentials(document: JsonObject, report: CredentialReport | None) -> OtherCredentials:
    """Everything that was asked for; nothing where the file has no such section."""
    value = document.get(OTHER_CREDENTIALS)
    if value is None:
        return OtherCredentials(found=(), damaged=())
    damaged: list[Failure] = []
    found: list[OtherCredential] = []
    try:
        section = as_object(value)
        kinds = texts(section, "Kinds")
        for name, parse in _LISTS.items():
            found += _list(find_list(section, name), name, parse, damaged)
    except MisfitError as misfit:
        return OtherCredentials(found=tuple(found), damaged=(*damaged, _damage(misfit)))
    if "console_passwords" in kinds and report is not None:
        found += _passwords(report)
    return OtherCredentials(found=tuple(sorted(found, key=_order)), damaged=tuple(damaged))


def _list(items: list[Json], name: str, parse: _Parse, damaged: list[Failure]) -> Iterator[OtherCredential]:
    for place, item in enumerate(items):
        entry = _Entry({})
        try:
            entry = _Entry(as_object(item))
            yield parse(entry)
        except MisfitError as misfit:
            entry.damage.append(misfit)
        damaged.extend(_damage(misfit.inside(place).inside(name)) for misfit in entry.damage)


def _damage(misfit: MisfitError) -> Failure:
    message = misfit.inside(OTHER_CREDENTIALS).text
    return Failure(step=OTHER_CREDENTIALS, code="Malformed", message=message)


def _order(credential: OtherCredential) -> tuple[str, str, str]:
    return credential.user_name, credential.kind.value, credential.id or ""


def _service_specific(entry: _Entry) -> OtherCredential:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ServiceSpecificCredentialMetadata.html."""
    service = entry.text("ServiceName")
    return OtherCredential(
        kind=CredentialKind.SERVICE_SPECIFIC,
        user_name=get_text(entry.record, "UserName"),
        id=get_text(entry.record, "ServiceSpecificCredentialId"),
        service=None if service is None else service.removesuffix(_DOMAIN),
        alias=entry.text("ServiceCredentialAlias") or entry.text("ServiceUserName"),
        status=entry.status(),
        created_at=entry.moment("CreateDate"),
        expires_at=entry.moment("ExpirationDate"),
    )


def _certificate(entry: _Entry) -> OtherCredential:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_SigningCertificate.html."""
    return OtherCredential(
        kind=CredentialKind.SIGNING_CERTIFICATE,
        user_name=get_text(entry.record, "UserName"),
        id=get_text(entry.record, "CertificateId"),
        status=entry.status(),
        created_at=entry.moment("UploadDate"),
    )


def _ssh_public_key(entry: _Entry) -> OtherCredential:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_SSHPublicKeyMetadata.html."""
    return OtherCredential(
        kind=CredentialKind.SSH_PUBLIC_KEY,
        user_name=get_text(entry.record, "UserName"),
        id=get_text(entry.record, "SSHPublicKeyId"),
        service=_CODECOMMIT,
        status=entry.status(),
        created_at=entry.moment("UploadDate"),
    )


_LISTS: dict[str, _Parse] = {
    "ServiceSpecificCredentials": _service_specific,
    "SigningCertificates": _certificate,
    "SSHPublicKeys": _ssh_public_key,
}


def _passwords(report: CredentialReport) -> Iterator[OtherCredential]:
    return (_password(row) for row in report.rows.values() if row.password_enabled)


def _password(row: Row) -> OtherCredential:
    """A password has no id, and the report tells when it was last set, not when there was first one."""
    return OtherCredential(
        kind=CredentialKind.CONSOLE_PASSWORD,
        user_name=row.user,
        id=None,
        status=_ACTIVE,
        created_at=row.password_changed_at,
        expires_at=row.password_expires_at,
        last_used_at=row.password_last_used_at,
        use_read=True,
    )
