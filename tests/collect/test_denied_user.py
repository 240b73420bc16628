"""A control policy that guards one user against everybody, and users and keys that go away meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from job.collect.account import CollectedAccount
from job.collect.collector import Collector
from job.report.accounts.coverage import account_coverage, unlisted_account
from job.report.accounts.reported import ReportedAccount
from job.snapshot.model import Account, User
from job.snapshot.parse import parse_account
from tests.collect.collect_samples import ALICE_KEY, attached, details, key, keys, report, row, user
from tests.scripted_aws import Answer, ScriptedAws, error, xml

MakeCollector = Callable[..., Collector]
ACCOUNT = "000000000001"
USERS = ("alice", "guarded", "zoe")
KEY = {"alice": "AKIAALICE00000000000", "guarded": "AKIAGUARDED000000000", "zoe": "AKIAZOE0000000000000"}
FENCE = f"arn:aws:iam::{ACCOUNT}:policy/fence"
OLD = "2026-11-22T00:00:00Z"


def denied(operation: str) -> Answer:
    """AWS's words for an explicit deny of a control policy."""
    return error(
        403,
        "AccessDenied",
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/reader/s is not authorized to perform: iam:{operation} "
        "on resource: user guarded with an explicit deny in a service control policy",
    )


def used(service: str) -> Answer:
    return xml(
        "GetAccessKeyLastUsed",
        f"<AccessKeyLastUsed><Region>N/A</Region><ServiceName>{service}</ServiceName>"
        "<LastUsedDate>2026-11-21T00:00:00Z</LastUsedDate></AccessKeyLastUsed>",
    )


@pytest.fixture(params=["report of this run", "older report"])
def three_users(aws: ScriptedAws, request: pytest.FixtureRequest) -> ScriptedAws:
    """Three users with a key each; with an older report every last use is asked for."""
    generated = OLD if request.param == "older report" else "2099-01-01T00:00:00Z"
    aws.script("GetCredentialReport", report(*(row(name, ALICE_KEY) for name in USERS), generated=generated))
    aws.script("GetAccountAuthorizationDetails", details(*map(user, USERS)))
    for name in USERS:
        aws.script("ListAccessKeys", keys(key(KEY[name])), about=name)
        aws.script("GetAccessKeyLastUsed", used(name), about=KEY[name])
    return aws


def read(collector: Collector) -> tuple[CollectedAccount, Account]:
    (collected,) = collector.collect([ACCOUNT])
    return collected, parse_account(ACCOUNT, orjson.loads(orjson.dumps(collected.document)))


def seen(account: Account) -> dict[str, list[tuple[str | None, bool, bool]]]:
    """Each user's keys: id, whether active, whether the last use is known."""
    return {each.name: _keys(each) for each in account.users}


def _keys(each: User) -> list[tuple[str | None, bool, bool]]:
    return [(found.access_key_id, found.active, found.last_use_read) for found in each.keys or ()]


def coverage_of(account: Account) -> tuple[str, str | None, str, str]:
    """Coverage, its note, and the first failed step and code."""
    found = account_coverage(unlisted_account(ACCOUNT), ReportedAccount.of(account), None)
    return found.word.value, found.note, found.failures[0].step, found.failures[0].code


def test_a_user_whose_keys_may_not_be_listed_costs_no_other_users_facts(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    three_users.script("ListAccessKeys", denied("ListAccessKeys"), about="guarded")
    collected, account = read(collector())
    assert seen(account) == {
        "alice": [("AKIAALICE00000000000", True, True)],
        "guarded": [(None, True, True)],
        "zoe": [("AKIAZOE0000000000000", True, True)],
    }
    (failure,) = collected.failures
    assert (failure.step, failure.code, failure.user) == ("ListAccessKeys", "AccessDenied", "guarded")
    assert "on resource: user guarded" in failure.message
    assert coverage_of(account) == (
        "partial",
        "missing: ListAccessKeys of guarded (AccessDenied)",
        "ListAccessKeys",
        "AccessDenied",
    )


def test_the_guarded_user_may_be_the_first_who_is_asked_about(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    three_users.script("ListAccessKeys", denied("ListAccessKeys"), about="alice")
    three_users.script("ListAccessKeys", denied("ListAccessKeys"), about="guarded")
    collected, account = read(collector())
    assert seen(account)["zoe"] == [("AKIAZOE0000000000000", True, True)]
    assert [failure.user for failure in collected.failures] == ["alice", "guarded"]
    assert [(each.name, each.keys_listed) for each in account.users] == [
        ("alice", False),
        ("guarded", False),
        ("zoe", True),
    ]


def test_when_no_users_keys_may_be_listed_every_one_is_named_and_has_the_reports(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    for name in USERS:
        three_users.script("ListAccessKeys", denied("ListAccessKeys"), about=name)
    collected, account = read(collector())
    assert seen(account) == {name: [(None, True, True)] for name in USERS}
    assert [failure.user for failure in collected.failures] == list(USERS)


def test_a_last_use_that_may_not_be_read_costs_no_other_keys_last_use(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetCredentialReport", report(*(row(name, ALICE_KEY) for name in USERS), generated=OLD))
    aws.script("GetAccountAuthorizationDetails", details(*map(user, USERS)))
    aws.script("ListAccessKeys", keys(key("AKIAALICE00000000000")), about="alice")
    aws.script(
        "ListAccessKeys", keys(key("AKIAGUARDED000000000"), key("AKIAGUARDED200000000")), about="guarded"
    )
    aws.script("ListAccessKeys", keys(key("AKIAZOE0000000000000")), about="zoe")
    for name in ("AKIAGUARDED000000000", "AKIAGUARDED200000000"):
        aws.script("GetAccessKeyLastUsed", denied("GetAccessKeyLastUsed"), about=name)
    collected, account = read(collector())
    assert seen(account) == {
        "alice": [("AKIAALICE00000000000", True, True)],
        "guarded": [("AKIAGUARDED000000000", True, False), ("AKIAGUARDED200000000", True, False)],
        "zoe": [("AKIAZOE0000000000000", True, True)],
    }
    assert [(failure.step, failure.user) for failure in collected.failures] == [
        ("GetAccessKeyLastUsed", "guarded")
    ]
    assert coverage_of(account) == (
        "partial",
        "missing: last use of 2 access keys, GetAccessKeyLastUsed of guarded (AccessDenied)",
        "GetAccessKeyLastUsed",
        "AccessDenied",
    )


def test_a_user_who_may_not_be_described_costs_no_other_users_boundary(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    policy = (
        f"<member><Arn>{FENCE}</Arn><PolicyName>fence</PolicyName><DefaultVersionId>v1</DefaultVersionId>"
        "<PermissionsBoundaryUsageCount>2</PermissionsBoundaryUsageCount></member>"
    )
    boundary = (
        f"<PermissionsBoundary><PermissionsBoundaryArn>{FENCE}</PermissionsBoundaryArn></PermissionsBoundary>"
    )
    three_users.script("GetAccountAuthorizationDetails", details(*map(user, USERS), policies=policy))
    three_users.script("GetUser", xml("GetUser", "<User><UserName>alice</UserName></User>"), about="alice")
    three_users.script("GetUser", denied("GetUser"), about="guarded")
    three_users.script("GetUser", xml("GetUser", f"<User>{boundary}</User>"), about="zoe")
    collected, account = read(collector())
    assert {each.name: each.boundary_arn for each in account.users} == {
        "alice": None,
        "guarded": None,
        "zoe": FENCE,
    }
    assert [(failure.step, failure.user) for failure in collected.failures] == [("GetUser", "guarded")]
    assert seen(account) == {name: [(KEY[name], True, True)] for name in USERS}


def test_a_user_deleted_before_its_boundary_was_asked_for_is_no_failure(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    policy = (
        f"<member><Arn>{FENCE}</Arn><PolicyName>fence</PolicyName><DefaultVersionId>v1</DefaultVersionId>"
        "<PermissionsBoundaryUsageCount>1</PermissionsBoundaryUsageCount></member>"
    )
    three_users.script(
        "GetAccountAuthorizationDetails",
        details(user("alice", attached(FENCE)), user("guarded"), user("zoe"), policies=policy),
    )
    three_users.script("GetUser", error(404, "NoSuchEntity"))
    assert read(collector())[0].failures == ()


def test_a_user_deleted_before_its_keys_were_listed_costs_no_other_users_row(
    three_users: ScriptedAws, collector: MakeCollector
) -> None:
    three_users.script("ListAccessKeys", error(404, "NoSuchEntity"), about="guarded")
    collected, account = read(collector())
    assert collected.failures == ()
    assert seen(account) == {
        "alice": [("AKIAALICE00000000000", True, True)],
        "guarded": [],
        "zoe": [("AKIAZOE0000000000000", True, True)],
    }


def test_a_key_deleted_before_its_last_use_was_asked_for_is_no_key_and_no_failure(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetCredentialReport", report(row("alice", ALICE_KEY), generated=OLD))
    aws.script("ListAccessKeys", keys(key("AKIA0000000000000001"), key("AKIA0000000000000002")))
    aws.script("GetAccessKeyLastUsed", error(404, "NoSuchEntity"), about="AKIA0000000000000001")
    aws.script("GetAccessKeyLastUsed", used("s3"), about="AKIA0000000000000002")
    collected, account = read(collector())
    assert (collected.failures, seen(account)) == ((), {"alice": [("AKIA0000000000000002", True, True)]})
    entries: list[dict[str, Any]] = orjson.loads(orjson.dumps(collected.document["AccessKeys"]))
    assert [entry["AccessKeyId"] for entry in entries] == ["AKIA0000000000000002"]
