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

    At most `keep` documents are remembered: those met first, which are those that many accounts have.

    AWS encodes by RFC 3986: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyDetail.html
    """

    def __init__(self, keep: int = _CACHED_DOCUMENTS) -> None:
        self._keep = keep
        self._decoded: dict[str, Json] = {}

    def decode(self, text: str) -> Json:
        """The document; the text itself when it is no JSON, so that nothing is lost."""
        known = self._decoded.get(text)
        if known is None:
            known = _decode(text)
            if len(self._decoded) < self._keep:
                self._decoded[text] = known
        return known


def _decode(text: str) -> Json:
    try:
        document: Json = orjson.loads(percent_decoded(text))
    except orjson.JSONDecodeError:
        return text
    return document


def percent_decoded(text: str) -> str:
    """`urllib.parse.unquote`, in C for text that is encoded throughout: quoted-printable has another sign.

    But for line ends, only a sign with its two hexadecimal digits makes the text shorter by two.
    """
    if not text.isascii() or "=" in text or "\n" in text or "\r" in text:
        return unquote(text)
    plain = binascii.a2b_qp(text.replace("%", "="))
    whole = len(text) - len(plain) == 2 * text.count("%")
    return plain.decode(errors="replace") if whole else unquote(text)
