from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.measure import Endpoint, options_of, stand_in
from bench.world import World


@pytest.fixture(scope="session")
def world() -> World:
    return World(size=24, users_median=2, roles_median=8)


@pytest.fixture(scope="session")
def running_aws(world: World) -> Iterator[Endpoint]:
    with stand_in(*options_of(world), "--latency", "0.05") as endpoint:
        yield endpoint


@pytest.fixture
def aws(running_aws: Endpoint) -> Endpoint:
    running_aws.faults([])
    running_aws.reset()
    return running_aws
