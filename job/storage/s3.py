"""Files below a prefix of an S3 bucket, checked by SHA-256 on arrival, encrypted with a KMS key when given.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Literal, TypedDict

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from job.errors import PublishError, SnapshotError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_LARGEST_PUT = 5_000_000_000
_PART_BYTES = 1 << 26
_TRIES = 3
_BROKEN_OFF = (ResponseStreamingError, IncompleteReadError, ReadTimeoutError)


class _Encryption(TypedDict, total=False):
    """What asks for encryption with a key of one's own."""

    ServerSideEncryption: Literal["aws:kms"]
    SSEKMSKeyId: str
    BucketKeyEnabled: bool


class S3Storage:
    """Keys are object keys below the prefix."""

    def __init__(
        self,
        client: S3Client,
        *,
        bucket: str,
        prefix: str,
        kms_key_arn: str | None,
        largest_put: int = _LARGEST_PUT,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._kms_key_arn = kms_key_arn
        self._largest_put = largest_put

    def read(self, key: str) -> bytes | None:
        """The object's bytes; None when there is none."""
        try:
            return self._whole(key)
        except self._client.exceptions.NoSuchKey:
            return None
        except (ClientError, BotoCoreError) as error:
            raise SnapshotError(f"{self.url(key)} cannot be read: {error}") from error

    def _whole(self, key: str) -> bytes:
        """The bytes, asked for anew where they break off: the SDK tries requests again, but no bodies."""
        for _ in range(_TRIES - 1):
            body = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)["Body"]
            with suppress(*_BROKEN_OFF):
                return body.read()
        return self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)["Body"].read()

    def write(self, key: str, data: bytes | BinaryIO, content_type: str = "application/octet-stream") -> None:
        """Put the object; S3 refuses it when what arrived has another checksum."""
        try:
            if isinstance(data, bytes) or _length(data) <= self._largest_put:
                self._put(key, data, content_type)
            else:
                self._put_in_parts(key, data, content_type)
        except (ClientError, BotoCoreError) as error:
            raise PublishError(f"{self.url(key)} cannot be written: {error}") from error

    def _put(self, key: str, data: bytes | BinaryIO, content_type: str) -> None:
        self._client.put_object(
            Bucket=self._bucket,
            Key=self._prefix + key,
            Body=data,
            ContentType=content_type,
            ChecksumAlgorithm="SHA256",
            **self._encryption(),
        )

    def _put_in_parts(self, key: str, data: BinaryIO, content_type: str) -> None:
        """Put what is too large for one request; the object appears when the last part is there.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
        """
        upload = self._client.create_multipart_upload(
            Bucket=self._bucket,
            Key=self._prefix + key,
            ContentType=content_type,
            ChecksumAlgorithm="SHA256",
            **self._encryption(),
        )["UploadId"]
        parts = [
            self._put_part(key, upload, number, part)
            for number, part in enumerate(iter(lambda: data.read(_PART_BYTES), b""), start=1)
        ]
        self._client.complete_multipart_upload(
            Bucket=self._bucket, Key=self._prefix + key, UploadId=upload, MultipartUpload={"Parts": parts}
        )

    def _put_part(self, key: str, upload: str, number: int, part: bytes) -> CompletedPartTypeDef:
        answer = self._client.upload_part(
            Bucket=self._bucket,
            Key=self._prefix + key,
            UploadId=upload,
            PartNumber=number,
            Body=part,
            ChecksumAlgorithm="SHA256",
        )
        checksum = answer["ChecksumSHA256"]
        return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}

    def _encryption(self) -> _Encryption:
        if not self._kms_key_arn:
            return {}
        return {
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": self._kms_key_arn,
            "BucketKeyEnabled": True,
        }

    def list(self, prefix: str) -> Iterator[str]:
        """Keys that begin with the prefix, sorted as S3 lists them."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        try:
            for page in pages:
                for found in page.get("Contents", []):
                    yield found["Key"].removeprefix(self._prefix)
        except (ClientError, BotoCoreError) as error:
            raise SnapshotError(f"{self.url(prefix)} cannot be listed: {error}") from error

    def url(self, key: str) -> str:
        """The object's `s3://` URL."""
        return f"s3://{self._bucket}/{self._prefix}{key}"


def _length(file: BinaryIO) -> int:
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    return length
