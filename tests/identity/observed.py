"""What each client of a run would send, and where: caught before it leaves the machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.loaders import create_loader

from job.aws.clients import Clients
from job.aws.credentials import AccountCredentials
from job.aws.identity import Identity
from job.pipeline.connections import Connections
from job.settings.load import load_settings

# Service models are read once for all observations.
_MODELS = create_loader()
MEMBER = AccountCredentials(access_key="ASIAMEMBER", secret_key="s", token=None, expires_at=None)
_SCOPE = re.compile(r"Credential=(\w+)/\d+/([\w-]+)/([\w-]+)/")
_ROLE_SESSION = (
    "<{0}Response xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><{0}Result><Credentials>"
    "<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
    "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></{0}Result></{0}Response>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request: where it goes, whose it is, and whom it would trust on the way."""

    host: str
    key: str
    region: str
    trust: object
    proxies: Mapping[str, str]


class CaughtError(Exception):
    """A request that was not sent."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__(request.url)
        self.request = request


def observe(
    profile: str | None = None, *, member_profile: str | None = None, **settings: str
) -> dict[str, Sent]:
    """What a run's clients would send, by client; `role` is what a role or web identity is asked of."""
    loaded = load_settings(settings, destination_required=False)
    aws = Connections(loaded, profile=profile, member_profile=member_profile)
    for identity in {aws.own, aws.members}:
        identity.core.register_component("data_loader", _MODELS)
    asked = _with_roles_granted(aws.own)
    seen = {name: _sent(client, ask) for name, client, ask in _calls(aws.clients)}
    seen["s3"] = _sent(aws.s3, lambda: aws.s3.put_object(Bucket="reports", Key="k"))
    if asked:
        seen["role"] = _of_request(asked[0], None)
    return seen


def _calls(clients: Clients) -> Iterator[tuple[str, BaseClient, Callable[[], object]]]:
    yield "member sts", clients.member.sts, clients.member.sts.get_caller_identity
    yield "organizations", clients.organizations, clients.organizations.list_roots
    if clients.tagging is not None:
        yield "tagging", clients.tagging, clients.tagging.get_resources
    yield "member iam", clients.member.iam, lambda: _of_member(clients)


def _of_member(clients: Clients) -> object:
    with clients.member.acting_as(MEMBER):
        return clients.member.iam.list_users()


def _sent(client: BaseClient, ask: Callable[[], object]) -> Sent:
    def catch(request: AWSPreparedRequest, **_event: Any) -> None:  # noqa: ANN401 - as botocore sends it
        raise CaughtError(request)

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"before-send.{service}", catch)
    try:
        ask()
    except CaughtError as caught:
        return _of_request(caught.request, client)
    raise AssertionError("nothing was sent")


def _of_request(request: AWSPreparedRequest, client: BaseClient | None) -> Sent:
    authorization = request.headers.get("Authorization", b"")
    text = authorization.decode() if isinstance(authorization, bytes) else str(authorization)
    scope = _SCOPE.search(text)
    session = client._endpoint.http_session if client else None  # type: ignore[attr-defined] # noqa: SLF001 - nothing public tells
    return Sent(
        host=urlsplit(request.url).netloc,
        key=scope[1] if scope else "",
        region=scope[2] if scope else "",
        trust=session and session._verify,  # noqa: SLF001
        proxies=session._proxy_config._proxies if session else {},  # noqa: SLF001
    )


@dataclass(frozen=True, slots=True)
class _Body:
    body: bytes

    def stream(self) -> Iterator[bytes]:
        yield self.body


def _with_roles_granted(identity: Identity) -> list[AWSPreparedRequest]:
    """Answer in STS's place when the identity's own credentials come from a role; collects the requests."""
    asked: list[AWSPreparedRequest] = []

    def grant(request: AWSPreparedRequest, event_name: str, **_event: Any) -> AWSResponse:  # noqa: ANN401 - as botocore sends it
        asked.append(request)
        body = _ROLE_SESSION.format(event_name.rpartition(".")[2]).encode()
        headers = {"Content-Type": "text/xml"}
        return AWSResponse(request.url, 200, headers, _Body(body))  # type: ignore[arg-type]  # any mapping and stream

    identity.core.register("before-send.sts.AssumeRole", grant)  # type: ignore[arg-type]  # an answer is taken
    identity.core.register("before-send.sts.AssumeRoleWithWebIdentity", grant)  # type: ignore[arg-type]  # an answer is taken
    return asked
