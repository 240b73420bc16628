"""HTTP as the AWS SDKs speak it, as little as they need: keep-alive, `Expect`, chunks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qsl, unquote


@dataclass(slots=True)
class Request:
    """One request, with what the signature says about who sends it to which service."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def credential(self) -> tuple[str, str, str]:
        """The access key id, region and service of the signature."""
        scope = self.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
        return (scope[0], scope[2], scope[3]) if len(scope) == 5 else ("", "", "")


@dataclass(slots=True)
class Answer:
    """One answer; `delay` seconds pass before it leaves, `cut` is how many body bytes do (all when None)."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/xml"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    cut: int | None = None
    length: int | None = None

    def encoded(self, request_id: str) -> bytes:
        """The bytes on the wire."""
        more = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        head = (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n"
            f"Date: {formatdate(usegmt=True)}\r\nx-amzn-RequestId: {request_id}\r\n"
            f"Content-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body) if self.length is None else self.length}\r\n{more}\r\n"
        )
        return head.encode() + (self.body if self.cut is None else self.body[: self.cut])


Handler = Callable[[Request], Answer | None]


@dataclass(slots=True)
class Traffic:
    """What the connections saw: how many requests are in flight, and the most at once."""

    requests: int = 0
    in_flight: int = 0
    peak: int = 0
    connections: set[asyncio.Transport] = field(default_factory=set)

    def began(self) -> None:
        """Count one more request in flight."""
        self.requests += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)


class Connection(asyncio.Protocol):
    """One connection: requests in, answers out in order; a handler's None drops the connection unanswered."""

    def __init__(self, handler: Handler, traffic: Traffic) -> None:
        self._handler = handler
        self._traffic = traffic
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._busy = False
        self._continued = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._traffic.connections.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport; an answer still under way has nobody to go to."""
        del exc
        if self._transport is not None:
            self._traffic.connections.discard(self._transport)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Collect bytes until a request is whole."""
        self._buffer += data
        if not self._busy:
            self._next()

    def _next(self) -> None:
        request = self._whole_request()
        if request is None:
            return
        self._busy = True
        self._continued = False
        self._traffic.began()
        answer = self._handler(request)
        if answer is None:
            self._finish(None)
        elif answer.delay > 0:
            asyncio.get_running_loop().call_later(answer.delay, self._finish, answer)
        else:
            self._finish(answer)

    def _finish(self, answer: Answer | None) -> None:
        self._traffic.in_flight -= 1
        self._busy = False
        if self._transport is None:
            return
        if answer is None:
            self._transport.abort()
            return
        self._transport.write(answer.encoded(f"r-{self._traffic.requests:012d}"))
        if answer.cut is not None:
            self._transport.close()
        elif self._buffer:
            self._next()

    def _whole_request(self) -> Request | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        request = _parse_head(bytes(self._buffer[:end]).decode("latin-1"))
        start = end + 4
        if request.headers.get("transfer-encoding") == "chunked":
            return self._chunked(request, start)
        length = int(request.headers.get("content-length", "0"))
        if len(self._buffer) - start < length:
            self._continue(request)
            return None
        request.body = bytes(self._buffer[start : start + length])
        del self._buffer[: start + length]
        return request

    def _chunked(self, request: Request, start: int) -> Request | None:
        end = self._buffer.find(b"0\r\n\r\n", start)
        if end < 0:
            self._continue(request)
            return None
        request.body = dechunked(bytes(self._buffer[start : end + 5]))
        del self._buffer[: end + 5]
        return request

    def _continue(self, request: Request) -> None:
        if (
            not self._continued
            and self._transport
            and "100-continue" in request.headers.get("expect", "").lower()
        ):
            self._continued = True
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _parse_head(text: str) -> Request:
    first, *lines = text.split("\r\n")
    method, target, _ = first.split(" ", 2)
    path, _, query = target.partition("?")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(
        method=method,
        path=unquote(path),
        query=dict(parse_qsl(query, keep_blank_values=True)) if query else {},
        headers=headers,
    )


def dechunked(body: bytes) -> bytes:
    """The payload of a chunked (or `aws-chunked`) body; trailers are dropped."""
    out = bytearray()
    place = 0
    while (line_end := body.find(b"\r\n", place)) >= 0:
        size = int(body[place:line_end].split(b";")[0] or b"0", 16)
        if size == 0:
            break
        out += body[line_end + 2 : line_end + 2 + size]
        place = line_end + 4 + size
    return bytes(out)
