"""Work that a question may cost, so that every question ends."""

from __future__ import annotations

from job.analyze.globs import UndecidedError


class Budget:
    """Steps that are left; one step is about one comparison or one transition of an automaton."""

    __slots__ = ("left",)

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take steps.

        Raises:
            UndecidedError: fewer were left.

        """
        self.left -= steps
        if self.left < 0:
            raise UndecidedError
