"""Made-up paths of the keys of a report, and what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from random import Random

from bench.made_up_accounts import TEAMS
from bench.made_up_keys import MANAGED, TASKS
from job.report.schema.columns import Value

PREVIOUS = date(2026, 11, 21)
_METHODS = ("E03", "E04", "E18", "E46", "E51", "E92")
WHOSE = (
    "report_date",
    "run_id",
    "schema_version",
    "account_id",
    "account_name",
    "user_name",
    "user_arn",
    "access_key_id",
    "key_status",
    "key_created_at",
)
Cells = Mapping[str, Value]


def finding_rows(
    keys: Sequence[Cells], capabilities: Sequence[str], random: Random
) -> Iterator[dict[str, Value]]:
    """One to three paths for each capability that a key has."""
    for cells in keys:
        whose = {name: cells[name] for name in WHOSE}
        for capability in ("admin_access", *capabilities):
            verdict = str(cells[capability])
            if verdict not in ("none", "unknown"):
                for path in range(random.choice((1, 1, 2, 3))):
                    yield whose | _finding(cells, capability, verdict, path, random)


def _finding(cells: Cells, capability: str, verdict: str, path: int, random: Random) -> dict[str, Value]:
    role = f"{random.choice(TEAMS)}-{random.choice(TASKS)}"
    methods = random.sample(_METHODS, 2) if path == 2 or verdict == "escalates" else []
    conditional = verdict == "conditional"
    return {
        "capability": capability,
        "verdict": verdict,
        "data_class": None
        if capability == "admin_access"
        else random.choice(("direct", "copied", "granted")),
        "methods": tuple(sorted(methods)),
        "path": json.dumps(list(_hops(cells, role, path, methods))),
        "evidence": json.dumps(_statements(verdict, role, path)),
        "narrowed_by": random.choice((None, None, "scp")),
        "witness_principal": cells["user_arn"],
        "witness_action": "s3:GetObject",
        "witness_resource": "arn:aws:s3:::any-bucket/any-key",
        "witness_context": json.dumps({"aws:SourceIp": ["203.0.113.7"]}) if conditional else None,
        "note": "resource policies were not read" if path else None,
    }


def _hops(cells: Cells, role: str, path: int, methods: Sequence[str]) -> Iterator[dict[str, str]]:
    kind = "root" if cells["principal_type"] == "root" else "user"
    arn = f"arn:aws:iam::{cells['account_id']}:role/{role}"
    yield {"kind": kind, "name": str(cells["user_arn"]), "by": ""}
    if path == 1:
        yield {"kind": "role", "name": arn, "by": f"role:{arn}"}
    elif methods:
        yield {"kind": "role", "name": arn, "by": f"escalation:{methods[0]}"}


def _statements(verdict: str, role: str, path: int) -> list[dict[str, object]]:
    if path == 1:
        assume = _statement("user", "assume-anything", ["sts:AssumeRole"])
        return [_statement(f"role {role}", "data-access", ["s3:*"]), assume]
    where = "group ci" if path else "user"
    if verdict == "direct":
        return [_statement(where, MANAGED[0], ["*"])]
    return [_statement(where, MANAGED[2], ["s3:Get*", "s3:List*"])]


def _statement(attached_to: str, policy: str, actions: list[str]) -> dict[str, object]:
    managed = policy in MANAGED
    return {
        "attached_to": attached_to,
        "policy_name": policy,
        "policy_arn": f"arn:aws:iam::aws:policy/{policy}" if managed else None,
        "statement_index": 1,
        "statement_sid": None if managed else "Main",
        "effect": "Allow",
        "actions": actions,
        "resources": ["*"],
        "conditions": None if managed else {"StringEquals": {"aws:ResourceAccount": "210000000000"}},
    }


def change_rows(keys: Sequence[Cells], random: Random) -> Iterator[dict[str, Value]]:
    """One change for each key that is not as it was."""
    for cells in keys:
        if cells["change"] != "unchanged":
            change = random.choice(("gained", "lost", "activated", "used_after_silence"))
            whose = {name: cells[name] for name in WHOSE} | {"previous_report_date": PREVIOUS}
            yield whose | _change("new" if cells["change"] == "new" else change)


def _change(change: str) -> dict[str, Value]:
    words = {"gained": ("none", "all"), "lost": ("all", "none")}
    if change not in words:
        return {"change": change}
    before, after = words[change]
    return {"change": change, "capability": "s3_read", "before": before, "after": after}
