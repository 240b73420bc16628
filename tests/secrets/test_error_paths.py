"""Every path that ends in an error, in every form of output: one line that helps, and no secret anywhere."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import pytest
from botocore.credentials import SSOProvider
from botocore.tokens import SSOTokenProvider
from botocore.utils import ContainerMetadataFetcher

from job.cli import console, main
from tests.aws.test_transport import Identity, serving
from tests.secrets.awkward_aws import Answer, awkward_aws

pytestmark = pytest.mark.usefixtures("this_process_as_before")

SENTINEL = "S3NT1NEL"
FORMS = ("json", "console", "on a terminal", "terminal command")


class SsoCache(TypedDict, total=False):
    start_url: str
    session: str
    expires: str


class Case(TypedDict, total=False):
    name: str
    profile: Sequence[str]
    named: str
    environment: Mapping[str, str]
    files: Mapping[str, str]
    sso_cache: SsoCache
    answers: Mapping[str, Answer]
    bucket: bool
    told: Sequence[str]
    container: Sequence[str]
    terminal: Sequence[str]


CASES: list[Case] = json.loads((Path(__file__).parent / "error_paths.json").read_text())
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "ASIAENVIRONMENT",
    "AWS_SECRET_ACCESS_KEY": "S3NT1NEL-secret",
    "AWS_SESSION_TOKEN": "S3NT1NEL-token",
    "AWS_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL": "{url}",
    "AWS_MAX_ATTEMPTS": "1",
    "REPORT_EXTERNAL_ID": "S3NT1NEL-external",
    "REPORT_ORGANIZATIONS_RATE_PERCENT": "100",
}
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    code: int
    output: str

    @property
    def last(self) -> str:
        return next(line for line in reversed(self.output.splitlines()) if "command.failed" in line)


@pytest.fixture(scope="module")
def unknown_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(identity=Identity.made_in(tmp_path_factory.mktemp("authority"))) as server:
        yield server.url


def prepare(case: Case, form: str, places: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration, caches and environment that the case asks for."""
    folder = Path(places["{folder}"])
    environment = {**ENVIRONMENT, "HOME": str(folder / "home")}
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"):
        environment |= {name: "", name.lower(): ""}
    if "profile" in case:
        environment |= dict.fromkeys(KEYS, "") | {"AWS_CONFIG_FILE": str(folder / "config")}
        lines = "\n".join(["[profile x]", *case["profile"]])
        (folder / "config").write_text(filled(lines, places))
        environment["AWS_PROFILE"] = "" if form == "terminal command" else case.get("named", "x")
    if form in {"json", "console"}:
        environment |= {"REPORT_LOG_FORMAT": form, "REPORT_LOG_LEVEL": "DEBUG"}
    for name, value in {**environment, **case.get("environment", {})}.items():
        if value:
            monkeypatch.setenv(name, filled(value, places))
        else:
            monkeypatch.delenv(name, raising=False)
    for name, text in case.get("files", {}).items():
        (folder / name).write_text(text)
    monkeypatch.setattr(ContainerMetadataFetcher, "SLEEP_TIME", 0)
    cache = folder / "sso"
    monkeypatch.setattr(SSOProvider, "_SSO_TOKEN_CACHE_DIR", str(cache))
    monkeypatch.setattr(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(cache))
    if "sso_cache" in case:
        write_sso_cache(cache, case["sso_cache"])


def write_sso_cache(folder: Path, cache: SsoCache) -> None:
    folder.mkdir()
    name = cache.get("session") or cache["start_url"]
    document = {
        "startUrl": "https://start.test",
        "region": "eu-central-1",
        "accessToken": "S3NT1NEL-sso-access",
        "refreshToken": "S3NT1NEL-sso-refresh",
        "clientId": "client",
        "clientSecret": "S3NT1NEL-sso-client",
        "registrationExpiresAt": "2099-01-01T00:00:00Z",
        "expiresAt": cache["expires"],
    }
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    (folder / f"{digest}.json").write_text(json.dumps(document))


def filled(text: str, places: Mapping[str, str]) -> str:
    for place, value in places.items():
        text = text.replace(place, value)
    return text


@contextmanager
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A pseudo terminal in the place of standard output and error; the list holds what it showed."""
    shown: list[str] = []
    controller, terminal = os.openpty()

    def listen() -> None:
        while True:
            try:
                shown.append(os.read(controller, 65536).decode(errors="replace"))
            except OSError:
                return

    listener = threading.Thread(target=listen)
    listener.start()
    with os.fdopen(terminal, "w", buffering=1) as stream, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", stream)
        patched.setattr(sys, "stderr", stream)
        patched.setenv("COLUMNS", "2000")
        yield shown
    listener.join(5)
    os.close(controller)


@contextmanager
def in_pipes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Both streams as a container has them; the list holds what was written."""
    stream, shown = io.StringIO(), list[str]()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", stream)
        patched.setattr(sys, "stderr", stream)
        yield shown
    shown.append(stream.getvalue())


def ran(case: Case, form: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Run the program in this process, in one of its forms."""
    seen = in_pipes if form in {"json", "console"} else on_terminal
    with seen(monkeypatch) as shown:
        if form == "terminal command":
            code = console.main(terminal_words(case, folder))
        elif case.get("bucket"):
            monkeypatch.setenv("REPORT_BUCKET", "reports")
            code = main.main(["run"])
        else:
            code = main.main(["run", "--output-dir", str(folder / "out")])
    return Ran(code=code, output="".join(shown))


def terminal_words(case: Case, folder: Path) -> list[str]:
    profile = ["-p", case.get("named", "x")] if "profile" in case else []
    metadata = ["-i", "s3://reports/tags.json"] if case.get("bucket") else []
    return [*profile, *metadata, str(folder / "keys.csv")]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_error_is_one_line_that_helps_and_shows_no_secret(
    case: Case, form: str, unknown_authority: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(awkward_aws(case.get("answers", {}))).url
        places = {
            "{url}": url,
            "{place}": url.removeprefix("http://"),
            "{folder}": str(tmp_path),
            "{tls}": unknown_authority,
        }
        prepare(case, form, places, monkeypatch)
        result = ran(case, form, tmp_path, monkeypatch)

    assert result.code == 1
    assert SENTINEL not in result.output
    assert "Traceback" not in result.output
    assert "locals" not in result.output
    assert result.output.count("command.failed") == 1
    assert "unexpected" not in result.last
    own_words = case.get("terminal", ()) if form == "terminal command" else case.get("container", ())
    for words in (*case["told"], *own_words):
        assert words in spoken(form, result.last)
    assert files_with_sentinels(tmp_path / "out") == []


def spoken(form: str, line: str) -> str:
    """The line's words, as they were before JSON or Python's notation quoted them."""
    if form == "json":
        return str(json.loads(line)["error"])
    return line.replace('\\"', '"').replace("\\'", "'")


def files_with_sentinels(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if SENTINEL.encode() in unpacked(path)]


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


ONE_ACCOUNT: Mapping[str, Answer] = {
    "ListAccounts": {"body": '{"Accounts": [{"Id": "000000000001", "Name": "one", "State": "ACTIVE"}]}'},
    "ListTagsForResource": {"body": '{"Tags": []}'},
}


@pytest.mark.parametrize("form", FORMS)
def test_what_an_account_could_not_be_read_for_shows_no_secret_in_log_and_files(
    form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    message = "Value 'S3NT1NEL-external' at 'externalId' failed; x-amz-security-token:S3NT1NEL-other"
    refused: Answer = {"status": 400, "code": "ValidationError", "message": message}
    with awkward_aws({**ONE_ACCOUNT, "AssumeRole": refused}) as aws:
        prepare({}, form, {"{url}": aws.url, "{folder}": str(tmp_path)}, monkeypatch)
        result = ran({}, form, tmp_path, monkeypatch)

    assert result.code != 0
    assert ("AssumeRole", "ASIAENVIRONMENT") in aws.asked
    assert SENTINEL not in result.output
    assert "Traceback" not in result.output
    assert files_with_sentinels(tmp_path / "out") == []


@pytest.mark.parametrize("form", FORMS)
def test_a_defect_is_one_line_and_its_traceback_is_for_debugging_without_variables(
    form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers: dict[str, Answer] = {"ListAccounts": {"body": '{"Surprise": []}'}}
    with awkward_aws(answers) as aws:
        prepare({}, form, {"{url}": aws.url, "{folder}": str(tmp_path)}, monkeypatch)
        result = ran({}, form, tmp_path, monkeypatch)

    assert result.code == 1
    assert "unexpected KeyError: 'Accounts'" in spoken(form, result.last)
    assert SENTINEL not in result.output
    assert "locals" not in result.output
    assert ("Traceback" in result.output) == (form in {"json", "console"})


def test_there_are_cases_enough_of_each_kind() -> None:
    assert len(CASES) >= 25
    assert len({case["name"] for case in CASES}) == len(CASES)
