"""Texts that stand for all texts, against every short text over a small alphabet."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.analyze.condition_sets.text_atoms import Reading, TextPattern, text_atoms
from job.analyze.language.globs import FIELD, LITERAL_MARK, LITERAL_STAR, NAME, Budget, UndecidedError
from job.analyze.language.operators import OPERATORS

OPERATOR = {
    Reading.EXACT: OPERATORS["stringequals"],
    Reading.ANY_CASE: OPERATORS["stringequalsignorecase"],
    Reading.GLOB: OPERATORS["stringlike"],
    Reading.ARN: OPERATORS["arnlike"],
}
SHORT_TEXTS = ["".join(letters) for size in range(5) for letters in product("aAb:/*", repeat=size)]
ARNS = [
    "arn:a:b:::x",
    "arn:a::::x:y",
    "arn::b:a::",
    "arn:b:::a:x/y",
    "arn:a:b:c:d",
    "::::::",
    "a:::::",
    ":a::::a",
]

letters = st.text(alphabet=f"aAb:/*?{FIELD}{NAME}{LITERAL_STAR}{LITERAL_MARK}", max_size=4)
arns = st.sampled_from(
    ["*", "arn:a:*:*:*:*", "arn:?:b:::*", "?:::::*", "*:*:*:*:*:a", "arn:*", "a*:::::", "arn:a:b:::x"]
)
patterns = st.builds(TextPattern, letters, st.sampled_from(Reading)) | st.builds(
    TextPattern, arns, st.just(Reading.ARN)
)
plain_patterns = st.builds(
    TextPattern,
    st.text(alphabet="ab", max_size=3).flatmap(lambda stem: st.sampled_from([stem, stem + "*"])),
    st.sampled_from([Reading.EXACT, Reading.GLOB]),
)


def outcome(asked: list[TextPattern], text: str) -> tuple[bool, ...]:
    return tuple(
        OPERATOR[p.reading].reads(p.text) and OPERATOR[p.reading].holds((p.text,), text) for p in asked
    )


def ways(asked: list[TextPattern], texts: list[str]) -> set[tuple[bool, ...]]:
    return {outcome(asked, text) for text in texts}


@given(st.lists(patterns, max_size=4))
def test_every_combination_that_a_text_has_one_of_the_atoms_has(asked: list[TextPattern]) -> None:
    atoms = [*text_atoms(asked, Budget(1_000_000))]
    assert ways(asked, SHORT_TEXTS + ARNS) <= ways(asked, atoms)


@given(st.lists(plain_patterns, max_size=5))
def test_prefixes_and_exact_texts_need_no_automaton(asked: list[TextPattern]) -> None:
    atoms = [*text_atoms(asked, Budget(20))]
    assert ways(asked, SHORT_TEXTS) <= ways(asked, atoms)


@given(st.lists(patterns, max_size=4))
def test_no_two_atoms_of_an_automaton_come_out_alike(asked: list[TextPattern]) -> None:
    entangled = [*asked, TextPattern("?a?", Reading.GLOB)]
    atoms = [*text_atoms(entangled, Budget(1_000_000))]
    assert len(ways(entangled, atoms)) == len(atoms)


def test_an_empty_text_stands_only_where_no_other_does() -> None:
    assert "" not in text_atoms([TextPattern("*a*", Reading.GLOB)], Budget(1_000))
    assert "" in text_atoms(
        [TextPattern("", Reading.EXACT), TextPattern("*a*b", Reading.GLOB)], Budget(1_000)
    )


def test_entangled_patterns_end_with_the_budget() -> None:
    entangled = [TextPattern(f"*{letter}" + "?" * 17, Reading.GLOB) for letter in "abc"]
    with pytest.raises(UndecidedError):
        text_atoms(entangled, Budget(10_000))


def test_characters_of_any_script_leave_one_unused() -> None:
    every_filler = TextPattern("xyzqw0123456789~\ue002一", Reading.EXACT)
    assert len(set(text_atoms([every_filler], Budget(100)))) == 2
