"""Log events, not prose: JSON lines for machines, a readable form on a terminal, and metrics for alarms.

Metrics are log lines in CloudWatch's embedded metric format, so the task needs no permission to publish them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime
from functools import partial
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

METRIC_NAMESPACE = "IamAccessKeyReport"
METRIC_DIMENSION = "Deployment"
METRIC_UNITS: Mapping[str, str] = {
    "AccountsRead": "Count",
    "AccountsFailed": "Count",
    "ActiveKeys": "Count",
    "AdminKeys": "Count",
    "Coverage": "Percent",
    "DurationSeconds": "Seconds",
}
_METRICS_LOGGER = "job.metrics"


def configure_logging(*, level: str, log_format: str, stream: TextIO) -> None:
    """Send every log line, the libraries' too, to `stream` as `json` or `console` (empty: by terminal).

    Metrics are written as JSON whatever the level and the form, but for a terminal: alarms wait for them.
    """
    chosen = log_format or ("console" if stream.isatty() else "json")
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *_rendering(chosen, terminal=stream.isatty()),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("job").setLevel(level.upper())
    logging.getLogger(_METRICS_LOGGER).setLevel(logging.INFO)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_logger() -> structlog.stdlib.BoundLogger:
    """Return the program's logger; events are named `noun.verb_past`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("job")
    return logger


@contextmanager
def run_context(run_id: str) -> Iterator[None]:
    """Every line inside carries `run_id`."""
    with structlog.contextvars.bound_contextvars(run_id=run_id):
        yield


def start_thread(work: Callable[[], None]) -> None:
    """Start a thread whose lines carry what the caller's do, and which does not keep the process."""
    threading.Thread(target=copy_context().run, args=(work,), daemon=True).start()


def log_metrics(values: Mapping[str, float], *, at: datetime, deployment: str | None = None) -> None:
    """Write one embedded-metric line; `values` are of `METRIC_UNITS`; `deployment` is their dimension."""
    metrics = [{"Name": name, "Unit": METRIC_UNITS[name]} for name in values]
    dimension = {} if deployment is None else {METRIC_DIMENSION: deployment}
    directive = {"Namespace": METRIC_NAMESPACE, "Dimensions": [[*dimension]], "Metrics": metrics}
    envelope = {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(_METRICS_LOGGER)
    logger.info("run.measured", _aws=envelope, **dimension, **values)


def _rendering(log_format: str, *, terminal: bool) -> list[Processor]:
    if log_format == "console":
        plain = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=24)
        return [_without_metrics, plain] if terminal else [partial(_metrics_as_json, plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_dumps)]


def _metrics_as_json(
    others: structlog.dev.ConsoleRenderer, logger: object, method: str, event: EventDict
) -> str:
    return _dumps(event) if "_aws" in event else others(logger, method, event)


def _without_metrics(_logger: object, _method: str, event: EventDict) -> EventDict:
    if "_aws" in event:
        raise structlog.DropEvent
    return event


def _dumps(event: EventDict, **_options: object) -> str:
    return orjson.dumps(event, default=str).decode()
