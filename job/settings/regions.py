"""Which AWS Regions there are, from the partition data that comes with botocore."""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib.resources import files
from typing import TypedDict

import orjson

_ZONE = re.compile(r"([a-z]+(?:-[a-z]+)+-\d)[a-z]")
_SIMILAR = 0.7


class _Partition(TypedDict):
    """What is read of a partition; `regionRegex` also matches Regions that AWS may still open."""

    regionRegex: str
    regions: dict[str, object]


def region_code(text: str) -> str:
    """The code of a Region that is known, or could be one opened since: known words and one digit.

    Only the code of a known Region is ever proposed, so that a refusal shows nothing of another value.
    """
    if text in _known() or _may_be_new(text):
        return text
    zone = _ZONE.fullmatch(text)
    if zone and zone[1] in _known():
        raise ValueError(f"expected a Region, not one of its Availability Zones: is it {zone[1]}?")
    close = difflib.get_close_matches(text.lower(), sorted(_known()), n=1, cutoff=_SIMILAR)
    proposal = f"is it {close[0]}?" if close else "expected a code such as eu-central-1"
    raise ValueError(f"there is no such AWS Region: {proposal}")


@cache
def _partitions() -> tuple[_Partition, ...]:
    data = files("botocore").joinpath("data/partitions.json").read_bytes()
    partitions: list[_Partition] = orjson.loads(data)["partitions"]
    return tuple(partitions)


@cache
def _known() -> frozenset[str]:
    """Every Region's code; `aws-global` and its like are endpoints, no Regions."""
    codes = (code for partition in _partitions() for code in partition["regions"])
    return frozenset(code for code in codes if not code.endswith("-global"))


def _may_be_new(text: str) -> bool:
    area, direction, number = ("", "", *text.rsplit("-", 2))[-3:]
    known = [code.rsplit("-", 2) for code in _known()]
    return (
        any(re.fullmatch(partition["regionRegex"], text) for partition in _partitions())
        and area in {words[0] for words in known}
        and direction in {words[1] for words in known}
        and re.fullmatch("[1-9]", number) is not None
    )
