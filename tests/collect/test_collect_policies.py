from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import orjson

from job.collect.account import CollectedAccount
from job.collect.collector import Collector
from job.collect.managed_policies import ManagedPolicies
from tests.collect.collect_samples import attached, details, user
from tests.scripted_aws import Answer, ScriptedAws, error, xml

MakeCollector = Callable[..., Collector]
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
POLICY = xml(
    "GetPolicy",
    f"<Policy><PolicyName>ReadOnlyAccess</PolicyName><PolicyId>ANPA</PolicyId><Arn>{READ_ONLY}</Arn>"
    "<Path>/</Path><DefaultVersionId>v7</DefaultVersionId></Policy>",
)
VERSION = xml(
    "GetPolicyVersion",
    f"<PolicyVersion><Document>{quote('{}', safe='')}</Document><VersionId>v7</VersionId>"
    "<IsDefaultVersion>true</IsDefaultVersion></PolicyVersion>",
)
READ = {
    "PolicyName": "ReadOnlyAccess",
    "PolicyId": "ANPA",
    "Arn": READ_ONLY,
    "Path": "/",
    "DefaultVersionId": "v7",
    "PolicyVersionList": [{"Document": {}, "VersionId": "v7", "IsDefaultVersion": True}],
}
FENCE = "arn:aws:iam::000000000001:policy/fence"
BOUNDARY = (
    "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>"
    f"<PermissionsBoundaryArn>{FENCE}</PermissionsBoundaryArn></PermissionsBoundary>"
)


def _fence(uses: int) -> str:
    return (
        f"<member><PolicyName>fence</PolicyName><Arn>{FENCE}</Arn>"
        f"<PermissionsBoundaryUsageCount>{uses}</PermissionsBoundaryUsageCount></member>"
    )


def _user_answer(more: str = "") -> Answer:
    return xml("GetUser", f"<User><UserName>x</UserName>{more}</User>")


def _collect(collector: Collector, *account_ids: str) -> list[CollectedAccount]:
    return list(collector.collect(account_ids or ["000000000001"]))


def _users(account: CollectedAccount) -> list[dict[str, Any]]:
    document = orjson.loads(orjson.dumps(account.document["AuthorizationDetails"]))
    users: list[dict[str, Any]] = document["UserDetailList"]
    return users


def test_an_aws_managed_policy_is_read_once_for_all_accounts(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetAccountAuthorizationDetails", details(user("alice", attached(READ_ONLY))))
    aws.script("GetPolicy", POLICY)
    aws.script("GetPolicyVersion", VERSION)
    policies = ManagedPolicies()
    accounts = _collect(collector(policies), "000000000001", "000000000002", "000000000003")
    assert [account.failures for account in accounts] == [(), (), ()]
    assert aws.operations().count("GetPolicy") == 1
    assert policies.has_news
    assert policies.document() == {"Policies": [READ]}
    assert not policies.has_news


def test_a_boundary_of_aws_is_read_and_a_policy_of_ones_own_is_not(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script(
        "GetAccountAuthorizationDetails",
        details(user("alice", attached(FENCE) + BOUNDARY.replace(FENCE, READ_ONLY))),
    )
    aws.script("GetPolicy", POLICY)
    aws.script("GetPolicyVersion", VERSION)
    policies = ManagedPolicies()
    _collect(collector(policies))
    assert policies.document() == {"Policies": [READ]}


def test_a_policy_known_from_a_run_that_is_continued_is_not_read_again(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetAccountAuthorizationDetails", details(user("alice", attached(READ_ONLY))))
    policies = ManagedPolicies([READ])
    _collect(collector(policies))
    assert "GetPolicy" not in aws.operations()
    assert not policies.has_news


def test_a_policy_that_one_account_may_not_read_is_read_in_the_next(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    aws.script("GetAccountAuthorizationDetails", details(user("alice", attached(READ_ONLY))))
    aws.script("GetPolicy", error(403, "AccessDenied"), account="000000000001")
    aws.script("GetPolicy", POLICY)
    aws.script("GetPolicyVersion", VERSION)
    policies = ManagedPolicies()
    (denied,) = _collect(collector(policies), "000000000001")
    assert [(failure.step, failure.code) for failure in denied.failures] == [
        ("GetPolicyVersion", "AccessDenied")
    ]
    assert not policies.has_news
    _collect(collector(policies), "000000000002")
    assert policies.document() == {"Policies": [READ]}


def test_boundaries_that_the_details_leave_out_are_asked_for_until_all_are_found(
    aws: ScriptedAws, collector: MakeCollector
) -> None:
    users = [user("free"), user("seen", BOUNDARY), user("fenced"), user("never-asked")]
    aws.script("GetAccountAuthorizationDetails", details(*users, policies=_fence(2)))
    aws.script("GetUser", _user_answer(), _user_answer(BOUNDARY))
    (account,) = _collect(collector())
    assert ["PermissionsBoundary" in each for each in _users(account)] == [False, True, True, False]
    assert [asked.parameters["UserName"] for asked in aws.asked if asked.operation == "GetUser"] == [
        "free",
        "fenced",
    ]


def test_boundaries_that_are_all_there_are_not_asked_for(aws: ScriptedAws, collector: MakeCollector) -> None:
    role = f"<member><RoleName>r</RoleName><Arn>arn:r</Arn>{BOUNDARY}</member>"
    aws.script(
        "GetAccountAuthorizationDetails",
        details(user("alice", BOUNDARY), roles=role, policies=_fence(2)),
    )
    _collect(collector())
    assert "GetUser" not in aws.operations()


def test_a_boundary_that_cannot_be_asked_for_is_told(aws: ScriptedAws, collector: MakeCollector) -> None:
    aws.script("GetAccountAuthorizationDetails", details(user("alice"), policies=_fence(1)))
    aws.script("GetUser", error(403, "AccessDenied"))
    (account,) = _collect(collector())
    assert [(failure.step, failure.user) for failure in account.failures] == [("GetUser", "alice")]
