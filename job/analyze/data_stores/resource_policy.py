"""What a store's policy says to one principal about one action: as itself, through its account, or denied.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from job.analyze.data_stores.named_store import Placed
from job.analyze.evaluation.compiled import CompiledPolicies
from job.analyze.evaluation.statement import Grant
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import Outcome
from job.analyze.language.context import Context
from job.analyze.language.document import Effect, Principals, Statement
from job.analyze.principals.principal_element import Naming, is_named, named, session_prefix
from job.analyze.principals.trusted_principals import account_of


class Named(IntEnum):
    """How a statement names a caller: not, through its account, as a session of its role, or itself."""

    NOT = 0
    ACCOUNT = 1
    SESSION = 2
    ITSELF = 3


@dataclass(frozen=True, slots=True)
class ResourceSide:
    """The statements of a store's side for one caller and action, their conditions met, open or failed."""

    itself: tuple[Grant, ...]
    session: tuple[Grant, ...]
    account: tuple[Grant, ...]
    denies: tuple[Grant, ...]


def may_name(placed: Iterable[Placed], subject: Subject) -> bool:
    """Whether a statement may give something to the subject itself, whatever its own policies say."""
    return any(
        naming_of(statement, subject)[0] > Named.ACCOUNT
        for _, statement in placed
        if statement.effect is not Effect.DENY
    )


def side_of(
    placed: Iterable[Placed], subject: Subject, context: Context, policies: CompiledPolicies
) -> ResourceSide:
    """What the statements say to the subject in a context."""
    by_naming: dict[Named, list[Grant]] = {each: [] for each in Named}
    denies = list[Grant]()
    for attachment, statement in placed:
        naming, sure = naming_of(statement, subject)
        if naming is Named.NOT:
            continue
        grant = policies.grant(attachment, statement, context)
        if not sure:
            grant = _doubted(grant)
        if statement.effect is not Effect.DENY:
            by_naming[naming].append(grant)
        if statement.effect is not Effect.ALLOW and grant.outcome.certainty is not Certainty.NEVER:
            denies.append(grant)
    return ResourceSide(
        itself=tuple(by_naming[Named.ITSELF]),
        session=tuple(by_naming[Named.SESSION]),
        account=tuple(by_naming[Named.ACCOUNT]),
        denies=tuple(denies),
    )


def naming_of(statement: Statement, subject: Subject) -> tuple[Named, bool]:
    """How the statement names the subject, and whether for sure."""
    if statement.unclear:
        return Named.ITSELF, False
    listed = statement.principals
    if listed is None:
        return Named.NOT, True
    if listed.negated:
        return _not_exempt(listed, subject, statement.effect)
    best = max((_naming(name, subject) for name in listed.names.get("aws", ())), default=Named.NOT)
    if best is Named.SESSION and statement.effect is Effect.DENY:
        # Whoever assumes the role may choose another name for the session.
        return Named.ITSELF, False
    if best is Named.NOT and "canonicaluser" in listed.names:
        # An account in a spelling that a snapshot does not hold.
        return Named.ACCOUNT, False
    return best, True


def _not_exempt(listed: Principals, subject: Subject, effect: Effect) -> tuple[Named, bool]:
    """NotPrincipal, as in trust policies."""
    naming, sure = named(listed, subject, effect)
    return (Named.NOT if naming is Naming.NOT else Named.ITSELF), sure


def _naming(name: str, subject: Subject) -> Named:
    if name == "*" or is_named(name, subject):
        return Named.ITSELF
    if subject.kind == "role" and name.startswith(session_prefix(subject) + "/"):
        return Named.SESSION
    return Named.ACCOUNT if account_of(name) == subject.account_id else Named.NOT


def _doubted(grant: Grant) -> Grant:
    truth = grant.outcome.certainty.both(Certainty.CONCEIVABLE)
    outcome = Outcome(truth, grant.outcome.open_keys)
    return Grant(grant.attachment, grant.statement, outcome, grant.sure, grant.widest)
