"""How a run tells a person how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told of each stage and of each account that is done in it."""

    def begin(self, stage: str) -> None:
        """Start a stage, of which nothing is known yet."""

    def expect(self) -> None:
        """Count one more account that the stage will have to do."""

    def advance(self) -> None:
        """Count one more account that is done."""


class Silent:
    """Nobody is watching."""

    def begin(self, stage: str) -> None:
        """Say nothing."""

    def expect(self) -> None:
        """Say nothing."""

    def advance(self) -> None:
        """Say nothing."""
