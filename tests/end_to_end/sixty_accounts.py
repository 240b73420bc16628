"""Sixty made-up accounts, and the eight ways in which some of them go wrong."""

from __future__ import annotations

from collections.abc import Mapping

from job.demo.spec import AccountSpec, FaultSpec, KeySpec, OrganizationSpec, UserSpec

MANAGEMENT = "700000000000"
READER = "700000000001"
NO_ROLE, DETAILS_DENIED, NEVER_READY, MALFORMED, SUSPENDED, EXPIRED, THROTTLED, ODD_NAMES = (
    f"7000000000{number}" for number in (11, 17, 23, 29, 31, 37, 41, 47)
)

FAULTS: Mapping[str, FaultSpec] = {
    NO_ROLE: {"operation": "AssumeRole", "status": 403, "code": "AccessDenied"},
    DETAILS_DENIED: {"operation": "GetAccountAuthorizationDetails", "status": 403, "code": "AccessDenied"},
    NEVER_READY: {"operation": "GetCredentialReport", "status": 404, "code": "ReportInProgress"},
    EXPIRED: {"operation": "GetAccountAuthorizationDetails", "status": 403, "code": "ExpiredToken"},
    THROTTLED: {"operation": "GetAccountAuthorizationDetails", "status": 400, "code": "Throttling"},
}


def sixty_accounts(*, failing: bool) -> OrganizationSpec:
    """Return the organization; with `failing`, eight accounts go wrong, each in its own way."""
    accounts = [_account(number) for number in range(60)]
    if failing:
        accounts = [_with_trouble(account) for account in accounts]
    return {
        "organization": {"id": "o-sixty00000", "root": "r-sixt", "management": MANAGEMENT, "reader": READER},
        "units": [
            {"id": "ou-sixt-aaaaaaaa", "path": "Root/A"},
            {"id": "ou-sixt-bbbbbbbb", "path": "Root/A/B"},
        ],
        "delegated_administrators": {},
        "service_control_policies": [],
        "resource_control_policies": [],
        "accounts": accounts,
    }


def first_accounts(count: int) -> OrganizationSpec:
    """Return the organization without trouble, with so many of its accounts."""
    spec = sixty_accounts(failing=False)
    return {**spec, "accounts": spec["accounts"][:count]}


def _account(number: int) -> AccountSpec:
    account_id = f"7000000000{number:02}"
    return {
        "id": account_id,
        "name": f"account {number}",
        "email": f"aws+{number}@example.com",
        "ou": ("Root", "Root/A", "Root/A/B")[number % 3],
        "joined": 1000 - number,
        "tags": {"Environment": "Production" if number % 2 else "Test", "Number": str(number)},
        "users": [*_users(number), *_odd_users(account_id)],
    }


def _users(number: int) -> list[UserSpec]:
    reader: UserSpec = {
        "name": "reader",
        "created": 500,
        "attached": ["aws:AmazonS3ReadOnlyAccess"],
        "keys": [_key(number)],
    }
    two_keys: UserSpec = {
        "name": f"deploy-{number}",
        "created": 400,
        "inline": {"deploy": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]},
        "keys": [_key(number + 7), {"age": 9, "active": number % 4 == 0}],
    }
    no_key: UserSpec = {"name": "console-only", "created": 300, "password": True, "keys": []}
    return [[reader], [reader, no_key], [two_keys], [reader, two_keys, no_key], []][number % 5]


def _key(number: int) -> KeySpec:
    if number % 3 == 0:
        return {"age": 30 + number}
    return {"age": 200 + number, "used": number, "service": "s3", "region": "N/A"}


def _odd_users(account_id: str) -> list[UserSpec]:
    names = ("=cmd", "NA", "null", "a,b@c+d.e") if account_id == ODD_NAMES else ()
    return [{"name": name, "created": 20, "keys": [{"age": 10}]} for name in names]


def _with_trouble(account: AccountSpec) -> AccountSpec:
    changed: AccountSpec = {**account}
    if account["id"] in FAULTS:
        changed["faults"] = [FAULTS[account["id"]]]
    if account["id"] == MALFORMED:
        changed["credential_report"] = "no,credential\nreport"
    if account["id"] == SUSPENDED:
        changed["state"] = "SUSPENDED"
    return changed
