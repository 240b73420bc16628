"""Stands in front of moto: writes down each operation, and refuses what a story wants refused."""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import orjson
from moto.iam.models import iam_backends

from job.demo.seed_iam import READER_ROLE
from job.demo.spec import AccountSpec, FaultSpec

# WSGI (PEP 3333) names the environment's values and the application's arguments no closer than this.
Environ: TypeAlias = "dict[str, Any]"
StartResponse: TypeAlias = Callable[[str, "list[tuple[str, str]]"], object]
Application: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]

OPERATIONS_PATH = "/embedded/operations"
_S3_OPERATIONS = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}


class Call(NamedTuple):
    """One request: which role's (or user's) credentials signed it, in which account, and what it asks."""

    caller: str
    account_id: str
    service: str
    operation: str


class Gateway:
    """A WSGI application around moto's."""

    def __init__(self, application: Application, accounts: Mapping[str, AccountSpec]) -> None:
        self._application = application
        self._faults = {account_id: _faults(account) for account_id, account in accounts.items()}
        self._calls: Counter[Call] = Counter()
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] == OPERATIONS_PATH:
            return _answer(start_response, "200 OK", "application/json", orjson.dumps(self.calls()))
        parameters = _form(environ)
        call = _call(environ, parameters)
        fault = self._record(call)
        if fault is None:
            return self._application(environ, start_response)
        return _answer(start_response, f"{fault['status']} Refused", "text/xml", _error(fault))

    def calls(self) -> list[dict[str, object]]:
        """Return what was asked so far, with counts."""
        with self._lock:
            return [{**call._asdict(), "count": count} for call, count in sorted(self._calls.items())]

    def _record(self, call: Call) -> FaultSpec | None:
        with self._lock:
            self._calls[call] += 1
            for fault in self._faults.get(call.account_id, ()):
                if fault["operation"] == call.operation and fault.get("times", 1) > 0:
                    if "times" in fault:
                        fault["times"] -= 1
                    return fault
        return None


def _faults(account: AccountSpec) -> list[FaultSpec]:
    faults: list[FaultSpec] = [{**fault} for fault in account.get("faults", ())]
    if not account.get("reader", True):
        message = f"not authorized to perform: sts:AssumeRole on resource: role/{READER_ROLE}"
        faults.append({"operation": "AssumeRole", "status": 403, "code": "AccessDenied", "message": message})
    return faults


def _form(environ: Environ) -> Mapping[str, list[str]]:
    if not environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return {}
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return parse_qs(body.decode())


def _call(environ: Environ, parameters: Mapping[str, list[str]]) -> Call:
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    key_id, service = (scope[0], scope[3]) if len(scope) == 5 else ("", "")
    account_id, caller = _signer(key_id)
    if "RoleArn" in parameters:
        account_id = parameters["RoleArn"][0].split(":")[4]
    return Call(caller, account_id, service, _operation(environ, parameters))


def _operation(environ: Environ, parameters: Mapping[str, list[str]]) -> str:
    if "Action" in parameters:
        return parameters["Action"][0]
    if "HTTP_X_AMZ_TARGET" in environ:
        return str(environ["HTTP_X_AMZ_TARGET"]).rpartition(".")[2]
    if "list-type=2" in environ.get("QUERY_STRING", ""):
        return "ListObjectsV2"
    method = str(environ["REQUEST_METHOD"])
    return _S3_OPERATIONS.get(method, method)


def _signer(key_id: str) -> tuple[str, str]:
    for account_id, partitions in list(iam_backends.items()):
        for backend in list(partitions.values()):
            key = backend.access_keys.get(key_id)
            if key is not None:
                return account_id, (key.role_arn or f"user/{key.user_name}").rpartition("/")[2]
    return "", ""


def _error(fault: FaultSpec) -> bytes:
    text = f"<Code>{fault['code']}</Code><Message>{escape(fault.get('message', 'made up'))}</Message>"
    return f"<ErrorResponse><Error>{text}</Error><RequestId>0</RequestId></ErrorResponse>".encode()


def _answer(start_response: StartResponse, status: str, content_type: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
