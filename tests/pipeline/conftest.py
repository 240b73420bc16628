"""What the job logs, as lines of JSON."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from job.logs import configure_logging


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging(level="info", log_format="json", stream=stream)
    yield stream
    configure_logging(level="info", log_format="", stream=io.StringIO())
