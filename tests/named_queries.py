"""The saved queries, with the words that Terraform puts into them for one organization and for several."""

from __future__ import annotations

from pathlib import Path
from string import Template

QUERIES = sorted((Path(__file__).parents[1] / "terraform" / "queries").glob("*.sql"))

_OF_ONE = {"organization": "", "of_organization": "", "by_organization": ""}
_OF_SEVERAL = {
    "organization": "organization, ",
    "of_organization": "PARTITION BY organization ",
    "by_organization": " GROUP BY organization",
}


def of_one_organization(query: Path) -> str:
    """The query where a report is alone in its bucket."""
    return _with_words(query, _OF_ONE)


def of_several_organizations(query: Path) -> str:
    """The query over tables with a partition `organization`."""
    return _with_words(query, _OF_SEVERAL)


def _with_words(query: Path, words: dict[str, str]) -> str:
    return Template(query.read_text(encoding="utf-8")).safe_substitute(words)
