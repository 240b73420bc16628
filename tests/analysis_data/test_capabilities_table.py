"""Each way to data gives what the table says with just its needs, and no more when one of them is missing."""

from __future__ import annotations

import pytest
from capability_world import Way, verdict, ways, without_one


@pytest.mark.parametrize("way", [pytest.param(w, id=w.name) for w in ways()])
def test_a_way_gives_what_the_table_says(way: Way) -> None:
    assert verdict(way) == way.expected


@pytest.mark.parametrize(
    ("way", "action", "left"),
    [pytest.param(*case, id=f"{case[0].name} - {case[1]}") for case in without_one()],
)
def test_a_way_closes_when_one_need_is_taken_away(way: Way, action: str, left: str) -> None:
    assert verdict(way, without=action) == left
