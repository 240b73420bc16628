"""The closure against a search that shares nothing with it, over small random accounts.

`python tests/analyze_cases/test_brute_force.py FIRST LAST` looks at a longer range of seeds.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from change_search import Found, search
from policy_documents import HOME
from policy_questions import principal_verdicts
from policy_world import build_world
from small_worlds import small_world

if TYPE_CHECKING:
    from policy_documents import Spec

SEEDS = range(60)
FIRST = 15
MORE = pytest.mark.long("more accounts of the same kind")
MOST_STATES = 60
ADMINISTRATORS = ("direct", "escalates")
"""Verdicts that the search has to confirm; `conditional` says that something unseen is needed."""


@cache
def searched(seed: int) -> Found:
    return search(small_world(seed), "alice", MOST_STATES)


def told(spec: Spec) -> str:
    world = build_world({**spec, "user": spec["users"]["alice"]})
    return str(principal_verdicts(world, "alice", HOME).admin_access)


def disagreement(seed: int) -> str:
    found, verdict = searched(seed), told(small_world(seed))
    if found.reached and verdict not in ADMINISTRATORS:
        return f"seed {seed}: {verdict}, but {'; '.join(found.steps)}"
    if found.exhausted and verdict in ADMINISTRATORS:
        return f"seed {seed}: {verdict}, but no sequence of changes leads there"
    return ""


@pytest.mark.parametrize(
    "seed", [*SEEDS[:FIRST], *(pytest.param(seed, marks=MORE) for seed in SEEDS[FIRST:])]
)
def test_the_closure_finds_an_administrator_where_some_sequence_of_changes_does(seed: int) -> None:
    assert disagreement(seed) == ""


@MORE
def test_the_small_worlds_tell_something() -> None:
    found = [searched(seed) for seed in SEEDS]
    assert sum(one.reached for one in found) >= len(SEEDS) // 8
    assert sum(one.exhausted for one in found) >= len(SEEDS) // 3


if __name__ == "__main__":
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        if text := disagreement(number):
            sys.stdout.write(text + "\n")
