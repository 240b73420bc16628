"""No policy stops the report: the work on one principal is bounded, counted in calls, not in time."""

from __future__ import annotations

import cProfile
import json
import pstats
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.analyze.language.globs import Budget, GlobSet, UndecidedError, find_word
from job.analyze.verdict import PrincipalVerdicts
from job.snapshot.model import Json
from job.snapshot.parse import parse_account, parse_organization

ACCOUNT = "111122223333"
CAPABILITIES = load_capabilities()
MOST_CALLS = 8_000_000
"""A few seconds with a profiler beside it; without a bound the hardest of these take hours."""
POLICY_SIZE = 6_144
"""Characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

action_texts = st.sampled_from(("s3", "iam", "ec2", "*", "d?namodb", "*a*", "sts"))
entangled = st.text(alphabet="ab*?", min_size=1, max_size=60)
resources = st.one_of(
    entangled,
    st.builds("arn:aws:s3:::{}".format, entangled),
    st.builds("arn:aws:iam::*:{}/{}".format, st.sampled_from(("user", "role", "*")), entangled),
    st.just("*"),
)
actions = st.one_of(st.builds("{}:{}".format, action_texts, entangled), st.just("*"))
KEYS = tuple(f"aws:RequestTag/k{number}" for number in range(25))
conditions = st.dictionaries(
    st.sampled_from(("StringLike", "StringNotLike", "ForAnyValue:StringLike", "ForAllValues:StringLike")),
    st.dictionaries(st.sampled_from(KEYS), st.lists(entangled, min_size=1, max_size=3), max_size=25),
    max_size=2,
)
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(("Allow", "Deny"))},
    optional={"Condition": conditions},
).flatmap(
    lambda base: st.tuples(
        st.sampled_from(("Action", "NotAction")),
        st.lists(actions, min_size=1, max_size=40),
        st.sampled_from(("Resource", "NotResource")),
        st.lists(resources, min_size=1, max_size=40),
    ).map(lambda parts: {**base, parts[0]: parts[1], parts[2]: parts[3]})
)
policies = st.lists(statements, min_size=1, max_size=12)


def fitting(listed: Sequence[Mapping[str, Json]]) -> Json:
    """As many of the statements as a managed policy may hold."""
    kept = list[Json]()
    for statement in listed:
        document: Json = {"Version": "2012-10-17", "Statement": [*kept, dict(statement)]}
        if len(json.dumps(document, separators=(",", ":"))) <= POLICY_SIZE:
            kept.append(dict(statement))
    return {"Version": "2012-10-17", "Statement": kept}


def judged(identity: Sequence[Json], boundary: Json | None, scp: Json | None) -> PrincipalVerdicts:
    inline: list[Json] = [
        {"PolicyName": f"p{number}", "PolicyDocument": document} for number, document in enumerate(identity)
    ]
    user: dict[str, Json] = {
        "UserName": "alice",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
        "Path": "/",
        "UserId": "AIDAALICE",
        "UserPolicyList": inline,
    }
    own = list[Json]()
    if boundary is not None:
        arn = f"arn:aws:iam::{ACCOUNT}:policy/limit"
        user["PermissionsBoundary"] = {"PermissionsBoundaryArn": arn}
        versions: list[Json] = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": boundary}]
        own.append(
            {"PolicyName": "limit", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": versions}
        )
    organization: dict[str, Json] = {"Accounts": [{"Id": ACCOUNT, "OUPath": [{"Id": "r-1", "Name": "Root"}]}]}
    if scp is not None:
        organization["ServiceControlPolicies"] = {
            "Policies": {"p-1": {"Name": "guard", "Document": scp}},
            "Targets": {"r-1": ["p-FullAWSAccess", "p-1"], ACCOUNT: ["p-FullAWSAccess"]},
        }
    analysis = Analysis(
        organization=parse_organization(organization), managed_policies={}, capabilities=CAPABILITIES
    )
    details: Json = {"UserDetailList": [user], "Policies": own}
    keys: Json = [{"UserName": "alice", "AccessKeyId": "AKIA1", "Status": "Active"}]
    document: Json = {"AccountId": ACCOUNT, "AuthorizationDetails": details, "AccessKeys": keys}
    analysis.add(parse_account(ACCOUNT, document))
    return analysis.verdicts(ACCOUNT)[0]


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(st.lists(policies, min_size=1, max_size=3), st.none() | policies, st.none() | policies)
def test_the_work_on_a_principal_is_bounded(
    identity: list[list[Mapping[str, Json]]],
    boundary: list[Mapping[str, Json]] | None,
    scp: list[Mapping[str, Json]] | None,
) -> None:
    profile = cProfile.Profile()
    answer = profile.runcall(
        judged,
        [fitting(p) for p in identity],
        None if boundary is None else fitting(boundary),
        None if scp is None else fitting(scp),
    )

    assert answer.principal_arn.endswith("user/alice")
    assert int(pstats.Stats(profile).total_calls) < MOST_CALLS  # type: ignore[attr-defined]  # the stubs leave it out


def test_what_stays_undecided_is_unknown_and_its_policy_is_named() -> None:
    last = "arn:aws:s3:::b/*{}" + "?" * 17
    answer = judged(
        [
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": last.format("a")},
                    {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": last.format("b")},
                ],
            }
        ],
        None,
        None,
    )

    assert answer.capabilities["s3_read"].verdict.value == "unknown"
    assert answer.status == "partial"
    assert any("user: p0 is one of the policies" in note for note in answer.notes)


def test_a_budget_that_is_spent_leaves_the_next_question_undecided() -> None:
    budget = Budget(10)
    with pytest.raises(UndecidedError):
        find_word([(GlobSet(("a*",)),)], (GlobSet(("b*",)),), budget)


def test_what_is_spent_is_spent_above_too() -> None:
    above = Budget(30)
    find_word([(GlobSet(("a*",)),)], (GlobSet(("b*",)),), Budget(1_000, above))
    with pytest.raises(UndecidedError):
        find_word([(GlobSet(("a*",)),)], (GlobSet(("b*",)),), Budget(1_000, above))


def test_the_same_question_costs_the_same_when_it_is_asked_again() -> None:
    def spent() -> int:
        budget = Budget(1_000_000)
        find_word([(GlobSet(("*a?b*",)),)], (GlobSet(("*a*",)),), budget)
        return 1_000_000 - budget.left

    assert spent() == spent()
