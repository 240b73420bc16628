"""The first page of report.html says what the data says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bench.made_up_report import made_up_report
from job.report.html.html_input import HtmlInput
from job.report.html.render import render_html
from job.report.schema.dataset import Table
from tests.html.report_page import OpenPage, Records


def of(keys: Records, column: str, *words: object) -> int:
    return sum(row[column] in words for row in keys)


def test_headline_numbers_equal_the_data(open_page: OpenPage, keys: Records, report: HtmlInput) -> None:
    page = open_page()
    accounts = list(report.accounts.records())
    still_open = [row for row in keys if row["risk_status"] == "open"]

    assert dict(
        zip(
            page.locator(".tile .label").all_inner_texts(),
            page.locator(".tile strong").all_inner_texts(),
            strict=True,
        )
    ) == {
        "Active keys": str(len(keys)),
        "Known to be leaked": str(of(still_open, "known_leaked", True)),
        "Critical or high risk": str(of(keys, "open_risk_level", "critical", "high")),
        "Administrators": str(of(still_open, "admin_access", "direct")),
        "Can become one": str(of(still_open, "admin_access", "escalates", "conditional")),
        "Accepted": str(of(keys, "risk_status", "accepted")),
        "Changes since 2026-11-21": str(sum(row["change"] != "unchanged" for row in keys)),
        "Accounts not read": str(of(accounts, "coverage", "failed", "skipped")),
    }


def test_keys_that_are_known_to_be_leaked_come_first(open_page: OpenPage, keys: Records) -> None:
    leaked = {str(row["user_name"]) for row in keys if row["known_leaked"]}
    first = open_page().locator(".urgent li").all()[: len(leaked)]

    assert {item.locator("bdi").first.inner_text() for item in first} == leaked
    assert all("found in public" in item.inner_text() for item in first)


def test_the_number_of_leaked_keys_leads_to_them(open_page: OpenPage, keys: Records) -> None:
    page = open_page()

    page.get_by_role("link", name="Known to be leaked").click()

    expect(page.locator(".found strong")).to_have_text(str(of(keys, "known_leaked", True)))


def test_each_kind_of_data_has_its_number_of_keys(
    open_page: OpenPage, keys: Records, report: HtmlInput
) -> None:
    page = open_page()

    numbers = page.locator(".reach td.num").all_inner_texts()

    assert numbers[1:] == [
        str(of(keys, one.id, "all", "some", "conditional")) for one in report.schema.capabilities
    ]


def test_unread_accounts_are_told_on_every_view(open_page: OpenPage) -> None:
    page = open_page("#view=keys")

    expect(page.locator(".unread")).to_contain_text("of 12 were not read. Their keys are in no number")
    page.get_by_role("link", name="Which and why").click()
    row = page.locator(".tr", has_text="AccessDenied")
    expect(row).to_contain_text("Not read")
    expect(row.locator(".null").first).to_have_text("not read")


def test_charts_count_every_key_once(open_page: OpenPage, keys: Records) -> None:
    page = open_page()

    ages, uses = (
        [
            int(number)
            for number in page.locator(f"section[aria-labelledby={name}] .value").all_text_contents()
        ]
        for name in ("ages", "uses")
    )

    assert sum(ages) == sum(uses) == len(keys)


def test_risk_by_any_tag(open_page: OpenPage, keys: Records) -> None:
    page = open_page()

    page.get_by_label("Account tag").select_option("Team")

    rows = page.locator("section[aria-labelledby=tags] .row")
    sums = {row["account_tags"]["Team"]: 0 for row in keys}  # type: ignore[index, call-overload]
    expect(rows).to_have_count(len(sums))
    total = sum(int(number) for number in rows.locator(".num").all_inner_texts())
    assert total == len(keys)


def test_a_bar_leads_to_its_keys(open_page: OpenPage, keys: Records) -> None:
    page = open_page()

    page.get_by_role("link", name="never:").click()

    expect(page.locator(".found strong")).to_have_text(str(of(keys, "never_used", True)))


def test_dark_and_light_follow_the_system_and_the_switch(browser: Browser, report_file: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(report_file.as_uri())
    paper = "getComputedStyle(document.documentElement).backgroundColor"

    dark = page.evaluate(paper)
    page.locator(".theme label", has_text="light").click()

    assert dark == "rgb(16, 18, 20)"
    expect(page.locator("html")).to_have_css("background-color", "rgb(246, 245, 242)")
    page.close()


@pytest.fixture
def empty_file(tmp_path: Path) -> Path:
    report = made_up_report(0)
    path = tmp_path / "empty.html"
    path.write_bytes(render_html(report))
    return path


def test_no_key_in_what_was_read_does_not_look_like_no_key(open_page: OpenPage, empty_file: Path) -> None:
    page = open_page(file=empty_file)

    expect(page.locator(".empty")).to_have_text(
        "No active key was found in the accounts that were read. Nothing is known of the others."
    )


def test_a_first_report_has_nothing_to_compare_with(
    open_page: OpenPage, report: HtmlInput, tmp_path: Path
) -> None:
    first = replace(
        report,
        changes=Table(schema=report.changes.schema, rows=[]),
        summary={},
        previous_report_date=None,
    )
    (tmp_path / "first.html").write_bytes(render_html(first))
    page = open_page(file=tmp_path / "first.html")

    expect(page.locator(".tile strong.quiet")).to_have_text("First report")
    page.get_by_role("link", name="Changes", exact=True).click()
    expect(page.locator(".empty")).to_have_text(
        "This is the first report: there is nothing to compare it with yet."
    )
