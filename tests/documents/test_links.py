"""Every link in the documents leads to something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.documents.pages import PAGES, ROOT, Link, anchors, codes, links, name_of, text_of

WITHIN = [link for page in PAGES for link in links(page) if not link.is_address]
PATH = re.compile(r"(?:job|tests|docs|bench|docker|requirements|terraform)/[\w./-]*")
NAMED = [
    (page, path)
    for page in PAGES
    if page.name != "CHANGELOG.md"
    for path in sorted({code for code in codes(page) if PATH.fullmatch(code)})
]
ADDRESSES = sorted({link.target for page in PAGES for link in links(page) if link.is_address})
FRONT_PAGE_BYTES = 12_000


def link_name(link: Link) -> str:
    return f"{name_of(link.page)} -> {link.target}"


@pytest.mark.parametrize("link", WITHIN, ids=link_name)
def test_a_link_within_the_repository_resolves(link: Link) -> None:
    assert link.file.exists()
    assert link.file.is_relative_to(ROOT)
    assert not link.anchor or link.anchor in anchors(link.file)


@pytest.mark.parametrize(("page", "path"), NAMED)
def test_a_file_that_is_named_is_there(page: Path, path: str) -> None:
    assert (ROOT / path).exists(), f"{name_of(page)} names {path}"


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_link_out_of_the_repository_is_a_secure_address(address: str) -> None:
    assert re.fullmatch(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[^\s<>\"]*)?", address)


def test_every_page_is_reached_from_the_front_page() -> None:
    front = ROOT / "README.md"
    reached, waiting = {front}, [front]
    while waiting:
        found = {link.file for link in links(waiting.pop()) if not link.is_address} & set(PAGES)
        waiting += sorted(found - reached)
        reached |= found
    assert [name_of(page) for page in PAGES if page not in reached] == []


def test_the_front_page_stays_one() -> None:
    assert len(text_of(ROOT / "README.md").encode()) <= FRONT_PAGE_BYTES


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_begins_with_its_only_title(page: Path) -> None:
    assert [line[:2] for line in text_of(page).splitlines() if line.startswith("# ")][:1] == ["# "]
    assert text_of(page).startswith("# ")
