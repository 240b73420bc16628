"""Numbers, moments, addresses and bytes that stand for all, against a sample of all."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.analyze.condition_sets.value_atoms import address_atoms, byte_atoms, moment_atoms, number_atoms
from job.analyze.language.operators import OPERATORS

ORDERS = ("equals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals")
NUMBERS = [f"numeric{order}" for order in ORDERS]
MOMENTS = [f"date{order}" for order in ORDERS]

numbers = st.one_of(
    st.integers(-5, 5).map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.sampled_from(["1e400", "-1e-400", "1.00000000000000000000000000000000001", "1", "1e9999999"]),
)
START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.one_of(
    st.integers(-3, 3).map(lambda days: (START + timedelta(days=days)).isoformat()),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.sampled_from(["1767225600", "2026-01-01", "0001-01-01", "9999-12-31T23:59:59.999999Z"]),
    st.sampled_from(["2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00+01:00"]),
)
networks = st.one_of(
    st.sampled_from(["0.0.0.0/0", "::/0", "255.255.255.255", "::1", "203.0.113.0/24"]),
    st.builds(lambda first, size: f"10.0.{first}.0/{size}", st.integers(0, 3), st.integers(20, 32)),
    st.builds(lambda first, size: f"2001:db8:{first}::/{size}", st.integers(0, 3), st.integers(30, 48)),
)
unreadable = st.sampled_from(["", "one", "tomorrow", "10.0.0.0/40", "é", "nan", "inf"])


def outcome(operators: Sequence[str], wanted: Sequence[str], value: str) -> tuple[bool, ...]:
    return tuple(OPERATORS[name].holds((end,), value) for end in wanted for name in operators)


@given(st.lists(numbers, max_size=4), st.lists(numbers, max_size=6))
def test_every_number_lies_as_one_of_the_atoms_does(wanted: list[str], others: list[str]) -> None:
    stand_ins = {outcome(NUMBERS, wanted, atom) for atom in number_atoms(wanted)}
    assert {outcome(NUMBERS, wanted, number) for number in (*wanted, *others)} <= stand_ins


@given(st.lists(moments, max_size=4), st.lists(moments, max_size=6))
def test_every_moment_lies_as_one_of_the_atoms_does(wanted: list[str], others: list[str]) -> None:
    stand_ins = {outcome(MOMENTS, wanted, atom) for atom in moment_atoms(wanted)}
    assert {outcome(MOMENTS, wanted, moment) for moment in (*wanted, *others)} <= stand_ins


@given(st.lists(networks, max_size=4), st.ip_addresses(v=4), st.ip_addresses(v=6), st.integers(0, 1200))
def test_every_address_lies_as_one_of_the_atoms_does(
    wanted: list[str], four: object, six: object, near: int
) -> None:
    stand_ins = {outcome(["ipaddress"], wanted, atom) for atom in address_atoms(wanted)}
    values = (str(four), str(six), f"10.0.{near // 256}.{near % 256}", f"2001:db8:{near % 5}::{near}")
    assert {outcome(["ipaddress"], wanted, value) for value in values} <= stand_ins


@given(st.lists(st.binary(max_size=2), max_size=4), st.binary(max_size=3))
def test_all_bytes_are_as_one_of_the_atoms(contents: list[bytes], other: bytes) -> None:
    wanted = [base64.b64encode(content).decode() for content in contents]
    stand_ins = {outcome(["binaryequals"], wanted, atom) for atom in byte_atoms(wanted)}
    assert outcome(["binaryequals"], wanted, base64.b64encode(other).decode()) in stand_ins


@given(st.lists(unreadable, max_size=3))
def test_what_cannot_be_read_adds_nothing(texts: list[str]) -> None:
    assert number_atoms([*texts, "1"]) == number_atoms(["1"])
    assert moment_atoms([*texts, "2026-01-01"]) == moment_atoms(["2026-01-01"])
    assert address_atoms([*texts, "10.0.0.0/8"]) == address_atoms(["10.0.0.0/8"])


def test_bytes_that_cannot_be_read_add_nothing() -> None:
    assert byte_atoms(["no base64!", "YQ=="]) == byte_atoms(["YQ=="])


@pytest.mark.parametrize(
    ("low", "high"), [("5", "6"), ("1", "1.00000000000000000000000000000000001"), ("1e-400", "1e400")]
)
def test_between_two_numbers_lies_one(low: str, high: str) -> None:
    assert [n for n in map(Decimal, number_atoms([low, high])) if Decimal(low) < n < Decimal(high)]


def test_numbers_that_no_arithmetic_tells_apart_have_none_between_them() -> None:
    assert len(number_atoms(["1", "1." + "0" * 9000 + "1"])) == 4


def test_a_huge_number_is_written_short() -> None:
    assert "1E+9999999" in number_atoms(["1e9999999"])


def test_before_the_first_moment_and_after_the_last_there_is_none() -> None:
    assert len(moment_atoms(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])) == 3


def test_an_address_for_examples_is_preferred() -> None:
    assert address_atoms(["10.0.0.0/8"])[-1] == "2001:db8::1"
    assert "203.0.113.1" in address_atoms(["10.0.0.0/8"])
