"""What the command line gives a run: the clock, the signal to stop, the terminal, the logs."""

from __future__ import annotations

import io
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

from job.cli.flags import given_flags, setting_overrides
from job.cli.terminal import progress
from job.logs import configure_logging
from job.pipeline.connections import Connections
from job.pipeline.stop import stop_on_sigterm
from job.pipeline.surroundings import Surroundings
from job.settings.load import load_settings, secret_values
from job.settings.settings import Settings


def utc_now() -> datetime:
    """Return the present moment; no other part of the program asks the machine's clock."""
    return datetime.now(UTC)


def settings_of(
    arguments: Namespace, *, destination_required: bool = False, also: Iterable[str] = ()
) -> Settings:
    """Load the settings under what the flags say, and log as they want it.

    `also` are problems of other flags, told with those of the settings.
    """
    settings = load_settings(
        setting_overrides(arguments),
        destination_required=destination_required,
        flags=given_flags(arguments),
        also=also,
        today=utc_now().date(),
    )
    log_as_set(settings)
    return settings


def log_as_set(settings: Settings, *, metrics: bool = True) -> None:
    """Log to stderr in the settings' form, without secrets; standard output is for answers."""
    configure_logging(
        level=settings.log_level,
        log_format=settings.log_format or "",
        stream=_PresentStderr(),
        secrets=secret_values(settings),
        metrics=metrics,
    )


class _PresentStderr(io.TextIOBase, TextIO):
    """Whatever stderr is at the moment: a progress bar puts a stream of its own in its place."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()


@contextmanager
def surroundings(connections: Connections) -> Iterator[Surroundings]:
    """Hand out the surroundings of one run over these connections."""
    with stop_on_sigterm() as stop, progress() as watching:
        yield Surroundings(connections=connections, now=utc_now, stop=stop, progress=watching)
