"""Reads the XML answers of query services several times faster than botocore's own parser.

Authorization details are the bulk of what a run reads, and botocore looks up every member of every shape of
its model again for every element. Here each shape becomes a function once. What these functions do not cover
(maps, attributes, flattened lists, errors) is left to botocore.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.model import ListShape, Shape, StructureShape
from botocore.parsers import QueryParser, ResponseParser, ResponseParserFactory

from job.aws.documents import timestamp_text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Read: TypeAlias = "Callable[[Element], Any]"

_SCALARS: dict[str, Callable[[str], object]] = {
    "string": str,
    "boolean": lambda text: text == "true",
    "integer": int,
    "long": int,
    "timestamp": timestamp_text,
    "blob": base64.b64decode,
}


class AnswerParserFactory(ResponseParserFactory):
    """Makes the parsers of a session; answers of all protocols keep timestamps as text."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """The fast parser for query services, botocore's for all others."""
        if protocol_name == "query":
            return AnswerParser(timestamp_parser=timestamp_text)
        parser: ResponseParser = super().create_parser(protocol_name)
        return parser


class AnswerParser(QueryParser):
    """botocore's parser of the query protocol, with a function for each shape of an answer."""

    def __init__(self, timestamp_parser: Callable[[str], str]) -> None:
        super().__init__(timestamp_parser=timestamp_parser)
        self._reads: dict[str, Read | None] = {}

    def _parse_shape(self, shape: Shape, node: Element) -> Any:  # noqa: ANN401 - as botocore has it
        if shape.name not in self._reads:
            self._reads[shape.name] = reader_of(shape)
        read = self._reads[shape.name]
        if read is None:
            return super()._parse_shape(shape, node)  # type: ignore[misc]  # the stubs leave it out
        return read(node)


def reader_of(shape: Shape) -> Read | None:
    """The function that reads an element of this shape; None when the shape needs botocore's parser."""
    if isinstance(shape, StructureShape):
        return _reader_of_structure(shape)
    if isinstance(shape, ListShape):
        member = None if shape.serialization.get("flattened") else reader_of(shape.member)
        return None if member is None else lambda node: [member(child) for child in node]
    scalar = _SCALARS.get(shape.type_name)
    return None if scalar is None else lambda node: scalar(node.text or "")


def _reader_of_structure(shape: StructureShape) -> Read | None:
    if shape.metadata.get("exception"):
        return None
    members: dict[str, tuple[str, Read]] = {}
    for name, member in shape.members.items():
        read = reader_of(member)
        if read is None or member.serialization.keys() & {"location", "xmlAttribute"}:
            return None
        members[member.serialization.get("name", name)] = (name, read)
    by_tag: dict[str, tuple[str, Read] | None] = {}

    def read_structure(node: Element) -> dict[str, Any]:
        record = {}
        for child in node:
            tag = child.tag
            if tag not in by_tag:
                by_tag[tag] = members.get(tag.rpartition("}")[2])
            known = by_tag[tag]
            if known is not None:
                record[known[0]] = known[1](child)
        return record

    return read_structure
