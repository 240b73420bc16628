"""The protocol of a place for files, and the choice between its two kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from job.storage.folder import FolderStorage
from job.storage.s3 import S3Storage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_S3 = "s3://"


class Storage(Protocol):
    """A tree of files by key (`a/b.csv`); a file is there whole or not at all."""

    def read(self, key: str) -> bytes | None:
        """The file's bytes; None when there is none."""

    def write(self, key: str, data: bytes | BinaryIO, content_type: str = "application/octet-stream") -> None:
        """Put the file there, replacing one of that key; an open file must be seekable."""

    def list(self, prefix: str) -> Iterator[str]:
        """Keys that begin with the prefix, sorted."""

    def url(self, key: str) -> str:
        """The file's address for people: an `s3://` URL or a path."""


def open_storage(
    location: str, client_factory: Callable[[], S3Client], kms_key_arn: str | None = None
) -> Storage:
    """The storage at a folder path or an `s3://bucket/prefix` URL; nothing is created or called yet."""
    if not location.startswith(_S3):
        return FolderStorage(Path(location))
    bucket, _, prefix = location.removeprefix(_S3).partition("/")
    return S3Storage(client_factory(), bucket=bucket, prefix=prefix.strip("/"), kms_key_arn=kms_key_arn)
