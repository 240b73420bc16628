"""Every table that is made from code says what the code says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from job.cli.tables import TABLES, rewrite_tables
from tests.documents.pages import PAGES, name_of, text_of

MARKED = re.compile(r"^<!-- table: (.+) -->$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_tables_of_a_page_are_those_of_the_code(page: Path) -> None:
    assert rewrite_tables(text_of(page)) == text_of(page)


def test_every_table_is_printed_once() -> None:
    found = Counter(name for page in PAGES for name in MARKED.findall(text_of(page)))
    assert found == Counter(list(TABLES))
