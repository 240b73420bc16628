"""Paths as the analysis tells them, and what is drawn of each."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bench.made_up_report import made_up_report
from job.report.html.render import render_html
from job.report.schema.columns import Value
from job.report.schema.dataset import Table
from tests.html.report_page import OpenPage

HOME, OTHER = "210000000000", "210007919321"
USER = f"arn:aws:iam::{HOME}:user/u"
Told = tuple[str, str, str]


def role(name: str, account: str = HOME) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


CASES: dict[str, tuple[str, list[Told], list[tuple[str, str]], list[str], int]] = {
    "by a group": (
        "s3_read",
        [("user", USER, ""), ("group", "ci", ""), ("policy", "P", "group ci"), ("data", "Data", "")],
        [("group ci", "P")],
        ["account management", "data Read objects in S3", "group ci", "key", "policy P", "user u"],
        5,
    ),
    "by roles in two accounts": (
        "s3_read",
        [
            ("user", USER, ""),
            ("role", role("a"), f"role:{role('a')}"),
            ("role", role("b", OTHER), f"role:{role('b', OTHER)}"),
            ("policy", "Read", "role b"),
            ("data", "Data", ""),
        ],
        [("user", "Go"), ("trust a", ""), ("role a", "On"), ("trust b", ""), ("role b", "Read")],
        [
            "account storefront",
            "data Read objects in S3",
            "key",
            "policy Go",
            "policy On",
            "policy Read",
            "role a",
            "role b",
            "user u",
        ],
        8,
    ),
    "as an administrator of an account": (
        "s3_read",
        [
            ("user", USER, ""),
            ("account", f"administrator of {HOME}", "escalation:E03,escalation:E04"),
            ("policy", "everything", "administrator"),
            ("data", "Data", ""),
        ],
        [("user", "Iam"), ("administrator", "everything")],
        ["account management", "data Read objects in S3", "key", "policy Iam", "user u"],
        4,
    ),
    "by another user": (
        "admin_access",
        [
            ("user", USER, ""),
            ("user", f"{USER}2", "escalation:E18"),
            ("account", f"administrator of {HOME}", ""),
        ],
        [("user", "Self"), ("user", "Self"), ("user", "Admin")],
        [
            "account management",
            "admin Administrator",
            "key",
            "policy Admin",
            "policy Self",
            "user u",
            "user u2",
        ],
        6,
    ),
    "by joining a group": (
        "s3_read",
        [
            ("user", USER, ""),
            ("user", USER, "escalation:E07"),
            ("group", "ci", ""),
            ("policy", "P", "group ci"),
            ("data", "Data", ""),
        ],
        [("user", "Iam"), ("group ci", "P")],
        [
            "account management",
            "data Read objects in S3",
            "group ci",
            "key",
            "policy Iam",
            "policy P",
            "user u",
        ],
        6,
    ),
    "as it stands": (
        "admin_access",
        [("user", USER, ""), ("policy", "AdministratorAccess", "user")],
        [("user", "AdministratorAccess")],
        ["account management", "admin Administrator", "key", "policy AdministratorAccess", "user u"],
        4,
    ),
    "as root": (
        "admin_access",
        [("root", f"arn:aws:iam::{HOME}:root", ""), ("policy", "everything", "root user")],
        [("root user", "everything")],
        ["account management", "admin Administrator", "key", "root root"],
        3,
    ),
    "in every member account": (
        "s3_read",
        [
            ("user", USER, ""),
            ("account", f"administrator of {HOME}", ""),
            ("account", "administrator of the member accounts", "escalation:E34,escalation:E39"),
            ("policy", "everything", "administrator"),
            ("data", "Data", ""),
        ],
        [("user", "Admin"), ("administrator", "everything")],
        [
            "account administrator of the\N{HORIZONTAL ELLIPSIS}ber accounts",
            "account management",
            "data Read objects in S3",
            "key",
            "policy Admin",
            "user u",
        ],
        5,
    ),
}


def statement(attached_to: str, policy: str, index: int) -> dict[str, object]:
    return {
        "attached_to": attached_to,
        "policy_name": policy,
        "policy_arn": None,
        "statement_index": index,
        "statement_sid": None,
        "effect": "Allow",
        "actions": ["a:B"],
        "resources": ["*"],
        "conditions": None,
    }


def finding(name: str) -> dict[str, Value]:
    capability, hops, statements, _, _ = CASES[name]
    told = [statement(where, policy, place) for place, (where, policy) in enumerate(statements, 1)]
    return {
        "account_id": HOME,
        "user_name": name,
        "access_key_id": name,
        "capability": capability,
        "verdict": "all" if capability == "s3_read" else "escalates",
        "data_class": "direct" if capability == "s3_read" else None,
        "path": json.dumps([{"kind": kind, "name": text, "by": by} for kind, text, by in hops]),
        "evidence": json.dumps(told),
    }


@pytest.fixture(scope="module")
def paths_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = made_up_report(len(CASES))
    keys = [
        {**row, "account_id": HOME, "user_name": name, "access_key_id": name, "s3_read": "all"}
        for row, name in zip(report.keys.records(), CASES, strict=True)
    ]
    accounts = [
        row | {"account_name": "storefront"} if row["account_id"] == OTHER else row
        for row in report.accounts.records()
    ]

    def table(of: Table, records: list[dict[str, Value]]) -> Table:
        rows = [tuple(record.get(name) for name in of.schema.names) for record in records]
        return Table(schema=of.schema, rows=rows)

    changed = replace(
        report,
        keys=table(report.keys, keys),
        accounts=table(report.accounts, accounts),
        findings=table(report.findings, [finding(name) for name in CASES]),
        summary={},
        previous_report_date=None,
    )
    file = tmp_path_factory.mktemp("paths") / "paths.html"
    file.write_bytes(render_html(changed))
    return file


@pytest.mark.parametrize("name", CASES)
def test_the_drawing_has_every_thing_on_the_way_once(
    open_page: OpenPage, paths_file: Path, name: str
) -> None:
    capability, _, _, things, steps = CASES[name]
    page = open_page(f"#key={name}&show={capability}", file=paths_file)

    page.wait_for_selector(".graph svg")
    kinds = [str(node.get_attribute("data-kind")) for node in page.locator(".graph .node").all()]
    names = page.locator(".graph .node .name").all_text_contents()

    drawn = [kind if kind == "key" else f"{kind} {text}" for kind, text in zip(kinds, names, strict=True)]
    assert sorted(drawn) == things
    assert page.locator(".graph .edge").count() == steps


def test_a_long_path_is_folded_into_rows_that_need_no_scrolling(
    open_page: OpenPage, paths_file: Path
) -> None:
    page = open_page("#key=by roles in two accounts&show=s3_read", file=paths_file)
    page.set_viewport_size({"width": 1000, "height": 900})

    page.wait_for_selector(".graph svg")
    boxes = page.locator(".graph .node").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect()).map(({top, width, height}) => "
        "[Math.round(top), width, height])"
    )

    assert len({top for top, _, _ in boxes}) == 2
    assert all(height > 40 for _, _, height in boxes)
    assert page.locator(".graph").evaluate("graph => graph.scrollWidth <= graph.clientWidth")


def test_a_step_says_how_it_is_taken(open_page: OpenPage, paths_file: Path) -> None:
    page = open_page("#key=as an administrator of an account&show=s3_read", file=paths_file)

    expect(page.locator(".edge-label title").first).to_have_text(
        "E03 Put an inline policy on itself\nE04 Attach a managed policy to itself"
    )
    expect(page.locator(".paths .words").first).to_have_text(
        "user u → administrator of management (E03 Put an inline policy on itself; "
        "E04 Attach a managed policy to itself) → reads it directly"
    )
    expect(page.locator(".statement")).to_have_count(1)


def test_statements_of_one_policy_are_one_thing_on_the_drawing(open_page: OpenPage, paths_file: Path) -> None:
    page = open_page("#key=by another user&show=admin_access", file=paths_file)

    kinds = page.locator(".node-policy .kind").all_text_contents()
    assert sorted(kinds) == ["Policy, statement 3", "Policy, statements 1, 2"]
