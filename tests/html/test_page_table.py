"""The table of keys: search, filters, sorting, columns, keyboard, links and the exported CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from job.report.formats.csv_file import write_csv
from job.report.formats.file_format import FormatOptions
from job.report.html.html_input import HtmlInput
from tests.html.report_page import OpenPage, Records, column_texts, shown_rows


def number(keys: Records, **wanted: object) -> int:
    return sum(all(row[name] == value for name, value in wanted.items()) for row in keys)


def test_search_finds_every_word_in_any_column(open_page: OpenPage, keys: Records) -> None:
    page = open_page("#view=keys")

    page.get_by_role("searchbox", name="Search keys").fill("MANAGEMENT svc-")

    found = sum(
        row["account_name"] == "management" and str(row["user_name"]).startswith("svc-") for row in keys
    )
    assert shown_rows(page) == found > 0


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("risk_level=critical", {"risk_level": "critical"}),
        ("admin_access=escalates", {"admin_access": "escalates"}),
        ("s3_read=all&rds_read=none", {"s3_read": "all", "rds_read": "none"}),
        ("tag:Environment=prod&risk_level=high", {"tag_environment": "prod", "risk_level": "high"}),
        ("tag:Environment=", {"tag_environment": None}),
        ("user_groups=ci&never_used=true", {"user_groups": ("ci",), "never_used": True}),
        ("ou_path=Root/Workloads/Prod/Payments", {"ou_path": "Root/Workloads/Prod/Payments"}),
        ("account_id=210000000000", {"is_management_account": True}),
    ],
)
def test_a_link_filters(open_page: OpenPage, keys: Records, address: str, wanted: dict[str, object]) -> None:
    page = open_page(f"#view=keys&{address}")

    expected = number(keys, **wanted)
    assert expected == 0 or shown_rows(page) == expected
    assert page.locator(".in-force .chip").count() == len(wanted)


def test_an_organizational_unit_takes_everything_below_it(open_page: OpenPage, keys: Records) -> None:
    page = open_page("#view=keys&ou_path=Root/Workloads")

    assert shown_rows(page) == sum(str(row["ou_path"]).startswith("Root/Workloads/") for row in keys) > 0


def test_choices_show_what_they_would_leave(open_page: OpenPage, keys: Records) -> None:
    page = open_page("#view=keys")

    page.get_by_role("checkbox", name="Critical").check()
    page.get_by_role("checkbox", name="Can become one").check()

    label = page.locator(".facet", has_text="Risk").locator("li", has_text="High")
    expect(label.locator("small")).to_have_text(
        str(number(keys, risk_level="high", admin_access="escalates"))
    )
    assert shown_rows(page) == number(keys, risk_level="critical", admin_access="escalates")


def test_age_is_filtered_by_a_range(open_page: OpenPage, keys: Records) -> None:
    page = open_page("#view=keys")

    page.get_by_label("Age from").fill("100")
    page.get_by_label("Age to").fill("200")

    expect(page.locator(".found strong")).to_have_text(
        str(sum(100 <= int(str(row["key_age_days"])) <= 200 for row in keys))
    )
    assert "range.key_age_days=100..200" in page.url


def test_any_tag_can_be_chosen(open_page: OpenPage, keys: Records) -> None:
    page = open_page("#view=keys")

    page.get_by_label("Tag to filter by").select_option("tag:Team")
    page.locator(".tag-facet input[type=checkbox]").first.check()

    team = page.locator(".in-force .chip bdi").inner_text()
    assert shown_rows(page) == sum(row["account_tags"]["Team"] == team for row in keys)  # type: ignore[index, call-overload]


def test_nothing_found_offers_the_way_back(open_page: OpenPage, keys: Records) -> None:
    page = open_page("#view=keys&q=no-such-key")

    expect(page.locator(".results .empty")).to_contain_text("No key matches all of this.")
    page.get_by_role("button", name="Clear search and filters").click()
    assert shown_rows(page) == len(keys)


def test_among_critical_keys_those_known_to_be_leaked_come_first(open_page: OpenPage, keys: Records) -> None:
    leaked = {str(row["user_name"]) for row in keys if row["known_leaked"]}
    page = open_page("#view=keys")

    assert set(column_texts(page, 2)[: len(leaked)]) == leaked


def test_a_heading_sorts_up_and_down(open_page: OpenPage, keys: Records) -> None:
    page = open_page("#view=keys&cols=key_age_days,user_name")
    ages = sorted(int(str(row["key_age_days"])) for row in keys)

    page.get_by_role("button", name="Age (days)").click()
    oldest = column_texts(page, 1)
    page.get_by_role("button", name="Age (days)").click()
    youngest = column_texts(page, 1)

    assert oldest[:10] == [f"{age:,}" for age in ages[::-1][:10]]
    assert youngest[:10] == [f"{age:,}" for age in ages[:10]]
    assert "sort=key_age_days" in page.url


@pytest.mark.parametrize("sort", ["days_since_last_used", "-days_since_last_used"])
def test_what_is_not_known_is_sorted_last_either_way(open_page: OpenPage, keys: Records, sort: str) -> None:
    assert number(keys, days_since_last_used=None) > 0
    page = open_page(f"#view=keys&cols=days_since_last_used&sort={sort}")

    page.locator(".grid").focus()
    page.keyboard.press("End")

    expect(page.locator(f"#row-{len(keys) - 1} .td")).to_have_text("\N{EN DASH}")


def test_shift_sorts_by_one_more_column(open_page: OpenPage) -> None:
    page = open_page("#view=keys")

    page.get_by_role("button", name="Age (days)").click(modifiers=["Shift"])

    assert "sort=risk_level,-key_age_days" in page.url.replace("%2C", ",")


def test_columns_are_chosen_and_remembered_in_the_address(open_page: OpenPage) -> None:
    page = open_page("#view=keys")

    page.locator("summary", has_text="Columns").click()
    page.get_by_placeholder("Find a column").fill("policies")
    page.get_by_role("checkbox", name="policies").check()

    expect(page.locator(".th").last).to_have_text("Policies")
    page.reload()
    expect(page.locator(".th").last).to_have_text("Policies")


def test_a_table_is_used_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page("#view=keys")
    third = page.locator(".tr").nth(2).locator("code").inner_text()

    page.keyboard.press("/")
    page.keyboard.type("a")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.locator(".grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text(third)
    page.go_back()
    expect(page.locator(".grid")).to_be_visible()


def test_only_the_rows_in_view_are_in_the_document(open_page: OpenPage, keys: Records) -> None:
    page = open_page("#view=keys")

    assert page.locator(".tr").count() < 60 < len(keys)
    assert page.locator(".grid").get_attribute("aria-rowcount") == str(len(keys) + 1)


def exported(page: Page, folder: Path, *, guard: bool) -> list[list[str]]:
    page.locator("summary", has_text="Export CSV").click()
    page.get_by_label("Safe for spreadsheets").set_checked(guard)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    download.value.save_as(folder / "export.csv")
    return list(csv.reader(io.StringIO((folder / "export.csv").read_bytes().decode())))


def test_the_export_of_all_rows_equals_the_csv(
    open_page: OpenPage, report: HtmlInput, tmp_path: Path
) -> None:
    written = io.BytesIO()
    write_csv(report.keys, written, FormatOptions(formula_guard=False))

    rows = exported(open_page("#view=keys&sort="), tmp_path, guard=False)

    assert rows == list(csv.reader(io.StringIO(written.getvalue().decode())))


def test_the_export_holds_the_filtered_rows_in_the_shown_order(
    open_page: OpenPage, keys: Records, tmp_path: Path
) -> None:
    page = open_page("#view=keys&risk_level=critical&sort=-key_age_days")

    header, *rows = exported(page, tmp_path, guard=True)

    ages = [int(row[header.index("key_age_days")]) for row in rows]
    assert ages == sorted(
        (int(str(row["key_age_days"])) for row in keys if row["risk_level"] == "critical"), reverse=True
    )


def test_the_export_can_hold_the_shown_columns_alone(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("#view=keys&cols=user_name,risk_level")

    page.locator("summary", has_text="Export CSV").click()
    page.get_by_label("The 2 shown").check()
    page.locator("summary", has_text="Export CSV").click()

    assert exported(page, tmp_path, guard=True)[0] == ["user_name", "risk_level"]


def test_accounts_and_changes_have_tables_of_their_own(open_page: OpenPage, report: HtmlInput) -> None:
    page = open_page("#view=accounts")
    assert shown_rows(page) == len(report.accounts.rows)

    page.locator(".tr", has_text="management").click()
    expect(page.locator(".in-force")).to_contain_text("210000000000")

    page.get_by_role("link", name="Changes").click()
    assert shown_rows(page) == len(report.changes.rows)
