"""A control policy that guards one user costs that user's facts, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.faults import as_json, denied
from bench.measure import Endpoint
from bench.seeds import UserSeed
from bench.truth import KeyRow
from bench.world import World
from tests.faults.fault_runs import run_job, truth

pytestmark = pytest.mark.long("whole runs against an AWS that is slow and refuses")

PUBLISHED_WITH_GAPS = 3


def guarded_users(world: World) -> dict[str, UserSeed]:
    """In each of four accounts the first user whose active key the credential report shows."""
    shown = {
        account_id: [
            user
            for user in world.account(account_id).users
            if not user.unreported and any(key.active for key in user.keys[:2])
        ]
        for account_id in world.active_ids
    }
    return dict([(account_id, users[0]) for account_id, users in shown.items() if users][:4])


def without(rows: frozenset[KeyRow], users: dict[str, UserSeed]) -> frozenset[KeyRow]:
    """The rows of everybody else."""
    return frozenset(
        row for row in rows if row.account_id not in users or row.user_name != users[row.account_id].name
    )


def test_users_whose_keys_may_not_be_listed_cost_no_other_users_row(
    aws: Endpoint, world: World, tmp_path: Path
) -> None:
    users = guarded_users(world)
    aws.faults(
        as_json([denied(("iam:ListAccessKeys",), (each,), (user.name,)) for each, user in users.items()])
    )

    outcome = run_job(aws, tmp_path)

    assert len(users) == 4
    assert without(outcome.rows, users) == without(truth(world), users)
    assert {(row.account_id, row.access_key_id) for row in outcome.rows - without(outcome.rows, users)} == {
        (account_id, None) for account_id in users
    }
    assert outcome.not_complete() == dict.fromkeys(users, "partial")
    assert {
        each: (row["failed_step"], row["failed_code"], f"of {users[each].name} (" in row["coverage_note"])
        for each, row in outcome.accounts.items()
        if each in users
    } == dict.fromkeys(users, ("ListAccessKeys", "AccessDenied", True))
    assert outcome.exit_code == PUBLISHED_WITH_GAPS


def test_users_whose_last_uses_may_not_be_read_cost_no_other_keys_last_use(
    aws: Endpoint, world: World, tmp_path: Path
) -> None:
    users = guarded_users(world)
    aws.faults(
        as_json(
            [
                denied(("iam:GetAccessKeyLastUsed",), (each,), tuple(key.id for key in user.keys))
                for each, user in users.items()
            ]
        )
    )

    outcome = run_job(aws, tmp_path)

    assert without(outcome.rows, users) == without(truth(world), users)
    assert _without_use(outcome.rows) == _without_use(truth(world))
    assert set(outcome.not_complete()) <= set(users)


def _without_use(rows: frozenset[KeyRow]) -> frozenset[KeyRow]:
    return frozenset(
        replace(row, key_last_used_at=None, key_last_used_service=None, key_last_used_region=None)
        for row in rows
    )
