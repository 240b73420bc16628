"""Laws of the analysis over random small policies, checked against every request of a small world.

A resource is `bucket/key`. The patterns of the policies only look at a name's first and last letter, at its
length up to two, and at whole names of up to two letters, so the names of `NAMES` stand for all names. A key
may hold a slash, where a pattern's own slash may stand too: `FOLDERS` are what comes before it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from policy_questions import principal_verdicts, refused_witnesses
from policy_world import build_world

from job.analyze.simulate import Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policy_world import World

Statement: TypeAlias = "dict[str, Any]"

ACTIONS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")
NAMES = ("a", "b", "c", "ab", "ac", "cb", "cc", "acb", "acc", "ccb", "ccc")
FOLDERS = ("", "a", "b", "c", "ab")
KEYS = (*NAMES, *(f"{folder}/{name}" for folder in FOLDERS for name in ("", *NAMES)))
RESOURCES = tuple(f"arn:aws:s3:::{bucket}/{key}" for bucket in NAMES for key in KEYS)
OPEN = "s3:ExistingObjectTag/open"
TABLE = [
    {
        "id": "tiny",
        "title": "Tiny",
        "alternatives": [
            {"id": "tiny-get", "class": "direct", "needs": [["s3:GetObject", "s3:GetObjectVersion"]]}
        ],
    }
]
RANK = {"none": 0, "conditional": 1, "some": 2, "all": 3}
ADMIN_RANK = {"none": 0, "conditional": 1, "escalates": 2, "direct": 3}

names = st.sampled_from(["*", "a", "b", "ab", "a*", "*b", "?", "??"])
patterns = st.one_of(st.just("*"), st.builds("arn:aws:s3:::{}/{}".format, names, names))
actions = st.sampled_from(
    [
        "*",
        "s3:*",
        "s3:Get*",
        "S3:getobject",
        "s3:GetObject*",
        "s3:PutObject",
        "*:*Version",
        "s3:???Object",
        "ec2:*",
    ]
)
conditions = st.sampled_from(
    [
        {},
        {},
        {"StringEquals": {"aws:username": "alice"}},
        {"StringEquals": {"aws:username": "bob"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        {"StringEquals": {OPEN: "yes"}},
        {"StringNotEquals": {OPEN: "yes"}},
    ]
)


@st.composite
def statements(draw: st.DrawFn, effects: tuple[str, ...] = ("Allow", "Allow", "Deny")) -> Statement:
    action, resource = (
        draw(st.sampled_from(["Action", "NotAction"])),
        draw(st.sampled_from(["Resource", "NotResource"])),
    )
    condition = draw(conditions)
    return {
        "Effect": draw(st.sampled_from(effects)),
        action: draw(st.lists(actions, min_size=1, max_size=2)),
        resource: draw(st.lists(patterns, min_size=1, max_size=2)),
        **({"Condition": condition} if condition else {}),
    }


policies = st.lists(statements(), max_size=4)
administrators = st.lists(
    st.one_of(
        statements(),
        st.builds(
            lambda effect, action: {"Effect": effect, "Action": action, "Resource": "*"},
            st.sampled_from(["Allow", "Deny"]),
            st.sampled_from(
                ["*", "iam:*", "iam:PutUserPolicy", "iam:Delete*", "s3:*", "iam:Create*", "iam:Attach*"]
            ),
        ),
    ),
    max_size=4,
)


ONLY_S3 = {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}  # no way round by becoming administrator


def world_of(policy: list[Statement]) -> World:
    return build_world({"user": {"inline": [*policy, ONLY_S3]}, "capabilities": TABLE})


def layered(policy: list[Statement], boundary: list[Statement], scp: list[Statement]) -> World:
    return build_world(
        {
            "user": {"inline": [*policy, ONLY_S3], "boundary": "limit"},
            "policies": {"limit": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, *boundary]},
            "organization": {"scps": {"Root": ["FullAWSAccess", scp]}},
            "capabilities": TABLE,
        }
    )


def verdict(world: World, capability: str = "tiny") -> str:
    return str(principal_verdicts(world, "alice", world.home).capabilities[capability].verdict)


def answers(world: World, wanted: Iterable[str] = ACTIONS) -> dict[tuple[str, str], str]:
    return {
        (action, resource): str(
            world.analysis.simulate(
                Request(
                    account_id=world.home,
                    user_name="alice",
                    action=action,
                    resource=resource,
                    context={},
                    absent=frozenset(),
                )
            ).verdict
        )
        for action in wanted
        for resource in RESOURCES
    }


def by_brute_force(world: World) -> str:
    """Return the verdict that trying every request of the small world gives: the best of its actions.

    Two actions that read everything between them are `some`: no single way reads the whole.
    """
    tried = answers(world, ACTIONS[:2])
    order = ["none", "conditional", "some", "all"]
    return max((_of({tried[action, each] for each in RESOURCES}) for action in ACTIONS[:2]), key=order.index)


def _of(found: set[str]) -> str:
    if "allowed" in found:
        return "all" if found == {"allowed"} else "some"
    return "conditional" if "conditional" in found else "none"


@example(
    policy=[
        {"Effect": "Allow", "Action": ["*"], "Resource": ["arn:aws:s3:::*/a"]},
        {"Effect": "Deny", "Action": ["*"], "NotResource": ["arn:aws:s3:::*/??"]},
    ]
)
@given(policy=policies)
def test_a_verdict_is_what_trying_every_request_gives(policy: list[Statement]) -> None:
    world = world_of(policy)
    assert verdict(world) == by_brute_force(world)


@given(policy=policies, boundary=policies, scp=policies)
def test_a_verdict_under_boundary_and_scp_is_what_trying_every_request_gives(
    policy: list[Statement], boundary: list[Statement], scp: list[Statement]
) -> None:
    world = layered(policy, boundary, scp)
    assert verdict(world) == by_brute_force(world)


@given(policy=administrators)
def test_every_witness_is_accepted(policy: list[Statement]) -> None:
    assert refused_witnesses(build_world({"user": {"inline": policy}})) == []


@given(policy=policies, more=statements(("Deny",)))
def test_a_further_deny_never_widens(policy: list[Statement], more: Statement) -> None:
    before, after = world_of(policy), world_of([*policy, more])
    assert RANK[verdict(after)] <= RANK[verdict(before)]


@given(policy=policies, more=statements(("Allow",)))
def test_a_further_allow_never_narrows(policy: list[Statement], more: Statement) -> None:
    before, after = world_of(policy), world_of([*policy, more])
    assert RANK[verdict(after)] >= RANK[verdict(before)]


@given(policy=administrators, more=statements(("Deny",)))
def test_a_further_deny_never_makes_an_administrator(policy: list[Statement], more: Statement) -> None:
    before, after = (
        build_world({"user": {"inline": policy}}),
        build_world({"user": {"inline": [*policy, more]}}),
    )
    assert administration(after) <= administration(before)


@given(policy=administrators, more=statements(("Allow",)))
def test_a_further_allow_never_unmakes_an_administrator(policy: list[Statement], more: Statement) -> None:
    before, after = (
        build_world({"user": {"inline": policy}}),
        build_world({"user": {"inline": [*policy, more]}}),
    )
    assert administration(after) >= administration(before)


def administration(world: World) -> int:
    return ADMIN_RANK[str(principal_verdicts(world, "alice", world.home).admin_access)]


@given(policy=administrators.flatmap(lambda policy: st.tuples(st.just(policy), st.permutations(policy))))
def test_order_and_sids_change_nothing(policy: tuple[list[Statement], list[Statement]]) -> None:
    plain, shuffled = policy
    named = [{"Sid": f"Renamed{number}", **statement} for number, statement in enumerate(shuffled)]
    first, second = (
        principal_verdicts(world, "alice", world.home)
        for world in (build_world({"user": {"inline": one}}) for one in (plain, named))
    )
    assert (first.admin_access, first.admin_via) == (second.admin_access, second.admin_via)
    assert [(one.verdict, one.via) for one in first.capabilities.values()] == [
        (one.verdict, one.via) for one in second.capabilities.values()
    ]


@given(policy=policies)
def test_splitting_a_policy_over_attachments_changes_nothing(policy: list[Statement]) -> None:
    whole = world_of(policy)
    split = build_world(
        {
            "user": {"inline": [*policy[:1], ONLY_S3], "groups": ["g"], "attached": ["rest"]},
            "groups": {"g": {"inline": policy[1:2]}},
            "policies": {"rest": policy[2:]},
            "capabilities": TABLE,
        }
    )
    assert answers(whole) == answers(split)
    assert verdict(whole) == verdict(split)


@pytest.mark.parametrize("action", ACTIONS)
def test_the_small_world_is_what_the_laws_speak_of(action: str) -> None:
    world = world_of([{"Effect": "Allow", "Action": action, "Resource": json.loads('"*"')}])
    assert set(answers(world, [action]).values()) == {"allowed"}
