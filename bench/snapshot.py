"""The snapshot files that a complete reading of the made-up organization would leave, without the reading.

`python -m bench.snapshot FOLDER --accounts 1000` writes them, for measurements of the analysis alone.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

from bench.credential_report import report_text
from bench.entities import GROUPS, POLICIES, ROLES, USERS, Entities
from bench.organizations import Organizations
from bench.seeds import EPOCH, KINDS, AccountSeed, KeySeed, UserSeed, iso
from bench.world import ORGANIZATION_ID, ROOT_ID, World

CONTROL_POLICIES = {
    "ServiceControlPolicies": "SERVICE_CONTROL_POLICY",
    "ResourceControlPolicies": "RESOURCE_CONTROL_POLICY",
}


def write_snapshot(world: World, folder: Path) -> None:
    """Write `organization.json`, every account's file and the AWS managed policies."""
    (folder / "accounts").mkdir(parents=True, exist_ok=True)
    (folder / "organization.json").write_text(json.dumps(organization_document(world)))
    managed = json.dumps({"Policies": list(world.managed_policies.values())})
    (folder / "managed-policies.json.gz").write_bytes(gzip.compress(managed.encode(), 1))
    entities = Entities(world)
    for account_id in world.active_ids:
        text = account_text(entities, world.account(account_id))
        (folder / "accounts" / f"{account_id}.json.gz").write_bytes(gzip.compress(text.encode(), 1))


def account_text(entities: Entities, account: AccountSeed) -> str:
    """One account's file as JSON; AWS managed policies are in a file of their own."""
    lists: dict[str, list[str]] = {USERS: [], GROUPS: [], ROLES: [], POLICIES: []}
    for each in entities.of(account, aws_managed=False):
        lists[each.list_name].append(each.json)
    details = ",".join(f'"{name}":[{",".join(texts)}]' for name, texts in lists.items())
    rest = {
        "AccountId": account.id,
        "CollectedAt": iso(EPOCH),
        "CredentialReport": {"GeneratedTime": iso(EPOCH), "Content": report_text(account)},
        "AccessKeys": [key_document(user, key) for user in account.users for key in user.keys],
        "Failures": [],
    }
    return f'{json.dumps(rest)[:-1]},"AuthorizationDetails":{{{details}}}}}'


def key_document(user: UserSeed, key: KeySeed) -> dict[str, object]:
    """A key as ListAccessKeys and GetAccessKeyLastUsed show it."""
    used: dict[str, object] = {"ServiceName": key.service or "N/A", "Region": key.region or "N/A"}
    return {
        "UserName": user.name,
        "AccessKeyId": key.id,
        "Status": "Active" if key.active else "Inactive",
        "CreateDate": iso(key.created),
        "LastUsed": used if key.used is None else {"LastUsedDate": iso(key.used), **used},
    }


def organization_document(world: World) -> dict[str, object]:
    """The organization file."""
    return {
        "OrganizationId": ORGANIZATION_ID,
        "ManagementAccountId": world.management_id,
        "CollectedAt": iso(EPOCH),
        "Accounts": [_account(world, each) for each in world.account_ids],
        **{name: _control_policies(world, kind) for name, kind in CONTROL_POLICIES.items()},
    }


def _account(world: World, account_id: str) -> dict[str, object]:
    path = []
    parent = world.parent(account_id)
    while parent != ROOT_ID:
        unit = world.units_by_id[parent]
        path.append({"Id": unit.id, "Name": unit.name})
        parent = unit.parent
    path.append({"Id": ROOT_ID, "Name": "Root"})
    return {
        "Id": account_id,
        "Name": f"account {world.index[account_id]}",
        "Email": f"aws+{account_id}@example.com",
        "State": world.state(account_id),
        "Tags": world.tags(account_id),
        "OU": ",".join(f"OU={each['Name'].lower()}" for each in reversed(path)),
        "OUPath": path[::-1],
    }


def _control_policies(world: World, kind: str) -> dict[str, object]:
    organizations = Organizations(world)
    policies: dict[str, object] = {}
    targets: dict[str, list[str]] = {}
    for policy_id, (name, text, attached) in organizations.control_policies[kind].items():
        policies[policy_id] = {
            "Name": name,
            "Arn": f"arn:aws:organizations::aws:policy/{name}",
            "Document": text,
        }
        for target in attached:
            targets.setdefault(target, []).append(policy_id)
    return {"Policies": policies, "Targets": targets}


def main() -> None:
    """Read the options and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, default="easy", help="which organization")
    given = parser.parse_args()
    write_snapshot(World(size=given.accounts, seed=given.seed, kind=given.kind), given.folder)


if __name__ == "__main__":
    main()
