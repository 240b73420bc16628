"""How the principal element of a trust policy speaks of a caller.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from enum import IntEnum

from job.analyze.evaluation.subject import Subject
from job.analyze.language.document import Effect, Principals
from job.analyze.principals.trusted_principals import account_of


class Naming(IntEnum):
    """How a principal element speaks of a caller: not at all, through its account, or of itself."""

    NOT = 0
    ACCOUNT = 1
    ITSELF = 2


def named(principals: Principals | None, subject: Subject, effect: Effect) -> tuple[Naming, bool]:
    """How the element names the subject, and whether for sure.

    A session of a role may carry the name that a trust policy asks for: whoever assumes the role chooses it.
    """
    if principals is None:
        return Naming.NOT, True
    listed = principals.names.get("aws", ())
    if not principals.negated:
        return max((_naming(name, subject) for name in listed), default=Naming.NOT), True
    exempt = {_naming(name, subject) for name in listed}
    if effect is Effect.DENY:
        # A Deny with NotPrincipal must name the principal and its account to leave it alone.
        spared = Naming.ITSELF in exempt
        return (Naming.NOT, True) if spared and Naming.ACCOUNT in exempt else (Naming.ITSELF, not spared)
    return (Naming.NOT, True) if exempt & {Naming.ITSELF, Naming.ACCOUNT} else (Naming.ITSELF, True)


def _naming(name: str, subject: Subject) -> Naming:
    session = subject.kind == "role" and name.startswith(session_prefix(subject) + "/")
    if session or name in ("*", subject.arn, subject.unique_id):
        return Naming.ITSELF
    return Naming.ACCOUNT if account_of(name) == subject.account_id else Naming.NOT


def session_prefix(subject: Subject) -> str:
    """What the ARN of every session of a role begins with."""
    return f"arn:{subject.partition}:sts::{subject.account_id}:assumed-role/{subject.name}"
