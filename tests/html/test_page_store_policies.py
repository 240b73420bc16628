"""What a store's own side has to do with a key that reads it: its policy, grants, its key's policy, ACLs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from job.report.html.html_input import HtmlInput
from job.report.html.render import render_html
from job.report.schema.columns import Value
from job.report.schema.dataset import Table
from tests.html.report_page import OpenPage, Records, shown_rows

Shown = Callable[..., Page]
BUCKET = "arn:aws:s3:::ledger"
ELSEWHERE = "999988887777"


def statement(attached_to: str, policy_name: str, *actions: str, **more: object) -> dict[str, object]:
    return {
        "attached_to": attached_to,
        "policy_name": policy_name,
        "policy_arn": None,
        "statement_index": 2,
        "statement_sid": "Readers",
        "effect": "Allow",
        "actions": list(actions),
        "resources": ["*"],
        "conditions": None,
        **more,
    }


OWN = statement("bucket ledger", "bucket policy", "s3:GetObject", resources=[f"{BUCKET}/*"])
READS = statement("user", "base", "s3:Get*")
DECRYPTS = statement("user", "base", "kms:Decrypt")
KEYS = statement("key ledger", "key policy", "kms:*")
GRANT = statement("grant of ledger", "0c2b4ef1", "kms:Decrypt")


def table(whole: Table, *records: Mapping[str, Value]) -> Table:
    rows = [tuple(record.get(name) for name in whole.schema.names) for record in records]
    return Table(schema=whole.schema, rows=rows)


@pytest.fixture
def shown(open_page: OpenPage, report: HtmlInput, keys: Records, tmp_path: Path) -> Shown:
    """One store, of the key's account or another, and one key that reads it by the statements given."""
    key = next(row for row in keys if row["access_key_id"])

    def page(
        *decisive: dict[str, object],
        ofs: tuple[dict[str, object], ...] = (),
        account: str = "",
        kind: str = "bucket",
        acls: str | None = "off",
        path: str | None = None,
    ) -> Page:
        home = account or str(key["account_id"])
        capability = {"bucket": "s3_read", "kms_key": "kms_decrypt"}[kind]
        hops = [{"kind": "user", "name": key["user_arn"], "by": ""}]
        finding = {
            **key,
            "capability": capability,
            "verdict": "all",
            "data_class": "direct",
            "path": json.dumps([*hops, {"kind": "policy", "name": "base", "by": "user"}]),
            "evidence": json.dumps(decisive),
        }
        store = {**key, "account_id": home, "store_type": kind, "store_arn": BUCKET, "store_name": "ledger"}
        access = {
            **key,
            "store_arn": BUCKET,
            "verdict": "all",
            "via": ("direct",) if path is None else ("role:arn:aws:iam::1:role/last",),
            "reason": "user: base#2 s3:Get* on *" if decisive else "bucket ledger: bucket policy#2(Readers)",
            "path": path,
            "store_statements": json.dumps(ofs) if ofs else None,
        }
        made = replace(
            report,
            stores=table(report.stores, {**store, "object_acls": acls, "keys_direct": 1}),
            access=table(report.access, access),
            findings=table(report.findings, *([finding] if decisive else [])),
        )
        file = tmp_path / "store.html"
        file.write_bytes(render_html(made))
        opened = open_page(f"#store={quote(BUCKET, safe='')}", file=file)
        expect(opened.locator(".graph svg")).to_be_visible()
        return opened

    return page


def labels(page: Page) -> list[str]:
    return page.locator(".graph .edge-label text").all_text_contents()


def test_a_policy_that_alone_allows_it_is_drawn_as_what_grants(shown: Shown) -> None:
    page = shown(ofs=(OWN,))

    own = page.locator(".graph .node-own")
    expect(own).to_contain_text("Policy of the store, statement 2")
    expect(own).to_contain_text("bucket policy")
    expect(own.locator("title")).to_have_text("bucket ledger: bucket policy")
    assert "".join(labels(page)) == "alone allows it"
    expect(page.locator(".graph .node-policy")).to_have_count(0)
    expect(page.locator(".statement")).to_contain_text(
        "bucket policy, statement 2 (Readers), on bucket ledger"
    )
    expect(page.locator(".paths .words").first).to_contain_text("bucket policy lets it in")


def test_in_one_account_either_side_is_enough_and_an_arrow_leads_past_the_policy(shown: Shown) -> None:
    page = shown(READS, ofs=(OWN,))

    expect(page.locator(".graph .node-policy")).to_have_count(1)
    expect(page.locator(".graph .node-own")).to_have_count(1)
    assert labels(page) == ["allows it too"]
    assert page.locator(".graph .edge").count() == page.locator(".graph .node").count()


def test_across_accounts_both_sides_are_on_the_way(shown: Shown) -> None:
    page = shown(READS, ofs=(OWN,), account=ELSEWHERE)

    assert labels(page) == ["must allow it too"]
    assert page.locator(".graph .edge").count() == page.locator(".graph .node").count() - 1


def test_a_kms_keys_policy_must_allow_what_iam_policies_give(shown: Shown) -> None:
    page = shown(DECRYPTS, ofs=(KEYS,), kind="kms_key")

    expect(page.locator(".graph .node-own")).to_contain_text("key policy")
    assert labels(page) == ["must allow it too"]


def test_a_grant_is_drawn_as_a_grant(shown: Shown) -> None:
    page = shown(ofs=(GRANT,), kind="kms_key")

    expect(page.locator(".graph .node-grant")).to_contain_text("grant of ledger")
    assert labels(page) == ["alone allows it"]


def test_the_policy_of_the_key_that_encrypts_the_store_stands_behind_its_own(shown: Shown) -> None:
    page = shown(DECRYPTS, ofs=(OWN, KEYS))

    expect(page.locator(".graph .node-own")).to_have_count(1)
    expect(page.locator(".graph .node-key-policy")).to_contain_text("Policy of its key, statement 2")
    assert labels(page) == ["alone allows it", "must decrypt it"]


def test_a_chain_of_roles_is_drawn_whole_where_no_finding_tells_of_it(shown: Shown) -> None:
    hops = [
        {"kind": "user", "name": "arn:aws:iam::1:user/ci", "by": ""},
        {"kind": "role", "name": "arn:aws:iam::1:role/first", "by": "role:arn:aws:iam::1:role/first"},
        {"kind": "role", "name": "arn:aws:iam::1:role/last", "by": "role:arn:aws:iam::1:role/last"},
    ]
    page = shown(ofs=(OWN,), path=json.dumps(hops))

    assert page.locator(".graph .node-role .name").all_text_contents() == ["first", "last"]
    expect(page.locator(".graph .node-own")).to_have_count(1)


def test_without_a_policy_of_the_store_none_is_drawn(shown: Shown) -> None:
    page = shown(READS)

    expect(page.locator(".graph .node-data")).to_have_count(1)
    expect(page.locator(".graph .node-own")).to_have_count(0)


@pytest.mark.parametrize(
    ("acls", "word", "said"),
    [
        ("on", "On", "Objects in it may let in others by access control lists of their own"),
        ("not_read", "Not read", "Whether objects in it let in others by access control lists"),
        ("off", "Off", None),
    ],
)
def test_a_bucket_tells_of_its_objects_access_control_lists(
    shown: Shown, acls: str, word: str, said: str | None
) -> None:
    page = shown(ofs=(OWN,), acls=acls)

    facts = page.get_by_label("Facts of the store")
    expect(
        facts.locator("dl > div", has=page.get_by_text("Object ACLs", exact=True)).locator("dd").first
    ).to_have_text(word)
    expect(facts.locator(".hint")).to_have_count(1 if said else 0)
    if said:
        expect(facts.locator(".hint")).to_contain_text(said)


def test_buckets_are_filtered_by_their_objects_access_control_lists(
    open_page: OpenPage, report: HtmlInput
) -> None:
    page = open_page("#view=data&object_acls=on")

    assert shown_rows(page) == sum(row["object_acls"] == "on" for row in report.stores.records()) > 0
    expect(page.locator("details.facet", has_text="Object ACLs").locator("input:checked")).to_have_count(1)
