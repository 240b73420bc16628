"""Every OCSF line against the published schema, and the statuses over dates."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from job.analyze.verdict import AdminAccess
from job.policy_file.policy_parser import parse_policy
from job.publish.publish import publish
from job.report.formats.ocsf import OCSF_VERSION, ocsf_lines
from job.report.risk.rules import RULES
from job.report.rows.build import Report
from job.storage.folder import FolderStorage
from tests.report.report_samples import (
    PROD,
    access_key,
    account,
    as_previous,
    full_report,
    report_run,
    root_user,
    sample_report,
    user,
    verdicts,
)

NEXT_DAY = date(2026, 11, 23)
POLICY = parse_policy(
    b"""
[[exception]]
id = "SEC-2"
users = ["sealed"]
rules = ["admin", "admin_old", "old", "reads_all"]
reason = "sealed"
expires = 2027-01-01
""",
    frozenset(rule.id for rule in RULES),
)
KEYS = {name: f"AKIA00000000000000{name}" for name in ("CI", "GO", "NW", "OF", "SE")}


@pytest.fixture(scope="module")
def published_schema() -> Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(OCSF_VERSION))
    return Draft202012Validator(schema.get_class_schema("iam_analysis_finding", ["cloud"]))


def before() -> Report:
    there = account(
        PROD,
        user("ci", access_key(KEYS["CI"])),
        user("gone", access_key(KEYS["GO"])),
        user("off", access_key(KEYS["OF"])),
        user("sealed", access_key(KEYS["SE"])),
        root=root_user(access_key(None, created=None, used=None), access_key(None, created=None)),
    )
    return sample_report(there, run=report_run(run_id="run-0", report_date=date(2026, 11, 22)))


def after() -> Report:
    there = account(
        PROD,
        user("ci", access_key(KEYS["CI"])),
        user("newcomer", access_key(KEYS["NW"], used=None)),
        user("off", access_key(KEYS["OF"], active=False)),
        user("sealed", access_key(KEYS["SE"])),
    )
    return sample_report(
        there,
        verdicts=(verdicts("ci"), verdicts("newcomer"), verdicts("sealed", admin=AdminAccess.DIRECT)),
        run=report_run(run_id="run-1", report_date=NEXT_DAY, policy=POLICY),
        previous=as_previous(before()),
    )


def events(report: Report) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in ocsf_lines(report)]


@pytest.mark.parametrize("report", [before(), after(), full_report()], ids=["first", "next", "full"])
def test_every_line_is_valid_by_the_published_schema(
    report: Report, published_schema: Draft202012Validator
) -> None:
    told = events(report)
    assert [error.message for event in told for error in published_schema.iter_errors(event)] == []
    assert len(told) >= len(report.table("keys").rows) > 0


def test_the_published_schema_refuses_a_status_that_it_does_not_know(
    published_schema: Draft202012Validator,
) -> None:
    event = events(before())[0]
    assert not published_schema.is_valid({**event, "status_id": 42})
    assert not published_schema.is_valid({key: event[key] for key in event if key != "finding_info"})


def test_a_key_is_new_in_progress_suppressed_or_resolved() -> None:
    statuses = {event["finding_info"]["uid"]: event["status"] for event in events(after())}
    assert statuses == {
        f"{PROD}/{KEYS['CI']}": "In Progress",
        f"{PROD}/{KEYS['NW']}": "New",
        f"{PROD}/{KEYS['SE']}": "Suppressed",
        f"{PROD}/{KEYS['GO']}": "Resolved",
        f"{PROD}/{KEYS['OF']}": "Resolved",
        f"{PROD}/<root_account> created ": "Resolved",
        f"{PROD}/<root_account> created  #2": "Resolved",
    }


def test_a_suppressed_key_names_its_exception() -> None:
    (sealed,) = (event for event in events(after()) if event["status"] == "Suppressed")
    assert (sealed["status_detail"], sealed["activity_name"], sealed["type_uid"]) == (
        "SEC-2",
        "Update",
        200802,
    )


def test_keys_without_id_are_told_apart() -> None:
    uids = [event["finding_info"]["uid"] for event in events(before())]
    assert len(set(uids)) == len(uids) == 6


def test_the_file_is_published_beside_the_datasets_and_in_the_summary(tmp_path: Path) -> None:
    report = after()
    publication = publish(FolderStorage(tmp_path), report, lambda _: b"")
    key = f"ocsf/dt={NEXT_DAY}/findings-{NEXT_DAY}.jsonl.gz"
    assert gzip.decompress((tmp_path / key).read_bytes()) == b"".join(ocsf_lines(report))
    objects = publication.summary["objects"]
    assert isinstance(objects, list)
    assert key in [each["key"] for each in objects if isinstance(each, dict)]
