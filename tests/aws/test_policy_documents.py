from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.aws.policy_documents import PolicyDocuments, percent_decoded, timestamp_text


def test_a_url_encoded_document_is_decoded() -> None:
    assert PolicyDocuments().decode("%7B%22Version%22%3A%222012-10-17%22%7D") == {"Version": "2012-10-17"}


def test_equal_texts_give_the_very_same_object() -> None:
    documents = PolicyDocuments()
    assert documents.decode("%7B%7D") is documents.decode("%7B%7D")


def test_no_more_documents_are_kept_than_told() -> None:
    documents = PolicyDocuments(keep=1)
    assert documents.decode("%7B%7D") is documents.decode("%7B%7D")
    assert documents.decode("%5B%5D") is not documents.decode("%5B%5D")


def test_text_that_is_no_json_stays_as_it_is() -> None:
    assert PolicyDocuments().decode("%7Bnothing") == "%7Bnothing"


@given(st.text())
def test_decoding_undoes_encoding(text: str) -> None:
    assert percent_decoded(quote(text, safe="")) == text


@given(st.text(alphabet="%=ab1 0\n\r\tü"))
def test_any_text_decodes_as_the_standard_library_does(text: str) -> None:
    assert percent_decoded(text) == unquote(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-11-22T04:00:12Z", "2026-11-22T04:00:12Z"),
        (0, "1970-01-01T00:00:00Z"),
        (1600000000.25, "2020-09-13T12:26:40.250000Z"),
    ],
)
def test_timestamps_are_iso_texts(value: str | float, text: str) -> None:
    assert timestamp_text(value) == text
