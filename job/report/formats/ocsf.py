"""IAM Analysis Finding of the Open Cybersecurity Schema Framework, a JSON line for each key.

https://schema.ocsf.io/1.8.0/classes/iam_analysis_finding
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

import orjson

from job.report.formats.file_format import ReportFormat
from job.report.risk.rules import RULES
from job.report.rows.account_rows import ACCOUNT_ID, ACCOUNT_NAME, COLLECTED_AT
from job.report.rows.build import Report
from job.report.rows.key_findings import FindingStatus, KeyFinding, key_findings
from job.report.rows.key_rows import (
    ACCESS_KEY_ID,
    ACTION_HOW,
    ADMIN_ACCESS,
    EXCEPTION_ID,
    FIRST_SEEN_DATE,
    KEY_CREATED_AT,
    KEY_LAST_USED_AT,
    PRINCIPAL_TYPE,
    RECOMMENDED_ACTION,
    RISK_LEVEL,
    RISK_REASONS,
    USER_ARN,
    USER_NAME,
)
from job.report.schema.columns import Value
from job.snapshot.model import Json, JsonObject

OCSF_VERSION = "1.8.0"

_CLASS = 2008
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_ACTIVITIES = {_CREATE: "Create", _UPDATE: "Update", _CLOSE: "Close"}
_STATUSES = {
    FindingStatus.NEW: (1, "New", _CREATE),
    FindingStatus.OPEN: (2, "In Progress", _UPDATE),
    FindingStatus.ACCEPTED: (3, "Suppressed", _UPDATE),
    FindingStatus.RESOLVED: (4, "Resolved", _CLOSE),
}
_SEVERITIES = {"critical": (5, "Critical"), "high": (4, "High"), "medium": (3, "Medium"), "low": (2, "Low")}
_UNKNOWN_SEVERITY = (0, "Unknown")
_WHY = {rule.id: rule.why for rule in RULES}


def ocsf_lines(report: Report) -> Iterator[bytes]:
    """A line for each key of the report, and for each that signs no more requests since the one before."""
    for finding in key_findings(report):
        yield orjson.dumps(_event(report, finding), option=orjson.OPT_APPEND_NEWLINE)


def _event(report: Report, finding: KeyFinding) -> JsonObject:
    record = finding.record
    status_id, status, activity = _STATUSES[finding.status]
    severity_id, severity = _SEVERITIES.get(str(record.get(RISK_LEVEL.name)), _UNKNOWN_SEVERITY)
    return {
        "activity_id": activity,
        "activity_name": _ACTIVITIES[activity],
        "category_name": "Findings",
        "category_uid": 2,
        "class_name": "IAM Analysis Finding",
        "class_uid": _CLASS,
        "type_name": f"IAM Analysis Finding: {_ACTIVITIES[activity]}",
        "type_uid": _CLASS * 100 + activity,
        "time": _milliseconds(record.get(COLLECTED_AT.name) or report.run.report_date),
        "severity": severity,
        "severity_id": severity_id,
        "status": status,
        "status_id": status_id,
        "message": finding.title,
        "metadata": _metadata(report),
        "cloud": {"provider": "AWS", "account": _account(record)},
        "finding_info": _finding_info(finding),
        "user": _user(record),
        "identity_activity_metrics": _activity(record),
        **_optional("status_detail", _text(record, EXCEPTION_ID.name)),
        **_optional("remediation", _remediation(record)),
    }


def _metadata(report: Report) -> JsonObject:
    return {
        "version": OCSF_VERSION,
        "profiles": ["cloud"],
        "product": {"name": "IAM Access Key Report", "vendor_name": "IAM Access Key Report"},
        "log_name": "keys",
        "correlation_uid": report.run.run_id,
        **_optional("tenant_uid", report.organization.id),
    }


def _account(record: Mapping[str, Value]) -> JsonObject:
    return {
        "uid": str(record[ACCOUNT_ID.name]),
        "type": "AWS Account",
        "type_id": 10,
        **_optional("name", _text(record, ACCOUNT_NAME.name)),
    }


def _finding_info(finding: KeyFinding) -> JsonObject:
    reasons = finding.record.get(RISK_REASONS.name)
    ids = [str(each) for each in reasons] if isinstance(reasons, tuple) else []
    return {
        "uid": finding.uid,
        "title": finding.title,
        "types": [*ids],
        **_optional("desc", "; ".join(_WHY[each] for each in ids) or None),
        **_optional("first_seen_time", _milliseconds(finding.record.get(FIRST_SEEN_DATE.name))),
    }


def _user(record: Mapping[str, Value]) -> JsonObject:
    admin = record.get(ADMIN_ACCESS.name) == "direct" or record.get(PRINCIPAL_TYPE.name) == "root"
    return {
        "name": str(record[USER_NAME.name]),
        "type": "Admin" if admin else "User",
        "type_id": 2 if admin else 1,
        "account": _account(record),
        **_optional("uid", _text(record, USER_ARN.name)),
    }


def _activity(record: Mapping[str, Value]) -> JsonObject:
    used = _milliseconds(record.get(KEY_LAST_USED_AT.name))
    credential = {
        "uid": str(record[ACCESS_KEY_ID.name] or "unknown"),
        "type": "Access Key",
        **_optional("last_used_time", used),
    }
    return {
        "programmatic_credentials": [credential],
        **_optional("first_seen_time", _milliseconds(record[KEY_CREATED_AT.name])),
        **_optional("last_seen_time", used),
    }


def _remediation(record: Mapping[str, Value]) -> JsonObject | None:
    action = _text(record, RECOMMENDED_ACTION.name)
    if action is None:
        return None
    return {"desc": _text(record, ACTION_HOW.name) or action.replace("_", " ")}


def _optional(name: str, value: Json | None) -> JsonObject:
    """The attribute, or nothing where its value is not known: the schema has no nulls."""
    return {} if value is None else {name: value}


def _text(record: Mapping[str, Value], column: str) -> str | None:
    value = record.get(column)
    return None if value is None else str(value)


def _milliseconds(value: Value) -> int | None:
    """Since 1970, as the schema's `timestamp_t` counts; a date is its midnight in UTC."""
    if isinstance(value, datetime):
        return int(value.astimezone(UTC).timestamp() * 1000)
    if isinstance(value, date):
        return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() * 1000)
    return None


OCSF = ReportFormat(name="ocsf", file="findings", lines=ocsf_lines)
