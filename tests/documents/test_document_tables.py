"""Every table that is made from code says what the code says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from docs.tables import TABLES, main, rewrite_tables
from job.analyze.answers.capabilities import load_capabilities
from job.report.risk.rules import RULES
from job.report.rows.datasets import report_schema
from job.settings.settings import Settings
from tests.documents.pages import PAGES, name_of, text_of

MARKED = re.compile(r"^<!-- table: (.+) -->$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_tables_of_a_page_are_those_of_the_code(page: Path) -> None:
    assert rewrite_tables(text_of(page)) == text_of(page)


def test_every_table_is_printed_once() -> None:
    found = Counter(name for page in PAGES for name in MARKED.findall(text_of(page)))
    assert found == Counter(list(TABLES))


def test_every_rule_is_a_row_of_the_table_of_risks() -> None:
    rows = TABLES["risk"]().splitlines()
    assert len(rows) == len(RULES) + 2
    assert (
        "| `root_key` | the key is active; it belongs to the root user | critical | `delete` "
        "| nothing limits a root key and no task needs one |"
    ) in rows


def test_every_column_is_a_row_of_the_dictionary() -> None:
    text = TABLES["columns"]()
    capabilities = load_capabilities()
    tags = Settings.model_fields["tag_columns"].default
    schema = report_schema(built_in=capabilities, capabilities=capabilities, tag_keys=tags)
    assert text.count("\n| `") == sum(len(dataset.columns) for dataset in schema.datasets)
    assert "| `report_date` | date | UTC date of the run's start |" in text


def test_a_table_is_renewed_and_the_rest_left(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table: exits -->\nold\n<!-- end -->\nafter\n")
    main([str(page)])
    text = page.read_text()
    assert text.startswith("before\n<!-- table: exits -->\n\n| code | meaning |")
    assert text.endswith("<!-- end -->\nafter\n")
    assert "old" not in text


def test_without_words_the_front_page_and_every_page_of_docs_are_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    pages = [tmp_path / name for name in ("README.md", "docs/a.md", "docs/b.md")]
    for page in pages:
        page.write_text("<!-- table: exits -->\nold\n<!-- end -->\n")
    monkeypatch.chdir(tmp_path)
    main([])
    assert [page.name for page in pages if "old" in page.read_text()] == []
