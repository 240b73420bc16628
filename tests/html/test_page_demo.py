"""The report of the demo's organization, through the whole job: the page says what its CSV says."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.html.report_page import OpenPage, shown_rows


@pytest.fixture(scope="module")
def latest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "job", "demo", "--output", str(output)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return output / "latest"


@pytest.fixture(scope="module")
def rows(latest: Path) -> list[dict[str, str]]:
    with (latest / "keys.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_counts_of_the_demo_equal_its_csv(
    open_page: OpenPage, latest: Path, rows: list[dict[str, str]]
) -> None:
    page = open_page(file=latest / "report.html")

    numbers = dict(
        zip(
            page.locator(".tile .label").all_inner_texts(),
            page.locator(".tile strong").all_inner_texts(),
            strict=True,
        )
    )
    assert numbers["Active keys"] == str(sum(row["key_status"] == "Active" for row in rows))
    assert numbers["Administrators"] == str(sum(row["admin_access"] == "direct" for row in rows))
    assert numbers["Accounts not read"] == "2"


def test_the_export_of_the_demo_equals_its_csv(
    open_page: OpenPage, latest: Path, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    page = open_page("#view=keys&sort=", file=latest / "report.html")
    assert shown_rows(page) == len(rows)

    page.locator("summary", has_text="Export CSV").click()
    page.get_by_label("Safe for spreadsheets").uncheck()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    download.value.save_as(tmp_path / "export.csv")

    assert (tmp_path / "export.csv").read_bytes() == (latest / "keys.csv").read_bytes()


def test_every_key_of_the_demo_opens_with_its_paths(
    open_page: OpenPage, latest: Path, rows: list[dict[str, str]]
) -> None:
    page = open_page(file=latest / "report.html")
    escalating = [row["access_key_id"] for row in rows if row["admin_access"] == "escalates"]

    for key in escalating:
        page.goto(f"{(latest / 'report.html').as_uri()}#key={key}&show=admin_access")
        expect(page.locator("h1")).to_have_text(key)
        expect(page.locator(".node-key .name")).to_have_text(key)
        expect(page.locator(".node-admin").first).to_be_visible()
    assert escalating
