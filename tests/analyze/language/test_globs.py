"""IAM wildcards as sets: what a search finds is checked against all short words over a small alphabet."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.analyze.language.globs import (
    FIELD,
    LITERAL_MARK,
    LITERAL_STAR,
    NAME,
    GlobSet,
    UndecidedError,
    Union,
    find_word,
    literal,
    matches,
    plain,
)

SHORT_WORDS = tuple("".join(letters) for n in range(6) for letters in product("ab:/", repeat=n))
BARRED = {"*": "", FIELD: ":", NAME: ":/"}
ENTANGLED = "*a" + "?" * 17

patterns = st.text(alphabet=f"ab:/*?{FIELD}{NAME}", max_size=4)
sets = st.builds(GlobSet, st.lists(patterns, max_size=2).map(tuple), st.booleans())
unions = st.lists(sets, max_size=2).map(tuple)


@lru_cache(maxsize=500_000)
def by_definition(pattern: str, word: str) -> bool:
    if not pattern:
        return not word
    barred = BARRED.get(pattern[0])
    if barred is None:
        return bool(word) and pattern[0] in ("?", word[0]) and by_definition(pattern[1:], word[1:])
    goes_on = bool(word) and word[0] not in barred and by_definition(pattern, word[1:])
    return goes_on or by_definition(pattern[1:], word)


def in_set(word: str, globs: GlobSet) -> bool:
    return any(by_definition(p, word) for p in globs.patterns) != globs.negated


def is_answer(word: str, required: list[Union], excluded: Union) -> bool:
    in_required = all(any(in_set(word, s) for s in union) for union in required)
    return in_required and not any(in_set(word, s) for s in excluded)


@given(patterns, st.text(alphabet="ab:/", max_size=5))
def test_matching_is_what_wildcards_mean(pattern: str, word: str) -> None:
    assert matches(pattern, word) == by_definition(pattern, word)


@given(sets, st.text(alphabet="ab:/", max_size=5))
def test_a_set_holds_what_one_pattern_matches_or_its_complement_what_none_does(
    globs: GlobSet, word: str
) -> None:
    assert (word in globs) == in_set(word, globs)


@given(sets, st.text(alphabet="ab:/", max_size=5))
def test_plain_knowledge_of_everything_is_right(globs: GlobSet, word: str) -> None:
    assert not (globs.is_everything and word not in globs)


@given(st.lists(unions, max_size=3), unions)
def test_a_word_is_found_exactly_where_there_is_one(required: list[Union], excluded: Union) -> None:
    found = find_word(required, excluded)
    if found is None:
        assert [w for w in SHORT_WORDS if is_answer(w, required, excluded)] == []
    else:
        assert is_answer(found, required, excluded)


@given(st.text(alphabet="a*?:", max_size=5))
def test_a_literal_matches_itself_alone_and_reads_as_before(text: str) -> None:
    assert matches(literal(text), literal(text))
    assert plain(literal(text)) == text


@pytest.mark.parametrize(("text", "other"), [("a*", "ab"), ("a?", "ab"), ("*", ""), ("?", "a")])
def test_wildcards_in_a_literal_stand_for_themselves(text: str, other: str) -> None:
    assert not matches(literal(text), other)


def test_wildcards_in_a_word_are_characters_like_others() -> None:
    assert find_word([(GlobSet(("a?",)),), (GlobSet((literal("a*"),)),)], ()) == "a" + LITERAL_STAR
    assert find_word([(GlobSet((literal("?"),)),)], ()) == LITERAL_MARK


@pytest.mark.parametrize(
    ("pattern", "word", "expected"),
    [
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        ("a.b", "axb", False),
        ("a*", "a\nb", True),
        ("a?b", "a\nb", True),
        ("**", "", True),
        ("S3", "s3", False),
        ("arn:*", "arn:aws:s3:::b", True),
        (f"arn:{FIELD}:s3", "arn:aws:x:s3", False),
        (f"{NAME}/x", "a/b/x", False),
    ],
)
def test_there_are_no_wildcards_but_star_and_question_mark(
    pattern: str, word: str, *, expected: bool
) -> None:
    assert matches(pattern, word) is expected


@pytest.mark.parametrize(
    ("required", "excluded", "empty"),
    [
        ([[("a*", "b*")]], [], False),
        ([[("a*",)], [("b*",)]], [], True),
        ([[("a*",)], [("*b",)]], [("ab",)], False),
        ([[("a*",)]], [("a",), ("a?*",)], True),
        ([[("a*",), ("b*",)]], [("a*",)], False),
        ([[]], [], True),
        ([], [("*",)], True),
        ([], [("?*",), ("",)], True),
        ([], [], False),
        ([[("arn:aws:s3:::b/*",)]], [("arn:aws:s3:::b/secret*",)], False),
    ],
)
def test_emptiness_of_small_mixes(
    required: list[list[tuple[str, ...]]], excluded: list[tuple[str, ...]], *, empty: bool
) -> None:
    groups = [tuple(GlobSet(p) for p in union) for union in required]
    assert (find_word(groups, tuple(GlobSet(p) for p in excluded)) is None) is empty


def test_a_word_for_an_arn_reads_like_one() -> None:
    assert (
        find_word([(GlobSet((f"arn:aws:ec2:{FIELD}:111122223333:instance/*",)),)], ())
        == "arn:aws:ec2:us-east-1:111122223333:instance/example"
    )


def test_a_search_that_outgrows_its_limit_says_so() -> None:
    with pytest.raises(UndecidedError):
        find_word(
            [(GlobSet((ENTANGLED,)),)],
            (GlobSet((ENTANGLED + "*",)), GlobSet(("?" + ENTANGLED[:-1],)), GlobSet((ENTANGLED,))),
        )


def test_sets_are_values() -> None:
    assert GlobSet(("a*",)) == GlobSet(("a*",))
    assert hash(GlobSet(("a*",))) == hash(GlobSet(("a*",)))
    assert GlobSet(("a*",)) != GlobSet(("a*",), negated=True)
    assert GlobSet(("a*",)) != ("a*",)
