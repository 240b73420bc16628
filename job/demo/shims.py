"""What moto does not do and AWS does, closed by name: each function says which gap it fills.

Installed once in the process that embeds moto; without seeded facts every patched call answers as before.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from moto.core.responses import ActionResult
from moto.iam.exceptions import ReportNotPresentException
from moto.iam.models import AccessKey, IAMBackend, User
from moto.iam.responses import IamResponse
from moto.s3.responses import S3Response

from job.demo.spec import AccountSpec, KeySpec, RootSpec
from job.snapshot.model import ROOT_USER_NAME

_HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    "cert_2_active,cert_2_last_rotated"
)
_NO_KEY = ("false", "N/A", "N/A", "N/A", "N/A")
_NO_CERTIFICATE = ("false", "N/A")
_NO_CERTIFICATES = (*_NO_CERTIFICATE, *_NO_CERTIFICATE)


def install_shims(accounts: Mapping[str, AccountSpec], now: datetime) -> None:
    """Close moto's gaps for these accounts, whose credential reports were made at `now`."""
    _show_user_boundaries()
    list_service_specific_credentials()
    _tell_bucket_regions()
    _write_credential_reports(accounts, now)


def _show_user_boundaries() -> None:
    """Add users' permissions boundaries, which moto neither keeps nor lists."""
    User.boundary_arn = None
    User.permissions_boundary = property(_boundary)


def list_service_specific_credentials() -> None:
    """List the service-specific credentials of all users, which moto does not know at all."""
    User.service_specific_credentials = ()

    def response(self: IamResponse) -> ActionResult:
        users = self.backend.users.values()
        listed = [each for user in users for each in user.service_specific_credentials]
        return ActionResult({"ServiceSpecificCredentials": listed, "IsTruncated": False})

    IamResponse.list_service_specific_credentials = response


def _boundary(user: User) -> dict[str, str] | None:
    if user.boundary_arn is None:
        return None
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": user.boundary_arn}


def _tell_bucket_regions() -> None:
    """Say where each listed bucket is, which moto leaves out.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html
    """

    def response(self: S3Response) -> ActionResult:
        buckets = [
            {"Name": each.name, "CreationDate": each.creation_date_ISO8601, "BucketRegion": each.region_name}
            for each in self.backend.list_buckets(prefix=None, bucket_region=None, max_buckets=None)
        ]
        self.data["Action"] = "ListBuckets"
        return self.serialized(ActionResult({"Buckets": buckets}))

    S3Response.all_buckets = response


def _write_credential_reports(accounts: Mapping[str, AccountSpec], now: datetime) -> None:
    """Add the root user's row, where keys were last used, and the time; moto's report has none of them."""

    def content(backend: IAMBackend) -> str:
        if not backend.credential_report:
            raise ReportNotPresentException("Credential report not present")
        account = accounts.get(backend.account_id)
        if account is not None and "credential_report" in account:
            return account["credential_report"]
        return credential_report(backend, account["root"] if account and "root" in account else None, now)

    def response(self: IamResponse) -> ActionResult:
        return ActionResult(
            {
                "Content": self.backend.get_credential_report(),
                "ReportFormat": "text/csv",
                "GeneratedTime": now,
            }
        )

    IAMBackend.get_credential_report = content
    IamResponse.get_credential_report = response


def credential_report(backend: IAMBackend, root: RootSpec | None, now: datetime) -> str:
    """Return the account's report as AWS writes it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
    """
    text = io.StringIO()
    text.write(f"{_HEADER}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_root_row(backend.account_id, root, now))
    writer.writerows(_user_row(user) for user in backend.users.values())
    return text.getvalue()


def _root_row(account_id: str, root: RootSpec | None, now: datetime) -> list[str]:
    spec: RootSpec = root or {"created": 1000, "mfa": True, "keys": ()}
    created = _time(now - timedelta(days=spec["created"]))
    slots = [_root_key(key, now) for key in spec["keys"]]
    start = [ROOT_USER_NAME, f"arn:aws:iam::{account_id}:root", created]
    password = ["not_supported", "no_information", "not_supported", "not_supported", str(spec["mfa"]).lower()]
    return [*start, *password, *_two(slots), *_NO_CERTIFICATES]


def _root_key(key: KeySpec, now: datetime) -> tuple[str, ...]:
    used = _time(now - timedelta(days=key["used"], hours=1)) if "used" in key else "N/A"
    place = (key.get("region", "N/A"), key.get("service", "N/A"))
    return (str(key.get("active", True)).lower(), _time(now - timedelta(days=key["age"])), used, *place)


def _user_row(user: User) -> list[str]:
    created = _time(user.create_date)
    password = ["true", "no_information", created, "N/A"] if user.password else ["false", "N/A", "N/A", "N/A"]
    slots = [_user_key(key) for key in user.access_keys]
    mfa = str(bool(user.mfa_devices)).lower()
    return [user.name, user.arn, created, *password, mfa, *_two(slots), *_certificates(user)]


def _certificates(user: User) -> list[str]:
    shown = [
        (str(each.status == "Active").lower(), _time(each.upload_date))
        for each in user.signing_certificates.values()
    ]
    first, second, *_ = [*shown, _NO_CERTIFICATE, _NO_CERTIFICATE]
    return [*first, *second]


def _user_key(key: AccessKey) -> tuple[str, ...]:
    active = str(key.status == "Active").lower()
    if key.last_used is None:
        return (active, _time(key.create_date), "N/A", "N/A", "N/A")
    used = key.last_used
    return (active, _time(key.create_date), _time(used.timestamp), used.region, used.service)


def _two(slots: list[tuple[str, ...]]) -> list[str]:
    first, second, *_ = [*slots, _NO_KEY, _NO_KEY]
    return [*first, *second]


def _time(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
