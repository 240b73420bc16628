"""Readers who hear the page, or see little of it, find the same on it.

https://www.w3.org/TR/WCAG22/#contrast-minimum
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from job.report.html.html_input import HtmlInput
from tests.html.report_page import OpenPage

LEAST_CONTRAST = 4.5

# Relative luminance as WCAG defines it; of each text the colours that it and what is behind it have.
CONTRASTS = """
() => {
  const linear = (part) => part <= 0.03928 * 255 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) =>
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const behind = (element) => {
    const colour = parts(getComputedStyle(element).backgroundColor);
    return colour[3] === 0 && element.parentElement ? behind(element.parentElement) : colour;
  };
  const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const seen = (element) => !element.closest(".hidden, svg") && element.getBoundingClientRect().width > 0;
  const texts = [...document.querySelectorAll("body *")].filter((element) => own(element) && seen(element));
  return texts.map((element) => {
    const both = [parts(getComputedStyle(element).color), behind(element)].map(luminance);
    return [element.textContent, (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05)];
  });
}
"""


@pytest.mark.parametrize("view", ["Overview", "Keys", "Data", "Credentials", "Accounts", "Changes"])
def test_each_view_says_by_its_heading_what_it_is(open_page: OpenPage, view: str) -> None:
    page = open_page(f"#view={view.lower()}")

    expect(page.get_by_role("heading", level=1)).to_have_text([view])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["overview", "keys", "accounts", "about"])
def test_text_stands_out_from_what_is_behind_it(
    browser: Browser, report_file: Path, view: str, scheme: str
) -> None:
    page = browser.new_page()
    page.goto(f"{report_file.as_uri()}#view={view}")
    page.locator(".theme label", has_text=scheme).click()
    page.mouse.move(0, 0)

    found = page.evaluate(CONTRASTS)

    assert len(found) > 50
    assert [(text, contrast) for text, contrast in found if contrast < LEAST_CONTRAST] == []
    page.close()


def test_the_page_about_itself_counts_the_accounts_that_were_read(
    open_page: OpenPage, report: HtmlInput
) -> None:
    page = open_page("#view=about")
    read = [row for row in report.accounts.records() if row["coverage"] not in ("failed", "skipped")]

    assert len(read) < len(report.accounts.rows)
    expect(page.locator(".lede")).to_contain_text(f"320 keys of {len(read)} accounts,")
