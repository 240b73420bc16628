"""A made-up report of any size, with the proportions of a real organization and some hostile names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from job.analyze.capabilities import load_capabilities
from job.report.columns import Row, Value
from job.report.html_input import HtmlInput
from job.report.risk import assess
from job.report.risk_table import RiskFacts
from job.report.schema import ReportSchema, report_schema
from job.report.table import Table

NOW = datetime(2026, 11, 22, 4, 0, 12, tzinfo=UTC)
PREVIOUS = date(2026, 11, 21)
ORGANIZATION = "o-a1b2c3d4e5"
_UNITS = (
    "Root/Workloads/Prod/Payments",
    "Root/Workloads/Prod/Storefront",
    "Root/Workloads/Prod/Data Platform",
    "Root/Workloads/Staging",
    "Root/Workloads/Development",
    "Root/Sandbox",
    "Root/Security",
    "Root/Infrastructure",
    "Root/Acquired/Nordwind",
    "Root",
)
_TEAMS = ("payments", "storefront", "insight", "platform", "logistics", "mobile", "search", "risk")
_ROLES = ("deploy", "backup", "ci", "terraform", "export", "reporting", "sync", "mailer", "etl", "monitoring")
_PEOPLE = ("a.keller", "j.moreau", "m.silva", "t.okafor", "l.nguyen", "s.haddad", "p.novak", "e.lindqvist")
_SERVICES = ("s3", "sts", "ec2", "dynamodb", "ses", "iam", "lambda", "cloudwatch", "sqs", "ecr")
_POLICIES = (
    "AdministratorAccess",
    "PowerUserAccess",
    "AmazonS3ReadOnlyAccess",
    "deploy-artifacts",
    "ReadOnlyAccess",
)
_REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")
_METHODS = ("E03", "E04", "E18", "E46", "E51", "E92")


def schema() -> ReportSchema:
    """The schema with the built-in capabilities and two tag columns."""
    capabilities = load_capabilities()
    return report_schema(
        built_in=capabilities, capabilities=capabilities, tag_keys=("Environment", "DataClassification")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    id: str
    name: str
    cells: dict[str, Value]
    coverage: str


def made_up_report(keys: int, *, accounts: int | None = None, seed: int = 22) -> HtmlInput:
    """Make a report of that many keys; the same arguments make the same report."""
    random, described = Random(seed), schema()
    made = _accounts(accounts or max(12, keys // 40), random)
    read = [account for account in made if account.coverage in ("complete", "partial")]
    whose = sorted((random.choice(read) for _ in range(keys)), key=lambda account: account.id)
    key_cells = [_key(account, number, random, described) for number, account in enumerate(whose)]
    key_cells.sort(
        key=lambda cells: (str(cells["account_id"]), str(cells["user_name"]), str(cells["access_key_id"]))
    )
    per_account: dict[str, int] = {}
    for account in whose:
        per_account[account.id] = per_account.get(account.id, 0) + 1
    return HtmlInput(
        schema=described,
        keys=_table(described, "keys", key_cells),
        accounts=_table(described, "accounts", [_coverage(a, per_account.get(a.id, 0)) for a in made]),
        findings=_table(described, "findings", list(_findings(key_cells, described, Random(seed)))),
        changes=_table(described, "changes", list(_changes(key_cells, Random(seed)))),
        summary={
            "run_id": "made-up",
            "version": "0.1.0",
            "exit_reason": "complete",
            "settings": {"min_coverage": 100, "tag_columns": ["Environment", "DataClassification"]},
            "counts": {"keys": keys, "accounts": len(made)},
        },
        previous_report_date=PREVIOUS,
    )


def _table(described: ReportSchema, name: str, records: list[dict[str, Value]]) -> Table:
    dataset = described.dataset(name)
    rows: list[Row] = [tuple(record.get(column) for column in dataset.names) for record in records]
    return Table(schema=dataset, rows=rows)


def _accounts(number: int, random: Random) -> list[_Account]:
    return [_account(index, random) for index in range(number)]


def _account(index: int, random: Random) -> _Account:
    unit = random.choice(_UNITS) if index else "Root"
    team = random.choice(_TEAMS)
    environment = {"Prod": "prod", "Staging": "staging", "Development": "dev"}.get(
        (unit.split("/") + ["", ""])[2], random.choice(("prod", "dev"))
    )
    name = "management" if index == 0 else f"{team}-{environment}-{index:03d}"
    tags = {"Team": team, "CostCentre": f"CC-{1000 + random.randrange(40)}"}
    if random.random() < 0.86:
        tags["Environment"] = environment
    if random.random() < 0.6:
        tags["DataClassification"] = random.choice(("public", "internal", "confidential", "restricted"))
    levels = unit.split("/")[1:]
    account_id = f"{210_000_000_000 + index * 7_919_321:012d}"
    cells: dict[str, Value] = {
        "report_date": NOW.date(),
        "run_id": "made-up",
        "schema_version": 1,
        "organization_id": ORGANIZATION,
        "account_id": account_id,
        "account_name": name,
        "account_email": f"aws+{name}@example.com",
        "account_state": "ACTIVE",
        "is_management_account": index == 0,
        "ou_id": f"ou-ab12-{_UNITS.index(unit):08d}",
        "ou_path": unit,
        **{f"ou_level_{level}": part for level, part in enumerate(levels, 1)},
        "account_tags": tags,
        "collected_at": NOW,
        "credential_report_at": NOW - timedelta(minutes=3),
        "joined_at": NOW - timedelta(days=900),
    }
    coverage = random.choices(("complete", "partial", "failed", "skipped"), (93, 3, 3, 1))[0]
    return _Account(id=account_id, name=name, cells=cells, coverage="complete" if index < 6 else coverage)


def _coverage(account: _Account, keys: int) -> dict[str, Value]:
    failed = account.coverage == "failed"
    read = account.coverage in ("complete", "partial")
    notes = {
        "failed": "AccessDenied: the role iam-access-key-report-reader could not be assumed",
        "skipped": "the account is suspended",
        "partial": "the credential report was not ready in time",
    }
    return {
        **account.cells,
        "account_state": "SUSPENDED" if account.coverage == "skipped" else "ACTIVE",
        "coverage": account.coverage,
        "coverage_note": notes.get(account.coverage),
        "failed_step": "assume_role" if failed else None,
        "failed_code": "AccessDenied" if failed else None,
        "failures": ("assume_role:AccessDenied",) if failed else (),
        "users": keys if read else None,
        "keys": keys if read else None,
        "active_keys": keys if read else None,
        "reported_keys": keys if read else None,
        "api_calls": 9,
        "retries": 0,
        "seconds": 4,
    }


def _key(account: _Account, number: int, random: Random, described: ReportSchema) -> dict[str, Value]:
    root = random.random() < 0.003
    team = str(dict(account.cells["account_tags"] or {}).get("Team"))  # type: ignore[call-overload]
    user = (
        "<root_account>"
        if root
        else random.choice(
            (f"svc-{team}-{random.choice(_ROLES)}-{number}", f"{random.choice(_PEOPLE)}.{number}")
        )
    )
    age = min(int(random.expovariate(1 / 420)), 3600)
    never = random.random() < 0.11
    idle = None if never else min(age, int(random.expovariate(1 / 70)))
    admin = (
        "direct"
        if root
        else random.choices(("direct", "escalates", "conditional", "unknown", "none"), (4, 7, 6, 2, 81))[0]
    )
    reads = _reads(admin, random, described)
    risk = assess(_facts(account, root, age, idle, admin, reads, never=never))
    policy = _POLICIES[0] if admin == "direct" else random.choice(_POLICIES[1:])
    return {
        **account.cells,
        "principal_type": "root" if root else "iam_user",
        "user_name": user,
        "user_arn": f"arn:aws:iam::{account.id}:{'root' if root else f'user/{user}'}",
        "user_path": None if root else "/",
        "user_created_at": NOW - timedelta(days=age + 3),
        "user_tags": {"Owner": random.choice(_PEOPLE)} if random.random() < 0.4 else {},
        "user_groups": ("ci",) if random.random() < 0.3 else (),
        "console_password": random.random() < 0.2,
        "mfa_active": random.random() < 0.6,
        "access_key_id": None if root else f"AKIA{random.getrandbits(80):020d}"[:20],
        "key_status": "Active",
        "key_created_at": NOW - timedelta(days=age, seconds=number),
        "key_age_days": age,
        "key_last_used_at": None if idle is None else NOW - timedelta(days=idle),
        "days_since_last_used": idle,
        "key_last_used_service": None if never else random.choice(_SERVICES),
        "key_last_used_region": None if never else random.choice(_REGIONS),
        "never_used": never,
        "policies": (f"group ci/arn:aws:iam::aws:policy/{policy}", "user/inline:base"),
        "admin_access": admin,
        "is_admin": None if admin == "unknown" else admin == "direct",
        "can_become_admin": None if admin == "unknown" else admin != "none",
        "admin_via": {
            "direct": ("direct",),
            "escalates": ("escalation:E03",),
            "conditional": ("escalation:E46",),
        }.get(admin),
        **{
            name: value
            for one, verdict in reads.items()
            for name, value in _read_cells(one, verdict, admin, policy)
        },
        "can_read_s3": reads["s3_read"] in ("all", "some", "conditional"),
        "reachable_roles": random.randrange(6),
        "reachable_accounts": 1 + (random.random() < 0.1),
        "limited_by": ("scp",) if random.random() < 0.2 else (),
        "analysis_status": "partial" if admin == "unknown" else "complete",
        "analysis_note": "the service control policies were not read" if admin == "unknown" else None,
        "risk_level": risk.level,
        "risk_reasons": risk.reasons,
        "recommended_action": risk.action,
        "first_seen_date": PREVIOUS,
        "change": random.choices(("unchanged", "new", "changed"), (95, 3, 2))[0],
        "tag_environment": dict(account.cells["account_tags"] or {}).get("Environment"),  # type: ignore[call-overload]
    }


def _reads(admin: str, random: Random, described: ReportSchema) -> dict[str, str]:
    words = ("all", "some", "conditional", "unknown", "none")
    weights = {"direct": (1, 0, 0, 0, 0), "escalates": (8, 2, 0, 0, 0), "unknown": (0, 0, 0, 1, 0)}
    usual = (10, 16, 5, 1, 68)
    return {one.id: random.choices(words, weights.get(admin, usual))[0] for one in described.capabilities}


def _read_cells(one: str, verdict: str, admin: str, policy: str) -> Iterator[tuple[str, Value]]:
    yield one, verdict
    yield (
        f"{one}_via",
        None if verdict in ("none", "unknown") else ("admin",) if admin == "direct" else ("direct",),
    )
    yield f"{one}_reason", None if verdict in ("none", "unknown") else f"group ci: {policy}#1 s3:Get* on *"


def _facts(
    account: _Account,
    root: bool,
    age: int,
    idle: int | None,
    admin: str,
    reads: dict[str, str],
    *,
    never: bool,
) -> RiskFacts:
    return RiskFacts(
        is_root=root,
        is_active=True,
        in_management_account=bool(account.cells["is_management_account"]),
        admin_access=admin,
        reads=frozenset(reads.values()),
        age_days=age,
        idle_days=idle,
        never_used=never,
        password_without_mfa=False,
        reachable_accounts=1,
        analysis_complete=admin != "unknown",
    )


def _findings(
    key_cells: list[dict[str, Value]], described: ReportSchema, random: Random
) -> Iterator[dict[str, Value]]:
    whose = (
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
    for cells in key_cells:
        base = {name: cells[name] for name in whose}
        for capability in ("admin_access", *(one.id for one in described.capabilities)):
            verdict = cells[capability]
            if verdict not in ("none", "unknown"):
                for path in range(random.choice((1, 1, 2, 3))):
                    yield {**base, **_finding(cells, capability, str(verdict), path, random)}


def _finding(
    cells: dict[str, Value], capability: str, verdict: str, path: int, random: Random
) -> dict[str, Value]:
    account, arn = str(cells["account_id"]), str(cells["user_arn"])
    kind = "root" if cells["principal_type"] == "root" else "user"
    hops = [{"kind": kind, "name": arn, "by": ""}]
    role = f"arn:aws:iam::{account}:role/{random.choice(_TEAMS)}-{random.choice(_ROLES)}"
    statements = [
        _statement(
            "group ci" if path else "user",
            _POLICIES[0] if verdict == "direct" else "AmazonS3ReadOnlyAccess",
            ["*"] if verdict == "direct" else ["s3:Get*", "s3:List*"],
        )
    ]
    methods: list[str] = []
    if path == 1:
        hops.append({"kind": "role", "name": role, "by": f"role:{role}"})
        statements = [
            _statement(f"role {role.rsplit('/', 1)[1]}", "data-access", ["s3:*"]),
            _statement("user", "assume-anything", ["sts:AssumeRole"]),
        ]
    if path == 2 or verdict == "escalates":
        methods = random.sample(_METHODS, 2)
        hops.append({"kind": "role", "name": role, "by": f"escalation:{methods[0]}"})
    return {
        "capability": capability,
        "verdict": verdict,
        "data_class": None
        if capability == "admin_access"
        else random.choice(("direct", "copied", "granted")),
        "methods": tuple(sorted(methods)),
        "path": json.dumps(hops),
        "evidence": json.dumps(statements),
        "narrowed_by": random.choice((None, None, "scp")),
        "witness_principal": arn,
        "witness_action": "s3:GetObject",
        "witness_resource": "arn:aws:s3:::any-bucket/any-key",
        "witness_context": json.dumps({"aws:SourceIp": ["203.0.113.7"]})
        if verdict == "conditional"
        else None,
        "note": "resource policies were not read" if path else None,
    }


def _statement(attached_to: str, policy: str, actions: list[str]) -> dict[str, object]:
    managed = policy in _POLICIES
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


def _changes(key_cells: list[dict[str, Value]], random: Random) -> Iterator[dict[str, Value]]:
    whose = (
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
    for cells in key_cells:
        if cells["change"] == "unchanged":
            continue
        change = (
            random.choice(("new", "gained", "lost", "activated", "used_after_silence"))
            if cells["change"] == "changed"
            else "new"
        )
        words: dict[str, Value] = {"gained": "none", "lost": "all"}
        yield {
            **{name: cells[name] for name in whose},
            "previous_report_date": PREVIOUS,
            "change": change,
            "capability": "s3_read" if change in words else None,
            "before": words.get(change),
            "after": {"gained": "all", "lost": "none"}.get(change),
        }
