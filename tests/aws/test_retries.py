from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bench.faults import Rule, as_json
from bench.measure import Endpoint, stand_in
from job.aws.clients import open_clients
from job.settings.load import load_settings

CALLS = 120
TWICE_UNAVAILABLE = Rule(kind="error", status=503, code="ServiceUnavailable", times=2)


@pytest.fixture(scope="module")
def aws() -> Iterator[Endpoint]:
    with stand_in("--accounts", "3", "--latency", "0", "--no-limits") as endpoint:
        yield endpoint


def test_many_requests_that_fail_once_use_up_nobodys_retries(
    aws: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    clients = open_clients(load_settings({"REPORT_OUTPUT_DIR": "out"}))

    for _ in range(CALLS):
        aws.faults(as_json([TWICE_UNAVAILABLE]))
        clients.member.sts.get_caller_identity()

    assert aws.stats()["calls"]["sts:GetCallerIdentity"] == CALLS * 3
