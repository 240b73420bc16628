"""The requests that `simulate` is asked, one JSON object a line; a line that is none is answered too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict

import orjson

from job.analyze.simulate import Answer, Request
from job.snapshot.model import Json, JsonObject

_NOT_ANSWERED: Mapping[str, Json] = {
    "verdict": "unknown",
    "allowed_by": [],
    "denied_by": [],
    "blocked_by": None,
    "open": [],
}
_TEXTS = ("account", "user", "action", "resource")


class RequestError(ValueError):
    """A request that cannot be asked; its text says why."""


def answer_lines(lines: Iterable[bytes], ask: Callable[[Request], Answer]) -> Iterator[JsonObject]:
    """Answer each line in order; blank lines are passed over, `error` marks a line that is no request."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _answer_line(number, line, ask)


def _answer_line(number: int, line: bytes, ask: Callable[[Request], Answer]) -> JsonObject:
    name: Json = None
    try:
        document = _decode(line)
        name = document.get("id")
        return {"id": name, **answer_document(answered(parse_request(document), ask))}
    except RequestError as error:
        return {"id": name, **_NOT_ANSWERED, "line": number, "error": str(error)}


def answered(request: Request, ask: Callable[[Request], Answer]) -> Answer:
    """Ask; raises RequestError when the snapshot does not know the principal."""
    try:
        return ask(request)
    except KeyError as error:
        whose = f"{request.user_name} in account {request.account_id}"
        raise RequestError(f"the snapshot does not know {whose}") from error


def answer_document(answer: Answer) -> JsonObject:
    """Return the answer as the JSON of `simulate`."""
    return {
        "verdict": answer.verdict,
        "allowed_by": [asdict(evidence) for evidence in answer.allowed_by],
        "denied_by": [asdict(evidence) for evidence in answer.denied_by],
        "blocked_by": answer.blocked_by,
        "open": list(answer.open_keys),
    }


def parse_request(document: JsonObject) -> Request:
    """Read one request; raises RequestError naming every field that is wrong."""
    problems = [f"`{name}` must be a text" for name in _TEXTS if not isinstance(document.get(name), str)]
    if problems:
        raise RequestError("; ".join(problems))
    account, user, action, resource = (str(document[name]) for name in _TEXTS)
    return Request(
        account_id=account,
        user_name=user,
        action=action,
        resource=resource,
        context=_context(document.get("context")),
        absent=frozenset(_texts("absent", document.get("absent", []))),
    )


def context_of(pairs: Iterable[str]) -> dict[str, list[str]]:
    """Read `KEY=VALUE` words; a key given twice has both values."""
    context: dict[str, list[str]] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise RequestError(f"--context {pair!r} is not KEY=VALUE")
        context.setdefault(key, []).append(value)
    return context


def _decode(line: bytes) -> JsonObject:
    try:
        document: Json = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"no JSON: {error}") from error
    if not isinstance(document, dict):
        raise RequestError("not a JSON object")
    return document


def _context(value: Json) -> Mapping[str, tuple[str, ...]]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RequestError("`context` must be an object")
    return {key: _texts(f"context {key}", values) for key, values in value.items()}


def _texts(name: str, value: Json) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if any(item is None or isinstance(item, (dict, list)) for item in values):
        raise RequestError(f"`{name}` must be a text or a list of texts")
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in values)
