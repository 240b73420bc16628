"""Each escalation method opens with just what it needs, and closes when any one of it is taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from method_world import METHODS, Case, cases, judged, needed_alone, opened

from job.analyze.escalation.methods import TELLING_RULES

SERVICE_CASES = [case for case in cases() if case.rule in {"pass_role", "use_role", "generic"}]


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in cases()])
def test_a_way_opens_with_just_its_needs(case: Case) -> None:
    assert case.method in opened(case)


@pytest.mark.parametrize(
    ("case", "action"), [pytest.param(c, a, id=f"{c.name} - {a}") for c, a in needed_alone()]
)
def test_a_method_closes_when_one_need_is_taken_away(case: Case, action: str) -> None:
    assert case.method not in opened(case, without=action)


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in SERVICE_CASES])
def test_a_method_closes_when_the_strong_role_trusts_another_service(case: Case) -> None:
    assert case.method not in opened(case, service="unrelated.amazonaws.com")


@pytest.mark.parametrize(
    ("method", "service"),
    [
        ("E85", "states.eu-west-1.amazonaws.com"),
        ("E41", "ec2.amazonaws.com.cn"),
    ],
)
def test_a_service_is_known_by_its_regional_and_partition_names(method: str, service: str) -> None:
    case = next(case for case in cases() if case.method == method)
    assert method in opened(case, service=service)


@pytest.mark.parametrize(
    ("action", "service"),
    [
        ("iot:CreateRoleAlias", "credentials.iot.amazonaws.com"),
        ("ec2:CreateFleet", "ec2fleet.amazonaws.com"),
        ("osis:CreatePipeline", "osis-pipelines.amazonaws.com"),
        ("dms:CreateDataMigration", "dms-data-migrations.amazonaws.com"),
    ],
)
def test_a_role_is_passed_to_any_action_of_the_service_that_it_trusts(action: str, service: str) -> None:
    case = next(case for case in cases() if case.method == "E91")
    assert "E91" in opened(replace(case, actions=(action, "iam:PassRole")), service=service)


def test_a_service_that_makes_a_fixed_set_of_calls_with_a_role_is_no_way() -> None:
    case = next(case for case in cases() if case.method == "E91")
    actions = ("ec2:CreateFlowLogs", "iam:PassRole")
    assert opened(replace(case, actions=actions), service="vpc-flow-logs.amazonaws.com") == set()


@pytest.mark.parametrize(
    ("action", "service"),
    [
        ("mgn:StartCutover", "ec2.amazonaws.com"),
        ("imagebuilder:UpdateInfrastructureConfiguration", "ec2.amazonaws.com"),
        ("config:PutRemediationConfigurations", "ssm.amazonaws.com"),
    ],
)
def test_some_actions_hand_the_role_on_to_another_service(action: str, service: str) -> None:
    case = next(case for case in cases() if case.method == "E91")
    assert "E91" in opened(replace(case, actions=(action, "iam:PassRole")), service=service)


@pytest.mark.parametrize("service", ["lambda.amazonaws.com", "ec2.amazonaws.com", "ssm.amazonaws.com"])
def test_a_role_is_not_passed_by_an_action_of_another_service(service: str) -> None:
    case = next(case for case in cases() if case.method == "E91")
    assert "E91" not in opened(case, service=service)


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in cases() if c.rule in TELLING_RULES])
def test_what_leads_nowhere_is_a_finding_apart_with_an_accepted_request(case: Case) -> None:
    analysis, findings = judged(case)
    told = [finding for finding in findings if case.method in finding.methods]
    assert [finding.capability for finding in told] == [
        "credentials_exposure" if case.method.startswith("X") else "information"
    ]
    assert [analysis.accepts(finding.witness).verdict for finding in told if finding.witness] == ["allowed"]


def test_every_method_of_the_table_is_opened_here() -> None:
    assert {case.method for case in cases()} == {method["id"] for method in METHODS}


def test_every_method_of_the_table_is_closed_here_by_taking_away_one_need() -> None:
    closed = {case.method for case, _ in needed_alone()}
    needing = {method["id"] for method in METHODS if any(way["needs"] for way in method["alternatives"])}
    assert closed == needing | {"E91"}
