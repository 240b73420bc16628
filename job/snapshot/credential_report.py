"""Reads an IAM credential report by its header: columns may be added, key slots counted, rows damaged.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from job.snapshot.model import ROOT_USER_NAME

_SLOT = re.compile(r"access_key_(\d+)_active")
_CERTIFICATE = re.compile(r"cert_\d+_(active|last_rotated)")
_ABSENT = frozenset({"", "N/A", "no_information", "not_supported"})
_NO_ROW = "no row below the header can be read, not even the root user's: the report is torn"
_TOLD_PROBLEMS = 3
_TRUTH = {"true": True, "false": False}


class ReportMalformedError(ValueError):
    """The text is no credential report at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One numbered key of a row; the report gives no key id.

    `use_stated` is False where the report does not say plainly when, or that never, the key was used.

    `rotated_at` is when the key was created or last changed, activation included: the key is at least that
    old. A key exists when it is active or has such a date. `used_service` and `used_region` are None
    for `N/A`.
    """

    active: bool
    rotated_at: datetime | None
    used_at: datetime | None
    used_service: str | None
    used_region: str | None
    use_stated: bool

    @property
    def holds_key(self) -> bool:
        """Whether the slot is known to hold a key; an inactive one without dates cannot be told from none."""
        return self.active or self.rotated_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One user of the report; None where it says neither yes nor no, or no time.

    `password_expires_at` is when the account's password policy asks for another. `may_have_certificate` is
    False where the report shows no signing certificate, active or not.
    """

    user: str
    arn: str
    created_at: datetime | None
    password_enabled: bool | None
    password_last_used_at: datetime | None
    mfa_active: bool | None
    slots: tuple[Slot, ...]
    password_changed_at: datetime | None = None
    password_expires_at: datetime | None = None
    may_have_certificate: bool = False

    @property
    def is_root(self) -> bool:
        """Whether this is the account's root user."""
        return self.user == ROOT_USER_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialReport:
    """All rows that could be read by user name, and one sentence for each that could not."""

    rows: dict[str, Row]
    problems: tuple[str, ...]


def parse_credential_report(content: str) -> CredentialReport:
    """Read the report's CSV, as text or as the AWS CLI prints it (base64).

    A damaged row is a problem and leaves the others. Raises ReportMalformedError when there is no usable
    header or no row that can be read: AWS writes one of the root user at least, so that a report without any
    is torn, and says nothing of keys.
    """
    lines = csv.reader(io.StringIO(_plain(content), newline=""), strict=True)
    rows: dict[str, Row] = {}
    problems: list[str] = []
    columns = _header(lines)
    for number, outcome in enumerate(_rows(lines, columns), start=2):
        if isinstance(outcome, str):
            problems.append(f"line {number}: {outcome}")
        else:
            rows[outcome.user] = outcome
    if not rows:
        raise ReportMalformedError("; ".join([_NO_ROW, *problems[:_TOLD_PROBLEMS]]))
    return CredentialReport(rows=rows, problems=tuple(problems))


def parse_timestamp(value: str) -> datetime | None:
    """An ISO 8601 time as UTC; None for the report's words for "no time" and for text that is no time."""
    if value in _ABSENT:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _plain(content: str) -> str:
    if content.startswith("user,"):
        return content
    try:
        decoded = base64.b64decode(content, validate=True).decode()
    except (binascii.Error, ValueError):
        decoded = content
    return decoded.removeprefix("\ufeff")


def _header(lines: Iterator[list[str]]) -> dict[str, int]:
    try:
        names = next(lines, [])
    except csv.Error as error:
        raise ReportMalformedError(f"the header is no CSV: {error}") from error
    columns = {name: place for place, name in enumerate(names)}
    if len(columns) < len(names):
        raise ReportMalformedError("the header has a column twice")
    missing = [name for name in ("user", "arn", "access_key_1_active") if name not in columns]
    if missing:
        raise ReportMalformedError(f"the header has no column {', '.join(missing)}")
    return columns


def _rows(lines: Iterator[list[str]], columns: dict[str, int]) -> Iterator[Row | str]:
    numbers = [match[1] for name in columns if (match := _SLOT.fullmatch(name))]
    while True:
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"no CSV: {error}"
            continue
        if cells:
            yield _row(cells, columns, numbers)


def _row(cells: Sequence[str], columns: dict[str, int], numbers: Sequence[str]) -> Row | str:
    if len(cells) != len(columns):
        return f"{len(cells)} fields where the header has {len(columns)}"
    values = {name: cells[place] for name, place in columns.items()}
    slots = [_slot(values, number) for number in numbers]
    if not values["user"] or None in slots:
        return "no user name, or a key that is neither active nor inactive"
    return Row(
        user=values["user"],
        arn=values["arn"],
        created_at=parse_timestamp(values.get("user_creation_time", "")),
        password_enabled=_TRUTH.get(values.get("password_enabled", "").lower()),
        password_last_used_at=parse_timestamp(values.get("password_last_used", "")),
        mfa_active=_TRUTH.get(values.get("mfa_active", "").lower()),
        slots=tuple(slot for slot in slots if slot is not None),
        password_changed_at=parse_timestamp(values.get("password_last_changed", "")),
        password_expires_at=parse_timestamp(values.get("password_next_rotation", "")),
        may_have_certificate=_may_have_certificate(values),
    )


def _may_have_certificate(values: Mapping[str, str]) -> bool:
    """A report has room for two certificates; of more, or of keys besides, another column tells."""
    shown = (value for name, value in values.items() if _CERTIFICATE.fullmatch(name))
    more = values.get("additional_credentials_info", "")
    return more not in _ABSENT or any(
        _TRUTH.get(value.lower()) or parse_timestamp(value) is not None for value in shown
    )


def _slot(values: dict[str, str], number: str) -> Slot | None:
    active = _TRUTH.get(values[f"access_key_{number}_active"].lower())
    if active is None:
        return None
    used, service, region = (
        values.get(f"access_key_{number}_last_used_{part}", "") for part in ("date", "service", "region")
    )
    used_at = parse_timestamp(used)
    return Slot(
        active=active,
        rotated_at=parse_timestamp(values.get(f"access_key_{number}_last_rotated", "")),
        used_at=used_at,
        used_service=None if service in _ABSENT else service,
        used_region=None if region in _ABSENT else region,
        use_stated=_never_used(used, service, region) if used_at is None else service not in _ABSENT,
    )


def _never_used(used: str, service: str, region: str) -> bool:
    return used == service == region == "N/A"
