"""What AWS's own policies give: a table that a person has reviewed, judged again from the policies' text."""

from __future__ import annotations

from pathlib import Path

import managed_policies as aws
import pytest

from job.analyze.language.document import parse_policy

every_policy_is_judged = pytest.mark.long(
    "judges each of AWS's 1,500 policies, alone and beside strong roles"
)

# The first makes roles with tags and boundaries of so many kinds that not each combination is looked at; the
# other has CloudFormation make roles under boundaries of which only a pattern of their names is known.
UNDECIDED = {"SageMakerStudioProjectProvisioningRolePolicy", "AWSQuickSetupDeploymentRolePolicy"}


@pytest.fixture(scope="module")
def alone() -> aws.Judged:
    return aws.judge(aws.managed_policies(), roles=False)


@pytest.fixture(scope="module")
def beside_roles() -> aws.Judged:
    return aws.judge(aws.managed_policies(), roles=True)


def test_every_policy_is_understood_as_a_whole() -> None:
    parsed = {
        policy.name: parse_policy(policy.versions[policy.default_version]).unclear
        for policy in aws.managed_policies().values()
    }
    assert len(parsed) > 1500
    assert not {name: unclear for name, unclear in parsed.items() if unclear}


@pytest.mark.timeout(1800)
@every_policy_is_judged
def test_the_reviewed_table_is_what_the_analysis_answers(alone: aws.Judged, beside_roles: aws.Judged) -> None:
    reviewed = Path(__file__).with_name("managed_policies.csv").read_text()
    assert aws.table(alone, beside_roles).splitlines() == reviewed.splitlines()
    assert {line.partition(",")[0] for line in reviewed.splitlines() if "unknown" in line} == UNDECIDED


@pytest.mark.timeout(1800)
@every_policy_is_judged
def test_the_evaluator_of_one_request_accepts_every_witness(beside_roles: aws.Judged) -> None:
    assert beside_roles.refused_witnesses() == []
