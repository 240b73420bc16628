from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import botocore.session
import orjson
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, SSLError

from job.aws.identity import CONNECT_TIMEOUT
from job.aws.outages import OutageWatch, is_lasting
from job.logs import configure_logging

SOONEST = 60


@pytest.fixture
def log() -> io.StringIO:
    stream = io.StringIO()
    configure_logging(level="ERROR", log_format="json", stream=stream)
    return stream


@pytest.fixture
def swallowing() -> Iterator[str]:
    """An address whose packets are swallowed: the queue of those who wait to be let in is full."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        place = listening.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(place)
        time.sleep(0.05)
        yield f"http://127.0.0.1:{place[1]}"
        for each in waiting:
            each.close()


def client(url: str, attempts: int) -> BaseClient:
    made: BaseClient = botocore.session.Session().create_client(
        "sts",
        region_name="eu-central-1",
        endpoint_url=url,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="s",
        config=Config(connect_timeout=0.1, retries={"mode": "standard", "total_max_attempts": attempts}),
    )
    OutageWatch().apply_to(made)
    return made


def test_swallowed_packets_are_told_of_at_the_first_try_and_once(swallowing: str, log: io.StringIO) -> None:
    with pytest.raises(ConnectTimeoutError):
        client(swallowing, attempts=2).get_caller_identity()  # type: ignore[attr-defined]  # STS
    (line,) = log.getvalue().splitlines()
    event = orjson.loads(line)
    assert (event["event"], event["endpoint"], event["attempt"]) == ("aws.unreachable", "127.0.0.1", 1)
    assert event["error"].startswith("Connect timeout on endpoint URL")
    assert "VPC endpoint" in event["remedy"]


def test_that_is_within_a_minute() -> None:
    assert CONNECT_TIMEOUT < SOONEST


def test_an_endpoint_that_is_not_there_for_a_moment_is_nothing_to_speak_of(log: io.StringIO) -> None:
    with pytest.raises(EndpointConnectionError):
        client("http://127.0.0.1:1", attempts=2).get_caller_identity()  # type: ignore[attr-defined]  # STS
    assert log.getvalue() == ""


def test_an_endpoint_that_is_not_there_for_long_is_told_of(log: io.StringIO) -> None:
    with pytest.raises(EndpointConnectionError):
        client("http://127.0.0.1:1", attempts=3).get_caller_identity()  # type: ignore[attr-defined]  # STS
    assert orjson.loads(log.getvalue())["attempt"] == 3


def test_many_threads_have_one_word_for_it(swallowing: str, log: io.StringIO) -> None:
    shared = client(swallowing, attempts=1)

    def ask() -> None:
        with pytest.raises(ConnectTimeoutError):
            shared.get_caller_identity()  # type: ignore[attr-defined]  # STS

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (SSLError(endpoint_url="u", error=OSError("CERTIFICATE_VERIFY_FAILED")), True),
        (SSLError(endpoint_url="u", error=OSError("EOF occurred")), False),
        (ProxyConnectionError(proxy_url="u", error="Tunnel connection failed: 407 Required"), True),
        (ProxyConnectionError(proxy_url="u", error="Connection refused"), False),
        (ConnectTimeoutError(endpoint_url="u"), False),
    ],
)
def test_what_no_further_try_can_mend_ends_the_tries(error: Exception, lasting: bool) -> None:  # noqa: FBT001 - a table
    assert is_lasting(error) is lasting
