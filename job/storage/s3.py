"""Files below a prefix of an S3 bucket, checked by SHA-256 on arrival, encrypted with a KMS key when given.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError

from job.errors import PublishError, SnapshotError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef


class S3Storage:
    """Keys are object keys below the prefix."""

    def __init__(self, client: S3Client, *, bucket: str, prefix: str, kms_key_arn: str | None) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._kms_key_arn = kms_key_arn

    def read(self, key: str) -> bytes | None:
        """The object's bytes; None when there is none."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None
        except (ClientError, BotoCoreError) as error:
            raise SnapshotError(f"{self.url(key)} cannot be read: {error}") from error

    def write(self, key: str, data: bytes | BinaryIO, content_type: str = "application/octet-stream") -> None:
        """Put the object; S3 refuses it when what arrived has another checksum."""
        request: PutObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": self._prefix + key,
            "Body": data,
            "ContentType": content_type,
            "ChecksumAlgorithm": "SHA256",
        }
        if self._kms_key_arn:
            request |= {
                "ServerSideEncryption": "aws:kms",
                "SSEKMSKeyId": self._kms_key_arn,
                "BucketKeyEnabled": True,
            }
        try:
            self._client.put_object(**request)
        except (ClientError, BotoCoreError) as error:
            raise PublishError(f"{self.url(key)} cannot be written: {error}") from error

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
