"""Sends critical and high keys to Security Hub after a report is published, and archives what no longer is.

What was sent is kept beside the reports (`security-hub/sent.json.gz`): Security Hub forgets an archived
finding after 30 days and an active one that nobody updates after 90, so each report sends every active one
again, and an archived one once. The same finding of one date is not sent twice, however often it is run.
https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from job.errors import PublishError
from job.publish.asff import ACTIVE, ARCHIVED, Product, account_of, asff, asff_id, organization_of
from job.publish.layout import SECURITY_HUB_SENT
from job.publish.published_runs import read_or_refuse
from job.report.accounts.coverage import CoverageWord
from job.report.rows.account_rows import ACCOUNT_ID, COVERAGE
from job.report.rows.build import Report
from job.report.rows.key_findings import FindingStatus, key_findings
from job.report.rows.key_rows import OPEN_RISK_LEVEL
from job.report.schema.cell_text import timestamp_text
from job.snapshot.model import JsonObject
from job.storage.storage import Storage

_BATCH = 100
_SENT_LEVELS = frozenset({"critical", "high"})
_TOLD_FAILURES = 5


class Hub(Protocol):
    """Where findings go."""

    @property
    def product_arn(self) -> str:
        """The product that findings of one's own belong to."""

    @property
    def account_id(self) -> str:
        """The account that sends them."""

    @property
    def partition(self) -> str:
        """The partition of that account."""

    def import_findings(self, findings: Sequence[JsonObject]) -> Mapping[str, str]:
        """Send at most 100; answers why not by id. Raises PublishError when all are refused."""


@dataclass(slots=True, kw_only=True)
class _Sent:
    """What Security Hub was last sent, by id, and the newest date of it."""

    report_date: str = ""
    findings: dict[str, JsonObject] = field(default_factory=dict)

    @classmethod
    def read(cls, storage: Storage) -> _Sent:
        """Raises PublishError when the file cannot be read or understood."""
        packed = read_or_refuse(storage, SECURITY_HUB_SENT)
        if packed is None:
            return cls()
        try:
            document = orjson.loads(gzip.decompress(packed))
        except (OSError, EOFError, zlib.error, orjson.JSONDecodeError):
            document = None
        match document:
            case {"report_date": str(day), "findings": list(findings)} if all(map(_has_id, findings)):
                return cls(report_date=day, findings={each["Id"]: each for each in findings})
        raise PublishError(
            f"{SECURITY_HUB_SENT} is damaged: nothing is sent to Security Hub; delete it to begin anew, and "
            "archive there what is gone since"
        )

    def write(self, storage: Storage) -> None:
        listed = [self.findings[each] for each in sorted(self.findings)]
        document = orjson.dumps({"report_date": self.report_date, "findings": listed})
        storage.write(SECURITY_HUB_SENT, gzip.compress(document, mtime=0), "application/gzip")


def _has_id(finding: object) -> bool:
    match finding:
        case {"Id": str(), "CreatedAt": str(), "RecordState": str()}:
            return True
    return False


def send_findings(storage: Storage, hub: Hub, report: Report) -> tuple[str, ...]:
    """Send what is open and critical or high, archive what no longer is; answers what could not be sent.

    Raises ReportError when what was sent before cannot be read, or cannot be written.
    """
    sent, today = _Sent.read(storage), report.run.report_date.isoformat()
    if sent.report_date > today:
        return (f"nothing is sent to Security Hub: it holds the report of {sent.report_date}",)
    sent.report_date = today
    return tuple(_send(storage, hub, sent, _due(report, hub, sent.findings)))


def _send(storage: Storage, hub: Hub, sent: _Sent, due: Sequence[JsonObject]) -> Iterator[str]:
    for start in range(0, len(due), _BATCH):
        batch = due[start : start + _BATCH]
        try:
            failed = hub.import_findings(batch)
        except PublishError as error:
            yield f"{len(due) - start} findings were not sent: {error}"
            return
        sent.findings |= {str(each["Id"]): each for each in batch if each["Id"] not in failed}
        sent.write(storage)
        if failed:
            listed = "; ".join(f"{each}: {why}" for each, why in sorted(failed.items())[:_TOLD_FAILURES])
            yield f"Security Hub did not take {len(failed)} findings: {listed}"


def _due(report: Report, hub: Hub, before: Mapping[str, JsonObject]) -> list[JsonObject]:
    """What the hub does not hold yet as it is."""
    product = Product(arn=hub.product_arn, account_id=hub.account_id, partition=hub.partition)
    active, ended = dict[str, JsonObject](), set[str]()
    for finding in key_findings(report):
        is_resolved = finding.status is FindingStatus.RESOLVED
        if not is_resolved and finding.record[OPEN_RISK_LEVEL.name] in _SENT_LEVELS:
            active[asff_id(finding)] = asff(finding, product, report.run, report.organization.id)
        else:
            ended.add(asff_id(finding))
    gone = _Departed.of(report)
    return [
        *(made for each, made in _with_creation(active, before) if _differs(made, before.get(each))),
        *(
            {**known, "RecordState": ARCHIVED, "UpdatedAt": timestamp_text(report.run.now)}
            for each, known in before.items()
            if known["RecordState"] == ACTIVE and each not in active and (each in ended or gone.holds(known))
        ),
    ]


def _with_creation(
    active: Mapping[str, JsonObject], before: Mapping[str, JsonObject]
) -> Iterator[tuple[str, JsonObject]]:
    for each, made in active.items():
        yield each, {**made, "CreatedAt": before[each]["CreatedAt"]} if each in before else made


def _differs(made: JsonObject, known: JsonObject | None) -> bool:
    return known is None or {**made, "UpdatedAt": ""} != {**known, "UpdatedAt": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Departed:
    """Whether a key that the report does not tell of is gone, or was only not read."""

    organization_id: str | None
    coverage: Mapping[str, str]

    @classmethod
    def of(cls, report: Report) -> _Departed:
        records = report.table("accounts").records()
        return cls(
            organization_id=report.organization.id,
            coverage={str(each[ACCOUNT_ID.name]): str(each[COVERAGE.name]) for each in records},
        )

    def holds(self, finding: JsonObject) -> bool:
        """It is gone where its account was read completely, or has left the organization."""
        word = self.coverage.get(account_of(finding) or "")
        if word is None:
            return self.organization_id is not None and organization_of(finding) == self.organization_id
        return word == CoverageWord.COMPLETE
