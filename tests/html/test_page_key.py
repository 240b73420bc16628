"""The page of one key: verdicts, reasons, and the paths drawn and in words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import expect

from bench.made_up_report import made_up_report
from job.report.html.evidence import SHOWN_PATHS
from job.report.html.html_input import HtmlInput
from job.report.html.render import render_html
from job.report.schema.dataset import Table
from tests.html.report_page import OpenPage, Records


def one(keys: Records, **wanted: object) -> dict[str, object]:
    return next(dict(row) for row in keys if all(row[name] == value for name, value in wanted.items()))


def test_a_key_opens_by_its_link_with_its_verdicts(
    open_page: OpenPage, keys: Records, report: HtmlInput
) -> None:
    key = one(keys, admin_access="escalates", principal_type="iam_user")
    page = open_page(f"#key={key['access_key_id']}")

    expect(page.locator("h1")).to_have_text(str(key["access_key_id"]))
    expect(page.locator(".whose")).to_contain_text(str(key["user_name"]))
    expect(page.locator(".cans button[aria-pressed=true]")).to_contain_text("Can become one")
    expect(page.locator(".cans button")).to_have_count(1 + len(report.schema.capabilities))
    assert page.locator(".reasons li").count() == len(tuple(key["risk_reasons"]))  # type: ignore[arg-type]


def test_a_leaked_key_says_so_beside_its_risk(open_page: OpenPage, keys: Records) -> None:
    page = open_page(f"#key={one(keys, known_leaked=True)['access_key_id']}")

    expect(page.locator(".verdict-line .leaked")).to_have_text("Known to be leaked")


def test_a_quarantine_is_told_as_no_limit_of_the_owners(
    open_page: OpenPage, report: HtmlInput, tmp_path: Path
) -> None:
    names = report.keys.schema.names
    limited, leaked = names.index("limited_by"), names.index("known_leaked")
    rows = [
        (*row[:limited], ("quarantine", "scp"), *row[limited + 1 :]) if row[leaked] else row
        for row in report.keys.rows
    ]
    changed = replace(report, keys=Table(schema=report.keys.schema, rows=rows))
    (tmp_path / "report.html").write_bytes(render_html(changed))
    key = one(list(changed.keys.records()), known_leaked=True)
    page = open_page(f"#key={key['access_key_id']}", file=tmp_path / "report.html")

    expect(page.locator(".key-head .note")).to_contain_text("Narrowed by scp.")


def test_the_path_is_drawn_from_the_key_to_the_data(open_page: OpenPage, keys: Records) -> None:
    key = one(keys, admin_access="none", s3_read="all", principal_type="iam_user")
    page = open_page(f"#key={key['access_key_id']}&show=s3_read")

    page.wait_for_selector(".graph svg")
    kinds = [node.get_attribute("data-kind") for node in page.locator(".graph .node").all()]

    assert {"key", "user", "policy", "account", "data"} <= set(kinds)
    assert kinds.count("key") == kinds.count("data") == 1
    expect(page.locator(".node-key .name")).to_have_text(str(key["access_key_id"]))
    expect(page.locator(".node-data .name")).to_have_text("Read objects in S3")
    assert page.locator(".graph .edge").count() >= 4


def test_groups_and_roles_are_on_the_drawing(open_page: OpenPage, report: HtmlInput) -> None:
    wanted = ("role:", '"group ci"')
    paths = {(row["access_key_id"], row["capability"]): "" for row in report.findings.records()}
    for row in report.findings.records():
        paths[row["access_key_id"], row["capability"]] += f"{row['path']}{row['evidence']}"
    key, capability = next(
        place for place, text in paths.items() if place[0] and all(word in text for word in wanted)
    )
    page = open_page(f"#key={key}&show={capability}")

    expect(page.locator(".node-group .name").first).to_have_text("ci")
    expect(page.locator(".node-role").first).to_be_visible()


def test_the_path_says_its_statement_and_a_request_that_gets_through(
    open_page: OpenPage, keys: Records
) -> None:
    key = one(keys, admin_access="none", s3_read="all", principal_type="iam_user")
    page = open_page(f"#key={key['access_key_id']}&show=s3_read")

    first = page.locator(".paths > li").first
    expect(first.locator(".statement")).to_contain_text(
        "Allow by AmazonS3ReadOnlyAccess, statement 1, on user"
    )
    expect(first.locator(".statement")).to_contain_text("s3:Get*")
    expect(first.locator(".witness")).to_contain_text("s3:GetObject on arn:aws:s3:::any-bucket/any-key")
    expect(first.locator("pre")).to_contain_text(f"--user '{key['account_id']}/{key['user_name']}'")


def test_a_conditional_path_is_dashed(open_page: OpenPage, keys: Records) -> None:
    key = one(keys, admin_access="conditional", principal_type="iam_user")
    page = open_page(f"#key={key['access_key_id']}&show=admin_access")

    page.wait_for_selector(".graph svg")
    assert page.locator(".edge.unsure").count() == page.locator(".edge").count()
    expect(page.locator(".node-admin")).to_be_visible()


def test_unknown_and_none_say_what_they_mean(open_page: OpenPage, keys: Records) -> None:
    key = one(keys, admin_access="unknown", principal_type="iam_user")
    page = open_page(f"#key={key['access_key_id']}&show=admin_access")

    expect(page.locator(".evidence")).to_contain_text("It could not be told")
    expect(page.locator(".note")).to_contain_text("Not looked at: the service control policies were not read")


def test_choosing_a_capability_is_kept_in_the_address(open_page: OpenPage, keys: Records) -> None:
    key = one(keys, admin_access="direct", principal_type="iam_user")
    page = open_page(f"#key={key['access_key_id']}")

    page.locator(".cans button", has_text="Read RDS").click()

    expect(page.locator(".evidence h2")).to_have_text("Read RDS and Aurora databases")
    assert page.url.endswith("show=rds_read")


def test_a_root_key_without_an_id_has_a_page(open_page: OpenPage, tmp_path_factory: object) -> None:
    report = made_up_report(2500, accounts=12)
    rows = list(report.keys.records())
    root = one(rows, principal_type="root")
    folder = tmp_path_factory.mktemp("root")  # type: ignore[attr-defined]
    (folder / "root.html").write_bytes(render_html(report))
    page = open_page(
        f"#view=keys&principal_type=root&account_id={root['account_id']}", file=folder / "root.html"
    )

    page.locator(".tr a").first.click()

    expect(page.locator("h1")).to_have_text("Key of the root user")
    expect(page.locator(".whose")).to_contain_text("<root_account>")
    assert quote(f"{root['account_id']}/", safe="") in page.url


def test_a_key_that_is_not_in_the_report_says_so(open_page: OpenPage) -> None:
    page = open_page("#key=AKIAGONE")

    expect(page.locator(".empty")).to_contain_text("AKIAGONE")
    expect(page.locator(".empty")).to_contain_text("This key is not in the report of 2026-11-22")


def test_paths_beyond_what_the_page_holds_are_counted(
    open_page: OpenPage, report: HtmlInput, tmp_path_factory: object
) -> None:
    row = next(row for row in report.findings.rows if "AKIA" in str(row))
    many = replace(
        report,
        findings=Table(schema=report.findings.schema, rows=[row] * (SHOWN_PATHS + 7)),
    )
    file = tmp_path_factory.mktemp("many") / "many.html"  # type: ignore[attr-defined]
    file.write_bytes(render_html(many))
    record = next(many.findings.records())
    page = open_page(f"#key={record['access_key_id']}&show={record['capability']}", file=file)

    expect(page.locator(".evidence")).to_contain_text("The findings dataset holds 7 more paths.")
    expect(page.locator(".evidence")).to_contain_text(re.compile("the first 24 of 40 paths are drawn"))


def test_a_printed_key_shows_the_evidence_of_every_capability(
    open_page: OpenPage, keys: Records, report: HtmlInput
) -> None:
    key = one(keys, admin_access="direct", principal_type="iam_user")
    page = open_page(f"#key={key['access_key_id']}")
    page.wait_for_selector(".graph svg")

    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert page.locator(".evidence > .card").count() == 1 + len(report.schema.capabilities)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".evidence > .card")).to_have_count(1)


def test_a_printed_table_shows_its_rows_at_once(open_page: OpenPage, keys: Records) -> None:
    page = open_page("#view=keys")

    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert page.locator(".tr").count() == len(keys)
