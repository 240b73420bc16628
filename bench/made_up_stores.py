"""Made-up named stores of the accounts of a report, the keys that read them, and other credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random

from bench.made_up_accounts import NOW
from bench.made_up_findings import WHOSE
from bench.made_up_keys import MADE_UP_EXCEPTION, TASKS
from job.report.schema.cell_text import json_text
from job.report.schema.columns import Value
from job.snapshot.model import Json

Cells = Mapping[str, Value]
_STORES = {"bucket": 50, "table": 5, "db_cluster": 4, "secret": 20}
_ACCOUNT = ("report_date", "run_id", "account_id", "account_name", "ou_path", "account_tags")
_USER = (*_ACCOUNT, "principal_type", "user_name", "user_arn", "mfa_active", "owner", "admin_access")
_READ_AS_ITSELF = 8
_KINDS = ("console_password", "service_specific", "signing_certificate", "ssh_public_key")


def store_rows(keys: Sequence[Cells], random: Random) -> Iterator[dict[str, Value]]:
    """What an account with data holds: fifty buckets, five tables, four clusters, twenty secrets."""
    accounts = {str(cells["account_id"]): cells for cells in keys}
    for account in accounts.values():
        for kind, count in _STORES.items():
            for number in range(count):
                yield _store(account, kind, number, random)


def _store(account: Cells, kind: str, number: int, random: Random) -> dict[str, Value]:
    name = f"{random.choice(TASKS)}-{kind}-{number}-{str(account['account_id'])[-4:]}"
    place = f"eu-west-1:{account['account_id']}"
    arns = {
        "bucket": f"arn:aws:s3:::{name}",
        "table": f"arn:aws:dynamodb:{place}:table/{name}",
        "db_cluster": f"arn:aws:rds:{place}:cluster:{name}",
        "secret": f"arn:aws:secretsmanager:{place}:secret:{name}-{random.getrandbits(24):06x}",
    }
    restricted = number % 10 == 0
    return {name_: account.get(name_) for name_ in _ACCOUNT} | {
        "store_type": kind,
        "store_arn": arns[kind],
        "store_name": name,
        "store_region": "eu-west-1",
        "store_tags": {"DataClassification": "Restricted" if restricted else "Internal"},
        "store_key_arn": f"arn:aws:kms:{place}:key/{number % 3}" if number % 4 == 0 else None,
        "policy_status": "read" if number % 3 == 0 else "none",
        "sensitive": restricted,
        "keys_direct": random.choice((0, 0, 1, 2)),
        "keys_through_roles": random.choice((0, 0, 0, 1)),
        "keys_as_administrators": 1,
        "other_accounts": ("210000000000",) if number == 1 else (),
        "open_to_all": kind == "bucket" and number == 7,
        "object_acls": ("off", "off", "on", "not_read")[number % 4] if kind == "bucket" else None,
    }


def _statements(store: Cells) -> str | None:
    """What the store's own policy and its key's say of who reads it, as `findings` write statements."""
    kind = str(store["store_type"]).replace("db_cluster", "database")
    own = _statement(f"{kind} {store['store_name']}", f"{kind} policy", f"{store['store_arn']}/*")
    key = _statement(f"key {store['store_key_arn']}", "key policy", "*")
    told = [
        *([own] if store["policy_status"] == "read" else []),
        *([key] if store["store_key_arn"] else []),
    ]
    return json_text(told) if told else None


def _statement(attached_to: str, policy_name: str, resource: str) -> Json:
    return {
        "attached_to": attached_to,
        "policy_name": policy_name,
        "policy_arn": None,
        "statement_index": 1,
        "statement_sid": "Readers",
        "effect": "Allow",
        "actions": ["kms:*"] if policy_name == "key policy" else ["s3:GetObject"],
        "resources": [resource],
        "conditions": None,
    }


def access_rows(keys: Sequence[Cells], stores: Sequence[Cells], random: Random) -> Iterator[dict[str, Value]]:
    """Up to eight stores of its account that each key reads."""
    held: dict[str, list[Cells]] = {}
    for store in stores:
        held.setdefault(str(store["account_id"]), []).append(store)
    for cells in keys:
        for store in random.sample(held[str(cells["account_id"])], _READ_AS_ITSELF):
            yield {name: cells.get(name) for name in WHOSE} | {
                "store_arn": store["store_arn"],
                "store_account_id": store["account_id"],
                "store_name": store["store_name"],
                "sensitive": store["sensitive"],
                "verdict": random.choice(("all", "all", "some", "conditional")),
                "via": ("direct",),
                "reason": f"user: base#1 s3:Get* on {store['store_arn']}",
                "store_statements": _statements(store),
            }


def _acceptance(number: int) -> dict[str, Value]:
    """One credential in ten is accepted as it is."""
    accepted = number % 10 == 3
    return {
        "exception_id": MADE_UP_EXCEPTION if accepted else None,
        "exception_expires": NOW.date() + timedelta(days=90) if accepted else None,
        "risk_status": "accepted" if accepted else "open",
    }


def credential_rows(keys: Sequence[Cells], random: Random) -> Iterator[dict[str, Value]]:
    """A credential of another kind for every fifth key's user."""
    for number, cells in enumerate(keys[::5]):
        kind = _KINDS[number % len(_KINDS)]
        own = kind == "service_specific"
        yield {name: cells.get(name) for name in _USER} | {
            "credential_kind": kind,
            "credential_id": None if kind == "console_password" else f"ACCA{number:016d}",
            "credential_service": "bedrock" if own else None,
            "credential_status": "Active",
            "credential_created_at": cells["key_created_at"],
            "credential_age_days": cells["key_age_days"],
            "permits": ("bedrock_invoke:all",) if own else None,
            "risk_level": random.choice(("high", "medium", "low")),
            "risk_reasons": ("never_expires",) if own else ("old",),
            "recommended_action": "delete",
            **_acceptance(number),
        }
