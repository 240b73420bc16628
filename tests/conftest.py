"""What holds for every test: the developer's own AWS and report settings never reach it."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
import threading
from collections.abc import Iterable, Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

# Examples are judged by their outcome: a busy machine may take its time over one.
settings.register_profile(
    "short", max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# `make test-all` asks for this one: --hypothesis-profile long.
settings.register_profile("long", settings.get_profile("short"), max_examples=100)
settings.load_profile("short")


@pytest.fixture(autouse=True)
def own_settings_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "REPORT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers = root.handlers[:]
    levels = {logger: logger.level for logger in map(logging.getLogger, (None, "job", "job.metrics"))}
    threads_hook, threads = threading.excepthook, set(threading.enumerate())
    yield
    _join(set(threading.enumerate()) - threads)
    threading.excepthook = threads_hook
    root.handlers[:] = handlers
    for logger, level in levels.items():
        logger.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def _join(threads: Iterable[threading.Thread]) -> None:
    """Wait for what a test started, so that no later one hears of it; a server's go with it."""
    for thread in threads:
        if "process_request_thread" not in thread.name:
            thread.join(10)


@pytest.fixture
def this_process_as_before() -> Iterator[None]:
    """For tests that call the command's entry point, which tunes the interpreter it runs in."""
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    yield
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)
    atexit.unregister(gc.freeze)
