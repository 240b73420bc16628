"""Reads answers: whole ones only, and those of query services several times faster than botocore does.

Authorization details are the bulk of what a run reads, and botocore looks up every member of every shape of
its model again for every element. Here each shape becomes a function once. What these functions do not cover
(maps, attributes, flattened lists, errors) is left to botocore.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError
from botocore.model import ListShape, Shape, StructureShape
from botocore.parsers import (
    DEFAULT_TIMESTAMP_PARSER,
    QueryParser,
    ResponseParser,
    ResponseParserError,
    ResponseParserFactory,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Read: TypeAlias = "Callable[[Element], Any]"

CUT_OFF = "the answer was cut off, or is not what it should be"


def _decoded(text: str) -> bytes:
    """What base64 stands for; other text as it is, for whoever reads it to refuse."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return text.encode()


# Among the codes that every retry mode takes for passing trouble.
_RETRIED = "RequestTimeout"
_SCALARS: dict[str, Callable[[str], object]] = {
    "string": str,
    "boolean": lambda text: text == "true",
    "integer": int,
    "long": int,
    "blob": _decoded,
}


class AnswerParserFactory(ResponseParserFactory):
    """Makes the parsers of a session, one for each protocol; they are safe to share between threads."""

    def __init__(self, timestamp_parser: Callable[[Any], object] = DEFAULT_TIMESTAMP_PARSER) -> None:
        super().__init__()
        self.set_parser_defaults(timestamp_parser=timestamp_parser)
        self._timestamp_parser = timestamp_parser
        self._parsers: dict[str, WholeAnswers] = {}

    def create_parser(self, protocol_name: str) -> WholeAnswers:  # type: ignore[override]  # botocore calls parse alone
        """The fast parser for query services, botocore's for all others."""
        parser = self._parsers.get(protocol_name)
        if parser is None:
            inner = (
                AnswerParser(self._timestamp_parser)
                if protocol_name == "query"
                else super().create_parser(protocol_name)
            )
            parser = self._parsers[protocol_name] = WholeAnswers(inner)
        return parser


class WholeAnswers:
    """Makes an answer that is cut off, or is not what it says, an error that the SDK retries.

    botocore does not compare an answer's length with what was announced: JSON that is cut off would pass for
    an empty answer, and XML would end the call at the first try.
    """

    def __init__(self, parser: ResponseParser) -> None:
        self._parser = parser

    def parse(self, response: dict[str, Any], shape: Shape) -> dict[str, Any]:
        """What botocore's parsers answer, or an error with a code that counts as passing."""
        if not _is_cut_off(response):
            try:
                parsed: dict[str, Any] = self._parser.parse(response, shape)
            except (ResponseParserError, KeyError):
                pass
            else:
                return parsed
        metadata = {"HTTPStatusCode": response["status_code"], "HTTPHeaders": {}}
        return {"Error": {"Code": _RETRIED, "Message": CUT_OFF}, "ResponseMetadata": metadata}


def refuse_cut_off_answers(**call: Any) -> None:  # noqa: ANN401 - what botocore's event `after-call` brings
    """After the last try: an answer with the status of success that is an error all the same is raised."""
    if call["parsed"].get("Error", {}).get("Message") == CUT_OFF:
        raise ClientError(call["parsed"], call["model"].name)


def _is_cut_off(response: Mapping[str, Any]) -> bool:
    body, headers = response["body"], response["headers"]
    if not isinstance(body, bytes):
        return False
    announced = headers.get("Content-Length", "")
    if announced.isdecimal() and len(body) < int(announced):
        return True
    return "json" in headers.get("Content-Type", "") and body != b"" and not body.rstrip().endswith(b"}")


class AnswerParser(QueryParser):
    """botocore's parser of the query protocol, with a function for each shape of an answer."""

    def __init__(self, timestamp_parser: Callable[[Any], object]) -> None:
        super().__init__(timestamp_parser=timestamp_parser)
        self._scalars = {**_SCALARS, "timestamp": timestamp_parser}
        self._reads: dict[str, Read | None] = {}

    def _parse_shape(self, shape: Shape, node: Element) -> Any:  # noqa: ANN401 - as botocore has it
        if shape.name not in self._reads:
            self._reads[shape.name] = self._reader_of(shape)
        read = self._reads[shape.name]
        if read is None:
            return super()._parse_shape(shape, node)  # type: ignore[misc]  # the stubs leave it out
        return read(node)

    def _reader_of(self, shape: Shape) -> Read | None:
        """The function that reads an element of this shape; None when the shape needs botocore's parser."""
        if isinstance(shape, StructureShape):
            return self._reader_of_structure(shape)
        if isinstance(shape, ListShape):
            member = None if shape.serialization.get("flattened") else self._reader_of(shape.member)
            return None if member is None else lambda node: [member(child) for child in node]
        scalar = self._scalars.get(shape.type_name)
        return None if scalar is None else lambda node: scalar(node.text or "")

    def _reader_of_structure(self, shape: StructureShape) -> Read | None:
        if shape.metadata.get("exception"):
            return None
        members: dict[str, tuple[str, Read]] = {}
        for name, member in shape.members.items():
            read = self._reader_of(member)
            if read is None or member.serialization.keys() & {"location", "xmlAttribute"}:
                return None
            members[member.serialization.get("name", name)] = (name, read)
        return _structure_reader(members)


def _structure_reader(members: Mapping[str, tuple[str, Read]]) -> Read:
    by_tag: dict[str, tuple[str, Read] | None] = {}

    def read(node: Element) -> dict[str, Any]:
        record = {}
        for child in node:
            tag = child.tag
            if tag not in by_tag:
                by_tag[tag] = members.get(tag.rpartition("}")[2])
            known = by_tag[tag]
            if known is not None:
                record[known[0]] = known[1](child)
        return record

    return read
