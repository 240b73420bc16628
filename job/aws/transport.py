"""Sends the requests of shared clients with the standard library's HTTP: a third of a call's CPU time less.

botocore looks up a proxy, a manager and a pool anew for every one of a run's eight requests an account.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import get_cert_path
from botocore.session import Session

from job.errors import SettingsError

# Connections by scheme and place, each with the moment of its last answer (`time.monotonic`).
_Idle: TypeAlias = "dict[tuple[str, str], deque[tuple[float, HTTPConnection]]]"

# Seconds. Servers keep a connection longer than this after an answer, and to look whether it has ended is a
# system call for each request; should it have ended all the same, the request is one that botocore retries.
_SURELY_OPEN = 1.0


class Transport:
    """Sends what clients would send, from any thread, over connections that it keeps."""

    def __init__(self, *, ca_bundle: str, connect_timeout: float, read_timeout: float) -> None:
        """Give seconds to connect and without a byte, and the file that says who vouches for AWS."""
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._tls = ssl.create_default_context(cafile=ca_bundle)
        self._idle: _Idle = {}
        # Not at the end of the process, when threads may still be asking.
        weakref.finalize(self, _close_all, self._idle).atexit = False

    @classmethod
    def of(cls, session: Session, *, connect_timeout: float, read_timeout: float) -> Transport:
        """Trusts whom the session's clients would: the bundle that its configuration names, or botocore's.

        Raises:
            SettingsError: the bundle cannot be used.

        """
        named = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
        bundle = str(named or get_cert_path(verify=True))
        try:
            return cls(ca_bundle=bundle, connect_timeout=connect_timeout, read_timeout=read_timeout)
        except OSError as error:
            problem = f"AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE or ca_bundle of the AWS profile: {bundle}"
            raise SettingsError((f"{problem}: {error.strerror or error}",)) from error

    def apply_to(self, client: BaseClient) -> None:
        """Send this client's requests from now on; retries stay the client's."""
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"before-send.{service}", self.send)  # type: ignore[arg-type]  # an answer is taken

    def send(self, request: AWSPreparedRequest, **_event: object) -> AWSResponse:
        """The answer to a request; raises the error that botocore has for what went wrong."""
        place = urlsplit(request.url)
        idle = self._idle.setdefault((place.scheme, place.netloc), deque())
        connection = _kept(idle) or self._connected(place)
        target = f"{place.path or '/'}?{place.query}" if place.query else place.path or "/"
        try:
            connection.request(request.method, target, request.body, request.headers)  # type: ignore[arg-type]  # a mapping
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            connection.close()
            raise _as_botocore(error, request) from error
        idle.append((time.monotonic(), connection))
        return AWSResponse(request.url, answer.status, dict(answer.headers.raw_items()), _Received(body))  # type: ignore[arg-type]  # any mapping

    def _connected(self, place: SplitResult) -> HTTPConnection:
        timeout = self._connect_timeout
        connection = (
            _Encrypted(place.netloc, timeout=timeout, context=self._tls)
            if place.scheme == "https"
            else _AtOnce(place.netloc, timeout=timeout)
        )
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise _not_connected(error, place.geturl()) from error
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.sock.settimeout(self._read_timeout)
        return connection


class _AtOnce(HTTPConnection):
    """Sends a request's head and body together: at every system call a thread gives way to all others."""

    _parts: list[bytes] | None = None

    def request(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - as the base class takes it
        """Put a request together and send it."""
        parts = self._parts = []
        try:
            super().request(*given, **more)
        finally:
            self._parts = None
        self.send(b"".join(parts))

    def send(self, data: Any) -> None:  # noqa: ANN401 - as above
        """Send bytes, or keep them while a request is put together."""
        if self._parts is None:
            super().send(data)
        else:
            self._parts.append(data)


class _Encrypted(_AtOnce, HTTPSConnection):
    """The same over TLS."""


@dataclass(frozen=True, slots=True)
class _Received:
    """The body of an answer, as botocore asks for it."""

    body: bytes

    def stream(self) -> Iterator[bytes]:
        yield self.body


def _kept(idle: deque[tuple[float, HTTPConnection]]) -> HTTPConnection | None:
    """The connection that was used last, of those that are still open."""
    with suppress(IndexError):
        while True:
            answered, connection = idle.pop()
            is_new = time.monotonic() - answered < _SURELY_OPEN
            if connection.sock is not None and (is_new or not _has_ended(connection.sock)):
                return connection
            connection.close()
    return None


def _has_ended(sock: socket.socket) -> bool:
    """Whether something came unasked on a kept connection: its end, or what cannot be an answer."""
    waiting = select.poll()
    waiting.register(sock, select.POLLIN)
    return bool(waiting.poll(0))


def _close_all(kept: _Idle) -> None:
    for idle in kept.values():
        for _, connection in idle:
            connection.close()


def _not_connected(error: OSError, url: str) -> BotoCoreError:
    match error:
        case ssl.SSLError():
            return SSLError(endpoint_url=url, error=error)
        case TimeoutError():
            return ConnectTimeoutError(endpoint_url=url, error=error)
        case _:
            return EndpointConnectionError(endpoint_url=url, error=error)


def _as_botocore(error: Exception, request: AWSPreparedRequest) -> BotoCoreError:
    if isinstance(error, TimeoutError):
        return ReadTimeoutError(endpoint_url=request.url, error=error)
    return ConnectionClosedError(endpoint_url=request.url, error=error, request=request)
