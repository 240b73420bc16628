"""How fast a large report opens and filters in Chromium: `python -m bench.page [KEYS [ACCOUNTS]]`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.made_up_report import made_up_report
from job.report.html.render import render_html

_OPENED = "performance.now()"
_TIMED = """async (act) => {
  const found = () => document.querySelector('.found strong').textContent;
  const before = found(), start = performance.now();
  if (act.text === undefined) document.querySelector(act.click).click();
  else {
    const box = document.querySelector('.search');
    box.value = act.text;
    box.dispatchEvent(new Event('input', { bubbles: true }));
  }
  while (found() === before && performance.now() - start < 5000) await new Promise((go) => setTimeout(go, 1));
  await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""
_SORTED = """async () => {
  const start = performance.now();
  document.querySelectorAll('.th button')[1].click();
  await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
  return performance.now() - start;
}"""
_RISK = {"click": ".facet input[type=checkbox]"}


def measure(page: Page, address: str) -> dict[str, float]:
    """Milliseconds from the start of loading to the first view, and of each act to the frame after it."""
    page.goto(address)
    page.wait_for_selector(".tile")
    opened = float(page.evaluate(_OPENED))
    page.evaluate("location.hash = 'view=keys'")
    page.wait_for_selector(".tr")
    return {
        "open": opened,
        "search": float(page.evaluate(_TIMED, {"text": "payments deploy"})),
        "clear": float(page.evaluate(_TIMED, {"text": ""})),
        "filter": float(page.evaluate(_TIMED, _RISK)),
        "filter off": float(page.evaluate(_TIMED, _RISK)),
        "sort": float(page.evaluate(_SORTED)),
    }


def main(keys: int, accounts: int | None) -> None:
    """Make, write, open and use a report of that many keys."""
    report = made_up_report(keys, accounts=accounts)
    start = time.process_time()
    written = render_html(report)
    print(f"{keys} keys, {len(report.findings.rows)} findings: {len(written):,} bytes")
    print(f"{len(report.stores.rows)} stores read by {len(report.access.rows)} pairs of key and store")
    print(f"written in {time.process_time() - start:.1f} s of CPU")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "report.html"
        file.write_bytes(written)
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = browser.new_page(viewport={"width": 1440, "height": 950})
        print(", ".join(f"{act} {took:.0f} ms" for act, took in measure(page, file.as_uri()).items()))
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 50_000, int(sys.argv[2]) if sys.argv[2:] else None)
