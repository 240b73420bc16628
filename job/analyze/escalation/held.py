"""How certainly something holds, and why: what rules find out and pass on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from job.analyze.escalation.graph import Node
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Overlay
from job.analyze.verdict import Evidence


@dataclass(frozen=True, slots=True)
class Held:
    """How certainly something holds, the statements that make it so, and a request that shows it.

    `helpers` set tags for it; the request is the first one's, where it is about a tag that it sets.
    """

    certainty: Certainty
    evidence: tuple[Evidence, ...] = ()
    witness: tuple[str, str, Overlay] | None = None
    open_keys: frozenset[str] = frozenset()
    helpers: tuple[Node, ...] = ()
    shown_by: Node | None = None

    def and_(self, other: Held) -> Held:
        """Both together; the first one's request is shown."""
        if other is GIVEN:
            return self
        if self is GIVEN:
            return other
        more = [e for e in other.evidence if e not in self.evidence]
        helpers = (*self.helpers, *other.helpers)
        return Held(
            self.certainty.both(other.certainty),
            (*self.evidence, *more) if more else self.evidence,
            self.witness or other.witness,
            self.open_keys | other.open_keys,
            tuple(dict.fromkeys(helpers)) if helpers else (),
            self.shown_by if self.witness else other.shown_by,
        )

    def at_best(self, certainty: Certainty) -> Held:
        """The same, no more certain than that."""
        if certainty <= self.certainty:
            return self
        return replace(self, certainty=self.certainty.both(certainty))


NOT_HELD = Held(Certainty.NEVER)
GIVEN = Held(Certainty.CERTAIN)
