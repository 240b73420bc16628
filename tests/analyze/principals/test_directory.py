"""Accounts as they come in from a snapshot."""

from __future__ import annotations

import pytest

from job.analyze.engine import Analysis
from job.snapshot.model import Json
from job.snapshot.parse import parse_account, parse_organization

ACCOUNT = "111122223333"


@pytest.mark.parametrize(
    "collected_at", ["0001-01-01T00:00:00Z", "0999-02-28T23:59:59Z", "9999-12-31T23:59:59Z", None]
)
def test_an_account_is_judged_whenever_it_was_read(collected_at: str | None) -> None:
    user: Json = {
        "UserName": "alice",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
        "Path": "/",
        "UserId": "A",
    }
    key: Json = {"UserName": "alice", "AccessKeyId": "AKIAALICE", "Status": "Active"}
    analysis = Analysis(
        organization=parse_organization({"Accounts": [{"Id": ACCOUNT}]}), managed_policies={}, capabilities=()
    )
    analysis.add(
        parse_account(
            ACCOUNT,
            {
                "AccountId": ACCOUNT,
                "CollectedAt": collected_at,
                "AuthorizationDetails": {"UserDetailList": [user]},
                "AccessKeys": [key],
            },
        )
    )
    assert [verdict.admin_access for verdict in analysis.verdicts(ACCOUNT)] == ["none"]
