"""The views of named data stores and of other credentials: tables, pages, links."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from job.report.html import store_tables
from job.report.html.html_input import HtmlInput
from job.report.html.render import render_html
from job.report.schema.columns import Value
from job.report.schema.dataset import Table
from tests.html.report_page import OpenPage, Records, column_texts, shown_rows


@pytest.fixture(scope="session")
def stores(report: HtmlInput) -> Records:
    return list(report.stores.records())


@pytest.fixture(scope="session")
def access(report: HtmlInput) -> Records:
    return list(report.access.records())


@pytest.fixture(scope="session")
def credentials(report: HtmlInput) -> Records:
    return list(report.credentials.records())


def store_page(arn: Value) -> str:
    return f"#store={quote(str(arn), safe='')}"


def test_sensitive_stores_come_first(open_page: OpenPage, stores: Records) -> None:
    page = open_page("#view=data")

    assert shown_rows(page) == len(stores)
    assert set(column_texts(page, 2)[:10]) == {"Sensitive"}


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("sensitive=true", {"sensitive": True}),
        ("store_type=secret&sensitive=false", {"store_type": "secret", "sensitive": False}),
        ("store_tag:DataClassification=Restricted", {"sensitive": True}),
        ("open_to_all=true", {"open_to_all": True}),
        ("other_accounts=210000000000", {"other_accounts": ("210000000000",)}),
    ],
)
def test_a_link_filters_stores(
    open_page: OpenPage, stores: Records, address: str, wanted: dict[str, object]
) -> None:
    page = open_page(f"#view=data&{address}")

    found = sum(all(row[name] == value for name, value in wanted.items()) for row in stores)
    assert shown_rows(page) == found > 0


def test_stores_are_searched_by_their_tags(open_page: OpenPage, stores: Records) -> None:
    page = open_page("#view=data")

    page.get_by_role("searchbox", name="Search stores").fill("restricted table")

    assert shown_rows(page) == sum(
        row["store_type"] == "table" and row["sensitive"] is True for row in stores
    )


def test_a_row_opens_the_page_of_its_store(open_page: OpenPage) -> None:
    page = open_page("#view=data")
    name = page.locator(".tr a").first.inner_text()

    page.locator(".tr .td").nth(2).click()

    expect(page.locator("h1")).to_have_text(name)
    expect(page.get_by_role("navigation", name="Views").locator("[aria-current=page]")).to_contain_text(
        "Data"
    )


def test_a_store_lists_the_keys_that_read_it_and_draws_how(open_page: OpenPage, access: Records) -> None:
    arn = access[0]["store_arn"]
    readers = {
        str(row["access_key_id"]) for row in access if row["store_arn"] == arn and row["access_key_id"]
    }
    page = open_page(store_page(arn))

    expect(page.locator(".reads tbody tr").first).to_be_visible()
    assert readers <= set(page.locator(".reads tbody td:first-child").all_inner_texts())
    expect(page.locator(".graph .node-data")).to_contain_text(str(access[0]["store_name"]))
    expect(page.locator(".graph .node-account")).to_have_count(1)


def test_another_key_of_a_store_is_drawn_when_it_is_chosen(open_page: OpenPage, access: Records) -> None:
    counts = {row["store_arn"]: 0 for row in access}
    for row in access:
        counts[row["store_arn"]] += 1
    arn = max(counts, key=lambda each: counts[each])
    page = open_page(store_page(arn))

    user = page.locator(".reads tbody tr").nth(1).locator("td").nth(1).inner_text()
    page.locator(".reads tbody tr").nth(1).get_by_role("button", name="Show").click()

    expect(page.locator("#reads-how")).to_contain_text(user)
    assert "show=" in page.url


def test_a_key_lists_its_stores_sensitive_ones_first(open_page: OpenPage, access: Records) -> None:
    key = next(str(row["access_key_id"]) for row in access if row["sensitive"] and row["access_key_id"])
    own = [row for row in access if row["access_key_id"] == key]
    page = open_page(f"#key={key}")

    rows = page.locator("section", has=page.locator("#key-stores")).locator("tbody tr")
    expect(rows).to_have_count(len(own))
    sensitive = sum(row["sensitive"] is True for row in own)
    assert ["Sensitive" in text for text in rows.all_inner_texts()] == [True] * sensitive + [False] * (
        len(own) - sensitive
    )


def test_a_store_that_is_not_there_is_said_to_be_so(open_page: OpenPage) -> None:
    page = open_page(store_page("arn:aws:s3:::gone"))

    expect(page.locator("main")).to_contain_text("This store is not in the page")


def emptied(report: HtmlInput, settings: dict[str, str]) -> HtmlInput:
    return replace(
        report,
        stores=Table(schema=report.stores.schema, rows=[]),
        access=Table(schema=report.access.schema, rows=[]),
        summary={"settings": {**settings}},
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"data_stores": ""}, "Data stores were not read: the setting REPORT_DATA_STORES names the kinds"),
        ({"data_stores": "s3"}, "No data store was found in the accounts that were read."),
    ],
)
def test_without_stores_one_sentence_says_why(
    open_page: OpenPage, report: HtmlInput, tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    file = tmp_path / "off.html"
    file.write_bytes(render_html(emptied(report, settings)))

    page = open_page("#view=data", file=file)

    expect(page.locator("main")).to_contain_text(said)
    expect(page.locator(".grid")).to_have_count(0)


def test_what_is_left_out_is_told_with_its_file(
    open_page: OpenPage, report: HtmlInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_tables, "SHOWN_STORES", 30)
    file = tmp_path / "cut.html"
    file.write_bytes(render_html(report))

    page = open_page("#view=data", file=file)

    expect(page.locator(".left-out")).to_contain_text(
        f"{len(report.stores.rows) - 30:,} more stores are in csv/stores/dt="
    )
    assert shown_rows(page) == 30


def test_credentials_have_a_table_with_the_riskiest_first(open_page: OpenPage, credentials: Records) -> None:
    page = open_page("#view=credentials")

    assert shown_rows(page) == len(credentials)
    assert set(column_texts(page, 4)[:5]) == {"High"}


def test_credentials_are_filtered_by_a_link(open_page: OpenPage, credentials: Records) -> None:
    page = open_page("#view=credentials&credential_kind=service_specific&risk_level=high")

    assert (
        shown_rows(page)
        == sum(
            row["credential_kind"] == "service_specific" and row["risk_level"] == "high"
            for row in credentials
        )
        > 0
    )


def test_a_key_shows_the_other_credentials_of_its_user(
    open_page: OpenPage, keys: Records, credentials: Records
) -> None:
    arn = next(row["user_arn"] for row in credentials if row["credential_kind"] == "service_specific")
    key = next(row["access_key_id"] for row in keys if row["user_arn"] == arn)
    page = open_page(f"#key={key}")

    own = page.locator("section", has=page.locator("#user-credentials"))
    expect(own.locator("tbody")).to_contain_text("Service specific")
    own.get_by_role("link", name="In the table of credentials").click()
    assert shown_rows(page) == sum(row["user_arn"] == arn for row in credentials)
