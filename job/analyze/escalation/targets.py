"""Whom a change is about, and what a change is: what the rules of changes are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from job.analyze.escalation.graph import Node
from job.analyze.escalation.held import Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.principals.members import Member


@dataclass(frozen=True, slots=True)
class Change:
    """Something a principal can do to somebody: its name, what the subject is afterwards, and why it can.

    Changes of one `slot` exclude each other, and one that is not made may serve better than any; a `last`
    one, which leaves as much as any, may follow the others of its slot.
    """

    name: str
    apply: Callable[[Subject], Subject]
    held: Held
    way: Way
    slot: str = ""
    last: bool = False

    @property
    def certainty(self) -> Certainty:
        """How certainly it can be made: what must exist unseen leaves it open."""
        return self.held.certainty.both(Certainty.POSSIBLE) if self.way.unseen else self.held.certainty


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a change is about: the user or role, and what it is by now."""

    member: Member
    subject: Subject
    changes: frozenset[str]


ChangeRule = Callable[[Step, Way, Target], Iterable[Change]]


def target_of(node: Node) -> Target | None:
    """A node as the target of changes; None where it is no user or role."""
    if node.member is None or node.subject is None:
        return None
    return Target(node.member, node.subject, node.changes)
