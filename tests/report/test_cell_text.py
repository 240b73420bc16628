from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.report.schema.cell_text import (
    MAX_TEXT,
    TEXT_OF,
    clean,
    csv_text,
    cut_map,
    cut_text,
    guard_formula,
    json_text,
    list_text,
    map_text,
    timestamp_text,
    unguard_formula,
)
from job.report.schema.columns import Column, ColumnType, Value

ANY_TEXT = st.text(st.characters(codec=None))
TAGS = st.dictionaries(ANY_TEXT, ANY_TEXT)


def column(kind: ColumnType, *, full: bool = False) -> Column[Value]:
    return Column("c", kind, "", lambda cell: cell, full=full)


@given(ANY_TEXT)
def test_a_clean_text_is_one_line_of_utf_8_without_backslash(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert "\\" not in cleaned
    assert cleaned.splitlines() in ([], [cleaned])
    assert len(cleaned) == len(text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="\\")))
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_line_breaks_become_spaces_and_backslashes_slashes() -> None:
    assert clean("a\r\nb\\c\u2028d\te") == "a  b/c d e"


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    assert clean("a\ud800") == "a\ufffd"


@given(ANY_TEXT)
def test_a_cut_text_fits_and_tells_that_it_was_cut(text: str) -> None:
    long = text + "x" * MAX_TEXT
    assert len(cut_text(long)) <= MAX_TEXT
    assert cut_text(long) in (long, long[: MAX_TEXT - 1] + "…")


def test_a_text_that_just_fits_is_not_cut() -> None:
    assert cut_text("x" * 2000) == "x" * 2000
    assert cut_text("x" * 2001) == "x" * 1999 + "…"


@given(TAGS)
def test_a_map_is_json_without_backslashes_and_with_sorted_keys(tags: dict[str, str]) -> None:
    text = map_text(tags)
    parsed = json.loads(text)
    assert "\\" not in text
    assert list(parsed) == sorted(parsed)
    assert len(parsed) <= len(tags)


def test_a_map_keeps_its_values() -> None:
    assert (
        map_text({"Owner": 'Ann "B" O\'Hara\\x', "App": "ü"}) == '{"App":"ü","Owner":"Ann \'B\' O\'Hara/x"}'
    )


@given(st.dictionaries(ANY_TEXT, st.text(max_size=900), max_size=20))
def test_a_cut_map_is_a_map_of_whole_entries_that_fits(tags: dict[str, str]) -> None:
    text = cut_map(tags)
    assert len(text) <= MAX_TEXT
    kept = json.loads(text)
    if text != map_text(tags):
        assert kept.pop("…").endswith(" more")
    assert kept.items() <= json.loads(map_text(tags)).items()


def test_an_entry_too_long_leaves_room_for_the_others_and_is_counted() -> None:
    assert cut_map({"a": "1", "b": "x" * 3000, "c": "3"}) == '{"a":"1","c":"3","…":"1 more"}'


def test_a_map_of_many_long_entries_says_how_many_it_lost() -> None:
    kept = json.loads(cut_map({f"Tag{number:02}": "x" * 150 for number in range(50)}))
    assert kept.pop("…") == "38 more"
    assert list(kept) == [f"Tag{number:02}" for number in range(12)]


def test_the_mark_of_a_cut_map_stands_where_its_name_is_sorted() -> None:
    assert list(json.loads(cut_map({"a": "1", "b": "x" * 3000, "日本": "3"}))) == ["a", "…", "日本"]


def test_a_map_that_just_fits_is_whole() -> None:
    assert len(cut_map({"a": "x" * 1992})) == 2000
    assert cut_map({"a": "x" * 1993}) == '{"…":"1 more"}'


@given(st.lists(ANY_TEXT.filter(bool)))
def test_a_list_is_sorted_and_can_be_split_again(items: list[str]) -> None:
    parts = list_text(items).split(";")
    assert parts == sorted(parts)
    assert len(parts) <= max(1, len(items))


def test_a_semicolon_in_an_item_does_not_split_it() -> None:
    assert list_text(["b", "a;c", "b"]) == "a%3Bc;b"


@pytest.mark.parametrize("text", ["=cmd", "+1", "-1", "@a", " =cmd", "＝cmd"])  # noqa: RUF001 - on purpose
def test_a_formula_gets_a_leading_apostrophe_that_can_be_taken_off(text: str) -> None:
    assert guard_formula(text) == f"'{text}"
    assert unguard_formula(f"'{text}") == text


@given(ANY_TEXT)
def test_guarding_can_be_undone(text: str) -> None:
    assert unguard_formula(guard_formula(text)) in (text, text[1:])


def test_an_apostrophe_of_its_own_stays() -> None:
    assert unguard_formula("'tis") == "'tis"


def test_the_guard_is_written_only_when_wished_and_only_for_text() -> None:
    assert csv_text(column(ColumnType.STRING), formula_guard=True)("=1") == "'=1"
    assert csv_text(column(ColumnType.STRING), formula_guard=False)("=1") == "=1"
    assert csv_text(column(ColumnType.STRING), formula_guard=True)(None) is None
    assert csv_text(column(ColumnType.INT), formula_guard=True)(-1) == "-1"


def test_a_guarded_text_is_still_short_enough() -> None:
    written = csv_text(column(ColumnType.STRING), formula_guard=True)("=" * 3000)
    assert written is not None
    assert len(written) <= 2047


def test_only_the_findings_hold_long_texts_in_csv() -> None:
    long = "x" * 3000
    assert csv_text(column(ColumnType.STRING), formula_guard=False)(long) == "x" * 1999 + "…"
    assert csv_text(column(ColumnType.STRING, full=True), formula_guard=False)(long) == long
    assert (
        csv_text(column(ColumnType.MAP), formula_guard=False)({"a": long, "b": "1"})
        == '{"b":"1","…":"1 more"}'
    )
    assert csv_text(column(ColumnType.LIST), formula_guard=False)((long,)) == "x" * 1999 + "…"


def test_a_moment_is_written_in_utc_to_the_second() -> None:
    paris = timezone(timedelta(hours=1))
    assert timestamp_text(datetime(2026, 11, 22, 5, 0, 12, 999999, tzinfo=paris)) == "2026-11-22T04:00:12Z"


@pytest.mark.parametrize("kind", list(ColumnType))
def test_nothing_is_nothing_in_every_type(kind: ColumnType) -> None:
    assert TEXT_OF[kind](None) is None
    assert csv_text(column(kind), formula_guard=False)(None) is None


def test_values_look_the_same_everywhere() -> None:
    assert TEXT_OF[ColumnType.BOOLEAN](True) == "true"
    assert TEXT_OF[ColumnType.BOOLEAN](False) == "false"
    assert TEXT_OF[ColumnType.INT](0) == "0"
    assert TEXT_OF[ColumnType.DATE](date(2026, 1, 2)) == "2026-01-02"
    assert TEXT_OF[ColumnType.TIMESTAMP](datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00Z"
    assert TEXT_OF[ColumnType.STRING]("") is None
    assert TEXT_OF[ColumnType.LIST](()) is None
    assert TEXT_OF[ColumnType.MAP]({}) == "{}"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | ANY_TEXT,
        lambda kids: st.lists(kids) | st.dictionaries(ANY_TEXT, kids),
    )
)
def test_any_json_is_written_without_backslashes(value: object) -> None:
    text = json_text(value)  # type: ignore[arg-type]
    json.loads(text)
    assert "\\" not in text


@given(st.lists(ANY_TEXT, min_size=2, max_size=5))
def test_a_row_of_hostile_values_is_read_back_as_one_row(values: list[str]) -> None:
    write = csv_text(column(ColumnType.STRING), formula_guard=False)
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow([write(value) for value in values])
    assert file.getvalue().count("\n") == 1
    assert next(csv.reader(io.StringIO(file.getvalue()))) == [write(value) or "" for value in values]
