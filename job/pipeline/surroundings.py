"""What a run is given from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from job.pipeline.connections import Connections
from job.pipeline.progress import Progress
from job.pipeline.stop import Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Its places and clients, its clock, the request to stop, and somebody who may be watching."""

    connections: Connections
    now: Callable[[], datetime]
    stop: Stop
    progress: Progress
