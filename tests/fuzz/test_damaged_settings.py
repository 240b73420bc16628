from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from job.errors import SettingsError
from job.settings.load import load_settings, setting_descriptions
from tests.fuzz.fuzz_mutations import TENFOLD

NAMES = [each.name for each in setting_descriptions()]
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["true", "1", "-1", "0", "1e9", "nan", "inf", "2026-11-22", "2026-13-01", "s3://b/k", "/", ",,"]
    ),
    st.integers().map(str),
)
GIVEN = st.dictionaries(
    st.one_of(st.sampled_from(NAMES), st.text(max_size=12).map("REPORT_{}".format)), VALUES
)


@TENFOLD
@given(overrides=GIVEN)
def test_any_settings_are_taken_or_refused_by_name(overrides: dict[str, str]) -> None:
    with suppress(SettingsError):
        settings = load_settings(overrides)
        assert settings.destination


@TENFOLD
@given(value=st.text(min_size=1, max_size=40), name=st.sampled_from(NAMES))
def test_no_refusal_shows_a_long_value(value: str, name: str) -> None:
    secret = f"s3cr3t{value}"
    try:
        load_settings({name: secret})
    except SettingsError as error:
        assert "s3cr3t" not in str(error)  # noqa: PT017 - a setting may also take it
