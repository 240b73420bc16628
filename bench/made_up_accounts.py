"""Made-up accounts of a report: names, units, tags, and some that could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from job.report.schema.columns import Value

NOW = datetime(2026, 11, 22, 4, 0, 12, tzinfo=UTC)
ORGANIZATION = "o-a1b2c3d4e5"
TEAMS = ("payments", "storefront", "insight", "platform", "logistics", "mobile", "search", "risk")
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
_ENVIRONMENTS = {"Prod": "prod", "Staging": "staging", "Development": "dev"}
_CLASSES = ("public", "internal", "confidential", "restricted")
_SETTLED = {**dict.fromkeys(range(6), "complete"), 7: "failed", 9: "partial"}
"""The coverage of the first accounts is not left to chance, so that small reports have every kind."""

_NOTES = {
    "failed": "the role iam-access-key-report-reader could not be assumed",
    "skipped": "the account is suspended",
    "partial": "the credential report was not ready in time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpAccount:
    """An account with the cells that its keys share."""

    id: str
    cells: dict[str, Value]
    tags: dict[str, str]
    coverage: str

    @property
    def is_read(self) -> bool:
        """Whether its keys are known."""
        return self.coverage in ("complete", "partial")


def made_up_accounts(number: int, random: Random) -> list[MadeUpAccount]:
    """Make that many accounts; the first is the management account."""
    return [_account(index, random) for index in range(number)]


def _account(index: int, random: Random) -> MadeUpAccount:
    unit, team = random.choice(_UNITS) if index else "Root", random.choice(TEAMS)
    environment = _ENVIRONMENTS.get([*unit.split("/"), "", ""][2], random.choice(("prod", "dev")))
    name = f"{team}-{environment}-{index:03d}" if index else "management"
    tags = _tags(team, environment, random)
    account_id = f"{210_000_000_000 + index * 7_919_321:012d}"
    chance = random.choices(("complete", "partial", "failed", "skipped"), (93, 3, 3, 1))[0]
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
        **{f"ou_level_{level}": part for level, part in enumerate(unit.split("/")[1:], 1)},
        "account_tags": tags,
        "collected_at": NOW,
        "credential_report_at": NOW - timedelta(minutes=3),
        "joined_at": NOW - timedelta(days=900),
    }
    return MadeUpAccount(id=account_id, cells=cells, tags=tags, coverage=_SETTLED.get(index, chance))


def _tags(team: str, environment: str, random: Random) -> dict[str, str]:
    tags = {"Team": team, "CostCentre": f"CC-{1000 + random.randrange(40)}"}
    if random.random() < 0.86:
        tags["Environment"] = environment
    if random.random() < 0.6:
        tags["DataClassification"] = random.choice(_CLASSES)
    return tags


def account_row(account: MadeUpAccount, keys: int) -> dict[str, Value]:
    """The cells of the accounts dataset."""
    failed = account.coverage == "failed"
    known = keys if account.is_read else None
    return {
        **account.cells,
        "account_state": "SUSPENDED" if account.coverage == "skipped" else "ACTIVE",
        "coverage": account.coverage,
        "coverage_note": _NOTES.get(account.coverage),
        "failed_step": "assume_role" if failed else None,
        "failed_code": "AccessDenied" if failed else None,
        "failures": ("assume_role:AccessDenied",) if failed else (),
        **dict.fromkeys(("users", "keys", "active_keys", "reported_keys"), known),
        "api_calls": 9,
        "retries": 0,
        "seconds": 4,
    }
