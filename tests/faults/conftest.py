from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.measure import Endpoint, stand_in
from bench.world import World

ACCOUNTS = 24


@pytest.fixture(scope="session")
def world() -> World:
    return World(size=ACCOUNTS)


@pytest.fixture(scope="session")
def running_aws() -> Iterator[Endpoint]:
    with stand_in("--accounts", str(ACCOUNTS), "--latency", "0.05") as endpoint:
        yield endpoint


@pytest.fixture
def aws(running_aws: Endpoint) -> Endpoint:
    running_aws.faults([])
    running_aws.reset()
    return running_aws
