"""Made-up keys of a report: whose they are, how old, how used, what they permit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from bench.made_up_accounts import NOW, MadeUpAccount
from job.policy_file.company_policy import USUAL, Thresholds
from job.report.risk.assessment import Risk, assess
from job.report.schema.columns import Value
from job.snapshot.model import ROOT_USER_NAME

MANAGED = ("AdministratorAccess", "PowerUserAccess", "AmazonS3ReadOnlyAccess", "ReadOnlyAccess")
TASKS = ("deploy", "backup", "ci", "terraform", "export", "reporting", "sync", "mailer", "etl", "monitoring")
_PEOPLE = ("a.keller", "j.moreau", "m.silva", "t.okafor", "l.nguyen", "s.haddad", "p.novak", "e.lindqvist")
_SERVICES = ("s3", "sts", "ec2", "dynamodb", "ses", "iam", "lambda", "cloudwatch", "sqs", "ecr")
_REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")
_ADMIN = (("direct", "escalates", "conditional", "unknown", "none"), (4, 7, 6, 2, 81))
_ADMIN_VIA: dict[str, Value] = {
    "direct": ("direct",),
    "escalates": ("escalation:E03",),
    "conditional": ("escalation:E46",),
}
_READS = ("all", "some", "conditional", "unknown", "none")
_READ_WEIGHTS = {"direct": (1, 0, 0, 0, 0), "escalates": (8, 2, 0, 0, 0), "unknown": (0, 0, 0, 1, 0)}
_NOTHING = ("none", "unknown")

MADE_UP_EXCEPTION = "SEC-1234"
_USERS = (
    ("person", "console password"),
    ("pipeline", "ci in its user's name"),
    ("unknown", None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedKey:
    """What the risk rules ask of a made-up key."""

    is_root: bool
    is_active: bool
    in_management_account: bool | None
    admin_access: str
    reads: frozenset[str]
    age_days: int | None
    idle_days: int | None
    never_used: bool | None
    password_without_mfa: bool
    reachable_accounts: int | None
    analysis_complete: bool
    known_leaked: bool | None
    thresholds: Thresholds = USUAL


def key_row(
    account: MadeUpAccount, number: int, capabilities: Sequence[str], random: Random
) -> dict[str, Value]:
    """The cells of the keys dataset; one key in three hundred is root's."""
    is_root = random.random() < 0.003
    admin = "direct" if is_root else random.choices(*_ADMIN)[0]
    weights = _READ_WEIGHTS.get(admin, (10, 16, 5, 1, 68))
    reads = {one: random.choices(_READS, weights)[0] for one in capabilities}
    cells = account.cells | _principal(account, number, random, is_root=is_root) | _use(number, random)
    cells |= _verdicts(admin, reads) | {"key_status": "Active"}
    cells["known_leaked"] = not is_root and number % 150 == 149
    risk = _risk(cells, reads)
    cells |= _risk_cells(risk) | _ownership(account, number) | _acceptance(risk, number)
    return cells | _change(random) | {"tag_environment": account.tags.get("Environment")}


def _principal(account: MadeUpAccount, number: int, random: Random, *, is_root: bool) -> dict[str, Value]:
    names = (
        f"svc-{account.tags['Team']}-{random.choice(TASKS)}-{number}",
        f"{random.choice(_PEOPLE)}.{number}",
    )
    user = ROOT_USER_NAME if is_root else random.choice(names)
    return {
        "principal_type": "root" if is_root else "iam_user",
        "user_name": user,
        "user_arn": f"arn:aws:iam::{account.id}:{'root' if is_root else f'user/{user}'}",
        "user_path": None if is_root else "/",
        "user_tags": {"Owner": random.choice(_PEOPLE)} if random.random() < 0.4 else {},
        "user_groups": ("ci",) if random.random() < 0.3 else (),
        "console_password": random.random() < 0.2,
        "mfa_active": random.random() < 0.6,
        "access_key_id": None if is_root else f"AKIA{random.getrandbits(80):020d}"[:20],
    }


def _use(number: int, random: Random) -> dict[str, Value]:
    age = min(int(random.expovariate(1 / 420)), 3600)
    never = random.random() < 0.11
    idle = None if never else min(age, int(random.expovariate(1 / 70)))
    return {
        "user_created_at": NOW - timedelta(days=age + 3),
        "key_created_at": NOW - timedelta(days=age, seconds=number),
        "key_age_days": age,
        "key_last_used_at": None if idle is None else NOW - timedelta(days=idle),
        "days_since_last_used": idle,
        "key_last_used_service": None if never else random.choice(_SERVICES),
        "key_last_used_region": None if never else random.choice(_REGIONS),
        "never_used": never,
    }


def _verdicts(admin: str, reads: dict[str, str]) -> dict[str, Value]:
    policy = MANAGED[0] if admin == "direct" else MANAGED[2]
    unknown = admin == "unknown"
    return {
        "policies": (f"group ci/arn:aws:iam::aws:policy/{policy}", "user/inline:base"),
        "admin_access": admin,
        "is_admin": None if unknown else admin == "direct",
        "can_become_admin": None if unknown else admin != "none",
        "admin_via": _ADMIN_VIA.get(admin),
        **{name: value for one in reads for name, value in _read(one, reads[one], admin, policy)},
        "reachable_roles": len(reads),
        "reachable_accounts": 1,
        "limited_by": ("scp",) if admin == "conditional" else (),
        "analysis_status": "partial" if unknown else "complete",
        "analysis_note": "the service control policies were not read" if unknown else None,
    }


def _read(one: str, verdict: str, admin: str, policy: str) -> Iterator[tuple[str, Value]]:
    yield one, verdict
    if verdict not in _NOTHING:
        yield f"{one}_via", ("admin",) if admin == "direct" else ("direct",)
        yield f"{one}_reason", f"group ci: {policy}#1 s3:Get* on *"


def _risk(cells: dict[str, Value], reads: dict[str, str]) -> Risk:
    age, idle = cells["key_age_days"], cells["days_since_last_used"]
    return assess(
        RatedKey(
            is_root=cells["principal_type"] == "root",
            is_active=True,
            in_management_account=cells["is_management_account"] is True,
            admin_access=str(cells["admin_access"]),
            reads=frozenset(reads.values()),
            age_days=age if isinstance(age, int) else None,
            idle_days=idle if isinstance(idle, int) else None,
            never_used=cells["never_used"] is True,
            password_without_mfa=False,
            reachable_accounts=1,
            analysis_complete=cells["analysis_status"] == "complete",
            known_leaked=cells["known_leaked"] is True,
        )
    )


def _risk_cells(risk: Risk) -> dict[str, Value]:
    return {"risk_level": risk.level, "risk_reasons": risk.reasons, "recommended_action": risk.action}


def _ownership(account: MadeUpAccount, number: int) -> dict[str, Value]:
    kind, sign = _USERS[number % len(_USERS)]
    return {
        "owner": account.tags["Team"],
        "probable_user": kind,
        "probable_user_sign": sign,
        "action_how": "deactivate it, and delete it when nothing broke",
    }


def _acceptance(risk: Risk, number: int) -> dict[str, Value]:
    """One key in twenty is accepted as it is, another one by its age alone."""
    reasons = risk.reasons
    accepted = {3: reasons, 7: tuple(each for each in reasons if each == "old")}.get(number % 20, ())
    return {
        "exception_id": MADE_UP_EXCEPTION if accepted else None,
        "exception_expires": NOW.date() + timedelta(days=90) if accepted else None,
        "accepted_reasons": accepted,
        "risk_status": "accepted" if accepted and accepted == reasons else "open",
        "open_risk_level": None if accepted and accepted == reasons else risk.level,
    }


def _change(random: Random) -> dict[str, Value]:
    return {
        "first_seen_date": NOW.date() - timedelta(days=1),
        "change": random.choices(("unchanged", "new", "changed"), (95, 3, 2))[0],
    }
