"""A column's name stands in one file of the whole package, beside its type, its meaning and its value."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

import job
from job.report.rows.datasets import report_schema

JOB = Path(job.__file__).parent
SCHEMA = report_schema(built_in=(), capabilities=(), tag_keys=())
COLUMNS = {column.name for dataset in SCHEMA.datasets for column in dataset.columns}
DATASETS = {dataset.name for dataset in SCHEMA.datasets}
OTHER_MEANINGS: Mapping[str, tuple[str, set[str]]] = {
    "analyze": (
        "words of its tables, and what its findings are called",
        {"actions", "admin_access", "note", "users"},
    ),
    "aws/topic.py": ("an attribute of a message", {"owner"}),
    "cli/explain_text.py": ("fields of its answer", {"policies"}),
    "cli/policy_check.py": ("fields of its answer", {"after", "before"}),
    "cli/simulate_requests.py": ("a field of an answered request", {"verdict"}),
    "cli/stages.py": ("a field of the settings", {"run_id"}),
    "snapshot/credential_report.py": ("what AWS calls it in its report", {"mfa_active"}),
    "demo": ("words of organization.json", {"path", "policies", "users"}),
    "organization/metadata.py": ("a column of other tools' files", {"account_id"}),
    "pipeline/collection.py": (
        "fields of a log event",
        {"account_id", "api_calls", "retries", "seconds", "users"},
    ),
    "policy_file": (
        "names of the policy file",
        {"account_tags", "owner", "reason", "sensitive", "store_tags", "user_tags", "users"},
    ),
    "publish": ("fields of summary.json and of messages", {"coverage", "owner", "report_date", "run_id"}),
    "report/catalog.py": ("a field of schema.json", {"schema_version"}),
    "report/comparison/changes.py": ("declared here, before the column", {"admin_access"}),
    "report/comparison/readings_file.py": (
        "fields of last-readings.jsonl",
        {"account_id", "account_name", "never_used", "organization_id", "report_date", "run_id", "users"},
    ),
    "report/html/render.py": ("a field of what the page tells beside the tables", {"methods"}),
    "report/risk/rules.py": ("conditions and rules", {"known_leaked", "never_used"}),
    "report/schema/columns.py": ("a group of columns", {"capability"}),
    "snapshot/model.py": ("a kind of credentials", {"console_password"}),
    "report/summary.py": (
        "fields of summary.json",
        {
            "active_keys",
            "admin_access",
            "analysis_status",
            "collected_at",
            "coverage",
            "owner",
            "reason",
            "report_date",
            "root_keys",
            "run_id",
            "schema_version",
        },
    ),
}
"""Files and folders in which a name of a column is the name of something else."""


def names_in(path: Path) -> set[str]:
    constants = (
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)
    )
    return {node.value for node in constants if isinstance(node.value, str)} & COLUMNS


NAMES = {
    path.relative_to(JOB).as_posix(): names_in(path)
    for path in JOB.rglob("*.py")
    if "node_modules" not in path.parts
}


def something_else(file: str) -> set[str]:
    """Names that stand in a file and mean something else there; a dataset may be called as a column is."""
    known = (names for place, (_, names) in OTHER_MEANINGS.items() if f"{file}/".startswith(f"{place}/"))
    return DATASETS.union(*known)


@pytest.mark.parametrize("column", sorted(COLUMNS - DATASETS - {"admin_access"}))
def test_a_column_is_declared_in_one_file(column: str) -> None:
    declared = [file for file, names in NAMES.items() if column in names - something_else(file)]
    assert len(declared) == 1
    assert declared[0].startswith("report/rows/")


@pytest.mark.parametrize("place", OTHER_MEANINGS)
def test_an_exception_is_needed(place: str) -> None:
    found = set().union(*(names for file, names in NAMES.items() if f"{file}/".startswith(f"{place}/")))
    assert OTHER_MEANINGS[place][1] <= found
