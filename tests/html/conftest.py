"""A real Chromium that opens reports from disk, and fails a test that made it complain or ask the network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Route,
    ViewportSize,
    expect,
    sync_playwright,
)

from bench.made_up_report import made_up_report
from job.report.html.html_input import HtmlInput
from job.report.html.render import render_html
from tests.html.report_page import OpenPage, Records

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WINDOW: ViewportSize = {"width": 1440, "height": 950}


@pytest.fixture(scope="session")
def report() -> HtmlInput:
    return made_up_report(320)


@pytest.fixture(scope="session")
def keys(report: HtmlInput) -> Records:
    return list(report.keys.records())


@pytest.fixture(scope="session")
def report_file(report: HtmlInput, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("html") / "report.html"
    path.write_bytes(render_html(report))
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        # Test machines are busy: what is slow there is not wrong.
        expect.set_options(timeout=30_000)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Iterator[Page]:
    """One tab for all tests: a report keeps nothing in the browser but its address."""
    context = browser.new_context(viewport=WINDOW, accept_downloads=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def open_page(tab: Page, report_file: Path) -> Iterator[OpenPage]:
    """Open a report at an address's hash; what the page logs or requests fails the test at its end."""
    noise: list[str] = []

    def refuse(route: Route, request: Request) -> None:
        if request.url.startswith("file:"):
            route.continue_()
            return
        noise.append(request.url)
        route.abort()

    def logged(message: ConsoleMessage) -> None:
        noise.append(message.text)

    def failed(error: Error) -> None:
        noise.append(str(error))

    def opened(hash_: str = "", *, file: Path = report_file) -> Page:
        tab.goto("about:blank")
        tab.goto(f"{file.as_uri()}{hash_}")
        tab.wait_for_selector("main")
        return tab

    tab.context.route("**/*", refuse)
    tab.on("console", logged)
    tab.on("pageerror", failed)
    yield opened
    tab.goto("about:blank")
    tab.set_viewport_size(WINDOW)
    tab.remove_listener("console", logged)
    tab.remove_listener("pageerror", failed)
    tab.context.unroute("**/*", refuse)
    assert noise == []
