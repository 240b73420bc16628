"""The short spellings of a case's policies as whole policy documents, and the fixed facts of every world."""

from __future__ import annotations

from typing import Any, TypeAlias

Spec: TypeAlias = "dict[str, Any]"  # literal JSON of a case
Policy: TypeAlias = "Spec | list[Spec]"

HOME = "111122223333"
MANAGEMENT = "999988887777"
ORGANIZATION = "o-exampleorgid"
NOW = "2026-11-22T04:00:12Z"
CREATED = "2024-01-02T03:04:05Z"


def policy_document(policy: Policy) -> Policy:
    """Return a whole document for a statement or a list of statements; a document stays as it is."""
    if isinstance(policy, dict) and "Statement" not in policy:
        return {"Version": "2012-10-17", "Statement": [policy]}
    if isinstance(policy, list):
        return {"Version": "2012-10-17", "Statement": policy}
    return policy


def trust_document(trust: Policy | str) -> Policy:
    """Return a trust policy; text stands for one statement that lets this service or principal assume."""
    if not isinstance(trust, str):
        return policy_document(trust)
    kind = "Service" if trust.endswith(".amazonaws.com") else "AWS"
    return policy_document({"Effect": "Allow", "Principal": {kind: trust}, "Action": "sts:AssumeRole"})
