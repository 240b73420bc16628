"""Condition blocks decided together, against every context over small domains."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.analyze.condition_sets.blocks import Block, Cell, cells
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import evaluate
from job.analyze.language.context import Context
from job.analyze.language.document import Condition, parse_policy
from job.analyze.language.globs import Budget, UndecidedError
from job.snapshot.model import Json

Truths = tuple[int, int]
Values = tuple[str, ...]

CASES = json.loads(Path(__file__).with_name("condition_combinations.json").read_text())
AMPLE = 1_000_000
SINGLE: tuple[Values, ...] = ((), ("a",), ("b",), ("A",), ("ab",), ("aB",), ("ba",), ("x",), ("",))
SEVERAL: tuple[Values, ...] = (*SINGLE, ("a", "b"), ("a", "A"), ("ab", "x"), ("a", "b", "x"))
DOMAINS: Mapping[str, tuple[Values, ...]] = {
    "s:text": SINGLE,
    "aws:text": SINGLE,
    "aws:tagkeys": SEVERAL,
    "aws:requesttag/a": ((), ("a",), ("x",)),
    "aws:requesttag/b": ((), ("a",), ("x",)),
    "s:several": SEVERAL,
    "s:number": ((), ("-1",), ("1",), ("1.5",), ("2",), ("30",)),
    "aws:resourcetag/n": ((), ("-1",), ("1",), ("1.5",), ("2",), ("a",)),
    "s:date": ((), ("2025-12-31",), ("2026-01-01T00:00:00Z",), ("2026-06-01",), ("1798761600",)),
    "aws:address": ((), ("10.0.0.1",), ("10.1.0.9",), ("11.0.0.0",), ("2001:db8::9",), ("::1",)),
    "s:flag": ((), ("true",), ("false",)),
    "s:bytes": ((), ("YQ==",), ("Yg==",), ("YWI=",)),
}
TEXTS = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "ArnLike",
)
ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS: Mapping[str, Sequence[str]] = {
    "s:number": [f"Numeric{order}" for order in ORDERS],
    "aws:resourcetag/n": [f"Numeric{order}" for order in ORDERS],
    "s:date": [f"Date{order}" for order in ORDERS],
    "aws:address": ["IpAddress", "NotIpAddress"],
    "s:flag": ["Bool", "StringEquals", "StringNotEquals"],
    "s:bytes": ["BinaryEquals"],
}
WANTED: Mapping[str, Sequence[str]] = {
    "s:number": ["1", "2", "1.0", "odd"],
    "aws:resourcetag/n": ["1", "2", "odd"],
    "s:date": ["2026-01-01", "2026-06-01T00:00:00Z", "someday"],
    "aws:address": ["10.0.0.0/8", "10.1.0.0/16", "10.0.0.1", "2001:db8::/32", "nowhere"],
    "s:flag": ["true", "false"],
    "s:bytes": ["YQ==", "Yg==", "no base64!"],
}
LETTERS = ["a", "b", "ab", "a*", "*b", "?", "*", "", "A", "arn:a:*:*:*:*"]
SETS: Mapping[str, Sequence[str]] = {
    "aws:tagkeys": ["", "ForAnyValue:", "ForAllValues:"],
    "s:several": ["ForAnyValue:", "ForAllValues:"],
    "aws:text": ["", "ForAnyValue:", "ForAllValues:"],
}


@st.composite
def conditions(draw: st.DrawFn, keys: Sequence[str]) -> Condition:
    key = draw(st.sampled_from(keys))
    if draw(st.integers(0, 9)) == 0:
        operator = draw(st.sampled_from(["null", "stringresembles", "nullifexists"]))
        return Condition(operator, key, (draw(st.sampled_from(["true", "false", "maybe"])),), key)
    name = draw(st.sampled_from(OPERATORS.get(key, TEXTS)))
    suffix = draw(st.sampled_from(["", "", "IfExists"]))
    values = draw(st.lists(st.sampled_from(WANTED.get(key, LETTERS)), min_size=1, max_size=2))
    prefix = draw(st.sampled_from(SETS.get(key, [""])))
    return Condition((prefix + name + suffix).lower(), key, tuple(values), key)


@st.composite
def block_lists(draw: st.DrawFn, keys: Sequence[str] = (*DOMAINS,), at_most: int = 2) -> list[Block]:
    chosen = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=at_most, unique=True))
    block = st.lists(conditions(chosen), max_size=3).map(lambda block: (tuple(block), True))
    return draw(st.lists(block, min_size=1, max_size=4))


def truths(blocks: Sequence[Block], context: Context) -> Truths:
    holds = doubtful = 0
    for place, (block, variables) in enumerate(blocks):
        truth = evaluate(block, context, variables=variables).certainty
        assert truth is not Certainty.POSSIBLE
        holds |= (truth is Certainty.CERTAIN) << place
        doubtful |= (truth is Certainty.CONCEIVABLE) << place
    return holds, doubtful


def keys_of(blocks: Sequence[Block]) -> list[str]:
    return sorted({condition.key for block, _ in blocks for condition in block})


def completed(context: Context, held: Mapping[str, Values]) -> Context:
    return context.having(
        {key: values for key, values in held.items() if values},
        frozenset(key for key, values in held.items() if not values),
    )


def contexts(blocks: Sequence[Block]) -> Iterator[Context]:
    keys = keys_of(blocks)
    for values in product(*(DOMAINS[key] for key in keys)):
        held = dict(zip(keys, values, strict=True))
        if names_its_tags(held):
            yield completed(Context({}), held)


def names_its_tags(held: Mapping[str, Values]) -> bool:
    tags = {
        key.rpartition("/")[2] for key, values in held.items() if key.startswith("aws:requesttag/") and values
    }
    return "aws:tagkeys" not in held or tags <= {name.lower() for name in held["aws:tagkeys"]}


def together(blocks: Sequence[Block], context: Context = Context({})) -> tuple[Cell, ...]:  # noqa: B008 - a value
    return cells(blocks, context, Budget(AMPLE))


def found(answer: Sequence[Cell]) -> list[Truths]:
    return [(cell.holds, cell.doubtful) for cell in answer]


@given(block_lists())
def test_every_combination_of_a_request_is_a_cell(blocks: list[Block]) -> None:
    assert {truths(blocks, context) for context in contexts(blocks)} <= {*found(together(blocks))}


@given(block_lists(at_most=4))
def test_the_sample_of_a_cell_lies_in_it(blocks: list[Block]) -> None:
    for cell in together(blocks):
        assert truths(blocks, cell.within(Context({}))) == (cell.holds, cell.doubtful)
        assert names_its_tags(cell.sample)


@given(block_lists(["aws:tagkeys", "aws:requesttag/a", "aws:requesttag/b"], at_most=3))
def test_tags_in_the_request_are_named_by_its_tag_keys(blocks: list[Block]) -> None:
    assert {truths(blocks, context) for context in contexts(blocks)} <= {*found(together(blocks))}


@given(block_lists(at_most=4))
def test_no_combination_is_told_twice(blocks: list[Block]) -> None:
    answer = found(together(blocks))
    assert len(answer) == len({*answer})


@given(block_lists(), st.data())
def test_known_keys_hold_what_is_known(blocks: list[Block], data: st.DataObject) -> None:
    keys = keys_of(blocks)
    given_keys = {key: data.draw(st.sampled_from(DOMAINS[key])) for key in keys[:1]}
    known = completed(Context({}), given_keys)
    possible = {
        truths(blocks, context)
        for context in contexts(blocks)
        if all(context.lookup(key) == known.lookup(key) for key in given_keys)
    }
    answer = together(blocks, known)
    assert possible <= {*found(answer)}
    for cell in answer:
        assert truths(blocks, cell.within(known)) == (cell.holds, cell.doubtful)
        assert not given_keys.keys() & cell.sample.keys()


@given(block_lists(["s:text", "s:number", "s:date", "aws:address"]))
def test_keys_read_by_operators_of_several_kinds_lose_no_combination(blocks: list[Block]) -> None:
    mixed = [
        (tuple(Condition(c.operator, "s:mixed", c.values, "s:mixed") for c in block), variables)
        for block, variables in blocks
    ]
    values = {values for key in keys_of(blocks) for values in DOMAINS[key]}
    possible = {truths(mixed, completed(Context({}), {"s:mixed": held})) for held in values}
    answer = together(mixed)
    assert possible <= {*found(answer)}
    for cell in answer:
        if "s:mixed" in cell.sample:
            assert truths(mixed, cell.within(Context({}))) == (cell.holds, cell.doubtful)


def with_a_variable(condition: Condition, beside: str) -> Condition:
    """With one more value; these are no ARNs, which an ARN operator must have."""
    operator = condition.operator.replace("arnlike", "stringlike")
    return Condition(operator, condition.key, (*condition.values, "${s:open}" + beside), condition.name)


@given(block_lists(["s:text", "aws:text"]), st.sampled_from(["", "a", "*"]))
def test_an_open_variable_leaves_both_answers_and_no_other_in_doubt(blocks: list[Block], beside: str) -> None:
    variable = [(tuple(with_a_variable(c, beside) for c in block), True) for block, _ in blocks]
    possible = {
        truths(variable, context.having({"s:open": (value,)}))
        for context in contexts(blocks)
        for value in ("a", "b", "x")
    }
    assert possible <= {*found(together(variable))}


@given(block_lists(at_most=3), st.integers(0, 15))
def test_the_best_cells_stand_for_all(blocks: list[Block], wanted: int) -> None:
    best = cells(blocks, Context({}), Budget(AMPLE), wanted=wanted)
    every = found(together(blocks))
    assert {*found(best)} <= {*every}
    for holds, doubtful in every:
        assert any(
            all(
                _rank(cell.holds, cell.doubtful, i, wanted) >= _rank(holds, doubtful, i, wanted)
                for i in range(4)
            )
            for cell in best
        )


def _rank(holds: int, doubtful: int, place: int, wanted: int) -> int:
    level = 2 if holds >> place & 1 else 1 if doubtful >> place & 1 else 0
    return level if wanted >> place & 1 else -level


@given(block_lists(at_most=3))
def test_the_order_of_the_blocks_changes_nothing(blocks: list[Block]) -> None:
    backwards = found(together(blocks[::-1]))
    size = len(blocks)

    def turned(mask: int) -> int:
        return sum(1 << (size - 1 - i) for i in range(size) if mask >> i & 1)

    assert {*found(together(blocks))} == {(turned(holds), turned(doubtful)) for holds, doubtful in backwards}


def written(blocks: Sequence[Json]) -> list[Block]:
    statements: list[Json] = [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block} for block in blocks
    ]
    parsed = parse_policy({"Version": "2012-10-17", "Statement": statements}).statements
    return [(s.conditions, s.variables) for s in parsed]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_blocks_as_policies_write_them(case: Mapping[str, list[Json]]) -> None:
    answer = together(written(case["blocks"]))
    size = len(case["blocks"])
    assert sorted([i for i in range(size) if cell.holds >> i & 1] for cell in answer) == case["together"]
    assert not any(cell.doubtful for cell in answer)


def test_no_blocks_leave_one_cell() -> None:
    assert together([]) == (Cell(0, 0, {}),)


def test_a_block_without_conditions_always_holds() -> None:
    assert found(together([((), True)])) == [(1, 0)]


def test_more_keys_than_can_be_told_apart_end_with_the_budget() -> None:
    blocks = written([{"StringEquals": {f"s:{n}": "a"}} for n in range(30)])
    with pytest.raises(UndecidedError):
        cells(blocks, Context({}), Budget(10_000))


def test_as_many_keys_are_few_combinations_when_only_the_best_are_wanted() -> None:
    blocks = written([{"StringEquals": {f"s:{n}": "a"}} for n in range(30)])
    allows = (1 << 10) - 1
    assert found(cells(blocks, Context({}), Budget(10_000), wanted=allows)) == [(allows, 0)]


def test_a_thousand_accounts_in_a_list_are_little_work() -> None:
    accounts: list[Json] = [f"{n:012}" for n in range(1000)]
    blocks = written([{"StringEquals": {"aws:ResourceAccount": accounts}}] * 2)
    assert {*found(cells(blocks, Context({}), Budget(5_000)))} == {(0, 0), (3, 0)}
