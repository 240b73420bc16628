"""A key as a finding in the AWS Security Finding Format.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from job.report.accounts.runs import ReportRun
from job.report.risk.rules import RULES
from job.report.rows.account_rows import ACCOUNT_ID, ACCOUNT_NAME, ORGANIZATION_ID
from job.report.rows.key_findings import KeyFinding
from job.report.rows.key_rows import (
    ACCESS_KEY_ID,
    ACTION_HOW,
    KEY_CREATED_AT,
    KEY_STATUS,
    OPEN_RISK_LEVEL,
    OWNER,
    PRINCIPAL_TYPE,
    RECOMMENDED_ACTION,
    RISK_REASONS,
    USER_NAME,
)
from job.report.schema.cell_text import timestamp_text
from job.report.schema.columns import Value
from job.snapshot.model import JsonObject

ACTIVE, ARCHIVED = "ACTIVE", "ARCHIVED"

_PREFIX = "iam-access-key-report/"
_TYPE = "Software and Configuration Checks/AWS Security Best Practices"
_LONGEST_TITLE, _LONGEST_DESCRIPTION, _LONGEST_REMEDY, _LONGEST_FIELD = 256, 1024, 512, 2048
_WHY = {rule.id: rule.why for rule in RULES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Whose findings they are: the account that sends them, and the ARN of its product."""

    arn: str
    account_id: str
    partition: str


def asff_id(finding: KeyFinding) -> str:
    """The finding's id, the same in every report."""
    return f"{_PREFIX}{finding.uid}"


def asff(finding: KeyFinding, product: Product, run: ReportRun, organization_id: str | None) -> JsonObject:
    """The finding, active, created and updated by this run."""
    record, now = finding.record, timestamp_text(run.now)
    level = str(record[OPEN_RISK_LEVEL.name])
    return {
        "SchemaVersion": "2018-10-08",
        "Id": asff_id(finding),
        "ProductArn": product.arn,
        "GeneratorId": "iam-access-key-report",
        "AwsAccountId": product.account_id,
        "CreatedAt": now,
        "UpdatedAt": now,
        "Title": _cut(finding.title, _LONGEST_TITLE),
        "Description": _cut(_description(record[RISK_REASONS.name]) or finding.title, _LONGEST_DESCRIPTION),
        "FindingProviderFields": {
            "Severity": {"Label": level.upper(), "Original": level},
            "Types": [_TYPE],
        },
        "Remediation": {"Recommendation": {"Text": _cut(_remedy(finding), _LONGEST_REMEDY)}},
        "ProductFields": _product_fields(finding, run, organization_id),
        "Resources": [_resource(finding, product.partition)],
        "RecordState": ACTIVE,
    }


def account_of(finding: JsonObject) -> str | None:
    """The account of the key that a finding is about."""
    return _field(finding, ACCOUNT_ID.name)


def organization_of(finding: JsonObject) -> str | None:
    """The organization of the key that a finding is about; None where it was not read."""
    return _field(finding, ORGANIZATION_ID.name)


def _field(finding: JsonObject, name: str) -> str | None:
    match finding:
        case {"ProductFields": dict(fields)}:
            value = fields.get(name)
            return value if isinstance(value, str) else None
    return None


def _description(reasons: Value) -> str:
    ids: Iterable[object] = reasons if isinstance(reasons, tuple) else ()
    return "; ".join(_WHY[str(each)] for each in ids)


def _remedy(finding: KeyFinding) -> str:
    action = str(finding.record[RECOMMENDED_ACTION.name]).replace("_", " ")
    how = finding.record[ACTION_HOW.name]
    return f"{action}: {how}" if how else action


def _product_fields(finding: KeyFinding, run: ReportRun, organization_id: str | None) -> JsonObject:
    record, reasons = finding.record, finding.record[RISK_REASONS.name]
    told = {
        ACCOUNT_ID.name: record[ACCOUNT_ID.name],
        ACCOUNT_NAME.name: record[ACCOUNT_NAME.name],
        ORGANIZATION_ID.name: organization_id,
        OWNER.name: record[OWNER.name],
        RISK_REASONS.name: ";".join(map(str, reasons)) if isinstance(reasons, tuple) else None,
        RECOMMENDED_ACTION.name: record[RECOMMENDED_ACTION.name],
        "report_date": run.report_date.isoformat(),
    }
    return {name: _cut(str(value), _LONGEST_FIELD) for name, value in told.items() if value}


def _resource(finding: KeyFinding, partition: str) -> JsonObject:
    record = finding.record
    key_id, created = record[ACCESS_KEY_ID.name], record[KEY_CREATED_AT.name]
    details: JsonObject = {
        "AccountId": str(record[ACCOUNT_ID.name]),
        "PrincipalName": str(record[USER_NAME.name]),
        "PrincipalType": "Root" if record[PRINCIPAL_TYPE.name] == "root" else "IAMUser",
        "Status": str(record[KEY_STATUS.name]),
    }
    if key_id:
        details["AccessKeyId"] = str(key_id)
    if isinstance(created, datetime):
        details["CreatedAt"] = timestamp_text(created)
    return {
        "Type": "AwsIamAccessKey",
        "Id": f"AWS::IAM::AccessKey:{key_id or finding.uid}",
        "Partition": partition,
        "Details": {"AwsIamAccessKey": details},
    }


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
