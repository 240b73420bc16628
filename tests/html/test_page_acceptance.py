"""What the policy file accepts, who owns what, and what to do about a key, as the page tells it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from playwright.sync_api import expect

from bench.made_up_report import made_up_report
from job.report.html.html_input import HtmlInput
from job.report.html.render import render_html
from tests.html.report_page import OpenPage, Records, shown_rows


def of(keys: Records, column: str, word: object) -> int:
    return sum(row[column] == word for row in keys)


def test_the_overview_lists_exceptions_with_their_state(open_page: OpenPage, keys: Records) -> None:
    rows = open_page().locator(".exceptions tbody tr")

    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Holds")
    expect(rows.nth(0).locator("a").first).to_have_text(str(of(keys, "exception_id", "SEC-1234")))
    expect(rows.nth(1)).to_contain_text("Expired, no longer counts")


def test_an_exception_leads_to_its_keys(open_page: OpenPage, keys: Records) -> None:
    page = open_page()
    page.locator(".exceptions tbody a").first.click()

    expect(page.locator(".found strong")).to_be_visible()
    assert shown_rows(page) == of(keys, "exception_id", "SEC-1234")


def test_the_number_of_accepted_keys_leads_to_them(open_page: OpenPage, keys: Records) -> None:
    page = open_page()
    page.locator(".tile", has_text="Accepted").click()

    expect(page.locator(".found strong")).to_be_visible()
    assert shown_rows(page) == of(keys, "risk_status", "accepted") > 0


def test_keys_are_filtered_by_their_owner(open_page: OpenPage, keys: Records) -> None:
    owner = str(keys[0]["owner"])
    page = open_page(f"#view=keys&owner={owner}")

    expect(page.locator("details.facet", has_text="Owner").locator("input:checked")).to_have_count(1)
    assert shown_rows(page) == of(keys, "owner", owner) < len(keys)


def test_an_accepted_key_says_until_when_and_why(open_page: OpenPage, keys: Records) -> None:
    key = next(row for row in keys if row["exception_id"] and row["access_key_id"])
    told = open_page(f"#key={key['access_key_id']}").locator(".accepted")

    expect(told).to_contain_text("SEC-1234")
    expect(told).to_contain_text("the vendor cannot rotate")
    expect(told).to_contain_text(str(key["exception_expires"]))


def test_what_is_excepted_in_part_says_what_stays_open(open_page: OpenPage, keys: Records) -> None:
    key = next(row for row in keys if row["exception_id"] and row["risk_status"] == "open")
    told = open_page(f"#key={key['access_key_id']}").locator(".accepted")

    expect(told).to_contain_text("Accepted in part")
    expect(told).to_contain_text("Still open")


def test_a_key_without_an_exception_says_nothing_of_one(open_page: OpenPage, keys: Records) -> None:
    key = next(row for row in keys if not row["exception_id"] and row["access_key_id"])
    page = open_page(f"#key={key['access_key_id']}")

    expect(page.locator(".how")).to_be_visible()
    expect(page.locator(".accepted")).to_have_count(0)


def test_a_key_tells_the_three_commands_that_end_it(open_page: OpenPage, keys: Records) -> None:
    key = next(row for row in keys if row["principal_type"] == "iam_user")
    commands = open_page(f"#key={key['access_key_id']}").locator(".how pre").all_inner_texts()
    name = f"--user-name '{key['user_name']}' --access-key-id {key['access_key_id']}"

    assert [command.strip() for command in commands[1:]] == [
        f"aws iam update-access-key {name} --status Inactive",
        f"aws iam delete-access-key {name}",
    ]
    assert commands[0].startswith(
        "aws cloudtrail lookup-events --lookup-attributes "
        f"AttributeKey=AccessKeyId,AttributeValue={key['access_key_id']}"
    )


def test_without_a_policy_file_nothing_is_said_of_acceptance(
    open_page: OpenPage, report: HtmlInput, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    plain = replace(
        made_up_report(40), summary={**report.summary, "policy": {"exceptions": [], "remarks": []}}
    )
    file.write_bytes(render_html(plain))
    page = open_page(file=file)

    expect(page.locator(".tiles")).to_be_visible()
    expect(page.locator(".exceptions")).to_have_count(0)
    expect(page.locator(".tile", has_text="Accepted")).to_have_count(0)


def test_an_exception_leads_to_the_other_credentials_that_it_covers(
    open_page: OpenPage, report: HtmlInput
) -> None:
    page = open_page()
    covered = sum(row["exception_id"] == "SEC-1234" for row in report.credentials.records())
    page.locator(".exceptions tbody tr").nth(0).locator("a").nth(1).click()

    expect(page.locator(".found strong")).to_be_visible()
    assert shown_rows(page) == covered > 0
    assert "view=credentials" in page.url


def test_credentials_are_filtered_by_whether_they_are_accepted(
    open_page: OpenPage, report: HtmlInput
) -> None:
    page = open_page("#view=credentials&risk_status=accepted")

    accepted = [row for row in report.credentials.records() if row["risk_status"] == "accepted"]
    assert shown_rows(page) == len(accepted) > 0


def test_a_credential_of_a_keys_user_says_until_when_it_is_accepted(
    open_page: OpenPage, report: HtmlInput, keys: Records
) -> None:
    credential = next(row for row in report.credentials.records() if row["exception_id"])
    key = next(row["access_key_id"] for row in keys if row["user_arn"] == credential["user_arn"])
    page = open_page(f"#key={key}")

    own = page.locator("section", has=page.locator("#user-credentials"))
    expect(own).to_contain_text(f"until {credential['exception_expires']} by SEC-1234")
