"""A tiny AWS over HTTP whose every answer is written out by the test, for what moto lacks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import pytest

IAM_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    "cert_2_active,cert_2_last_rotated"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer; `cut` promises more bytes than it sends, `reset` closes without an answer."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: operation, parameters, and the account whose credentials signed it."""

    operation: str
    parameters: Mapping[str, Any]
    account: str


class ScriptedAws:
    """Answers by operation, and by account, user or key id where a script names one.

    A script's last answer repeats.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._lock = threading.Lock()
        self._scripts: dict[tuple[str, str, str], list[Answer]] = {}

    def script(self, operation: str, *answers: Answer, account: str = "", about: str = "") -> None:
        self._scripts[operation, account, about] = list(answers)

    def operations(self) -> list[str]:
        return [each.operation for each in self.asked]

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            script = self._script_for(asked)
            if script is None:
                return role_session(asked) if asked.operation == "AssumeRole" else error(400, "NotScripted")
            return script.pop(0) if len(script) > 1 else script[0]

    def _script_for(self, asked: Asked) -> list[Answer] | None:
        """The most particular script, one about the very user or key first."""
        given = asked.parameters
        about = str(given.get("UserName") or given.get("AccessKeyId") or "")
        keys = ((account, name) for name in (about, "") for account in (asked.account, ""))
        found = (self._scripts.get((asked.operation, *key)) for key in keys)
        return next((script for script in found if script), None)


def xml(operation: str, result: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer of the query protocol (IAM, STS)."""
    body = (
        f'<{operation}Response xmlns="{IAM_NAMESPACE}"><{operation}Result>{result}</{operation}Result>'
        f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{operation}Response>"
    )
    return Answer(body=body.encode(), headers={"Content-Type": "text/xml", **(headers or {})})


def error(status: int, code: str, message: str = "told by the test") -> Answer:
    """An error of the query protocol."""
    body = (
        f'<ErrorResponse xmlns="{IAM_NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
    return Answer(body=body.encode(), status=status, headers={"Content-Type": "text/xml"})


def json_answer(document: Mapping[str, Any]) -> Answer:
    """An answer of the JSON protocol (Organizations, tagging)."""
    return Answer(body=json.dumps(document).encode(), headers={"Content-Type": "application/x-amz-json-1.1"})


def json_error(status: int, code: str) -> Answer:
    """An error of the JSON protocol."""
    body = json.dumps({"__type": code, "Message": "told by the test"}).encode()
    return Answer(body=body, status=status, headers={"Content-Type": "application/x-amz-json-1.1"})


def role_session(asked: Asked, expiration: str = "2099-01-01T00:00:00Z") -> Answer:
    """Credentials whose key names the role's account, so that requests tell on whose behalf they are."""
    account = asked.parameters["RoleArn"].split(":")[4]
    return session_of(account, expiration)


def session_of(account: str, expiration: str = "2099-01-01T00:00:00Z") -> Answer:
    """AssumeRole's answer for an account."""
    return xml(
        "AssumeRole",
        f"<Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
        f"<SessionToken>token</SessionToken><Expiration>{expiration}</Expiration></Credentials>",
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    aws: ScriptedAws

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.aws.answer(self._asked(body))
        if answer.reset:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in {"Date": self.date_time_string(), **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body) + (1000 if answer.cut else 0)))
        self.end_headers()
        self.wfile.write(answer.body)
        self.close_connection = answer.cut

    def _asked(self, body: bytes) -> Asked:
        account = self.headers["Authorization"].partition("Credential=ASIA")[2][:12]
        target = self.headers.get("X-Amz-Target")
        if target:
            return Asked(operation=target.rpartition(".")[2], parameters=json.loads(body), account=account)
        parameters = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        return Asked(operation=parameters.pop("Action"), parameters=parameters, account=account)

    def log_message(self, *_: object) -> None:
        """Nothing: tests are quiet."""


@contextmanager
def scripted_aws() -> Iterator[ScriptedAws]:
    """A running server, stopped at the end."""
    aws = ScriptedAws()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"aws": aws}))
    server.daemon_threads = True
    aws.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield aws
    finally:
        server.shutdown()
        server.server_close()


def point_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Make the environment one whose AWS is at this address; nothing else of the machine is seen."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATASK000000000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
