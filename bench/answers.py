"""What the services of the stand-in share: errors, pages and the envelope of each protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from xml.sax.saxutils import escape

import orjson

from bench import cbor
from bench.wire import Answer

IAM_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
Item = TypeVar("Item")


class AwsError(Exception):
    """An error that AWS answers with."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.code = code
        self.message = message
        self.status = status
        super().__init__(f"{code}: {message}")


def query_answer(operation: str, namespace: str, result: str) -> Answer:
    """A result of the query protocol."""
    body = (
        f'<{operation}Response xmlns="{namespace}">\n  <{operation}Result>\n{result}  </{operation}Result>\n'
        f"  <ResponseMetadata>\n    <RequestId>0</RequestId>\n  </ResponseMetadata>\n</{operation}Response>\n"
    )
    return Answer(body=body.encode())


def json_answer(result: object) -> Answer:
    """A result of the JSON protocol."""
    return Answer(body=orjson.dumps(result), content_type="application/x-amz-json-1.1")


def cbor_answer(result: object) -> Answer:
    """A result of `smithy-rpc-v2-cbor`."""
    return Answer(
        body=cbor.encode(result),
        content_type="application/cbor",
        headers=(("smithy-protocol", "rpc-v2-cbor"),),
    )


def error_answer(protocol: str, error: AwsError) -> Answer:
    """An error in the envelope of its protocol."""
    code, message = error.code, escape(error.message)
    if protocol == "json":
        answer = json_answer({"__type": code, "Message": error.message})
    elif protocol == "cbor":
        answer = cbor_answer({"__type": code, "message": error.message})
    elif protocol == "s3":
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        answer = Answer(body=text.encode(), content_type="application/xml")
    else:
        sender = "Sender" if error.status < 500 else "Receiver"
        text = (
            f'<ErrorResponse xmlns="{IAM_NAMESPACE}">\n  <Error>\n    <Type>{sender}</Type>\n'
            f"    <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n"
            "  <RequestId>0</RequestId>\n</ErrorResponse>\n"
        )
        answer = Answer(body=text.encode())
    answer.status = error.status
    return answer


def page(
    items: Sequence[Item], token: str | None, size: int, *, empty: bool
) -> tuple[Sequence[Item], str | None]:
    """One page and the token of the next; `empty` puts an empty page with a token before it."""
    given = token or "0"
    start = int(given.removesuffix("e"))
    if empty and not given.endswith("e"):
        return items[:0], f"{start}e"
    end = start + max(1, size)
    return items[start:end], str(end) if end < len(items) else None
