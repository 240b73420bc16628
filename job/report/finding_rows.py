"""The cells of one finding: a path of hops, the statements that make it, and a request that gets through."""

from __future__ import annotations

import json
from functools import lru_cache

from job.analyze.verdict import Evidence, Finding
from job.report.columns import Value
from job.report.values import json_text
from job.snapshot.model import Json

_STATEMENT_CELLS = (
    "attached_to",
    "policy_name",
    "policy_arn",
    "statement_index",
    "statement_sid",
    "actions",
    "resources",
    "conditions",
    "evidence",
)
_WITNESS_CELLS = ("witness_principal", "witness_action", "witness_resource", "witness_context")


def finding_cells(finding: Finding) -> dict[str, Value]:
    """Everything about the finding; whose key it is stands in other cells."""
    return {
        "capability": finding.capability,
        "verdict": finding.verdict,
        "data_class": finding.data_class or None,
        "methods": tuple(sorted(finding.methods)),
        "path": json_text([{"kind": hop.kind, "name": hop.name, "by": hop.by} for hop in finding.path]),
        **_statement_cells(finding.evidence),
        "narrowed_by": finding.narrowed_by.value if finding.narrowed_by else None,
        **_witness_cells(finding),
        "note": finding.note or None,
    }


def _statement_cells(evidence: tuple[Evidence, ...]) -> dict[str, Value]:
    """The deciding statement, which is the first, and all of them as JSON."""
    if not evidence:
        return dict.fromkeys(_STATEMENT_CELLS)
    first = evidence[0]
    return {
        "attached_to": first.attached_to,
        "policy_name": first.policy_name or None,
        "policy_arn": first.policy_arn,
        "statement_index": first.index,
        "statement_sid": first.sid,
        "actions": tuple(sorted(first.actions)),
        "resources": tuple(sorted(first.resources)),
        "conditions": _condition_text(first.conditions),
        "evidence": "[" + ",".join(map(_evidence_text, evidence)) + "]",
    }


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


@lru_cache(maxsize=4096)
def _condition_text(conditions: str) -> str | None:
    return json_text(_conditions(conditions)) if conditions else None


def _conditions(text: str) -> Json:
    """The Condition of a statement, which the analysis hands over as JSON; None for none."""
    if not text:
        return None
    parsed: Json = json.loads(text)
    return parsed


def _witness_cells(finding: Finding) -> dict[str, Value]:
    witness = finding.witness
    if witness is None:
        return dict.fromkeys(_WITNESS_CELLS)
    context: dict[str, Json] = {key: list(values) for key, values in witness.context.items()}
    return {
        "witness_principal": witness.principal,
        "witness_action": witness.action,
        "witness_resource": witness.resource,
        "witness_context": json_text(context) if context else None,
    }
