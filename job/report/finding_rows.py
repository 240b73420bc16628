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
        **_statement_cells(finding),
        "narrowed_by": finding.narrowed_by.value if finding.narrowed_by else None,
        **_witness_cells(finding),
        "note": finding.note or None,
    }


def _statement_cells(finding: Finding) -> dict[str, Value]:
    """The deciding statement, and all of them as JSON."""
    if not finding.evidence:
        return dict.fromkeys(_STATEMENT_CELLS)
    deciding = _deciding(finding)
    return {
        "attached_to": deciding.attached_to,
        "policy_name": deciding.policy_name or None,
        "policy_arn": deciding.policy_arn,
        "statement_index": deciding.index,
        "statement_sid": deciding.sid,
        "actions": tuple(sorted(deciding.actions)),
        "resources": tuple(sorted(deciding.resources)),
        "conditions": _condition_text(deciding.conditions),
        "evidence": "[" + ",".join(map(_evidence_text, finding.evidence)) + "]",
    }


def _deciding(finding: Finding) -> Evidence:
    """What the end of the path may do decides: the last role's statement, or the user's own without roles."""
    roles = [hop.name.rpartition("/")[2] for hop in finding.path if hop.kind == "role"]
    of_the_role = (each for each in finding.evidence if roles and each.attached_to == f"role {roles[-1]}")
    return next(of_the_role, finding.evidence[0])


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
