"""S3, as much of it as storing and reading a report takes; checksums are verified as S3 does."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from bench.answers import AwsError
from bench.wire import Answer, Request, dechunked

CHECKSUMS: dict[str, Callable[[bytes], bytes]] = {
    "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body).digest(),  # noqa: S324 - one of S3's own algorithms
    "content-md5": lambda body: hashlib.md5(body).digest(),  # noqa: S324 - as above
}


@dataclass(slots=True)
class Stored:
    """One object with the headers that come back with it."""

    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...]

    @property
    def etag(self) -> str:
        """What S3 calls the object's content."""
        return f'"{hashlib.md5(self.body).hexdigest()}"'  # noqa: S324 - S3's own ETag


@dataclass(slots=True)
class Objects:
    """Every bucket; any name exists."""

    stored: dict[tuple[str, str], Stored] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer:
        """Answer one S3 request in path style."""
        bucket, _, key = request.path.lstrip("/").partition("/")
        if request.method == "PUT" and key:
            return self._put(bucket, key, request)
        if request.method in {"GET", "HEAD"} and key:
            return self._get(bucket, key, request)
        if request.method == "DELETE" and key:
            self.stored.pop((bucket, key), None)
            return Answer(status=204, content_type="application/xml")
        if request.method == "GET" and request.query.get("list-type") == "2":
            return self._list(bucket, request.query)
        if request.method == "HEAD":
            return Answer(content_type="application/xml")
        raise AwsError("NotImplemented", f"{request.method} {request.path}", 501)

    def _put(self, bucket: str, key: str, request: Request) -> Answer:
        body = request.body
        if "aws-chunked" in request.headers.get("content-encoding", ""):
            body = dechunked(body)
        for name, digest in CHECKSUMS.items():
            if (given := request.headers.get(name)) and base64.b64encode(digest(body)).decode() != given:
                raise AwsError("BadDigest", f"The {name} you specified did not match what we received.")
        present = self.stored.get((bucket, key))
        if request.headers.get("if-none-match") == "*" and present is not None:
            raise AwsError(
                "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412
            )
        if (wanted := request.headers.get("if-match")) and (present is None or present.etag != wanted):
            raise AwsError(
                "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412
            )
        kept = tuple(
            (name, value)
            for name, value in request.headers.items()
            if name.startswith(
                ("x-amz-server-side-encryption", "x-amz-meta-", "x-amz-checksum-", "content-encoding")
            )
            and value != "aws-chunked"
        )
        content_type = request.headers.get("content-type", "binary/octet-stream")
        made = self.stored[bucket, key] = Stored(body, content_type, kept)
        return Answer(content_type="application/xml", headers=(("ETag", made.etag), *kept))

    def _get(self, bucket: str, key: str, request: Request) -> Answer:
        if (found := self.stored.get((bucket, key))) is None:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
        checks = found.headers if request.headers.get("x-amz-checksum-mode") else _plain(found.headers)
        answer = Answer(
            body=found.body,
            content_type=found.content_type,
            headers=(("ETag", found.etag), ("Last-Modified", "Sun, 22 Nov 2026 04:00:12 GMT"), *checks),
        )
        if request.method == "HEAD":
            answer.length, answer.body = len(found.body), b""
        return answer

    def _list(self, bucket: str, query: dict[str, str]) -> Answer:
        prefix = query.get("prefix", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        size = int(query.get("max-keys", "1000"))
        keys = sorted(
            key for name, key in self.stored if name == bucket and key.startswith(prefix) and key > after
        )
        found, more = keys[:size], len(keys) > size
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-22T04:00:12.000Z</LastModified>"
            f"<Size>{len(self.stored[bucket, key].body)}</Size></Contents>"
            for key in found
        )
        token = f"<NextContinuationToken>{escape(found[-1])}</NextContinuationToken>" if more else ""
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(found)}</KeyCount>"
            f"<MaxKeys>{size}</MaxKeys><IsTruncated>{'true' if more else 'false'}</IsTruncated>"
            f"{token}{contents}"
            "</ListBucketResult>"
        )
        return Answer(body=text.encode(), content_type="application/xml")


def _plain(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in headers if not name.startswith("x-amz-checksum-"))
