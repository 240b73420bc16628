"""AWS, an SSO portal, a container's agent and a proxy in one server that refuses as a case says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypedDict
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

_CALLER = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::000000000009:assumed-role/task/1"
    "</Arn><Account>000000000009</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


class Answer(TypedDict, total=False):
    """What an operation (or an HTTP method and path) answers: an error of its protocol, or a body."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str]
    body: str


class _Handler(BaseHTTPRequestHandler):
    answers: Mapping[str, Answer]
    asked: list[tuple[str, str]]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        action = parse_qs(body).get("Action", [""])[0]
        key = self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
        self.asked.append((target or action or self.command, key))
        answer = self._found(target or action)
        kind = "json" if target else "query" if action else "rest"
        sent = (answer["body"] if "body" in answer else _error(kind, answer)).encode()
        self.send_response_only(answer.get("status", 200))
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, value)
        if kind == "rest" and "code" in answer:
            self.send_header("x-amzn-ErrorType", answer["code"])
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def _found(self, operation: str) -> Answer:
        """By operation, by method and path, by method; a healthy STS otherwise, and refusals."""
        path = f"{self.command} {self.path}"
        for asked, answer in self.answers.items():
            if asked in {operation, self.command} or path.startswith(asked):
                return answer
        if operation == "GetCallerIdentity":
            return {"body": _CALLER}
        return {"status": 400, "code": "NotScripted", "message": "told by the test"}

    do_GET = do_POST = do_PUT = do_HEAD = do_CONNECT = _answer  # noqa: N815 - the base class's names

    def log_message(self, *_: object) -> None:
        """Nothing: tests are quiet."""


def _error(kind: str, answer: Answer) -> str:
    code, message = answer.get("code", ""), answer.get("message", "")
    if kind == "json":
        return json.dumps({"__type": code, "Message": message})
    if kind == "query":
        return f"<ErrorResponse>{_xml(code, message)}</ErrorResponse>"
    if code.endswith("Exception"):
        return json.dumps({"message": message})
    return _xml(code, message)


def _xml(code: str, message: str) -> str:
    return f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"


@dataclass(frozen=True, slots=True)
class AwkwardAws:
    """The server's address, and the operations that it was asked for, each with the access key's id."""

    url: str
    asked: list[tuple[str, str]]


@contextmanager
def awkward_aws(answers: Mapping[str, Answer]) -> Iterator[AwkwardAws]:
    """A server that runs while the block does."""
    asked = list[tuple[str, str]]()
    handler = type("Handler", (_Handler,), {"answers": answers, "asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield AwkwardAws(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()
