"""What a principal may change in a service, by actions that AWS lists and by those that no list has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.service_changes import Change, change_in
from job.analyze.language.certainty import Certainty
from job.analyze.language.globs import matches
from job.analyze.service_reference.action_table import listed_services
from job.analyze.service_reference.services import (
    ServiceActions,
    actions_of_service,
    rcp_services,
    services_without_code,
)
from job.snapshot.model import Json
from tests.analyze.analyze_samples import ODD, attachment, subject, world

AMPLIFY = actions_of_service("amplify.amazonaws.com")
UNKNOWN = actions_of_service("quantumfoo.amazonaws.com")
PATTERNS = (
    "amplify:*",
    "amplify:Create*",
    "amplify:*App",
    "amplify:Get*",
    "amplify:GetApp",
    "amplify:Za*",
    "*",
)


def allow(*actions: str, **more: Json) -> dict[str, Json]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def deny(*actions: str) -> dict[str, Json]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*"}


def change(service: ServiceActions, *statements: Json) -> Change:
    return change_in(Rights(subject(attachment(*statements)), world().policies), service)


@pytest.mark.parametrize(
    ("principal", "prefixes"),
    [
        ("amplify.amazonaws.com", ("amplify",)),
        ("ecs-tasks.amazonaws.com", ("batch", "ecs")),
        ("tasks.apprunner.amazonaws.com", ("apprunner",)),
        ("credentials.iot.amazonaws.com", ("iot",)),
        ("airflow-env.amazonaws.com", ("airflow",)),
    ],
)
def test_a_service_principal_stands_for_its_prefixes(principal: str, prefixes: tuple[str, ...]) -> None:
    assert actions_of_service(principal).prefixes == prefixes


@pytest.mark.parametrize(
    ("principal", "unlisted"),
    [
        ("quantumfoo.amazonaws.com", "quantumfoo"),
        ("new.iot.amazonaws.com", "new"),
        ("pods.eks.amazonaws.com", None),
        ("amplify.amazonaws.com", None),
    ],
)
def test_a_service_that_no_list_has_is_known_as_such(principal: str, unlisted: str | None) -> None:
    assert actions_of_service(principal).unlisted == unlisted


def test_some_services_run_nothing_of_the_callers() -> None:
    assert "vpc-flow-logs.amazonaws.com" in services_without_code()
    assert "lambda.amazonaws.com" not in services_without_code()


def test_rcps_bind_more_than_the_first_seven_services() -> None:
    assert {"s3", "sts", "dynamodb", "logs"} <= rcp_services()
    assert "rds" not in rcp_services()


def test_an_action_that_passes_a_role_is_shown_before_others() -> None:
    assert change(AMPLIFY, allow("amplify:*")).action == "amplify:CreateApp"


def test_an_action_that_no_list_has_is_shown_in_lower_case() -> None:
    assert change(AMPLIFY, allow("amplify:LaunchRocket")).action == "amplify:launchrocket"


def test_an_action_of_another_service_may_hand_the_role_on() -> None:
    shown = change(actions_of_service("ec2.amazonaws.com"), allow("imagebuilder:CreateImagePipeline"))
    assert shown.action == "imagebuilder:CreateImagePipeline"


def test_actions_of_known_services_are_none_of_an_unknown_one() -> None:
    assert change(UNKNOWN, allow("s3:*", "amplify:*")).certainty is Certainty.NEVER


def test_any_unknown_service_may_be_the_unknown_one() -> None:
    assert change(UNKNOWN, allow("newsvc:Get*")).certainty is Certainty.CERTAIN


def test_a_service_that_has_ended_is_not_the_unknown_one() -> None:
    assert change(UNKNOWN, allow("codestar:*", "evidently:Create*")).certainty is Certainty.NEVER


def test_a_condition_that_is_not_understood_leaves_it_open() -> None:
    assert change(AMPLIFY, allow("amplify:*", Condition=ODD)).certainty is Certainty.CONCEIVABLE


def test_more_patterns_than_are_tried_leave_it_open() -> None:
    many = [f"amplify:Zap{number}*" for number in range(300)]
    assert change(AMPLIFY, allow(*many), deny("amplify:Zap*")).certainty is Certainty.CONCEIVABLE


def test_as_many_patterns_as_are_tried_are_judged() -> None:
    many = [f"amplify:Zap{number}*" for number in range(250)]
    assert change(AMPLIFY, allow(*many), deny("amplify:Zap*")).certainty is Certainty.NEVER


@given(
    st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3),
    st.lists(st.sampled_from(PATTERNS), max_size=2),
)
def test_a_listed_change_that_is_left_is_never_missed(allowed: list[str], denied: list[str]) -> None:
    changes = [action.name for action in listed_services()["amplify"] if not action.only_reads]
    left = [
        name
        for name in changes
        if any(matches(pattern.lower(), name) for pattern in allowed)
        and not any(matches(pattern.lower(), name) for pattern in denied)
    ]
    found = change(AMPLIFY, allow(*allowed), deny(*denied) if denied else allow("s3:GetObject"))
    assert bool(left) <= (found.certainty is Certainty.CERTAIN)
    assert not left or found.action.lower() in left
