"""`findings`: one row a key, capability and path, with the statements that make it and a request as proof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from job.analyze.verdict import Evidence, Finding, Hop, Witness
from job.report.accounts.reported import ReportedUser
from job.report.accounts.runs import ReportRun
from job.report.rows.account_rows import PlacedAccount
from job.report.rows.key_record import KeyRecord
from job.report.rows.key_rows import WHOSE_COLUMNS
from job.report.rows.run_columns import RUN_COLUMNS
from job.report.schema.cell_text import json_text
from job.report.schema.columns import Column, ColumnType
from job.snapshot.model import AccessKey, Json

_STRING, _INT, _LIST = ColumnType.STRING, ColumnType.INT, ColumnType.LIST


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRecord:
    """One finding about one key; `deciding` is the statement that decides, None where there is none."""

    run: ReportRun
    account: PlacedAccount
    user: ReportedUser
    key: AccessKey
    finding: Finding
    deciding: Evidence | None


def findings_of(key: KeyRecord) -> Iterator[FindingRecord]:
    """Every finding about the key's user."""
    for finding in key.verdicts.findings if key.verdicts else ():
        yield FindingRecord(
            run=key.run,
            account=key.account,
            user=key.user,
            key=key.key,
            finding=finding,
            deciding=_deciding(finding),
        )


def _deciding(finding: Finding) -> Evidence | None:
    """What the end of the path may do decides: the last role's statement, or the user's own without roles."""
    if not finding.evidence:
        return None
    roles = [hop.name.rpartition("/")[2] for hop in finding.path if hop.kind == "role"]
    of_the_role = (each for each in finding.evidence if roles and each.attached_to == f"role {roles[-1]}")
    return next(of_the_role, finding.evidence[0])


def path_text(path: Iterable[Hop]) -> str:
    """The hops of a path as JSON."""
    return json_text([{"kind": hop.kind, "name": hop.name, "by": hop.by} for hop in path])


@lru_cache(maxsize=4096)
def _evidence_text(evidence: Evidence) -> str:
    """One statement as JSON; the same few policies decide about many keys."""
    return json_text(
        {
            "attached_to": evidence.attached_to,
            "policy_name": evidence.policy_name,
            "policy_arn": evidence.policy_arn,
            "statement_index": evidence.index,
            "statement_sid": evidence.sid,
            "effect": evidence.effect,
            "actions": list(evidence.actions),
            "resources": list(evidence.resources),
            "conditions": _conditions(evidence.conditions),
        }
    )


def evidence_text(evidence: Sequence[Evidence]) -> str | None:
    """All statements as JSON; null where there is none."""
    return f"[{','.join(map(_evidence_text, evidence))}]" if evidence else None


@lru_cache(maxsize=4096)
def _condition_text(conditions: str) -> str | None:
    return json_text(_conditions(conditions)) if conditions else None


def _conditions(text: str) -> Json:
    """The Condition of a statement, which the analysis hands over as JSON; None for none."""
    if not text:
        return None
    parsed: Json = json.loads(text)
    return parsed


def _context_text(witness: Witness) -> str | None:
    context: dict[str, Json] = {key: list(values) for key, values in witness.context.items()}
    return json_text(context) if context else None


_Finding = Column[FindingRecord]

FINDINGS_COLUMNS: tuple[Column[FindingRecord], ...] = (
    *RUN_COLUMNS,
    *WHOSE_COLUMNS,
    CAPABILITY := _Finding(
        "capability",
        _STRING,
        "`admin_access`, a capability's id, or, counted nowhere, `credentials_exposure` or `information`",
        lambda row: row.finding.capability,
    ),
    VERDICT := _Finding(
        "verdict",
        _STRING,
        "what this one path gives: the words of the capability's column in `keys`",
        lambda row: row.finding.verdict,
    ),
    DATA_CLASS := _Finding(
        "data_class",
        _STRING,
        "`direct`, `copied`, `granted` or `credentials`; null where it is no data",
        lambda row: row.finding.data_class or None,
    ),
    METHODS := _Finding(
        "methods",
        _LIST,
        "methods of the table that this cause opens, such as `E03`",
        lambda row: tuple(sorted(row.finding.methods)),
    ),
    PATH := _Finding(
        "path",
        _STRING,
        'the hops from the user to the end as JSON: `[{"by","kind","name"}…]`',
        lambda row: path_text(row.finding.path),
    ),
    _Finding(
        "attached_to",
        _STRING,
        "where the deciding policy is: `user`, `group NAME`, `role NAME`, …",
        lambda row: row.deciding.attached_to if row.deciding else None,
    ),
    _Finding(
        "policy_name",
        _STRING,
        "name of the deciding policy",
        lambda row: row.deciding.policy_name or None if row.deciding else None,
    ),
    _Finding(
        "policy_arn",
        _STRING,
        "its ARN; null for an inline or trust policy",
        lambda row: row.deciding.policy_arn if row.deciding else None,
    ),
    _Finding(
        "statement_index",
        _INT,
        "which of its statements, counted from 1",
        lambda row: row.deciding.index if row.deciding else None,
    ),
    _Finding(
        "statement_sid",
        _STRING,
        "that statement's Sid; null = none",
        lambda row: row.deciding.sid if row.deciding else None,
    ),
    _Finding(
        "actions",
        _LIST,
        "its Action (or NotAction) patterns",
        lambda row: tuple(sorted(row.deciding.actions)) if row.deciding else None,
    ),
    _Finding(
        "resources",
        _LIST,
        "its Resource (or NotResource) patterns",
        lambda row: tuple(sorted(row.deciding.resources)) if row.deciding else None,
    ),
    _Finding(
        "conditions",
        _STRING,
        "its Condition as JSON; null = none",
        lambda row: _condition_text(row.deciding.conditions) if row.deciding else None,
    ),
    EVIDENCE := _Finding(
        "evidence",
        _STRING,
        "every statement along the path as JSON, in its order",
        lambda row: evidence_text(row.finding.evidence),
    ),
    NARROWED_BY := _Finding(
        "narrowed_by",
        _STRING,
        "the layer that narrows it; null = none",
        lambda row: row.finding.narrowed_by.value if row.finding.narrowed_by else None,
    ),
    WITNESS_PRINCIPAL := _Finding(
        "witness_principal",
        _STRING,
        "who makes the witness request: the user, or the role at the path's end",
        lambda row: row.finding.witness.principal if row.finding.witness else None,
    ),
    WITNESS_ACTION := _Finding(
        "witness_action",
        _STRING,
        "one concrete action that the key could request; null = no witness",
        lambda row: row.finding.witness.action if row.finding.witness else None,
    ),
    WITNESS_RESOURCE := _Finding(
        "witness_resource",
        _STRING,
        "the concrete resource of that request",
        lambda row: row.finding.witness.resource if row.finding.witness else None,
    ),
    WITNESS_CONTEXT := _Finding(
        "witness_context",
        _STRING,
        "values of open condition keys that the request needs, as JSON; null = none",
        lambda row: _context_text(row.finding.witness) if row.finding.witness else None,
    ),
    NOTE := _Finding(
        "note",
        _STRING,
        "what else must be so, or is not known",
        lambda row: row.finding.note or None,
    ),
)
"""Of the dataset `findings`, in their order; a new one goes at the end."""
