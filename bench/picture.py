"""Pictures of a report for the README: `python -m bench.picture REPORT.html FOLDER`, in light and dark."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

_ROW_OF_A_PATH = (
    "[...document.querySelectorAll('.tr')].find((row) => row.textContent.includes('Can become one')).click()"
)


def take(browser: Browser, report: Path, folder: Path, scheme: Literal["light", "dark"]) -> None:
    """The first page, and the page of a key that can become an administrator."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme=scheme)
    page.goto(report.resolve().as_uri())
    page.wait_for_selector(".chart text")
    page.screenshot(path=folder / f"report-{scheme}.png")
    page.goto(f"{report.resolve().as_uri()}#view=keys&admin_access=escalates")
    page.wait_for_selector(".tr")
    page.evaluate(_ROW_OF_A_PATH)
    page.wait_for_selector(".graph svg")
    page.screenshot(path=folder / f"key-{scheme}.png")
    page.close()


def main(report: Path, folder: Path) -> None:
    """Write the four pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        take(browser, report, folder, "light")
        take(browser, report, folder, "dark")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
