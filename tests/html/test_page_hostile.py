"""Names and tags are hostile input: the page shows them as text, and the exported CSV keeps them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bench.made_up_report import made_up_report
from job.report.html.html_input import HtmlInput
from job.report.html.render import render_html
from job.report.schema.columns import Row, Value
from job.report.schema.dataset import Table
from tests.html.report_page import OpenPage

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(2)>'
BIDI = "safe\u202egnp.exe"
LONG = "tag-" + "x" * 2048
FORMULA = "=HYPERLINK(1)"
ENDING = "</script><!--<script>"
SURROGATE = "half \ud83d a pair"


def changed(table: Table, **cells: Value) -> Table:
    """The table with the same hostile cells in its first row."""
    names = table.schema.names
    first, *others = list(table.rows)
    row: Row = tuple(cells.get(name, cell) for name, cell in zip(names, first, strict=True))
    return Table(schema=table.schema, rows=[row, *others])


ACCOUNT = "210000000000"
ROLE = f"role:arn:aws:iam::{ACCOUNT}:role/{IMAGE}"
STORE = "arn:aws:s3:::hostile"


def hostile_finding(findings: Table) -> Table:
    """One finding whose path and evidence are hostile as well."""
    path = [{"kind": "user", "name": SCRIPT, "by": ""}, {"kind": IMAGE, "name": ENDING, "by": BIDI}]
    statement = {
        "attached_to": f"group {IMAGE}",
        "policy_name": SCRIPT,
        "policy_arn": None,
        "statement_index": 1,
        "statement_sid": IMAGE,
        "effect": "Allow",
        "actions": [SCRIPT],
        "resources": [IMAGE],
        "conditions": {SCRIPT: {IMAGE: [ENDING]}},
    }
    only = Table(schema=findings.schema, rows=[next(iter(findings.rows))])
    return changed(
        only,
        account_id=ACCOUNT,
        user_name=SCRIPT,
        capability="s3_read",
        path=json.dumps(path),
        evidence=json.dumps([statement]),
        witness_action=IMAGE,
        witness_resource="a'; rm -rf /",
        note=ENDING,
    )


def hostile_key(keys: Table) -> Table:
    """A key of a hostile user in a hostile account."""
    return changed(
        keys,
        account_id=ACCOUNT,
        user_name=SCRIPT,
        user_arn=f"arn:aws:iam::{ACCOUNT}:user/{SCRIPT}",
        access_key_id="AKIAHOSTILE",
        account_name=IMAGE,
        account_tags={IMAGE: SCRIPT, "Environment": LONG, "__proto__": BIDI, "constructor": ENDING},
        user_tags={"Note": BIDI, "Broken": SURROGATE},
        user_groups=(FORMULA, IMAGE),
        ou_path=f"Root/{IMAGE}",
        s3_read="all",
        s3_read_via=(ROLE,),
        s3_read_reason=ENDING,
        risk_level="critical",
        risk_reasons=(SCRIPT,),
        recommended_action=IMAGE,
        key_last_used_service=FORMULA,
    )


def hostile_access(report: HtmlInput) -> Table:
    """The hostile key reads the hostile store."""
    return changed(
        report.access,
        account_id=ACCOUNT,
        user_name=SCRIPT,
        access_key_id="AKIAHOSTILE",
        key_created_at=next(report.keys.records())["key_created_at"],
        store_arn=STORE,
        via=(ROLE,),
        reason=ENDING,
    )


def hostile_store(stores: Table) -> Table:
    """A store with hostile names and tags."""
    return changed(
        stores,
        store_arn=STORE,
        store_name=SCRIPT,
        store_tags={IMAGE: SCRIPT},
        store_key_arn=IMAGE,
        account_id=ACCOUNT,
        account_name=IMAGE,
        other_accounts=(SCRIPT,),
    )


def hostile_credential(credentials: Table) -> Table:
    """Another credential of the hostile user."""
    return changed(
        credentials,
        user_arn=f"arn:aws:iam::{ACCOUNT}:user/{SCRIPT}",
        credential_id=IMAGE,
        credential_alias=SCRIPT,
        owner=IMAGE,
        permits=(SCRIPT,),
        risk_reasons=(IMAGE,),
    )


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = made_up_report(40)
    hostile = replace(
        report,
        keys=hostile_key(report.keys),
        accounts=changed(report.accounts, account_name=SCRIPT, coverage_note=IMAGE, failed_code=SCRIPT),
        findings=hostile_finding(report.findings),
        changes=changed(report.changes, user_name=IMAGE, before=SCRIPT, change=ENDING),
        stores=hostile_store(report.stores),
        access=hostile_access(report),
        credentials=hostile_credential(report.credentials),
        summary={SCRIPT: IMAGE, "nested": {"list": [SCRIPT, 1]}},
    )
    file = tmp_path_factory.mktemp("hostile") / "hostile.html"
    file.write_bytes(render_html(hostile))
    return file


INJECTED = "document.querySelectorAll('img, iframe, object, .td script, svg script').length"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "#view=keys",
        "#view=accounts",
        "#view=changes",
        "#view=data",
        "#view=credentials",
        "#store=arn:aws:s3:::hostile",
        "#view=about",
        "#key=AKIAHOSTILE&show=s3_read",
        f"#key={IMAGE}",
        f"#view=keys&{IMAGE}={SCRIPT}&sort={SCRIPT}&cols={IMAGE}",
    ],
)
def test_no_view_takes_a_value_for_markup(open_page: OpenPage, hostile_file: Path, address: str) -> None:
    page = open_page(address, file=hostile_file)
    page.wait_for_timeout(150)

    assert page.evaluate(INJECTED) == 0
    assert page.evaluate("document.scripts.length") == 4


def test_hostile_names_are_shown_as_they_are(open_page: OpenPage, hostile_file: Path) -> None:
    page = open_page(
        "#view=keys&q=AKIAHOSTILE&cols=user_name,account_name,account_tags,user_tags,ou_path",
        file=hostile_file,
    )

    row = page.locator(".tr").first
    for text in (SCRIPT, IMAGE, LONG, BIDI, ENDING):
        expect(row).to_contain_text(text)
    expect(row.locator("bdi").first).to_have_css("unicode-bidi", "isolate")
    assert page.evaluate("document.querySelector('.tr').getBoundingClientRect().height") == 36


def test_hostile_evidence_is_drawn_as_text(open_page: OpenPage, hostile_file: Path) -> None:
    page = open_page("#key=AKIAHOSTILE&show=s3_read", file=hostile_file)

    page.wait_for_selector(".graph svg")
    titles = page.locator(".graph .node title").all_text_contents()
    assert {SCRIPT, ENDING, IMAGE} <= set(titles)
    expect(page.locator(".statement")).to_contain_text(
        f"Allow by {SCRIPT}, statement 1 ({IMAGE}), on group {IMAGE}"
    )


def test_a_tag_of_any_name_can_be_filtered_by(open_page: OpenPage, hostile_file: Path) -> None:
    page = open_page("#view=keys", file=hostile_file)

    page.get_by_label("Tag to filter by").select_option(f"tag:{IMAGE}")
    page.locator(".tag-facet label", has_text=SCRIPT).locator("input").check()
    expect(page.locator(".found strong")).to_have_text("1")
    page.reload()
    expect(page.locator(".found strong")).to_have_text("1")

    page.goto(f"{hostile_file.as_uri()}#view=keys&tag:__proto__={BIDI}")
    expect(page.locator(".found strong")).to_have_text("1")


def test_formulas_are_guarded_in_the_export_only_when_asked(
    open_page: OpenPage, hostile_file: Path, tmp_path: Path
) -> None:
    page = open_page("#view=keys&q=AKIAHOSTILE&cols=key_last_used_service,user_name", file=hostile_file)
    cells = {}
    for guard in (True, False):
        page.locator("summary", has_text="Export CSV").click()
        page.get_by_label("Safe for spreadsheets").set_checked(guard)
        page.get_by_label("The 2 shown").check()
        with page.expect_download() as download:
            page.get_by_role("button", name="Save 1 row").click()
        download.value.save_as(tmp_path / "export.csv")
        cells[guard] = list(csv.reader(io.StringIO((tmp_path / "export.csv").read_text())))[1]

    assert cells == {True: [f"'{FORMULA}", SCRIPT], False: [FORMULA, SCRIPT]}
