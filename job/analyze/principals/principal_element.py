"""How the principal element of a trust policy speaks of a caller.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from job.analyze.evaluation.subject import MADE_ANEW, Subject
from job.analyze.language.document import Effect, Principals
from job.analyze.principals.trusted_principals import account_of


class Naming(IntEnum):
    """How a principal element speaks of a caller: not, through its account, itself, as a session."""

    NOT = 0
    ACCOUNT = 1
    ITSELF = 2
    SESSION = 3


def named(principals: Principals | None, subject: Subject, effect: Effect) -> tuple[Naming, bool]:
    """How the element names the subject, and whether for sure.

    A session of a role may carry the name that a trust policy asks for: whoever assumes the role chooses it,
    and may choose another than a Deny names. A Deny with NotPrincipal must name the principal and its account
    to leave it alone, and always denies whoever has a boundary
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html).
    """
    if principals is None:
        return Naming.NOT, True
    listed = principals.names.get("aws", ())
    if not principals.negated:
        naming = max((_naming(name, subject) for name in listed), default=Naming.NOT)
        return naming, naming is not Naming.SESSION or effect is not Effect.DENY
    exempt = {_naming(name, subject) for name in listed}
    spared = not exempt.isdisjoint((Naming.ITSELF, Naming.SESSION))
    if effect is Effect.DENY:
        if subject.boundary is not None:
            return Naming.ITSELF, True
        return (Naming.NOT, True) if spared and Naming.ACCOUNT in exempt else (Naming.ITSELF, not spared)
    return (Naming.NOT, True) if spared or Naming.ACCOUNT in exempt else (Naming.ITSELF, True)


def _naming(name: str, subject: Subject) -> Naming:
    if name == "*" or is_named(name, subject):
        return Naming.ITSELF
    if subject.kind == "role" and name.startswith(session_prefix(subject) + "/"):
        return Naming.SESSION
    return Naming.ACCOUNT if account_of(name) == subject.account_id else Naming.NOT


def is_named(name: str, subject: Subject) -> bool:
    """Whether a name is a principal's ARN, that of a session which it opened, or its unique id.

    Whoever was made anew under an ARN is not who a policy means by it, which AWS keeps by the unique id.
    """
    if name == subject.arn:
        return subject.unique_id != MADE_ANEW
    return name in called(subject) or (bool(subject.unique_id) and name == subject.unique_id)


def session_prefix(subject: Subject) -> str:
    """What the ARN of every session of a role begins with."""
    return f"arn:{subject.partition}:sts::{subject.account_id}:assumed-role/{subject.name}"


def called(subject: Subject) -> Iterable[str]:
    """The ARN that a session by a federation token bears: another than the user's own.

    A user that was renamed is still whom policies name by the ARN that it had.
    """
    return (arn for arn in subject.context.known.get("aws:principalarn", ()) if ":federated-user/" in arn)
