"""Good inputs to damage: one account of the made-up organization and the organization itself."""

from __future__ import annotations

import json

from bench.credential_report import report_text
from bench.entities import Entities
from bench.snapshot import account_text, organization_document
from bench.world import World
from job.snapshot.model import Json, JsonObject

WORLD = World(size=12, users_median=3, roles_median=8)
ACCOUNT_ID = WORLD.account_ids[11]
REPORT = report_text(WORLD.account(ACCOUNT_ID))
ACCOUNT: JsonObject = json.loads(account_text(Entities(WORLD), WORLD.account(ACCOUNT_ID)))
ORGANIZATION: JsonObject = json.loads(json.dumps(organization_document(WORLD)))


def listed_keys(document: Json) -> set[tuple[str, str]]:
    """User and id of every key that an account's file lists with both."""
    keys = document.get("AccessKeys") if isinstance(document, dict) else None
    found = set()
    for key in keys if isinstance(keys, list) else []:
        user = key.get("UserName") if isinstance(key, dict) else None
        identifier = key.get("AccessKeyId") if isinstance(key, dict) else None
        if isinstance(user, str) and isinstance(identifier, str) and user and identifier:
            found.add((user, identifier))
    return found


def listed_accounts(document: Json) -> set[str]:
    """Every account id that an organization file lists."""
    accounts = document.get("Accounts") if isinstance(document, dict) else None
    identifiers = (
        [each.get("Id") for each in accounts if isinstance(each, dict)] if isinstance(accounts, list) else []
    )
    return {each for each in identifiers if isinstance(each, str)}
