"""Hypothesis strategies that damage a good text, file or JSON document in the ways that files get damaged."""

from __future__ import annotations

import copy
from typing import TypeAlias

import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from job.snapshot.model import Json

#: Ten times the examples of other laws: 1,000 mutations of each kind of input in `make test-all`.
TENFOLD = settings(
    max_examples=10 * settings().max_examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

#: As many in `make test-all`, and three times those of other laws before: a whole analysis is slow.
ANALYZED = settings(
    TENFOLD,
    max_examples=(10 if settings().max_examples == settings.get_profile("long").max_examples else 3)
    * settings().max_examples,
)

Place: TypeAlias = "tuple[dict[str, Json] | list[Json], str | int]"

_TOKENS = (
    "",
    ",",
    '"',
    "\n",
    "\r\n",
    "\x00",
    "\ufeff",
    "'",
    "\\",
    ";",
    "\t",
    "N/A",
    "no_information",
    "true",
    "\ud7ff",
)
_WORDS = st.one_of(st.sampled_from(_TOKENS), st.text(max_size=8))
_VALUES: st.SearchStrategy[Json] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**70), max_value=2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["", "*", "arn:aws:iam::1:user/x", "9999-99-99", "2026-02-30T00:00:00Z", "%7B%22", "{}", "${aws:"]
    ),
    st.just([]),
    st.builds(dict),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers()), max_size=3),
    st.dictionaries(st.text(max_size=5), st.one_of(st.none(), st.text(max_size=3)), max_size=3),
)


@st.composite
def damaged_text(draw: st.DrawFn, text: str) -> str:
    """The text with one to four slices cut out, repeated or overwritten."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 200)))
        middle = draw(st.one_of(_WORDS, st.just(text[start:end] * 2)))
        text = text[:start] + middle + text[end:]
    return text


@st.composite
def damaged_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with one to four slices cut out, repeated or overwritten, or cut off at an end."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.one_of(st.integers(start, min(len(data), start + 40)), st.just(len(data))))
        middle = draw(st.one_of(st.binary(max_size=8), st.just(data[start:end] * 2)))
        data = data[:start] + middle + data[end:]
    return data


@st.composite
def damaged_json(draw: st.DrawFn, document: Json) -> Json:
    """The document with one to three of its values replaced, dropped or repeated, at any depth."""
    whole: list[Json] = [orjson.loads(orjson.dumps(document))]
    for _ in range(draw(st.integers(1, 3))):
        places = _places(whole)
        container, step = places[draw(st.integers(0, len(places) - 1))]
        change = _replaced if container is whole else draw(st.sampled_from([_replaced, _dropped, _repeated]))
        change(container, step, draw(_VALUES))
    return whole[0]


def _places(whole: list[Json]) -> list[Place]:
    """Every value at any depth, as what holds it and where, the document itself first."""
    places: list[Place] = [(whole, 0)]
    for container, step in places:
        value = container[step]  # type: ignore[index]  # its own step
        if isinstance(value, dict):
            places += [(value, key) for key in value]
        elif isinstance(value, list):
            places += [(value, index) for index in range(len(value))]
    return places


def _replaced(container: dict[str, Json] | list[Json], step: str | int, value: Json) -> None:
    container[step] = value  # type: ignore[index]  # its own step


def _dropped(container: dict[str, Json] | list[Json], step: str | int, value: Json) -> None:
    del value
    del container[step]  # type: ignore[arg-type]  # its own step


def _repeated(container: dict[str, Json] | list[Json], step: str | int, value: Json) -> None:
    if isinstance(container, list):
        container.append(copy.deepcopy(container[int(step)]))
    else:
        container[f"{step}x"] = value
