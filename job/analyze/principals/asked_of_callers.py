"""What a statement asks of those who call: their tags, their session's name, its source identity."""

from __future__ import annotations

from dataclasses import dataclass

from job.analyze.language.document import Condition, Effect, Statement

OF_CALLERS = ("aws:principaltag/", "aws:userid", "aws:sourceidentity")
"""Keys, and a family, whose values callers may choose of themselves or of their sessions."""


@dataclass(frozen=True, slots=True)
class AskedOfCallers:
    """The conditions of a statement that asks for what callers choose."""

    denies: bool
    conditions: tuple[Condition, ...]
    variables: bool


def asked_of_callers(statement: Statement) -> AskedOfCallers | None:
    """What a statement asks of callers; None for nothing that they choose."""
    if not any(c.key.startswith(OF_CALLERS) for c in statement.conditions):
        return None
    return AskedOfCallers(statement.effect is not Effect.ALLOW, statement.conditions, statement.variables)
