"""Turns whatever ends a program into one clear line and an exit code; nobody sees a traceback unasked."""

from __future__ import annotations

import atexit
import errno
import gc
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import structlog

from job.cli.exits import ExitCode
from job.errors import IdentityError, PublishError, ReportError, SettingsError
from job.logs import get_logger, in_one_line, is_known
from job.redaction import Redaction, redact_defect
from job.settings.load import secret_values

# Python searches for cycles after 700 new objects. An organization is millions that stay, and hardly any
# are in cycles: a search is worth it when this many more are alive, and all is searched hardly ever.
_ALIVE_BEFORE_SEARCHING = (200_000, 50, 100)
# Seconds. Python makes a thread give way after 0.005, and every thread that waits wakes up as often to ask
# for it. Those of a run give way whenever they ask AWS: to be made to costs a fifteenth of a collection.
_UNINTERRUPTED = 0.1
# Of standard output: files are written by `job.storage`, which names them.
_REFUSED_WRITES = frozenset({errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC})
# A setting in a sentence: not one at the head of a problem, where the flag follows if one was used.
_SETTING = re.compile(r"\b(?:REPORT|AWS)_[A-Z_]+\b(?!:| \(-)")


def run_to_exit_code(work: Callable[[], int], flags: Mapping[str, str] | None = None) -> int:
    """Run `work`, a whole program; errors become a line on stderr and their exit code, never 0.

    Errors name settings; `flags` are those that a person at this program's terminal would type instead.
    """
    tell = partial(_tell, flags or {})
    _open_closed_streams()
    gc.set_threshold(*_ALIVE_BEFORE_SEARCHING)
    sys.setswitchinterval(_UNINTERRUPTED)
    # The interpreter searches twice more as it ends, through all that is still alive: nothing of use.
    atexit.register(gc.freeze)
    threading.excepthook = _thread_failed
    try:
        return _written(work)
    except SettingsError as error:
        for problem in error.problems:
            tell(problem)
        return error.exit_code
    except ReportError as error:
        tell(_with_remedy(error))
        return error.exit_code
    except KeyboardInterrupt:
        tell("interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away, as `head` does: nothing is left to say, not even at exit.
        _give_up_output()
        return ExitCode.NOTHING_PUBLISHED
    except Exception as error:
        if is_known(error):
            tell(_known(error))
        else:
            tell(f"unexpected {redact_defect(in_one_line(error))}")
            logging.getLogger("job").debug("traceback", exc_info=error)
        return ExitCode.NOTHING_PUBLISHED


def _open_closed_streams() -> None:
    """A program that was started without standard output or error writes what is for them nowhere.

    Whatever it opens next would have their numbers, and get what libraries write there.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as it runs


def _written(work: Callable[[], int]) -> int:
    """Run `work` until its answers are written; raises PublishError where standard output takes them not."""
    try:
        code = work()
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in _REFUSED_WRITES or error.filename is not None:
            raise
        _give_up_output()
        raise PublishError(f"standard output cannot be written: {error.strerror}") from error
    return code


def _give_up_output() -> None:
    """Let what is left of standard output go nowhere, at exit too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _with_remedy(error: ReportError) -> str:
    """The error's words, and what helps against the error of AWS that it came from, unless they say so."""
    words, cause = " ".join(str(error).split()), error.__cause__
    while isinstance(cause, ReportError):
        cause = cause.__cause__
    if isinstance(error, IdentityError) or not isinstance(cause, Exception) or not is_known(cause):
        return words
    from job.aws.error_messages import remedy_of  # noqa: PLC0415 - the SDK is loaded only where it has failed

    remedy = remedy_of(cause)
    return f"{words}; {remedy}" if remedy and remedy not in words else words


def _known(error: Exception) -> str:
    from job.aws.error_messages import told  # noqa: PLC0415 - as above

    return told(error)


def _tell(flags: Mapping[str, str], problem: str) -> None:
    problem = _SETTING.sub(
        lambda name: f"{flags[name[0]]} ({name[0]})" if name[0] in flags else name[0], problem
    )
    if structlog.is_configured():
        get_logger().error("command.failed", error=problem)
    else:
        sys.stderr.write(f"error: {Redaction(secret_values()).text(problem)}\n")


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    """Python would print the traceback of a thread's error with all its words."""
    error = failed.exc_value or failed.exc_type()
    get_logger().error("thread.failed", error=redact_defect(in_one_line(error)))
    get_logger().debug("traceback", exc_info=error)
