from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from job.aws.clients import open_clients
from job.aws.rate_limit import RateLimit
from job.settings.load import load_settings
from tests.scripted_aws import ScriptedAws, json_answer, json_error, point_at, scripted_aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    with scripted_aws() as server:
        point_at(monkeypatch, server.url)
        yield server


def _turns(pace: RateLimit, operation: str, count: int) -> list[float]:
    return [round(max(0.0, pace._reserve(operation, 100.0)), 3) for _ in range(count)]  # noqa: SLF001 - the arithmetic without the clock


def test_a_burst_goes_at_once_and_then_the_rate_holds() -> None:
    assert _turns(RateLimit({"Describe": (2, 2)}, 100), "Describe", 5) == [0, 0, 0.5, 1.0, 1.5]


def test_a_share_of_the_limits_is_less_of_both() -> None:
    assert _turns(RateLimit({"List": (10, 4)}, 50), "List", 4) == [0, 0, 0.2, 0.4]


def test_operations_without_documented_rate_go_once_a_second() -> None:
    assert _turns(RateLimit({}, 100), "Unknown", 4) == [0, 0, 1.0, 2.0]


def test_operations_do_not_wait_for_each_other() -> None:
    pace = RateLimit({"A": (1, 1), "B": (1, 1)}, 100)
    assert _turns(pace, "A", 2) == [0, 1.0]
    assert _turns(pace, "B", 1) == [0]


def test_requests_wait_their_turn_retries_included(aws: ScriptedAws) -> None:
    aws.script("ListRoots", json_error(503, "ServiceUnavailable"), json_answer({"Roots": []}))
    client = open_clients(load_settings(destination_required=False)).organizations
    RateLimit({"ListRoots": (4, 1)}, 100).apply_to(client)
    began = time.monotonic()
    client.list_roots()
    assert aws.operations() == ["ListRoots", "ListRoots"]
    assert time.monotonic() - began >= 0.25
