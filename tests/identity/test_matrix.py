"""`-p X` is `AWS_PROFILE=X`, for every client, whatever the profile says, whoever gives the credentials."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TypedDict

import pytest
from botocore.httpsession import get_cert_path

from job.aws.clients import identity_of
from job.errors import SettingsError
from job.settings.load import load_settings
from tests.identity.observed import observe


class Setting(TypedDict, total=False):
    name: str
    profile: Sequence[str]
    environment: Mapping[str, str]
    services: Mapping[str, str]
    hosts: Sequence[str]
    bundle: bool
    proxies: Mapping[str, str]


class Place(TypedDict):
    region: str
    suffix: str
    home: str
    tagging: bool


class Unplaced(TypedDict):
    name: str
    settings: Mapping[str, str]
    profile: Sequence[str]
    region: str


class Matrix(TypedDict):
    clients: Sequence[str]
    settings: Sequence[Setting]
    partitions: Sequence[Place]
    without_a_region: Sequence[Unplaced]


MATRIX: Matrix = json.loads((Path(__file__).parent / "matrix.json").read_text())
BUNDLE = str(get_cert_path(verify=True))
_PROCESS_ANSWER = json.dumps({"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s"})
# Lines of the profile, and what the environment says, by where credentials come from; whose they are then.
KINDS: Mapping[str, tuple[Sequence[str], Mapping[str, str], str]] = {
    "profile": (("aws_access_key_id = AKIAPROFILE", "aws_secret_access_key = s"), {}, "AKIAPROFILE"),
    "environment": (
        (),
        {"AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "s"},
        "AKIAENVIRONMENT",
    ),
    "container": ((), {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{container}"}, "ASIACONTAINER"),
    "web identity": (
        ("role_arn = arn:aws:iam::000000000001:role/r", "web_identity_token_file = {token}"),
        {},
        "ASIAROLE",
    ),
    "process": ((f"credential_process = echo '{_PROCESS_ANSWER}'",), {}, "AKIAPROCESS"),
}


class _Container(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(
            {
                "AccessKeyId": "ASIACONTAINER",
                "SecretAccessKey": "s",
                "Token": "t",
                "Expiration": "2099-01-01T00:00:00Z",
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: tests are quiet."""


@pytest.fixture(scope="module")
def container() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Container)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def neither_proxy_nor_bundle_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Writes the AWS configuration: profile `x` with these lines, and a default one that is a stranger's."""

    def write(lines: Sequence[str], services: Mapping[str, str] | None = None) -> None:
        own = [f"{name} =\n  endpoint_url = {url}" for name, url in (services or {}).items()]
        stranger = ["aws_access_key_id = AKIASTRANGER", "aws_secret_access_key = s", "region = sa-east-1"]
        text = "\n".join(["[default]", *stranger, "[profile x]", *lines, "[services own]", *own])
        (tmp_path / "token").write_text("a web identity token")
        (tmp_path / "config").write_text(
            text.replace("{token}", str(tmp_path / "token")).replace("{bundle}", BUNDLE)
        )
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    return write


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("setting", MATRIX["settings"], ids=lambda setting: setting["name"])
def test_a_profile_by_flag_is_the_profile_by_environment(
    setting: Setting,
    kind: str,
    container: str,
    configured: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    credentials, environment, key = KINDS[kind]
    configured([*credentials, *setting["profile"]], setting.get("services"))
    for name, value in {**environment, **setting.get("environment", {})}.items():
        monkeypatch.setenv(name, value.replace("{container}", container))

    by_flag = observe("x")
    monkeypatch.setenv("AWS_PROFILE", "x")
    by_environment = observe()

    assert by_flag == by_environment
    told = [by_flag[name] for name in MATRIX["clients"]]
    assert [sent.host for sent in told] == setting["hosts"]
    assert [sent.key for sent in told] == [key, key, key, "ASIAMEMBER", key]
    assert {sent.trust for sent in told} == {BUNDLE if setting.get("bundle") else True}
    assert all(sent.proxies == setting.get("proxies", {}) for sent in told)


@pytest.mark.parametrize("setting", MATRIX["settings"], ids=lambda setting: setting["name"])
def test_members_are_reached_as_the_member_profile_says(
    setting: Setting, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KINDS["profile"][0]
    configured([*keys, *setting["profile"]], setting.get("services"))
    for name, value in setting.get("environment", {}).items():
        monkeypatch.setenv(name, value)

    sent = observe(member_profile="x")

    expected = dict(zip(MATRIX["clients"], setting["hosts"], strict=True))
    members = {name: each for name, each in sent.items() if name.startswith("member")}
    assert {name: each.host for name, each in members.items()} == {name: expected[name] for name in members}
    assert [sent[name].key for name in ("organizations", "member sts", "s3")] == [
        "AKIASTRANGER",
        "AKIAPROFILE",
        "AKIASTRANGER",
    ]


def test_a_profiles_credentials_go_before_those_of_the_environment(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(KINDS["profile"][0])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASTRANGER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_PROFILE", "default")

    sent = observe("x")

    assert {each.key for each in sent.values()} == {"AKIAPROFILE", "ASIAMEMBER"}


@pytest.mark.parametrize("place", MATRIX["partitions"], ids=lambda place: place["region"])
def test_no_request_leaves_the_partition_of_the_region(place: Place, configured: Callable[..., None]) -> None:
    configured([*KINDS["profile"][0], f"region = {place['region']}"])

    sent = observe("x")

    assert {each.host.endswith(f".{place['suffix']}") for each in sent.values()} == {True}
    assert sent["organizations"].region == place["home"]
    assert ("tagging" in sent) == place["tagging"]
    assert sent["tagging"].region == place["home"]


def test_a_region_of_no_known_partition_has_no_tagging_api(configured: Callable[..., None]) -> None:
    configured([*KINDS["profile"][0], "region = garage", "endpoint_url = http://all.test:81"])
    assert "tagging" not in observe("x")


@pytest.mark.parametrize(
    "setting",
    [
        {"REPORT_ORGANIZATION_ROLE_ARN": "arn:aws-cn:iam::000000000001:role/org"},
        {"REPORT_KMS_KEY_ARN": "arn:aws-us-gov:kms:us-gov-east-1:000000000001:key/k"},
    ],
)
def test_a_region_of_another_partition_than_an_arns_is_refused_before_anybody_is_asked(
    setting: Mapping[str, str], configured: Callable[..., None]
) -> None:
    configured([*KINDS["profile"][0], "region = eu-central-1"])
    (arn,) = setting.values()
    problem = f"AWS_REGION: eu-central-1 is of the partition aws, but {arn} of {arn.split(':')[1]}; set it to"
    with pytest.raises(SettingsError, match=problem):
        identity_of(load_settings(setting, destination_required=False), "x").prove()


@pytest.mark.parametrize("case", MATRIX["without_a_region"], ids=lambda case: case["name"])
def test_without_a_region_the_partition_is_the_one_that_arns_tell(
    case: Unplaced, configured: Callable[..., None]
) -> None:
    configured(case["profile"])
    settings = load_settings(case["settings"], destination_required=False)
    assert identity_of(settings, "x").region == case["region"]
