"""How a run tells a person how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told of each stage and of each account that is done in it."""

    def begin(self, stage: str, total: int | None) -> None:
        """Start a stage; `total` is None when nobody knows yet."""

    def advance(self) -> None:
        """Count one more account of the present stage."""


class Silent:
    """Nobody is watching."""

    def begin(self, stage: str, total: int | None) -> None:
        """Say nothing."""

    def advance(self) -> None:
        """Say nothing."""
