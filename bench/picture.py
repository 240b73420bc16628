"""Pictures of the demo's report for the README: `python -m bench.picture REPORT.html FOLDER [light|dark]`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import FloatRect, Page, sync_playwright

Scheme = Literal["light", "dark"]
SCHEMES: dict[str, Scheme] = {"light": "light", "dark": "dark"}
WIDTH = 1200

#: A key that becomes an administrator over two accounts, three roles and a function.
_USER = "ci-deployer"
#: A bucket that it reads as a role of another account.
_BUCKET = "acme-lake-curated"
_OPEN_KEY = (
    "user => [...document.querySelectorAll('.tr')].find((row) => row.textContent.includes(user)).click()"
)


def overview(page: Page, report: Path, target: Path) -> None:
    """What the report opens with, down to the charts."""
    page.goto(report.resolve().as_uri())
    page.wait_for_selector(".chart text")
    page.screenshot(path=target, clip=_down_to(page, ".columns"))


def key(page: Page, report: Path, target: Path) -> None:
    """The page of one key, down to the drawn path."""
    page.goto(f"{report.resolve().as_uri()}#view=keys&admin_access=escalates")
    page.wait_for_selector(".tr")
    page.evaluate(_OPEN_KEY, _USER)
    page.wait_for_selector(".graph svg")
    page.screenshot(path=target, clip=_down_to(page, ".legend-line"))


def data(page: Page, report: Path, target: Path) -> None:
    """The page of one bucket, down to the drawn path of a key that reads it."""
    page.goto(f"{report.resolve().as_uri()}#view=data&q={_BUCKET}")
    page.wait_for_selector(".tr")
    page.evaluate(_OPEN_KEY, _BUCKET)
    page.wait_for_selector(".reads tbody tr")
    page.locator(".reads tr", has_text=_USER).get_by_role("button", name="Show").click()
    page.wait_for_selector(".graph .node-role")
    page.screenshot(path=target, clip=_down_to(page, ".graph"), full_page=True)


def _down_to(page: Page, last: str) -> FloatRect:
    box = page.locator(last).first.bounding_box()
    assert box is not None  # noqa: S101 - it was waited for
    return {"x": 0, "y": 0, "width": WIDTH, "height": round(box["y"] + box["height"]) + 16}


def main(report: Path, folder: Path, scheme: Scheme) -> None:
    """Write the three pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 1000}, color_scheme=scheme)
        overview(page, report, folder / "overview.png")
        key(page, report, folder / "key.png")
        data(page, report, folder / "data.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), SCHEMES[sys.argv[3] if sys.argv[3:] else "light"])
