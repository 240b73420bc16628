from __future__ import annotations

import threading

from job.aws.clients import Clients
from job.organization.control_policies import read_control_policies
from job.organization.delegated import read_delegated_administrators
from job.organization.part import Part
from tests.scripted_aws import ScriptedAws, json_answer, json_error

DENIED = json_error(400, "AccessDeniedException")
TWO = json_answer(
    {"Policies": [{"Id": "p-2", "Name": "Deny", "Arn": "arn2"}, {"Id": "p-1", "Name": "Full", "Arn": "arn1"}]}
)


def _targets(*ids: str) -> dict[str, list[dict[str, str]]]:
    return {"Targets": [{"TargetId": each} for each in ids]}


def _document(content: str) -> dict[str, dict[str, str]]:
    return {"Policy": {"Content": content}}


def test_policies_are_read_with_documents_and_targets(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("ListPolicies", TWO)
    aws.script(
        "ListTargetsForPolicy",
        json_answer({**_targets("r-1"), "NextToken": "2"}),
        json_answer(_targets("ou-1")),
        json_answer(_targets("r-1")),
    )
    aws.script(
        "DescribePolicy", json_answer(_document('{"Statement": []}')), json_answer(_document("no JSON"))
    )
    part = read_control_policies(clients.organizations, "SERVICE_CONTROL_POLICY", threading.Event())
    assert part == Part(
        value={
            "Policies": {
                "p-1": {"Name": "Full", "Arn": "arn1", "Document": {"Statement": []}},
                "p-2": {"Name": "Deny", "Arn": "arn2", "Document": "no JSON"},
            },
            "Targets": {"ou-1": ["p-1"], "r-1": ["p-1", "p-2"]},
        }
    )


def test_a_policy_that_is_attached_nowhere_is_not_described(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("ListPolicies", TWO)
    aws.script("ListTargetsForPolicy", json_answer(_targets()))
    part = read_control_policies(clients.organizations, "RESOURCE_CONTROL_POLICY", threading.Event())
    assert part == Part(value={"Policies": {}, "Targets": {}})
    assert "DescribePolicy" not in aws.operations()


def test_where_the_resource_policy_of_everybody_is_attached_is_not_asked(
    aws: ScriptedAws, clients: Clients
) -> None:
    full = {"Id": "p-RCPFullAWSAccess", "Name": "RCPFullAWSAccess", "Arn": "arn0"}
    own = {"Id": "p-a", "Name": "Own", "Arn": "arn1"}
    aws.script("ListPolicies", json_answer({"Policies": [full, own]}))
    aws.script("ListTargetsForPolicy", json_answer(_targets("ou-1", "r-1")))
    aws.script("DescribePolicy", json_answer(_document("{}")))

    part = read_control_policies(clients.organizations, "RESOURCE_CONTROL_POLICY", threading.Event())

    assert part.value is not None
    assert part.value["Targets"] == {
        "ou-1": ["p-a", "p-RCPFullAWSAccess"],
        "r-1": ["p-a", "p-RCPFullAWSAccess"],
    }
    assert aws.operations().count("ListTargetsForPolicy") == 1


def test_a_document_that_cannot_be_read_is_null_and_told(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("ListPolicies", TWO)
    aws.script("ListTargetsForPolicy", json_answer(_targets("r-1")))
    aws.script("DescribePolicy", DENIED, json_answer(_document("{}")))
    part = read_control_policies(clients.organizations, "SERVICE_CONTROL_POLICY", threading.Event())
    assert part.value == {
        "Policies": {
            "p-1": {"Name": "Full", "Arn": "arn1", "Document": None},
            "p-2": {"Name": "Deny", "Arn": "arn2", "Document": {}},
        },
        "Targets": {"r-1": ["p-1", "p-2"]},
    }
    assert [failure.step for failure in part.failures] == ["DescribePolicy"]


def test_half_of_the_attachments_are_none(aws: ScriptedAws, clients: Clients) -> None:
    aws.script("ListPolicies", TWO)
    aws.script("ListTargetsForPolicy", json_answer(_targets("r-1")), DENIED)
    aws.script("DescribePolicy", json_answer(_document("{}")))
    part = read_control_policies(clients.organizations, "SERVICE_CONTROL_POLICY", threading.Event())
    assert part.value is None
    assert [failure.step for failure in part.failures] == ["ListTargetsForPolicy"]


def test_delegated_administrators_are_read_with_their_services(aws: ScriptedAws, clients: Clients) -> None:
    aws.script(
        "ListDelegatedAdministrators", json_answer({"DelegatedAdministrators": [{"Id": "000000000002"}]})
    )
    services = [{"ServicePrincipal": "sso.amazonaws.com"}, {"ServicePrincipal": "config.amazonaws.com"}]
    aws.script("ListDelegatedServicesForAccount", json_answer({"DelegatedServices": services}))
    assert read_delegated_administrators(clients.organizations) == Part(
        value={"000000000002": ["config.amazonaws.com", "sso.amazonaws.com"]}
    )


def test_services_that_cannot_be_read_leave_the_administrators_unknown(
    aws: ScriptedAws, clients: Clients
) -> None:
    aws.script(
        "ListDelegatedAdministrators", json_answer({"DelegatedAdministrators": [{"Id": "000000000002"}]})
    )
    aws.script("ListDelegatedServicesForAccount", DENIED)
    part = read_delegated_administrators(clients.organizations)
    assert part.value is None
    assert [failure.step for failure in part.failures] == ["ListDelegatedServicesForAccount"]
