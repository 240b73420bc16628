"""What statements say in a context, and what answers are made of: certainty, grants, reaches, decisions."""

from __future__ import annotations

from dataclasses import dataclass

from job.analyze.evaluation.subject import Attachment
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import Outcome
from job.analyze.language.context import Context
from job.analyze.language.document import Statement
from job.analyze.language.globs import Budget, GlobSet
from job.analyze.verdict import Evidence, Layer, Verdict

_MFA_KEYS = frozenset(("aws:multifactorauthpresent", "aws:multifactorauthage"))


def needs_mfa(statement: Statement) -> bool:
    """Whether a statement's conditions speak of MFA."""
    return any(c.key in _MFA_KEYS for c in statement.conditions)


@dataclass(frozen=True, slots=True, eq=False)
class Grant:
    """A statement in a context: how its conditions stand, which resources it surely or at most matches."""

    attachment: Attachment
    statement: Statement
    outcome: Outcome
    sure: GlobSet
    widest: GlobSet

    def allowed(self, certainty: Certainty) -> GlobSet | None:
        """The resources it allows at this certainty."""
        if self.outcome.certainty > certainty:
            return None
        return self.sure if certainty is Certainty.CERTAIN else self.widest

    def denied(self, certainty: Certainty) -> GlobSet | None:
        """The resources it denies, as an answer of this certainty must assume."""
        truth = self.outcome.certainty
        if certainty is Certainty.CERTAIN:
            return None if truth is Certainty.NEVER else self.widest
        if truth is Certainty.CERTAIN:
            return self.sure
        return self.widest if truth is Certainty.CONCEIVABLE and certainty is Certainty.POSSIBLE else None

    @property
    def needs_mfa(self) -> bool:
        """Whether its conditions speak of MFA."""
        return needs_mfa(self.statement)

    def evidence(self, action: str | None = None) -> Evidence:
        """The statement as a person reads it, about an action if one is given."""
        return self.attachment.evidence(self.statement, action)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What requests are judged in: their context, and the work that questions about them may take."""

    context: Context
    budget: Budget


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A layer that must allow as well, a boundary or one level's policies; conditions of `failed` do fail."""

    layer: Layer
    name: str
    grants: tuple[Grant, ...]
    failed: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """One concrete request's answer. `blocked_by` names the layer of a denial that something allowed."""

    certainty: Certainty
    allowed_by: tuple[Grant, ...] = ()
    denied_by: tuple[Grant, ...] = ()
    blocked_by: str | None = None
    open_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of a kind of resource an action reaches, with one resource as proof and what decided."""

    verdict: Verdict
    witness: str | None = None
    grants: tuple[Grant, ...] = ()
    open_keys: frozenset[str] = frozenset()

    @property
    def certainty(self) -> Certainty:
        """The verdict's certainty, whatever its extent."""
        return _CERTAINTIES[self.verdict]


_CERTAINTIES = {
    Verdict.ALL: Certainty.CERTAIN,
    Verdict.SOME: Certainty.CERTAIN,
    Verdict.CONDITIONAL: Certainty.POSSIBLE,
    Verdict.UNKNOWN: Certainty.CONCEIVABLE,
    Verdict.NONE: Certainty.NEVER,
}
NO_REACH = Reach(Verdict.NONE)
