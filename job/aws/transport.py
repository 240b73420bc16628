"""Sends the requests of shared clients with libcurl, for a fifth of the CPU time that botocore's way takes.

A run makes some eight requests for each account, and its threads take turns with the interpreter at every
system call of each. libcurl connects, encrypts, sends and waits in one step outside of it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pycurl
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

_UNREACHABLE = frozenset((pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_CONNECT))
_TLS = frozenset(
    (
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_SSL_CERTPROBLEM,
        pycurl.E_SSL_CIPHER,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CACERT_BADFILE,
    )
)
_BUFFER_BYTES = 512 * 1024
_FEWEST_BYTES_A_SECOND = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """How connections are made: seconds to connect and without a byte, and who vouches for AWS."""

    connect_timeout: int
    read_timeout: int
    ca_bundle: str


class CurlTransport:
    """Sends what clients would send, from any thread; each has a connection of its own to each endpoint."""

    def __init__(self, connecting: Connecting) -> None:
        self._connecting = connecting
        self._thread = threading.local()

    def apply_to(self, client: BaseClient) -> None:
        """Send this client's requests from now on; retries stay the client's."""
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"before-send.{service}", self.send)  # type: ignore[arg-type]  # an answer is taken

    def send(self, request: AWSPreparedRequest, **_event: object) -> AWSResponse:
        """The answer to a request; raises the error that botocore has for what went wrong."""
        curl, received = self._handle(), _Received()
        body = request.body or b""
        curl.setopt(pycurl.URL, request.url)
        curl.setopt(pycurl.POSTFIELDS, body)
        curl.setopt(pycurl.HTTPHEADER, [*_lines(request), "Accept:", "Expect:"])
        curl.setopt(pycurl.HEADERFUNCTION, received.header)
        curl.setopt(pycurl.WRITEFUNCTION, received.body.append)
        try:
            curl.perform()
        except pycurl.error as error:
            raise _as_botocore(error, curl, request) from error
        status = curl.getinfo(pycurl.RESPONSE_CODE)
        return AWSResponse(request.url, status, received.headers, received)  # type: ignore[arg-type]  # any mapping

    def _handle(self) -> pycurl.Curl:
        """The calling thread's handle, which keeps its connections."""
        handle: pycurl.Curl | None = getattr(self._thread, "handle", None)
        if handle is None:
            handle = self._thread.handle = pycurl.Curl()
            options = {
                pycurl.NOSIGNAL: 1,
                pycurl.POST: 1,
                pycurl.PROXY: "",
                pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
                pycurl.TCP_KEEPALIVE: 1,
                pycurl.BUFFERSIZE: _BUFFER_BYTES,
                pycurl.CONNECTTIMEOUT: self._connecting.connect_timeout,
                pycurl.LOW_SPEED_LIMIT: _FEWEST_BYTES_A_SECOND,
                pycurl.LOW_SPEED_TIME: self._connecting.read_timeout,
                pycurl.CAINFO: self._connecting.ca_bundle,
            }
            for option, value in options.items():
                handle.setopt(option, value)
        return handle


@dataclass(frozen=True, slots=True)
class _Received:
    """An answer as it comes in."""

    headers: dict[str, str] = field(default_factory=dict)
    body: list[bytes] = field(default_factory=list)

    def header(self, line: bytes) -> None:
        """Take a line of the head; a status line begins it again."""
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            self.headers[name] = value.strip()
        elif name.startswith("HTTP/"):
            self.headers.clear()

    def stream(self) -> Iterator[bytes]:
        """The body, as botocore asks for it."""
        return iter(self.body)


def _lines(request: AWSPreparedRequest) -> Iterator[str]:
    return (f"{name}: {_text(value)}" for name, value in request.headers.items())


def _text(value: object) -> str:
    """A header's value: botocore has made bytes of most."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _as_botocore(error: pycurl.error, curl: pycurl.Curl, request: AWSPreparedRequest) -> BotoCoreError:
    code, url = error.args[0], request.url
    if code in _UNREACHABLE:
        return EndpointConnectionError(endpoint_url=url, error=error)
    if code in _TLS:
        return SSLError(endpoint_url=url, error=error)
    if code == pycurl.E_OPERATION_TIMEDOUT:
        connected = curl.getinfo(pycurl.PRETRANSFER_TIME) > 0
        kind = ReadTimeoutError if connected else ConnectTimeoutError
        return kind(endpoint_url=url, error=error)
    return ConnectionClosedError(endpoint_url=url, error=error, request=request)
