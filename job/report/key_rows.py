"""The cells of one key, from its principal, its verdicts and its use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from job.analyze.verdict import PrincipalVerdicts
from job.report.columns import Column, Value
from job.report.facts import PrincipalFacts, key_status
from job.report.key_columns import CAN_READ_SOURCES
from job.report.risk import assess
from job.report.risk_table import RiskFacts
from job.report.schema import CapabilityColumns
from job.snapshot.model import AccessKey, OrganizationAccount

UNKNOWN = "unknown"
_YES = frozenset({"all", "some", "conditional"})
_ADMIN_YES = frozenset({"direct", "escalates", "conditional"})


def tag_cells(account: OrganizationAccount, columns: Iterable[Column]) -> dict[str, Value]:
    """The account's tags that have a column of their own."""
    tags = account.tags or {}
    return {column.name: tags.get(column.source) for column in columns}


def principal_cells(principal: PrincipalFacts) -> dict[str, Value]:
    """Who holds the key."""
    credentials = principal.credentials
    return {
        "principal_type": "root" if principal.is_root else "iam_user",
        "user_name": principal.user_name,
        "user_arn": principal.arn,
        "user_path": principal.path,
        "user_created_at": principal.created_at,
        "user_tags": principal.tags,
        "user_groups": tuple(sorted(principal.groups)),
        "console_password": credentials.password_enabled if credentials else None,
        "password_last_used_at": credentials.password_last_used_at if credentials else None,
        "mfa_active": credentials.mfa_active if credentials else None,
        "permissions_boundary_arn": principal.boundary_arn,
    }


def verdict_cells(
    verdicts: PrincipalVerdicts | None, capabilities: Iterable[CapabilityColumns]
) -> dict[str, Value]:
    """What the key can do; without an analysis everything about it is unknown."""
    if verdicts is None:
        return _no_verdicts(capabilities)
    cells: dict[str, Value] = {
        "policies": tuple(sorted(verdicts.policies)),
        "admin_access": verdicts.admin_access.value,
        "admin_via": tuple(sorted(verdicts.admin_via)),
        "reachable_roles": verdicts.reachable_roles,
        "reachable_accounts": verdicts.reachable_accounts,
        "limited_by": tuple(sorted(verdicts.limited_by)),
        "analysis_status": verdicts.status,
        "analysis_note": "; ".join(verdicts.notes) or None,
        "known_leaked": verdicts.known_leaked,
    }
    for columns in capabilities:
        cells |= _capability_cells(verdicts, columns)
    return _summed_up(cells)


def _no_verdicts(capabilities: Iterable[CapabilityColumns]) -> dict[str, Value]:
    absent = ("policies", "admin_via", "reachable_roles", "reachable_accounts", "limited_by", "known_leaked")
    cells: dict[str, Value] = dict.fromkeys(absent) | {
        "admin_access": UNKNOWN,
        "analysis_status": "failed",
        "analysis_note": "the analysis of this principal is missing",
    }
    for columns in capabilities:
        cells |= {columns.verdict: UNKNOWN, columns.via: None, columns.reason: None}
    return _summed_up(cells)


def _capability_cells(verdicts: PrincipalVerdicts, columns: CapabilityColumns) -> dict[str, Value]:
    answer = verdicts.capabilities.get(columns.id)
    if answer is None:
        return {columns.verdict: UNKNOWN, columns.via: None, columns.reason: None}
    return {
        columns.verdict: answer.verdict.value,
        columns.via: tuple(sorted(answer.via)),
        columns.reason: answer.reason,
    }


def _summed_up(cells: dict[str, Value]) -> dict[str, Value]:
    admin = cells["admin_access"]
    cells["is_admin"] = None if admin == UNKNOWN else admin == "direct"
    cells["can_become_admin"] = None if admin == UNKNOWN else admin in _ADMIN_YES
    for name, capability in CAN_READ_SOURCES:
        word = cells.get(capability, UNKNOWN)
        cells[name] = None if word == UNKNOWN else word in _YES
    return cells


def use_cells(key: AccessKey, read_at: datetime) -> dict[str, Value]:
    """How old the key is and when it was last used, in whole days up to the moment of reading."""
    use = key.last_use
    return {
        "access_key_id": key.access_key_id,
        "key_status": key_status(key),
        "key_created_at": key.created_at,
        "key_age_days": _days(key.created_at, read_at),
        "key_last_used_at": use.date if use else None,
        "days_since_last_used": _days(use.date, read_at) if use else None,
        "key_last_used_service": use.service if use else None,
        "key_last_used_region": use.region if use else None,
        "never_used": use is None if key.last_use_read else None,
    }


def _days(since: datetime | None, until: datetime) -> int | None:
    return None if since is None else max(0, (until - since).days)


def risk_cells(cells: dict[str, Value], capabilities: Iterable[CapabilityColumns]) -> dict[str, Value]:
    """How bad the key is, from the cells that are there already."""
    risk = assess(_risk_facts(cells, frozenset(str(cells[columns.verdict]) for columns in capabilities)))
    return {
        "risk_level": risk.level,
        "risk_reasons": risk.reasons,
        "recommended_action": risk.action,
    }


def _risk_facts(cells: dict[str, Value], reads: frozenset[str]) -> RiskFacts:
    return RiskFacts(
        is_root=cells["principal_type"] == "root",
        is_active=cells["key_status"] == "Active",
        in_management_account=_boolean(cells["is_management_account"]),
        admin_access=str(cells["admin_access"]),
        reads=reads,
        age_days=_number(cells["key_age_days"]),
        idle_days=_number(cells["days_since_last_used"]),
        never_used=_boolean(cells["never_used"]),
        password_without_mfa=cells["console_password"] is True and cells["mfa_active"] is False,
        reachable_accounts=_number(cells["reachable_accounts"]),
        analysis_complete=cells["analysis_status"] == "complete",
        known_leaked=_boolean(cells["known_leaked"]),
    )


def _boolean(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) else None
