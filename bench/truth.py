"""The rows that a run over the made-up organization must give."""

from __future__ import annotations

from dataclasses import dataclass

from bench.world import KeySeed, World, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One expected row of the keys dataset, in the report's own texts; None where the value is null."""

    account_id: str
    user_name: str
    access_key_id: str | None
    key_status: str
    key_created_at: str | None
    key_last_used_at: str | None
    key_last_used_service: str | None
    key_last_used_region: str | None


def expected_rows(world: World, account_id: str) -> tuple[KeyRow, ...]:
    """The rows of the keys dataset that a complete reading of one account must give."""
    account = world.account(account_id)
    rows = [
        _row(account_id, user.name, key, key.id) for user in account.users for key in user.keys if key.active
    ]
    rows += [_row(account_id, "<root_account>", key, None) for key in account.root_keys if key.active]
    return tuple(
        sorted(rows, key=lambda row: (row.user_name, row.key_created_at or "", row.access_key_id or ""))
    )


def _row(account_id: str, user_name: str, key: KeySeed, key_id: str | None) -> KeyRow:
    return KeyRow(
        account_id=account_id,
        user_name=user_name,
        access_key_id=key_id,
        key_status="Active",
        key_created_at=None if key_id is None else iso(key.created),
        key_last_used_at=None if key.used is None else iso(key.used),
        key_last_used_service=key.service,
        key_last_used_region=key.region,
    )
