"""Writes report.html: the built page, the packed data, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator
from importlib.resources import files
from string import Template

from job.analyze.escalation.methods import load_methods
from job.analyze.service_reference.actions import ActionIndex
from job.analyze.verdict import TOLD_APART
from job.report.html.container import Packed, pack
from job.report.html.evidence import Evidence, Principal, pack_evidence
from job.report.html.html_input import HtmlInput
from job.report.html.store_tables import StoreTables, select_stores
from job.report.risk.credential_rules import CREDENTIAL_RULES
from job.report.risk.rules import CONDITIONS, LEVELS, RULES
from job.report.rows.account_rows import ACCOUNT_ID, ORGANIZATION_ID
from job.report.rows.key_rows import USER_NAME
from job.report.rows.run_columns import REPORT_DATE
from job.report.schema.columns import AnyColumn, Column, ColumnType, Value
from job.report.schema.dataset import Table
from job.snapshot.model import Json, JsonObject


def render_html(report: HtmlInput) -> bytes:
    """Make the file; the same input gives the same bytes.

    Its content security policy (https://www.w3.org/TR/CSP3/) names the hashes of its one script and one style
    sheet and forbids every connection; Trusted Types keep text from ever being read as markup.
    """
    script, style = _built("page.js"), _built("page.css")
    evidence = pack_evidence(report.findings)
    page = Template(files("job.report.html").joinpath("page.html").read_text("utf-8"))
    return page.substitute(
        packages="\n".join(json.loads(_built("sources.json"))["packages"]),
        policy=_policy(script, style),
        title=html.escape(_title(report)),
        style=style,
        data="\n".join(_data_elements(report, evidence)),
        script=script,
    ).encode()


def _built(name: str) -> str:
    return files("job.report.html").joinpath("dist", name).read_text("utf-8")


def _policy(script: str, style: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "font-src data:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _data_elements(report: HtmlInput, evidence: Evidence) -> Iterator[str]:
    stores = select_stores(report.keys, report.stores, report.access)
    yield _element("data", _tables(report, evidence, stores))
    yield _element("access", pack({"access": stores.access}, {}))
    for number, block in enumerate(evidence.blocks):
        yield _element(f"evidence-{number}", block)


def _element(name: str, packed: str) -> str:
    """An inert element: base64 can hold nothing that ends it."""
    return f'<script type="application/octet-stream" id="{name}">{packed}</script>'


def _tables(report: HtmlInput, evidence: Evidence, stores: StoreTables) -> str:
    shown = (report.keys, report.accounts, report.changes, stores.stores, report.credentials)
    tables = {table.schema.name: _columns(table) for table in shown}
    principals = zip(report.keys.cells(ACCOUNT_ID), report.keys.cells(USER_NAME), strict=True)
    block = _block_column(evidence)
    packed = Packed(column=block, cells=[block.value(principal) for principal in principals])
    return pack({**tables, "blocks": [packed]}, _extra(report) | {"left": _left_out(stores)})


def _left_out(stores: StoreTables) -> dict[str, int]:
    """What the files hold and the page does not."""
    return {"stores": stores.stores_left, "access": stores.access_left}


def _block_column(evidence: Evidence) -> Column[Principal]:
    """Where the page finds the paths of a key's user."""
    return Column("block", ColumnType.INT, "block of the key's paths", evidence.block_of.get)


def _columns(table: Table) -> list[Packed]:
    columns = table.schema.columns
    cells: list[tuple[Value, ...]] = list(zip(*table.rows, strict=True)) or [()] * len(columns)
    return [Packed(column=column, cells=own) for column, own in zip(columns, cells, strict=True)]


def _extra(report: HtmlInput) -> dict[str, object]:
    """What the page tells beside the tables."""
    previous = report.previous_report_date
    return {
        "title": _title(report),
        "reportDate": _of_run(report, REPORT_DATE),
        "previousDate": previous.isoformat() if previous else None,
        "organizationId": _of_run(report, ORGANIZATION_ID) or None,
        "capabilities": [{"id": one.id, "title": one.title} for one in report.schema.capabilities],
        "toldApart": [{"id": name, "title": title} for name, title in TOLD_APART.items()],
        "tags": [column.source for column in report.schema.tag_columns],
        "methods": {method.id: method.title for method in load_methods(ActionIndex({}))},
        "riskRules": _risk_rules(),
        "credentialWhys": {rule.id: rule.why for rule in CREDENTIAL_RULES},
        "storesAsked": bool(_setting(report.summary, "data_stores")),
        **_acceptance(report.summary),
        "facts": list(_told(report.summary)),
        "licences": _built("licences.txt"),
    }


def _of_run(report: HtmlInput, column: AnyColumn) -> str:
    """What every row of the accounts says the same; a report without accounts has it in its summary."""
    told = (cell for cell in report.accounts.cells(column) if cell is not None)
    return str(next(told, report.summary.get(column.name) or ""))


def _title(report: HtmlInput) -> str:
    parts = ("Access key report", _of_run(report, REPORT_DATE), _of_run(report, ORGANIZATION_ID))
    return " ".join(filter(None, parts))


def _setting(summary: JsonObject, name: str) -> Json:
    match summary.get("settings"):
        case dict(settings):
            return settings.get(name)
    return None


def _acceptance(summary: JsonObject) -> dict[str, object]:
    """What the policy file accepts, and what of it is about nothing."""
    match summary.get("policy"):
        case {"exceptions": list(exceptions), "remarks": list(remarks)}:
            return {"exceptions": exceptions, "policyRemarks": remarks}
    return {"exceptions": [], "policyRemarks": []}


def _risk_rules() -> list[dict[str, str]]:
    """The rules, worst first."""
    return [
        {
            "id": rule.id,
            "level": rule.level,
            "action": rule.action,
            "when": "; ".join(CONDITIONS[name][0] for name in rule.when).replace("`", ""),
            "why": rule.why,
        }
        for rule in sorted(RULES, key=lambda rule: -LEVELS.index(rule.level))
    ]


def _told(value: Json, name: str = "") -> Iterator[tuple[str, str]]:
    """The summary as names and values, nested ones joined by a dot."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _told(inner, f"{name}.{key}" if name else key)
        case list():
            yield name, ", ".join(item if isinstance(item, str) else json.dumps(item) for item in value)
        case str():
            yield name, value
        case _:
            yield name, json.dumps(value)
