from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import NoCredentialsError

from job.aws.clients import Clients, open_clients
from job.aws.credentials import AccountCredentials
from job.settings.load import load_settings
from tests.scripted_aws import ScriptedAws, error, point_at, scripted_aws, xml

THREADS = 16
CALLS = 25


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    with scripted_aws() as server:
        point_at(monkeypatch, server.url)
        yield server


@pytest.fixture
def clients(aws: ScriptedAws) -> Clients:
    assert aws.url
    return open_clients(load_settings(destination_required=False))


def _credentials(account: str) -> AccountCredentials:
    return AccountCredentials(access_key=f"ASIA{account}", secret_key="s", token="t", expires_at=None)


def test_one_client_signs_each_threads_requests_with_that_threads_credentials(
    aws: ScriptedAws, clients: Clients
) -> None:
    aws.script("ListAccessKeys", xml("ListAccessKeys", "<AccessKeyMetadata/>"))
    together = threading.Barrier(THREADS)

    def ask(number: int) -> None:
        together.wait(10)
        account = f"{number:012}"
        with clients.member.acting_as(_credentials(account)):
            [clients.member.iam.list_access_keys(UserName=account) for _ in range(CALLS)]

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, range(THREADS)))
    assert len(aws.asked) == THREADS * CALLS
    assert [asked for asked in aws.asked if asked.account != asked.parameters["UserName"]] == []


def test_credentials_are_bound_for_the_block_alone_and_an_outer_block_comes_back(
    aws: ScriptedAws, clients: Clients
) -> None:
    aws.script("ListAccessKeys", xml("ListAccessKeys", "<AccessKeyMetadata/>"))
    member = clients.member
    with member.acting_as(_credentials("000000000001")):
        with member.acting_as(_credentials("000000000002")):
            member.iam.list_access_keys()
        member.iam.list_access_keys()
    assert [asked.account for asked in aws.asked] == ["000000000002", "000000000001"]


def test_a_thread_without_credentials_sends_nothing(aws: ScriptedAws, clients: Clients) -> None:
    with pytest.raises(NoCredentialsError):
        clients.member.iam.list_access_keys()
    assert aws.asked == []


def test_a_threads_calls_and_retries_are_counted(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("ListAccessKeys", error(503, "ServiceUnavailable"), xml("ListAccessKeys", ""))
    with clients.member.acting_as(_credentials("000000000001")):
        clients.member.iam.list_access_keys()
        clients.member.iam.list_access_keys()
    count = clients.member.call_counter.count
    assert (count.calls, count.retries) == (2, 1)


def test_credentials_are_not_shown() -> None:
    assert "secret" not in repr(
        AccountCredentials(access_key="A", secret_key="secret", token="secret", expires_at=None)
    )
