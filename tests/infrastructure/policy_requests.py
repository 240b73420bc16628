"""Answers one request by one rendered policy document, with the job's own reading of the policy language.

Whatever a request does not say is absent: a condition on it then holds or fails as AWS's rules for missing
keys have it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import evaluate
from job.analyze.language.context import Context
from job.analyze.language.document import Effect, Principals, Statement, parse_policy


def answer(
    document: str | Mapping[str, Any],
    action: str,
    resource: str,
    context: Mapping[str, str],
    principal: str = "",
) -> str:
    """`allowed`, `denied` (by a statement) or `not allowed`, for a request by `principal`."""
    parsed = parse_policy(json.loads(document) if isinstance(document, str) else dict(document))
    assert parsed.unclear == ()
    known = Context(
        {key.lower(): (value,) for key, value in context.items()},
        closed_prefixes=("aws:", "kms:", "s3:", "sts:", "iam:", "ecs:"),
    )
    effects = {s.effect for s in parsed.statements if applies(s, action, resource, known, principal)}
    if Effect.DENY in effects:
        return "denied"
    return "allowed" if Effect.ALLOW in effects else "not allowed"


def applies(statement: Statement, action: str, resource: str, context: Context, principal: str) -> bool:
    """Whether a statement is about this request, and its conditions hold."""
    return (
        action.lower() in statement.actions
        and resource in statement.resources
        and (statement.principals is None or names(statement.principals, principal))
        and evaluate(statement.conditions, context, variables=statement.variables).certainty
        is Certainty.CERTAIN
    )


def names(principals: Principals, principal: str) -> bool:
    """Whether a statement names this service, or this role itself, its account, or everyone."""
    named = [name for listed in principals.names.values() for name in listed]
    account = principal.split(":")[4] if principal.startswith("arn:") else ""
    return bool({"*", principal, f"arn:aws:iam::{account}:root"} & set(named)) != principals.negated
