"""The documents' tables say of every way what it needs, what it is bound to, and what stays unknown."""

from __future__ import annotations

import json
from pathlib import Path

from docs.policy_tables import capabilities_table, methods_table

DATA = Path("job/analyze/data")


def test_a_way_to_data_is_a_row_with_its_class_and_needs() -> None:
    table = capabilities_table(
        json.dumps(
            [
                {
                    "id": "s3_read",
                    "alternatives": [
                        {
                            "class": "copied",
                            "needs": [
                                ["s3:CreateJob", "s3:Other"],
                                {"actions": ["a:B"], "on": "arn:x"},
                                {"actions": ["a:B"], "on": ["arn:y", "arn:z"]},
                            ],
                            "pass_role": ["s3.amazonaws.com"],
                            "conditional_on": "a bucket",
                            "note": "slow | dear",
                        }
                    ],
                }
            ]
        )
    )
    assert table.splitlines()[2] == (
        "| `s3_read` | copied | `s3:CreateJob` or `s3:Other`; `a:B` on `arn:x`; "
        "`a:B` on `arn:y` or `arn:z`; "
        "`iam:PassRole` to `s3.amazonaws.com` | a bucket | slow \\| dear |"
    )


def test_a_method_is_a_row_with_needs_target_and_what_stays_unknown() -> None:
    table = methods_table(
        json.dumps(
            [
                {
                    "id": "E46",
                    "title": "Create a function",
                    "unknown": "nothing",
                    "listed_by": "R P",
                    "alternatives": [
                        {
                            "rule": "pass_role",
                            "needs": [["lambda:CreateFunction"]],
                            "services": ["lambda.amazonaws.com"],
                            "unseen": None,
                        }
                    ],
                }
            ]
        )
    )
    assert table.splitlines()[2] == (
        "| E46 | Create a function | `lambda:CreateFunction`; `iam:PassRole` | "
        "a role that trusts `lambda.amazonaws.com` and that it may pass |  | nothing | R P |"
    )


def test_every_way_of_the_shipped_tables_has_a_row() -> None:
    capabilities = (DATA / "capabilities.json").read_text()
    methods = (DATA / "methods.json").read_text()
    assert capabilities_table(capabilities).count("\n") == 2 + capabilities.count('"class"')
    assert methods_table(methods).count("\n") == 2 + methods.count('"rule"')
