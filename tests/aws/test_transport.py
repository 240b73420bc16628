"""The own way out of requests: whole answers, kept connections, and botocore's own errors."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import get_cert_path
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from job.aws.clients import open_clients
from job.aws.transport import Transport
from job.settings.load import load_settings

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nDate: today\r\nContent-Length: 5\r\n\r\nwhole"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwho\r\n2\r\nle\r\n0\r\n\r\n"
LAST = WHOLE.replace(b"today", b"today\r\nConnection: close")


class Server(socketserver.ThreadingTCPServer):
    """Answers each request with the next of some texts; without one it says nothing."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answers: list[bytes], identity: Identity | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.identity = identity
        self.answers = answers
        self.asked: list[bytes] = []
        self.connections = 0
        self.pieces = 0
        self.over = threading.Event()
        self.closed = threading.Event()

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        super().shutdown_request(request)
        self.closed.set()

    def finish_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        if self.identity is not None and isinstance(request, socket.socket):
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(self.identity.certificate, self.identity.key)
            with suppress(ssl.SSLError), tls.wrap_socket(request, server_side=True) as encrypted:
                super().finish_request(encrypted, client_address)
        else:
            super().finish_request(request, client_address)

    @property
    def url(self) -> str:
        scheme = "http" if self.identity is None else "https"
        return f"{scheme}://127.0.0.1:{self.server_address[1]}/"


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.connections += 1
        while asked := self._request():
            server.asked.append(asked)
            if not server.answers:
                server.over.wait(30)
                return
            answer = server.answers.pop(0)
            self.request.sendall(answer)
            if not answer.endswith(b"whole"):
                return

    def _request(self) -> bytes:
        """The next request, head and body; nothing when the client has gone."""
        server = self.server
        assert isinstance(server, Server)
        asked: bytes = b""
        while received := self.request.recv(65536):
            asked += received
            server.pieces += 1
            head, _, body = asked.partition(b"\r\n\r\n")
            if f"Content-Length: {len(body)}" in head.decode().split("\r\n"):
                return asked
        return b""


@contextmanager
def serving(*answers: bytes, identity: Identity | None = None) -> Iterator[Server]:
    with Server(list(answers), identity) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()


def transport(bundle: Path | None = None) -> Transport:
    trusted = str(bundle or get_cert_path(verify=True))
    return Transport(ca_bundle=trusted, connect_timeout=1, read_timeout=1)


def asked(url: str, body: str = "Action=ListAccessKeys") -> AWSPreparedRequest:
    request = AWSRequest(method="POST", url=url, data=body, headers={"X-Amz-Date": "20261122T040000Z"})
    return request.prepare()


def sent(url: str) -> AWSResponse:
    return transport().send(asked(url))


def test_an_answer_is_whole() -> None:
    with serving(WHOLE) as server:
        answer = sent(server.url)
    assert (answer.status_code, answer.content) == (200, b"whole")
    assert answer.headers["content-type"] == "text/xml"
    assert answer.headers["date"] == "today"


def test_a_request_goes_out_as_it_was_signed() -> None:
    with serving(WHOLE) as server:
        sent(server.url)
        head, _, body = server.asked[0].partition(b"\r\n\r\n")
    assert body == b"Action=ListAccessKeys"
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST / HTTP/1.1"
    assert f"Host: {server.url.removeprefix('http://').rstrip('/')}" in lines
    assert "X-Amz-Date: 20261122T040000Z" in lines
    assert f"Content-Length: {len(body)}" in lines


def test_head_and_body_go_out_together() -> None:
    with serving(WHOLE) as server:
        sent(server.url)
        assert server.pieces == 1


def test_an_answer_in_chunks_is_put_together() -> None:
    with serving(CHUNKED) as server:
        assert sent(server.url).content == b"whole"


def test_a_connection_is_kept() -> None:
    with serving(WHOLE, WHOLE, WHOLE) as server:
        one = transport()
        for _ in range(3):
            assert one.send(asked(server.url)).content == b"whole"
        assert (server.connections, len(server.asked)) == (1, 3)


def test_an_answer_may_be_the_last_of_its_connection() -> None:
    with serving(LAST, WHOLE) as server:
        one = transport()
        for _ in range(2):
            assert one.send(asked(server.url)).content == b"whole"
        assert server.connections == 2


def test_a_kept_connection_that_was_closed_meanwhile_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("job.aws.transport._SURELY_OPEN", 0.0)
    with serving(CHUNKED, WHOLE) as server:
        one = transport()
        one.send(asked(server.url))
        assert server.closed.wait(5)
        assert one.send(asked(server.url)).content == b"whole"
        assert server.connections == 2


def test_one_that_was_closed_right_after_its_answer_is_an_error_that_is_retried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("job.aws.transport._SURELY_OPEN", 60.0)
    with serving(CHUNKED, WHOLE) as server:
        one = transport()
        one.send(asked(server.url))
        assert server.closed.wait(5)
        with pytest.raises(ConnectionClosedError):
            one.send(asked(server.url))
        assert one.send(asked(server.url)).content == b"whole"
        assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", ConnectionClosedError),
        (b"\r", ConnectionClosedError),
        (b"", ReadTimeoutError),
    ],
    ids=["cut off", "closed", "silent"],
)
def test_troubles_are_those_that_botocore_retries(answer: bytes, error: type[BotoCoreError]) -> None:
    with serving(*[answer] if answer else []) as server, pytest.raises(error) as raised:
        sent(server.url)
    assert server.url in str(raised.value)


def test_an_endpoint_that_nobody_is_at() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(EndpointConnectionError):
        sent(f"http://127.0.0.1:{port}/")


def test_a_server_without_tls_is_not_taken_for_aws() -> None:
    with serving(WHOLE) as server, pytest.raises(SSLError):
        sent(server.url.replace("http:", "https:"))


@dataclass(frozen=True)
class Identity:
    """A certificate that vouches for itself, for 127.0.0.1."""

    certificate: Path
    key: Path

    @classmethod
    def made_in(cls, folder: Path) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
        now = datetime.now(UTC)
        addresses = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
        built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        built = built.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
        made = built.add_extension(addresses, critical=False).sign(key, hashes.SHA256())
        identity = cls(folder / "certificate.pem", folder / "key.pem")
        identity.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        identity.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return identity


def test_a_server_is_believed_that_the_bundle_vouches_for(tmp_path: Path) -> None:
    identity = Identity.made_in(tmp_path)
    with serving(WHOLE, WHOLE, identity=identity) as server:
        one = transport(identity.certificate)
        for _ in range(2):
            assert one.send(asked(server.url)).content == b"whole"
        assert (server.url[:8], server.connections, server.pieces) == ("https://", 1, 2)


def test_a_server_is_not_believed_that_nobody_vouches_for(tmp_path: Path) -> None:
    with serving(WHOLE, identity=Identity.made_in(tmp_path)) as server:
        with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
            sent(server.url)
        assert server.asked == []


def test_through_a_proxy_botocore_sends_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    error = b"<Error><Code>AccessDenied</Code><Message>by the proxy</Message></Error>"
    body = b"<ErrorResponse>" + error + b"</ErrorResponse>"
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body)
    with serving(head + body) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://sts.example.com")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE000000000")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        clients = open_clients(load_settings({}, destination_required=False))
        with pytest.raises(ClientError, match="by the proxy"):
            clients.member.sts.get_caller_identity()
        assert proxy.asked[0].startswith(b"POST http://sts.example.com/ HTTP/1.1")
