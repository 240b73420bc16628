"""Condition blocks: each operator, its laws, and what absent, open and unreadable values make of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import Outcome, evaluate
from job.analyze.language.context import Context
from job.analyze.language.document import Condition

NEGATIONS = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
}
OPERATORS = (
    *NEGATIONS,
    *NEGATIONS.values(),
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
)
HOLDS, OPEN, UNKNOWN, FAILS = Certainty.CERTAIN, Certainty.POSSIBLE, Certainty.CONCEIVABLE, Certainty.NEVER

NUMBERS = ["1", "01", "2", "-1", "1e17", "1e400", "nan", "inf"]
DATES = ["2026-01-01", "2026-01-01T00:00:00Z", "1767225600"]
NETWORKS = ["10.0.0.0/8", "10.1.2.3", "::1"]
NAMES = ["arn:aws:iam::1:user/a", "arn:aws:iam::1:user/*", "a*", "A", "*", "", "é", "YQ==", "true", "FALSE"]

READABLE = {
    "String": NAMES,
    "Numeric": NUMBERS,
    "Date": DATES,
    "IpAddress": NETWORKS,
    "Arn": ["arn:aws:iam::1:user/a", "arn:aws:iam::*:user/*", "*"],
    "Bool": ["true", "FALSE"],
    "Binary": ["YQ=="],
}

texts = st.one_of(st.sampled_from([*NUMBERS, *DATES, *NETWORKS, *NAMES]), st.text(max_size=8))
operators = st.sampled_from(OPERATORS)
values = st.lists(texts, min_size=1, max_size=3)


def ask(operator: str, wanted: list[str], context: Context, *, variables: bool = True) -> Outcome:
    condition = Condition(operator.lower(), "k", tuple(wanted), "K")
    return evaluate((condition,), context, variables=variables)


def holding(*given_values: str, **others: str) -> Context:
    known = {"k": given_values, **{name: (value,) for name, value in others.items()}}
    return Context(known, frozenset({"missing"}))


LACKING = Context({}, frozenset({"k"}))
SILENT = Context({})


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "truth"),
    [
        ("StringEquals", ["a"], "a", HOLDS),
        ("StringEquals", ["b", "a"], "a", HOLDS),
        ("StringEquals", ["a"], "A", FAILS),
        ("StringEquals", ["a*"], "ab", FAILS),
        ("StringEquals", ["a*"], "a*", HOLDS),
        ("StringEquals", ["a?"], "ab", FAILS),
        ("StringNotEquals", ["b", "a"], "a", FAILS),
        ("StringEqualsIgnoreCase", ["a"], "A", HOLDS),
        ("StringNotEqualsIgnoreCase", ["a"], "A", FAILS),
        ("StringLike", ["a*"], "ab", HOLDS),
        ("StringLike", ["a?"], "abc", FAILS),
        ("StringLike", ["A*"], "ab", FAILS),
        ("StringLike", ["b"], "*", FAILS),
        ("StringNotLike", ["a*"], "ab", FAILS),
        ("NumericEquals", ["1"], "1.0", HOLDS),
        ("NumericEquals", ["1"], "one", FAILS),
        ("NumericEquals", ["one"], "1", UNKNOWN),
        ("NumericEquals", ["one", "1"], "1", HOLDS),
        ("NumericNotEquals", ["one", "1"], "1", FAILS),
        ("NumericEquals", ["one", "1"], "2", UNKNOWN),
        ("NumericNotEquals", ["1"], "2", HOLDS),
        ("NumericLessThan", ["10"], "9", HOLDS),
        ("NumericLessThan", ["10"], "10", FAILS),
        ("NumericLessThanEquals", ["10"], "10", HOLDS),
        ("NumericGreaterThan", ["10"], "10", FAILS),
        ("NumericGreaterThan", ["9"], "10", HOLDS),
        ("NumericGreaterThanEquals", ["10"], "10", HOLDS),
        ("DateEquals", ["2026-01-01"], "2026-01-01T00:00:00Z", HOLDS),
        ("DateEquals", ["1767225600"], "2026-01-01T00:00:00Z", HOLDS),
        ("DateEquals", ["tomorrow"], "2026-01-01T00:00:00Z", UNKNOWN),
        ("DateEquals", ["2026-01-01"], "tomorrow", FAILS),
        ("DateNotEquals", ["2026-01-01"], "2026-01-02", HOLDS),
        ("DateLessThan", ["2026-01-01T00:00:00Z"], "2025-12-31T23:59:59Z", HOLDS),
        ("DateLessThan", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", FAILS),
        ("DateLessThanEquals", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", HOLDS),
        ("DateGreaterThan", ["2026-01-01T00:00:00+01:00"], "2026-01-01T00:00:00Z", HOLDS),
        ("DateGreaterThan", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", FAILS),
        ("DateGreaterThanEquals", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", HOLDS),
        ("DateLessThan", ["1e17"], "2026-01-01", UNKNOWN),
        ("Bool", ["true"], "True", HOLDS),
        ("Bool", ["false"], "true", FAILS),
        ("BinaryEquals", ["YQ=="], "YQ==", HOLDS),
        ("BinaryEquals", ["YQ=="], "Yg==", FAILS),
        ("BinaryEquals", ["no base64!"], "YQ==", UNKNOWN),
        ("BinaryEquals", ["é"], "YQ==", UNKNOWN),
        ("BinaryEquals", ["YQ=="], "é", FAILS),
        ("IpAddress", ["10.0.0.0/8"], "10.1.2.3", HOLDS),
        ("IpAddress", ["10.1.2.3"], "10.1.2.3", HOLDS),
        ("IpAddress", ["10.0.0.1/8"], "11.0.0.1", FAILS),
        ("IpAddress", ["2001:db8::/32"], "2001:db8::1", HOLDS),
        ("IpAddress", ["2001:db8::/32"], "10.1.2.3", FAILS),
        ("IpAddress", ["10.0.0.0/8"], "nowhere", FAILS),
        ("IpAddress", ["10.0.0.0/40"], "10.1.2.3", UNKNOWN),
        ("NotIpAddress", ["10.0.0.0/8"], "11.1.2.3", HOLDS),
        ("ArnLike", ["arn:aws:iam::1:user/*"], "arn:aws:iam::1:user/a", HOLDS),
        ("ArnLike", ["arn:aws:*"], "arn:aws:iam::1:user/a", UNKNOWN),
        ("ArnLike", ["arn:aws:*", "arn:aws:iam::1:*"], "arn:aws:iam::1:user/a", HOLDS),
        ("ArnNotLike", ["arn:aws:iam::1"], "arn:aws:iam::1:user/a", UNKNOWN),
        ("DateLessThan", ["2027"], "2026-01-01T00:00:00Z", UNKNOWN),
        ("DateGreaterThan", ["2027"], "2026-01-01T00:00:00Z", UNKNOWN),
        ("ArnLike", ["*"], "arn:aws:iam::1:user/a", HOLDS),
        ("ArnLike", ["*"], "no ARN", FAILS),
        ("ArnLike", ["arn:*:iam::1:*"], "arn:aws:iam::1:user/a:b", HOLDS),
        ("ArnEquals", ["arn:aws:iam::1:user/*"], "arn:aws:iam::1:user/a", HOLDS),
        ("ArnNotEquals", ["arn:aws:iam::1:user/*"], "arn:aws:iam::1:user/a", FAILS),
        ("ArnNotLike", ["arn:aws:iam::2:user/*"], "arn:aws:iam::1:user/a", HOLDS),
        ("Null", ["false"], "a", HOLDS),
        ("Null", ["true"], "a", FAILS),
        ("Null", ["maybe"], "a", UNKNOWN),
        ("StringResembles", ["a"], "a", UNKNOWN),
        ("ForSomeValues:StringEquals", ["a"], "a", UNKNOWN),
    ],
)
def test_an_operator_on_one_value(operator: str, wanted: list[str], value: str, truth: Certainty) -> None:
    assert ask(operator, wanted, holding(value)).certainty is truth


@pytest.mark.parametrize(
    ("operator", "wanted", "given_values", "truth"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], HOLDS),
        ("ForAllValues:StringEquals", ["a"], ["a", "b"], FAILS),
        ("ForAnyValue:NumericEquals", ["one", "1"], ["2", "1"], HOLDS),
        ("ForAllValues:NumericNotEquals", ["one", "1"], ["2", "1"], FAILS),
        ("ForAllValues:NumericEquals", ["one", "1"], ["1", "2"], UNKNOWN),
        ("ForAnyValue:StringEquals", ["a"], ["a", "b"], HOLDS),
        ("ForAnyValue:StringEquals", ["c"], ["a", "b"], FAILS),
        ("ForAllValues:StringNotEquals", ["c"], ["a", "b"], HOLDS),
        ("ForAllValues:StringNotEquals", ["a"], ["a", "b"], FAILS),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "b"], HOLDS),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], FAILS),
        ("StringEquals", ["b"], ["a", "b"], HOLDS),
        ("StringNotEquals", ["b"], ["a", "b"], FAILS),
    ],
)
def test_an_operator_on_several_values(
    operator: str, wanted: list[str], given_values: list[str], truth: Certainty
) -> None:
    assert ask(operator, wanted, holding(*given_values)).certainty is truth


@pytest.mark.parametrize("operator", NEGATIONS)
@given(wanted=values, value=texts)
def test_a_negated_operator_says_the_opposite(operator: str, wanted: list[str], value: str) -> None:
    opposite = {HOLDS: FAILS, FAILS: HOLDS}
    said = ask(operator, wanted, holding(value)).certainty
    assert ask(NEGATIONS[operator], wanted, holding(value)).certainty is opposite.get(said, said)


@given(operators, values, st.lists(texts, max_size=3), st.sampled_from(["", "ForAnyValue:", "ForAllValues:"]))
def test_if_exists_changes_nothing_for_a_key_that_is_there(
    operator: str, wanted: list[str], given_values: list[str], quantifier: str
) -> None:
    context = holding("a", *given_values)
    assert ask(f"{quantifier}{operator}IfExists", wanted, context) == ask(
        quantifier + operator, wanted, context
    )


@given(operators, values, st.sampled_from(["", "ForAnyValue:", "ForAllValues:"]))
def test_if_exists_holds_without_the_key(operator: str, wanted: list[str], quantifier: str) -> None:
    assert ask(f"{quantifier}{operator}IfExists", wanted, LACKING).certainty is HOLDS


@given(
    st.sampled_from(
        [(operator, READABLE[kind]) for operator in OPERATORS for kind in READABLE if kind in operator]
    ),
    st.sampled_from(["", "ForAnyValue:", "ForAllValues:"]),
    st.sampled_from(["", "IfExists"]),
)
def test_an_open_key_leaves_every_operator_open_and_is_named_as_written(
    asked: tuple[str, list[str]], quantifier: str, suffix: str
) -> None:
    operator, wanted = asked
    assert ask(quantifier + operator + suffix, wanted, SILENT) == Outcome(OPEN, frozenset({"K"}))


@pytest.mark.parametrize(
    ("operator", "wanted", "truth"),
    [
        ("IpAddress", ["nowhere"], UNKNOWN),
        ("IpAddress", ["nowhere", "10.0.0.0/8"], OPEN),
        ("IpAddressIfExists", ["nowhere", "10.0.0.0/8"], UNKNOWN),
        ("NotIpAddress", ["nowhere"], UNKNOWN),
        ("NotIpAddress", ["nowhere", "10.0.0.0/8"], OPEN),
        ("ForAnyValue:NotIpAddress", ["nowhere", "10.0.0.0/8"], UNKNOWN),
        ("ForAllValues:IpAddress", ["nowhere", "10.0.0.0/8"], UNKNOWN),
        ("ForAllValues:NotIpAddress", ["nowhere", "10.0.0.0/8"], OPEN),
    ],
)
def test_an_open_key_with_values_that_cannot_be_read(
    operator: str, wanted: list[str], truth: Certainty
) -> None:
    assert ask(operator, wanted, SILENT).certainty is truth


@pytest.mark.parametrize(
    ("operator", "truth"),
    [
        ("NumericEquals", UNKNOWN),
        ("DateGreaterThan", UNKNOWN),
        ("Bool", UNKNOWN),
        ("BinaryEquals", UNKNOWN),
        ("IpAddress", UNKNOWN),
        ("NotIpAddress", UNKNOWN),
        ("Null", UNKNOWN),
        ("StringEquals", HOLDS),
        ("StringNotEquals", FAILS),
        ("ForAnyValue:StringLike", HOLDS),
    ],
)
def test_a_variable_is_filled_in_for_texts_and_arns_alone(operator: str, truth: Certainty) -> None:
    assert ask(operator, ["${other}"], holding("1", other="1")).certainty is truth


@pytest.mark.parametrize(
    ("operator", "truth"),
    [
        ("StringEquals", FAILS),
        ("StringNotEquals", HOLDS),
        ("ForAnyValue:StringEquals", FAILS),
        ("ForAnyValue:StringNotEquals", FAILS),
        ("ForAllValues:StringEquals", HOLDS),
        ("ForAllValues:StringNotEquals", HOLDS),
        ("Bool", FAILS),
        ("NotIpAddress", HOLDS),
    ],
)
def test_an_operator_without_the_key(operator: str, truth: Certainty) -> None:
    assert ask(operator, ["a"], LACKING).certainty is truth


@pytest.mark.parametrize(
    ("wanted", "context", "truth"),
    [
        (["true"], LACKING, HOLDS),
        (["false"], LACKING, FAILS),
        (["true"], SILENT, OPEN),
        (["true", "false"], SILENT, HOLDS),
        ([], LACKING, UNKNOWN),
    ],
)
def test_null_asks_whether_the_key_is_there(wanted: list[str], context: Context, truth: Certainty) -> None:
    assert ask("Null", wanted, context).certainty is truth


def test_null_has_no_if_exists() -> None:
    assert ask("NullIfExists", ["true"], LACKING).certainty is UNKNOWN


@given(operators, values, st.lists(texts, min_size=1, max_size=3))
def test_no_value_is_beyond_an_operator(operator: str, wanted: list[str], given_values: list[str]) -> None:
    assert ask(operator, wanted, holding(*given_values)).certainty in (HOLDS, FAILS, UNKNOWN)


@pytest.mark.parametrize(
    ("operator", "wanted", "truth"),
    [
        ("StringEquals", "${name}", HOLDS),
        ("StringEquals", "${Name}", HOLDS),
        ("StringNotEquals", "${name}", FAILS),
        ("StringEquals", "${missing}", FAILS),
        ("StringNotEquals", "${missing}", HOLDS),
        ("StringEquals", "${missing, 'a'}", HOLDS),
        ("StringEquals", "${open}", OPEN),
        ("StringNotEquals", "${open}", OPEN),
    ],
)
def test_variables_in_values_take_what_the_request_holds(
    operator: str, wanted: str, truth: Certainty
) -> None:
    assert ask(operator, [wanted], holding("a", name="a")).certainty is truth


def test_an_open_variable_beside_a_value_that_matches_decides_nothing() -> None:
    assert ask("StringEquals", ["a", "${open}"], holding("a")).certainty is HOLDS


def test_open_variables_are_named() -> None:
    assert ask("StringEquals", ["${Open}"], holding("a")).open_keys == {"Open"}


def test_old_policies_have_no_variables() -> None:
    assert ask("StringEquals", ["${name}"], holding("${name}", name="a"), variables=False).certainty is HOLDS


@pytest.mark.parametrize(
    ("wanted", "truth"),
    [
        ({"known": "a", "open": "a"}, OPEN),
        ({"known": "b", "open": "a"}, FAILS),
        ({"open": "a", "known": "b"}, FAILS),
        ({"known": "a"}, HOLDS),
    ],
)
def test_all_conditions_must_hold(wanted: dict[str, str], truth: Certainty) -> None:
    block = [Condition("stringequals", key, (value,), key) for key, value in wanted.items()]
    assert evaluate(block, Context({"known": ("a",)}), variables=True).certainty is truth


def test_what_is_not_understood_outweighs_what_is_open() -> None:
    block = [Condition("stringequals", "open", ("a",), "open"), Condition("odd", "known", ("a",), "known")]
    assert evaluate(block, Context({"known": ("a",)}), variables=True) == Outcome(
        UNKNOWN, frozenset({"open"})
    )
