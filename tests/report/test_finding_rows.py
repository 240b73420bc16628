from __future__ import annotations

import json
from dataclasses import replace

from job.analyze.verdict import Hop
from tests.report.report_samples import (
    EVIDENCE,
    FINDING,
    PROD,
    access_key,
    account,
    full_report,
    records,
    sample_report,
    user,
    verdicts,
)


def test_a_finding_is_a_row_for_every_reported_key_of_its_user() -> None:
    keys = (access_key("AKIAA"), access_key("AKIAB"), access_key("AKIAC", active=False))
    report = sample_report(
        account(PROD, user("ci", *keys)), verdicts=(verdicts("ci", findings=(FINDING, FINDING)),)
    )
    assert [row["access_key_id"] for row in records(report, "findings")] == [
        "AKIAA",
        "AKIAA",
        "AKIAB",
        "AKIAB",
    ]


def test_a_finding_names_its_path_statement_and_witness() -> None:
    row = records(full_report(), "findings")[0]
    told = {
        "account_name": "Shop",
        "user_name": "ci",
        "capability": "s3_read",
        "verdict": "all",
        "data_class": "direct",
        "path": '[{"by":"","kind":"user","name":"arn:aws:iam::111111111111:user/ci"}]',
        "attached_to": "group readers",
        "policy_name": "AmazonS3ReadOnlyAccess",
        "statement_index": 1,
        "statement_sid": None,
        "actions": ("s3:Get*", "s3:List*"),
        "resources": ("*",),
        "conditions": '{"StringLike":{"aws:PrincipalTag/team":["a/b"]}}',
        "narrowed_by": "scp",
        "witness_action": "s3:GetObject",
        "witness_context": '{"aws:SourceIp":["192.0.2.1"]}',
        "note": "resource policies are not read",
    }
    assert {name: row[name] for name in told} == told
    assert [statement["policy_name"] for statement in json.loads(str(row["evidence"]))] == [
        "AmazonS3ReadOnlyAccess"
    ]


def test_a_finding_without_statement_and_witness_has_empty_cells() -> None:
    bare = replace(FINDING, evidence=(), witness=None, narrowed_by=None, data_class="", note="")
    report = sample_report(
        account(PROD, user("ci", access_key())), verdicts=(verdicts("ci", findings=(bare,)),)
    )
    row = records(report, "findings")[0]
    assert {row[name] for name in ("policy_name", "evidence", "witness_action", "narrowed_by", "note")} == {
        None
    }


def test_the_last_roles_statement_decides_and_all_are_told_in_order() -> None:
    own = replace(EVIDENCE, attached_to="user", policy_name="assume")
    roles = replace(EVIDENCE, attached_to="role reader", policy_name="read")
    steps = (*FINDING.path, Hop(kind="role", name="arn:aws:iam::1:role/team/reader", by="role:…"))
    reached = replace(FINDING, path=steps, evidence=(own, roles))
    report = sample_report(
        account(PROD, user("ci", access_key())), verdicts=(verdicts("ci", findings=(reached,)),)
    )
    row = records(report, "findings")[0]
    assert (row["attached_to"], row["policy_name"]) == ("role reader", "read")
    assert [each["policy_name"] for each in json.loads(str(row["evidence"]))] == ["assume", "read"]


def test_a_role_without_a_statement_leaves_the_first_to_decide() -> None:
    reached = replace(FINDING, path=(Hop(kind="role", name="arn:aws:iam::1:role/reader", by="role:…"),))
    report = sample_report(
        account(PROD, user("ci", access_key())), verdicts=(verdicts("ci", findings=(reached,)),)
    )
    assert records(report, "findings")[0]["attached_to"] == "group readers"


def test_a_statement_without_condition_has_none() -> None:
    plain = replace(FINDING, evidence=(replace(EVIDENCE, conditions=""),))
    report = sample_report(
        account(PROD, user("ci", access_key())), verdicts=(verdicts("ci", findings=(plain,)),)
    )
    assert records(report, "findings")[0]["conditions"] is None


def test_thousands_of_findings_come_back_in_their_order() -> None:
    many = tuple(replace(FINDING, note=str(number)) for number in range(4500))
    report = sample_report(account(PROD, user("ci", access_key())), verdicts=(verdicts("ci", findings=many),))
    assert len(report.table("findings").rows) == 4500
    assert [row["note"] for row in records(report, "findings")] == [str(number) for number in range(4500)]
