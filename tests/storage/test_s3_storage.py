from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from job.errors import PublishError, SnapshotError
from job.storage.packed_file import PackedFile
from job.storage.s3 import S3Storage
from job.storage.storage import Storage, open_storage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"


def client_of(endpoint_url: str, config: Config | None = None) -> S3Client:
    return boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


@pytest.fixture
def s3() -> Iterator[S3Client]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = client_of(f"http://{host}:{port}", Config(retries={"total_max_attempts": 1}))
    client.create_bucket(Bucket="reports")
    yield client
    client.close()
    server.stop()


@pytest.fixture
def storage(s3: S3Client) -> Storage:
    return open_storage("s3://reports/team/keys/", lambda: s3)


def test_what_was_written_is_read_and_listed_below_the_prefix(storage: Storage, s3: S3Client) -> None:
    storage.write("csv/b.csv", b"b", content_type="text/csv")
    storage.write("csv/a.csv", b"a")
    s3.put_object(Bucket="reports", Key="other/csv/c.csv", Body=b"c")
    assert storage.read("csv/b.csv") == b"b"
    assert list(storage.list("csv/")) == ["csv/a.csv", "csv/b.csv"]
    assert storage.url("csv/a.csv") == "s3://reports/team/keys/csv/a.csv"
    assert s3.head_object(Bucket="reports", Key="team/keys/csv/b.csv")["ContentType"] == "text/csv"


def test_an_object_that_is_missing_is_none(storage: Storage) -> None:
    assert storage.read("nothing") is None


def test_objects_carry_a_sha256_checksum(storage: Storage, s3: S3Client) -> None:
    storage.write("a", b"a")
    head = s3.head_object(Bucket="reports", Key="team/keys/a", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="


def test_objects_are_encrypted_with_the_key_that_was_given(s3: S3Client) -> None:
    open_storage("s3://reports", lambda: s3, KEY).write("a", b"a")
    head = s3.head_object(Bucket="reports", Key="a")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"], head["BucketKeyEnabled"]) == (
        "aws:kms",
        KEY,
        True,
    )


def test_a_refused_write_is_a_publish_error_with_the_objects_url(s3: S3Client) -> None:
    with pytest.raises(PublishError, match=r"s3://missing-bucket/a cannot be written: .*NoSuchBucket"):
        open_storage("s3://missing-bucket", lambda: s3).write("a", b"")


def test_a_refused_read_and_list_are_snapshot_errors(s3: S3Client) -> None:
    storage = open_storage("s3://missing-bucket/p", lambda: s3)
    with pytest.raises(SnapshotError, match=r"s3://missing-bucket/p/a cannot be read: .*NoSuchBucket"):
        storage.read("a")
    with pytest.raises(SnapshotError, match=r"s3://missing-bucket/p/a/ cannot be listed: .*NoSuchBucket"):
        list(storage.list("a/"))


def test_an_open_file_is_sent_from_its_begin_with_its_checksum(storage: Storage, s3: S3Client) -> None:
    file = PackedFile()
    with file.writer() as writer:
        writer.writelines((b"a" * 3_000_000, b"b" * 3_000_000))
    storage.write("large", file.reader())
    assert storage.read("large") == b"a" * 3_000_000 + b"b" * 3_000_000
    head = s3.head_object(Bucket="reports", Key="team/keys/large", ChecksumMode="ENABLED")
    assert base64.b64decode(head["ChecksumSHA256"]).hex() == file.sha256


def test_what_is_too_large_for_one_request_is_sent_in_parts(s3: S3Client) -> None:
    storage = S3Storage(s3, bucket="reports", prefix="", kms_key_arn=KEY, largest_put=1_000_000)
    file = PackedFile()
    with file.writer() as writer:
        writer.write(b"a" * 70_000_000)
    storage.write("huge", file.reader(), content_type="text/csv")
    assert storage.read("huge") == b"a" * 70_000_000
    head = s3.head_object(Bucket="reports", Key="huge")
    assert (head["ContentType"], head["SSEKMSKeyId"]) == ("text/csv", KEY)
    assert head["ETag"].endswith('-2"')


class _BreakingOff(BaseHTTPRequestHandler):
    """Sends half of an object as often as it is told to, and the whole of it from then on."""

    protocol_version = "HTTP/1.1"
    left = 0

    def do_GET(self) -> None:
        self.send_response_only(200)
        self.send_header("Content-Length", "8")
        self.end_headers()
        self.wfile.write(b"whol" if type(self).left else b"whole...")
        self.close_connection = bool(type(self).left)
        type(self).left = max(0, type(self).left - 1)

    def log_message(self, *_: object) -> None:
        """Nothing: tests are quiet."""


@contextmanager
def breaking_off(times: int) -> Iterator[Storage]:
    handler = type("Handler", (_BreakingOff,), {"left": times})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    client = client_of(f"http://127.0.0.1:{server.server_port}")
    try:
        yield open_storage("s3://reports", lambda: client)
    finally:
        client.close()
        server.shutdown()
        server.server_close()


def test_an_object_that_breaks_off_is_asked_for_again() -> None:
    with breaking_off(times=2) as storage:
        assert storage.read("a") == b"whole..."


def test_an_object_that_breaks_off_every_time_is_a_snapshot_error() -> None:
    with (
        breaking_off(times=3) as storage,
        pytest.raises(SnapshotError, match=r"s3://reports/a cannot be read: .*IncompleteRead"),
    ):
        storage.read("a")
