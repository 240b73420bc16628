"""What the tests of the page share: how to read its table, and the names of what fixtures give."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from playwright.sync_api import Page

from job.report.schema.columns import Value

Records: TypeAlias = "list[dict[str, Value]]"
OpenPage: TypeAlias = Callable[..., Page]


def shown_rows(page: Page) -> int:
    """The number that the table says it found."""
    return int(page.locator(".found strong").inner_text().replace(",", ""))


def column_texts(page: Page, place: int) -> list[str]:
    """The texts of the column at that place, from the top, as far as the window goes."""
    return page.locator(f".tr .td:nth-child({place})").all_inner_texts()
