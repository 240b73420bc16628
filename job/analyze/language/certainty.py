"""The one scale on which the analysis answers: a condition, a request, a step, a whole path."""

from __future__ import annotations

from enum import IntEnum


class Certainty(IntEnum):
    """How surely something is so.

    Proved; if conditions hold that requests may meet; if what is not understood, or was not read, permits it;
    and proved not to be so.
    """

    CERTAIN = 0
    POSSIBLE = 1
    CONCEIVABLE = 2
    NEVER = 3

    def both(self, other: Certainty) -> Certainty:
        """Of two things that are needed together."""
        return max(self, other)

    def either(self, other: Certainty) -> Certainty:
        """Of two things of which one is enough."""
        return min(self, other)
