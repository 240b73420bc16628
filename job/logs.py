"""Log events, not prose: JSON lines for machines, a readable form on a terminal, and metrics for alarms.

No line holds a secret, and none the local variables of a traceback, whichever library wrote it. A known error
is its name and its words; a traceback is for defects alone.

Metrics are log lines in CloudWatch's embedded metric format, so the task needs no permission to publish them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime
from functools import partial
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from job.errors import ReportError
from job.redaction import Redaction, redact_defect

METRIC_NAMESPACE = "IamAccessKeyReport"
METRIC_DIMENSION = "Deployment"
METRIC_UNITS: Mapping[str, str] = {
    "AccountsRead": "Count",
    "AccountsFailed": "Count",
    "ActiveKeys": "Count",
    "AdminKeys": "Count",
    "AcceptedKeys": "Count",
    "Coverage": "Percent",
    "DurationSeconds": "Seconds",
}
_METRICS_LOGGER = "job.metrics"


def configure_logging(
    *, level: str, log_format: str, stream: TextIO, secrets: Collection[str] = (), metrics: bool = True
) -> None:
    """Send every log line, the libraries' too, to `stream` as `json` or `console` (empty: by terminal).

    Metrics are written as JSON whatever the level and the form, but for a terminal: alarms wait for them.
    Without `metrics` there are none, since no alarm waits.
    `secrets` are values that no line may hold. Libraries speak from warnings on, whatever the level: at DEBUG
    botocore would print requests with their headers.
    """
    chosen = log_format or ("console" if stream.isatty() else "json")
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    redaction = Redaction(secrets)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            _without_locals,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            partial(_redacted, redaction),
            *_rendering(chosen, terminal=stream.isatty()),
        ],
    )
    handler = _RedactingHandler(stream, redaction)
    handler.setFormatter(formatter)
    handler.addFilter(_is_news)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    logging.getLogger("job").setLevel(level.upper())
    logging.getLogger(_METRICS_LOGGER).setLevel(logging.INFO if metrics else logging.CRITICAL)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def hide(secrets: Collection[str]) -> None:
    """Leave these values out of every line from now on: credentials that were found on the way."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _RedactingHandler):
            handler.redaction.learn(secrets)


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
        plain = structlog.dev.ConsoleRenderer(
            colors=False, pad_event_to=24, exception_formatter=structlog.dev.plain_traceback
        )
        return [_without_metrics, plain] if terminal else [partial(_metrics_as_json, plain)]
    return [structlog.processors.JSONRenderer(serializer=_dumps)]


def _is_news(record: logging.LogRecord) -> bool:
    """All but that credentials could not be renewed when they had to be: that is raised, and told then."""
    return not (record.name.startswith("botocore.") and record.args == ("mandatory",))


def is_known(error: BaseException) -> bool:
    """Whether a person can act on an error without seeing where in the code it arose: ours, or the SDK's."""
    return isinstance(error, ReportError) or any(
        each.__module__.partition(".")[0] == "botocore" for each in type(error).__mro__
    )


def in_one_line(error: BaseException) -> str:
    """An error's name and words."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _without_locals(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The error of a line in words; a defect's traceback as Python prints it, which has no variables.

    What libraries log, they have caught: no defect of ours, and its words may repeat what a server was sent.
    """
    error, record = _error_of(event.pop("exc_info", None)), event["_record"]
    if error is None:
        return event
    if record.name.partition(".")[0] != "job":
        event.setdefault("error", type(error).__name__)
    elif is_known(error):
        event.setdefault("error", in_one_line(error))
    else:
        event["exception"] = redact_defect("".join(traceback.format_exception(error)).rstrip())
    return event


def _error_of(exc_info: object) -> BaseException | None:
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exception()
        case _:
            return None


class _RedactingHandler(logging.StreamHandler[TextIO]):
    """Writes lines, and knows what they may not hold."""

    def __init__(self, stream: TextIO, redaction: Redaction) -> None:
        super().__init__(stream)
        self.redaction = redaction


def _redacted(redaction: Redaction, _logger: object, _method: str, event: EventDict) -> EventDict:
    return {name: redaction.value(value) for name, value in event.items()}


def _metrics_as_json(
    others: structlog.dev.ConsoleRenderer, logger: object, method: str, event: EventDict
) -> str:
    return _dumps(event) if "_aws" in event else others(logger, method, event)


def _without_metrics(_logger: object, _method: str, event: EventDict) -> EventDict:
    if "_aws" in event:
        raise structlog.DropEvent
    return event


def _dumps(event: EventDict, **_options: object) -> str:
    try:
        return orjson.dumps(event, default=str).decode()
    except orjson.JSONEncodeError:
        # A path whose bytes are no UTF-8, say: each of them as a question mark, rather than no line at all.
        return json.dumps(event, default=str, ensure_ascii=False).encode(errors="replace").decode()
