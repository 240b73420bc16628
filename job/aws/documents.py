"""AWS's answers as plain JSON: timestamps as AWS's own text, each distinct policy document decoded once."""

from __future__ import annotations

import binascii
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import unquote

import orjson

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"

_CACHED_DOCUMENTS = 20_000


def timestamp_text(value: str | float) -> str:
    """A timestamp of a response as ISO 8601 text: XML has it already, JSON protocols send epoch seconds."""
    if isinstance(value, str):
        return value
    return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")


class PolicyDocuments:
    """Decodes the URL-encoded policy documents of IAM; equal texts give the very same object.

    AWS encodes by RFC 3986: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyDetail.html
    """

    def __init__(self) -> None:
        self._decoded: dict[str, Json] = {}

    def decode(self, text: str) -> Json:
        """The document; the text itself when it is no JSON, so that nothing is lost."""
        known = self._decoded.get(text)
        if known is None:
            known = _decode(text)
            if len(self._decoded) < _CACHED_DOCUMENTS:
                self._decoded[text] = known
        return known


def _decode(text: str) -> Json:
    try:
        document: Json = orjson.loads(percent_decoded(text))
    except orjson.JSONDecodeError:
        return text
    return document


def percent_decoded(text: str) -> str:
    """`urllib.parse.unquote`, in C where the text allows it: quoted-printable differs in its sign alone."""
    if "=" in text or not text.isascii() or "\n" in text or "\r" in text:
        return unquote(text)
    return binascii.a2b_qp(text.replace("%", "=")).decode(errors="replace")
