"""The report of the demo's organization, through the whole job: the page says what its CSV says."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from job.analyze.verdict import TOLD_APART
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
    still_open = [row for row in rows if row["risk_status"] == "open"]
    assert numbers["Administrators"] == str(sum(row["admin_access"] == "direct" for row in still_open))
    assert numbers["Accepted"] == str(len(rows) - len(still_open)) == "3"
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


@pytest.fixture(scope="module")
def told_apart(latest: Path) -> list[dict[str, str]]:
    (file,) = (latest.parent / "csv" / "findings").rglob("*.csv")
    with file.open(encoding="utf-8", newline="") as findings:
        return [row for row in csv.DictReader(findings) if row["capability"] in TOLD_APART]


def test_the_findings_of_the_demo_tell_of_credentials_that_may_lead_on(
    told_apart: list[dict[str, str]],
) -> None:
    told = {(row["user_name"], row["verdict"], row["methods"]) for row in told_apart}
    assert ("card-reconciler", "some", "X01") in told
    assert {row["capability"] for row in told_apart} == set(TOLD_APART)
    assert all(row["witness_action"] for row in told_apart)


def test_what_no_verdict_counts_stands_apart_on_the_page_of_a_key(
    open_page: OpenPage, latest: Path, told_apart: list[dict[str, str]]
) -> None:
    key = next(row["access_key_id"] for row in told_apart if row["user_name"] == "card-reconciler")
    page = open_page(f"#key={key}", file=latest / "report.html")

    apart = page.locator(".apart .card")
    expect(apart.locator("h2")).to_have_text("Credentials that may lead on")
    expect(apart).to_contain_text("No verdict and no risk above counts it.")
    expect(apart.locator(".mark").first).to_have_text("Some")
    expect(apart.locator("summary")).to_contain_text("policy secrets → Read secrets")
    expect(apart.locator(".node-data .name")).to_have_text("Credentials that may lead on")
    expect(apart.locator(".witness")).to_contain_text("secretsmanager:GetSecretValue")
    expect(page.locator(".cans button", has_text="Credentials")).to_have_count(0)


def test_a_key_of_which_nothing_is_told_apart_has_no_such_part(
    open_page: OpenPage, latest: Path, rows: list[dict[str, str]]
) -> None:
    key = next(
        row["access_key_id"] for row in rows if row["admin_access"] == "direct" and row["access_key_id"]
    )
    page = open_page(f"#key={key}", file=latest / "report.html")

    expect(page.locator(".graph svg").first).to_be_visible()
    expect(page.locator(".apart")).to_have_count(0)


def dataset_rows(latest: Path, dataset: str) -> list[dict[str, str]]:
    (file,) = (latest.parent / "csv" / dataset).glob("dt=*/*.csv")
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.mark.parametrize(("view", "dataset"), [("data", "stores"), ("credentials", "credentials")])
def test_a_view_of_the_demo_has_the_rows_of_its_csv(
    open_page: OpenPage, latest: Path, view: str, dataset: str
) -> None:
    page = open_page(f"#view={view}", file=latest / "report.html")

    assert shown_rows(page) == len(dataset_rows(latest, dataset)) > 0


def test_a_reader_through_roles_is_drawn_to_the_store(open_page: OpenPage, latest: Path) -> None:
    access = next(
        row
        for row in dataset_rows(latest, "access")
        if row["user_name"] == "ci-deployer" and row["via"].endswith("role/etl-reader")
    )
    address = f"#store={access['store_arn']}&show={access['access_key_id']}"
    page = open_page(address, file=latest / "report.html")

    expect(page.locator(".graph .node-role")).to_have_count(2)
    expect(page.locator(".graph .node-account")).to_contain_text("data-lake-prod")
    expect(page.locator(".graph .node-data")).to_contain_text(access["store_name"])
    expect(page.locator(".statement").first).to_contain_text("sts:AssumeRole")
